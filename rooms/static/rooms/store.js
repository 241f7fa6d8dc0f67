// What is known of the room: a pure function from a snapshot and events to the next state.
// No DOM, no network: tested under `node --test` (tests/browser/node/store.test.mjs).

export const STAGE_ROLES = ["host", "co_host", "speaker"];

/** The state before the first snapshot. */
export const EMPTY = Object.freeze({
  seq: 0,
  known: false,
  room: {},
  you: null,
  stage: [],
  hands: [],
  listeners: [],
  listenerCount: 0,
  hiddenCount: 0,
  tally: {},
  blocked: [],
  knocks: [],
  pins: [],
  media: null,
  hostLost: null,
  elsewhere: false,
  over: null,
});

/** Seats keep their order: host, co-hosts, then who came first. Nobody moves because somebody speaks. */
function seated(stage) {
  const rank = (tile) => STAGE_ROLES.indexOf(tile.role);
  return [...stage].sort(
    (a, b) => rank(a) - rank(b) || a.since.localeCompare(b.since) || a.participant.localeCompare(b.participant),
  );
}

const without = (list, participant) => list.filter((item) => item.participant !== participant);

const notOf = (people, id) => people.filter((person) => person.id !== id);

const changed = (list, participant, change) =>
  list.map((item) => (item.participant === participant ? { ...item, ...change } : item));

function fromSnapshot(data, knocks) {
  return {
    ...EMPTY,
    knocks,
    seq: data.seq,
    known: true,
    room: data.room,
    you: data.you,
    stage: seated(data.stage),
    hands: data.hands,
    listeners: data.listeners,
    listenerCount: data.listener_count,
    hiddenCount: data.hidden_count,
    tally: data.tally,
    blocked: data.blocked ?? [],
    pins: data.pins ?? [],
    media: data.media,
    hostLost: hostLossOf(data.room),
  };
}

/** A snapshot of a room that lost its host says so in the room's own fields. */
function hostLossOf(room) {
  return room.host_lost ?? null;
}

const EVENTS = {
  "state.changed": (state, { room }) => ({ ...state, room: { ...state.room, ...room } }),
  "speaker.joined": (state, { speaker }) => ({
    ...state,
    stage: seated([...without(state.stage, speaker.participant), speaker]),
    hands: without(state.hands, speaker.participant),
    listeners: state.listeners.filter((person) => person.id !== speaker.person.id),
  }),
  "speaker.left": (state, { participant }) => ({ ...state, stage: without(state.stage, participant) }),
  "speaker.muted": (state, { participant, by }) => ({
    ...state,
    stage: changed(state.stage, participant, { muted: true, muted_by: by }),
    you: own(state, participant, { muted: true }),
  }),
  "speaker.unmuted": (state, { participant }) => ({
    ...state,
    stage: changed(state.stage, participant, { muted: false, muted_by: null }),
    you: own(state, participant, { muted: false }),
  }),
  "stage.muted": (state, { by, participants }) => ({
    ...state,
    stage: state.stage.map((tile) => (participants.includes(tile.participant) ? { ...tile, muted: true, muted_by: by.id } : tile)),
    you: participants.includes(state.you?.participant) ? { ...state.you, muted: true } : state.you,
  }),
  "mics.locked": (state, { locked }) => ({ ...state, room: { ...state.room, mics_locked: locked } }),
  "speaker.connection": (state, { participant, connected }) => ({
    ...state,
    stage: changed(state.stage, participant, { connected }),
  }),
  "hand.raised": (state, { hand }) => ({
    ...state,
    hands: [...state.hands.filter((other) => other.id !== hand.id), hand],
  }),
  "hand.answered": (state, { hand, expires_at }) => ({
    ...state,
    hands: state.hands.map((other) => (other.id === hand ? { ...other, state: "offered", expires_at } : other)),
  }),
  "hand.lowered": (state, { hand }) => ({ ...state, hands: state.hands.filter((other) => other.id !== hand) }),
  "hands.lowered": (state) => ({ ...state, hands: state.hands.filter((hand) => hand.state !== "raised") }),
  "role.changed": (state, { participant, role }) => ({
    ...state,
    stage: STAGE_ROLES.includes(role)
      ? seated(changed(state.stage, participant, { role }))
      : without(state.stage, participant),
    you: own(state, participant, { role }),
  }),
  "host.lost": (state, { deadline, successor }) => ({ ...state, hostLost: { deadline, successor } }),
  "host.back": (state) => ({ ...state, hostLost: null }),
  "pins.changed": (state, { pins }) => ({ ...state, pins }),
  "media.moved": (state, { epoch }) => ({ ...state, media: { ...state.media, epoch } }),
  "room.ended": (state, { why, note }) => ({ ...state, over: { kind: "ended", why, note } }),
  "you.muted": (state) => ({ ...state, you: { ...state.you, muted: true } }),
  "you.changed": (state, { you }) => ({ ...state, you }),
  "warning.blocked_speaker": (state, { person }) => ({ ...state, blocked: [...new Set([...state.blocked, person.id])] }),
  "invite.sent": (state, { invitation }) => ({ ...state, you: { ...state.you, invited: invitation.kind } }),
  "invite.answered": (state, { person }) =>
    (person === state.you?.person.id ? { ...state, you: { ...state.you, invited: "" } } : state),
  "knock.heard": (state, { person }) => ({ ...state, knocks: [...notOf(state.knocks, person.id), person] }),
  "knock.answered": (state, { person }) => ({ ...state, knocks: notOf(state.knocks, person) }),
  "you.removed": (state, { for_good }) => ({ ...state, over: { kind: "removed", why: "", forNow: !for_good } }),
  "you.lost_ticket": (state) => ({ ...state, over: { kind: "ticket", why: "" } }),
  "device.elsewhere": (state) => ({ ...state, elsewhere: true }),
  "reaction.batch": (state, { tally }) => ({ ...state, tally }),
  "count.changed": (state, { listener_count, hidden_count, listeners }) => ({
    ...state,
    listenerCount: listener_count,
    hiddenCount: hidden_count,
    listeners,
  }),
};

