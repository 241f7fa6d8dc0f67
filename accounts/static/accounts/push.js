// The button of the settings that lets this browser show pushes.

/** Base64url, as keys are told, to bytes. */
function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** A name of this browser that stays: registering twice is registering once. */
function installation() {
  try {
    localStorage.installation ||= crypto.randomUUID();
    return localStorage.installation;
  } catch {
    return crypto.randomUUID();
  }
}

/** Tell the server about the subscription, or that there is none any more. */
function tell(panel, method, body) {
  const csrf = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { "X-CSRFToken": csrf, "Content-Type": "application/json" };
  return fetch(`${panel.dataset.pushApi}${installation()}/`, { method, headers, body: body && JSON.stringify(body) });
}

async function switchOn(panel, registration) {
  const options = { userVisibleOnly: true, applicationServerKey: bytes(panel.dataset.pushKey) };
  const subscription = await registration.pushManager.subscribe(options);
  const { endpoint, keys } = subscription.toJSON();
  const answer = await tell(panel, "PUT", { platform: "webpush", token: endpoint, ...keys });
  if (answer.ok) return;
  await subscription.unsubscribe();
  throw new Error("refused");
}

async function switchOff(panel, registration) {
  const subscription = await registration.pushManager.getSubscription();
  await subscription?.unsubscribe();
  await tell(panel, "DELETE");
}

/** What the panel says: on, off, denied by the browser, or failed. */
function show(panel, state) {
  const { pushOn, pushOff, pushDenied, pushFailed } = panel.dataset;
  const button = panel.querySelector("[data-push-toggle]");
  panel.querySelector("[data-push-state]").textContent = { on: pushOn, off: pushOff, denied: pushDenied, failed: pushFailed }[state];
  button.hidden = state === "denied";
  button.setAttribute("aria-pressed", String(state === "on"));
}

async function mount(panel) {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return;
  const registration = await navigator.serviceWorker.register(panel.dataset.pushWorker);
  const isOn = async () => Boolean(await registration.pushManager.getSubscription());
  const now = async () => (Notification.permission === "denied" ? "denied" : (await isOn()) ? "on" : "off");
  show(panel, await now());
  panel.querySelector("[data-push-toggle]").addEventListener("click", async () => {
    try {
      await ((await isOn()) ? switchOff(panel, registration) : switchOn(panel, registration));
      show(panel, await now());
    } catch {
      show(panel, Notification.permission === "denied" ? "denied" : "failed");
    }
  });
}

const panel = document.querySelector("[data-push]");
if (panel) mount(panel);
