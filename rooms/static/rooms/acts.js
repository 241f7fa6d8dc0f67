// What the buttons do. Each act is one command, or a dialogue that ends in one.

import { fill, gettext } from "./html.js";
import { trayView } from "./reactions.js";
import { isHost, isInvited, isOnStage, myHand } from "./store.js";

const hosting = () => import("./hosting.js");
const questions = () => import("./questions.js");

/** The acts of one page on one room; `page` draws, `toast` tells the person something short. */
export function actsFor(live, page) {
  const acts = {
    mic: (which) => micPress(live, acts, page, which),
    send: (emoji) => live.act("reaction.send", { emoji }),
    react: async () => {
      const emoji = await (await questions()).askReaction((choose) => trayView(live.state.tally, choose));
      if (emoji) acts.send(emoji);
    },
    captions: () => page.toggleCaptions(),
    share: async () => (await import("./share.js")).askShare(page.main.querySelector("[data-share]")),
    more: () => more(live, acts, page),
    hand: () => (myHand(live.state) ? live.act("hand.lower") : live.act("hand.raise")),
    decline: () => live.act("stage.decline"),
    accept: (hand) => live.act("hand.accept", { hand: hand.id }),
    refuse: (hand) => live.act("hand.refuse", { hand: hand.id }),
    lowerAll: () => live.act("hands.lower_all"),
    setHandsOpen: (open) => live.act("hands.open", { open }),
    mute: (tile) => live.act("stage.mute", { participant: tile.participant }),
    muteAll: async () => (await hosting()).muteAll(live),
    setLocked: (locked) => live.act("stage.lock_mics", { locked }),
    setEntry: (event) => setEntry(event, live, page),
    admit: (person) => live.act("knock.admit", { person: person.id }),
    refuseEntry: (person) => live.act("knock.refuse", { person: person.id }),
    removed: async () => (await hosting()).removed(live, page),
    invite: async () => (isHost(live.state) ? (await import("./invite.js")).askInvite(live) : acts.share()),
    report: () => report(live, acts, page, null),
    quiet: (tile) => live.act("person.mute_for_me", { participant: tile.participant }),
    tab: (tab) => page.showTab(tab),
    showQueue: () => page.showTab("queue", { focus: true }),
    saveSettings: (event) => saveSettings(event, live, page),
    person: (tile) => person(live, page, { person: tile.person, tile, participant: tile.participant }),
    listener: (card) => listener(live, page, card),
    roster: async () => {
      const chosen = await (await questions()).askRoster(live.state, (query) => live.socket.send("roster.search", { query }));
      if (chosen) person(live, page, { person: chosen.person, participant: chosen.participant });
    },
    shortcuts: async () => (await questions()).askShortcuts(),
    hear: () => live.sound.resume(),
    goLive: () => live.sound.goLive(),
    leave: () => page.goOut(),
    end: () => end(live, page),
  };
  return acts;
}

/** One press on the microphone column; `which` is the row of the microphone table. */
function micPress(live, acts, page, which) {
  const table = {
    listener: () => live.act("hand.raise"),
    raised: () => live.act("hand.lower"),
    paused: () => page.toast(gettext("The host is not taking requests to speak just now.")),
    closed: () => page.toast(gettext("In this room only people that the host invites may speak.")),
    guest: () => page.signIn(),
    invited: () => comeOnStage(live),
    muted: () => unmute(live),
    "host-muted": () => unmute(live),
    live: () => live.mute(),
    held: () => live.mute(),
    silent: () => devicesDialog(live),
    locked: () => page.toast(gettext("The host has locked the microphones.")),
    offline: () => page.toast(gettext("You are muted until the connection is back.")),
    asking: () => live.mic.cancel(),
  };
  return (table[which] ?? (() => micHelp(live)))();
}

async function comeOnStage(live) {
  const { isKnown, preflight } = await import("./preflight.js");
  const hand = myHand(live.state);
  const host = live.state.stage.find((tile) => tile.role === "host")?.person.name ?? "";
  if (await isKnown()) {
    await live.mic.acquire();
  } else {
    const answer = await preflight({
      person: live.state.you.person, mic: live.mic, sound: live.sound, join: gettext("Join muted"), stay: gettext("Keep listening"),
      title: hand?.invited && host ? fill(gettext("%(name)s invites you on stage"), { name: host }) : gettext("You are next on stage"),
      sub: gettext("You arrive muted. Nobody hears you until you press Unmute."),
    });
    if (answer !== "join") {
      live.mic.release();
      live.mic.problem = null;
      live.changed();
      return;
    }
  }
  // Without a microphone one may still come: the button then says what is wrong.
  if (myHand(live.state) || isInvited(live.state)) await live.takeStage();
}