function own(state, participant, change) {
  return state.you?.participant === participant ? { ...state.you, ...change } : state.you;
}

/** The next state. Old events (`seq` already seen) and unknown types change nothing. */
export function reduce(state, frame) {
  if (frame.type === "knocks") return { ...state, knocks: frame.data };
  if (frame.type === "snapshot") return fromSnapshot(frame.data, state.knocks);
  if (frame.seq !== undefined && frame.seq <= state.seq) return state;
  const next = EVENTS[frame.type]?.(state, frame.data) ?? state;
  return frame.seq === undefined ? next : { ...next, seq: frame.seq };
}

/** True when events are missing between `state` and `frame`, so that the client must ask again. */
export function hasGap(state, frame) {
  return state.known && frame.seq !== undefined && frame.seq > state.seq + 1;
}

// --- questions ------------------------------------------------------------------------------------

export const isHost = (state) => ["host", "co_host"].includes(state.you?.role);
export const may = (state, command) => Boolean(state.you?.can.includes(command));
export const isOnStage = (state) => STAGE_ROLES.includes(state.you?.role);
export const myTile = (state) => state.stage.find((tile) => tile.participant === state.you?.participant);
export const myHand = (state) => state.hands.find((hand) => hand.participant === state.you?.participant);

/** A host's standing invitation to speak; one need not queue. */
export const isInvited = (state) => state.you?.invited === "speak" && !isOnStage(state);

/** Raised hands, first come first served; hands already answered are no longer waiting. */
export function queue(state) {
  return state.hands
    .filter((hand) => hand.state === "raised")
    .sort((a, b) => a.raised_at.localeCompare(b.raised_at) || a.id.localeCompare(b.id));
}

/** 1 for the next to be asked; 0 when your hand is not waiting. */
export function myPlace(state) {
  return queue(state).findIndex((hand) => hand.participant === state.you?.participant) + 1;
}

/** People on stage whom you blocked and still hear. */
export const blockedVoices = (state) =>
  state.stage.filter((tile) => state.blocked.includes(tile.person.id) && !state.you?.silenced.includes(tile.person.id));

/** Who falls silent when everybody is muted: speakers with an open microphone, yourself never. */
export const mutable = (state) =>
  state.stage.filter((tile) => tile.role === "speaker" && tile.participant !== state.you?.participant);

/** The name of a person id on stage or in the first names of the roster, or "". */
export function nameOf(state, personId) {
  const tile = state.stage.find((one) => one.person.id === personId);
  return (tile?.person ?? state.listeners.find((person) => person.id === personId))?.name ?? "";
}
