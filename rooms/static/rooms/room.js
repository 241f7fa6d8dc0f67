// The room's page: `mount` is called by base.js when the page stands, what it returns when it goes.

import { deviceKey } from "./device.js";

const LOOK_AGAIN_MS = 10_000;

/** The one room that sounds; it outlives the page while one browses. */
let live = null;

document.addEventListener("spaces:person", () => live?.renew());

/** The room itself: a door needs none of it, and fetches it while nobody has pressed yet. */
const inside = () => Promise.all([import("./live.js"), import("./page.js"), import("./mini.js")]);

/** What is needed later, perhaps when the network is away. */
const later = () => Promise.all([import("./questions.js"), import("./person.js"), import("./preflight.js"), import("./more.js"), import("./over.js"), import("./pins.js"), import("./share.js")]);

const whenIdle = (act) => (window.requestIdleCallback ?? setTimeout)(() => act().catch(() => {}));

/** Start or rejoin the room that `<main>` describes. */
export async function mount(main) {
  for (const field of main.querySelectorAll("input[name=device]")) field.value = deviceKey();
  main.addEventListener("click", share);
  if (main.dataset.joined === undefined) {
    whenIdle(inside);
    return watchDoor(main);
  }
  const [{ LiveRoom }, { RoomPage, watchMini }, { hideMini }] = await inside();
  if (!main.isConnected) return undefined;
  const config = JSON.parse(document.getElementById("room-config").textContent);
  if (live && (live.id !== config.id || live.state.over)) {
    live.stop();
    live = null;
  }
  if (!live) {
    live = new LiveRoom(config);
    exposeForTests();
    live.start();
    watchMini(live);
  }
  hideMini();
  const page = new RoomPage(main, live);
  whenIdle(later);
  return () => page.leave();
}

/** A room that has not begun: look again, and show it when it has. Returns what stops looking. */
function watchDoor(main) {
  if (!main.querySelector("[data-waiting]")) return () => {};
  const timer = setInterval(async () => {
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (answer?.ok && !(await answer.text()).includes("data-waiting")) location.reload();
  }, LOOK_AGAIN_MS);
  return () => clearInterval(timer);
}

/** The page of sharing comes here as a dialogue: nobody leaves the room for it. */
async function share(event) {
  const source = event.target.closest("[data-share]");
  if (!source || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  (await import("./share.js")).askShare(source);
}

/**
 * What the browser tests look at (documented in tests/browser/README.md): the state, which source is
 * heard, and both received sounds as streams for an AnalyserNode. It can read, and cut the line; no more.
 */
function exposeForTests() {
  const room = live;
  window.spacesRoom = {
    get state() { return room.state; },
    get connection() { return room.connection; },
    get source() { return room.sound.source; },
    get way() { return room.sound.way; },
    get behind() { return room.sound.behind; },
    get blocked() { return room.sound.blocked; },
    get elements() { return room.sound.elements; },
    get mic() { return { open: room.mic.open, problem: room.mic.problem, enabled: room.mic.track?.enabled ?? false }; },
    heard() {
      const { stream, peer } = room.sound.elements;
      return room.sound.source === "peer" ? peer.srcObject : stream.captureStream?.() ?? null;
    },
    cutSocket() { room.socket.drop(); },
  };
}
