// Which tab this is: one place in a room is held by one device.

/** The key of this tab, kept over reloads. */
export function deviceKey() {
  let key = sessionStorage.getItem("spaces.device");
  if (!key) {
    key = `web-${crypto.getRandomValues(new Uint32Array(3)).join("-")}`;
    sessionStorage.setItem("spaces.device", key);
  }
  return key;
}