async function unmute(live) {
  const { isKnown, preflight } = await import("./preflight.js");
  if (!live.mic.track && !(await isKnown())) {
    const answer = await preflight({ person: live.state.you.person, mic: live.mic, sound: live.sound,
      join: gettext("Unmute"), stay: gettext("Stay muted"), title: gettext("Your microphone"), sub: gettext("The room hears you once you press Unmute.") });
    if (answer !== "join" || !live.mic.track) return;
  }
  await live.unmute();
}

async function micHelp(live) {
  const { askMicHelp } = await questions();
  if ((await askMicHelp(live.mic.problem)) === "again") await live.mic.acquire();
}

async function devicesDialog(live) {
  const { preflight } = await import("./preflight.js");
  const open = live.mic.open;
  await preflight({ person: live.state.you.person, mic: live.mic, sound: live.sound,
    join: gettext("Done"), title: gettext("Microphone and speaker"), sub: "" });
  // Another device was taken silently; who was heard before stays heard.
  if (open && !live.state.you.muted && live.mic.track) live.mic.setOpen(true);
}

async function more(live, acts, page) {
  const { askMore, askOutput } = await import("./more.js");
  const next = await askMore(live.state, live.sound);
  if (next === "devices") await devicesDialog(live);
  else if (next === "output") await askOutput(live.sound);
  else if (next === "step-down") await live.stepDown();
  else if (next === "keys") await acts.shortcuts();
  page.draw();
}

/** Acts about one person that need no more than a command. */
const COMMANDS = {
  mute: "stage.mute", demote: "stage.demote", invite: "stage.invite", "name-cohost": "stage.name_cohost",
  "take-role": "stage.take_role", quiet: "person.mute_for_me", hear: "person.unmute_for_me",
};

async function person(live, page, who) {
  const { askPerson } = await import("./person.js");
  const answer = await askPerson(live.state, who);
  if (COMMANDS[answer]) await live.act(COMMANDS[answer], { participant: who.participant });
  else if (answer === "step-down") await live.stepDown();
  else if (answer === "report") await report(live, page.acts, page, who);
  else if (answer && answer !== "profile") await grave(answer, live, page, who);
}

async function grave(answer, live, page, who) {
  const acts = await hosting();
  if (answer === "remove") await acts.remove(live, page, who);
  else if (answer === "block") await acts.block(live, page, who.person);
  else if (answer === "unblock") await acts.unblock(live, page, who.person);
  else if (answer === "hand-over") await acts.handOver(live, who);
}

/** Report somebody or the room, then do what the reporter wants at once. */
async function report(live, acts, page, who) {
  const { askReport } = await import("./report.js");
  const answer = await askReport(live, who);
  if (answer === "quiet") await live.act(COMMANDS.quiet, { participant: who.participant });
  else if (answer === "block") await grave("block", live, page, who);
  else if (answer === "leave") await acts.leave();
}

/** A seat names a person; what is done about them names a place: ask the roster for it. */
async function listener(live, page, card) {
  const found = await live.socket.send("roster.search", { query: card.handle }).catch(() => null);
  const place = found?.listeners.find((one) => one.person.id === card.id);
  await person(live, page, { person: card, participant: place?.participant ?? "" });
}

async function setEntry(event, live, page) {
  event.preventDefault();
  const { age_hours, followers, approval } = event.target.elements;
  const wanted = { age_hours: Number(age_hours.value), followers: followers.checked, approval: approval.checked };
  if (await live.act("entry.set", wanted)) page.toast(gettext("Saved."));
}

async function saveSettings(event, live, page) {
  event.preventDefault();
  const form = event.target;
  const body = new FormData(form);
  body.set("csrfmiddlewaretoken", page.csrfToken);
  const answer = await fetch(`${live.url}settings/`, { method: "POST", body, headers: { "HX-Request": "true" } });
  const told = answer.ok ? gettext("Saved.") : new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent.trim();
  page.toast(told || gettext("That could not be saved. Try again."));
}

async function end(live, page) {
  const heir = live.state.stage.find((tile) => tile.participant !== live.state.you.participant && tile.connected);
  const { askEnd } = await questions();
  const answer = await askEnd(live.state, live.state.you.role === "host" ? heir : null);
  if (answer === "end") await live.act("room.end");
  else if (answer === "hand-over") {
    if (await live.act("stage.hand_over", { participant: heir.participant })) await page.goOut();
  }
}

/** What the spoken status says: microphone, count, who speaks. */
export function standing(live, speakers) {
  const mic = isOnStage(live.state)
    ? live.mic.open ? gettext("Your microphone is on.") : gettext("Your microphone is off.")
    : gettext("You are listening.");
  return [mic, fill(gettext("%(n)s listening."), { n: live.state.listenerCount }), speakers].join(" ");
}

