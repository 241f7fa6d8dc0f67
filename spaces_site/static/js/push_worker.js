// Shows pushes, and opens what they are about. The site is not kept offline by it: pages come from the network.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  // The same tag replaces what is shown already: told twice is shown once.
  const options = { body: told.body, tag: told.tag, icon: "/static/img/icon.svg", data: { path: told.path } };
  event.waitUntil(self.registration.showNotification(told.title ?? "Spaces", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data?.path ?? "/", self.location.origin);
  // Only to pages of this site, whatever a message says.
  event.waitUntil(url.origin === self.location.origin ? open(url.href) : Promise.resolve());
});

/** The page that is open already, or a new one. A room that sounds elsewhere is not taken away. */
async function open(href) {
  const pages = await self.clients.matchAll({ type: "window" });
  const there = pages.find((page) => page.url === href);
  return there ? there.focus() : self.clients.openWindow(href);
}
