// `node --test tests/browser/node/` (also run by tests/browser/test_room_modules.py).
import assert from "node:assert/strict";
import test from "node:test";

import { connectionState, micMayBeOpen, retryDelay } from "../../../rooms/static/rooms/connection.js";
import { EMPTY, hasGap, myPlace, queue, reduce } from "../../../rooms/static/rooms/store.js";

const person = (id) => ({ id, handle: id, name: id.toUpperCase(), avatar: `/a/${id}`, verified: false, guest: false });
const tile = (id, role, since) => ({
  participant: `p-${id}`, person: person(id), role, muted: true, muted_by: null, connected: true, since,
});
const hand = (id, raised_at) => ({
  id: `h-${id}`, participant: `p-${id}`, person: person(id), state: "raised", raised_at, first_time: false,
});
const snapshot = {
  type: "snapshot",
  data: {
    seq: 7,
    room: { id: "r", title: "T", hands_open: true },
    you: { participant: "p-eva", person: person("eva"), role: "listener", muted: true, hidden: false, device: "d", can: [] },
    stage: [tile("bo", "speaker", "2026-01-01T10:00:00Z"), tile("ana", "host", "2026-01-01T10:05:00Z")],
    hands: [], listeners: [person("eva")], listener_count: 1, hidden_count: 0, tally: {}, media: { epoch: 1 },
  },
};
const start = () => reduce(EMPTY, snapshot);

test("the host sits first, then who came first", () => {
  const next = reduce(start(), { type: "speaker.joined", seq: 8, data: { speaker: tile("al", "speaker", "2026-01-01T09:00:00Z") } });
  assert.deepEqual(next.stage.map((one) => one.person.id), ["ana", "al", "bo"]);
});

test("an event that was seen already changes nothing", () => {
  const state = start();
  assert.equal(reduce(state, { type: "speaker.left", seq: 7, data: { participant: "p-bo", to: "out" } }), state);
});

test("a gap is seen, the next number is none", () => {
  assert.equal(hasGap(start(), { type: "host.back", seq: 9, data: {} }), true);
  assert.equal(hasGap(start(), { type: "host.back", seq: 8, data: {} }), false);
  assert.equal(hasGap(start(), { type: "level.batch", data: {} }), false);
});

test("the queue is in order of raising, and you know your place", () => {
  let state = reduce(start(), { type: "hand.raised", seq: 8, data: { hand: hand("eva", "2026-01-01T10:09:00Z") } });
  state = reduce(state, { type: "hand.raised", seq: 9, data: { hand: hand("zoe", "2026-01-01T10:08:00Z") } });
  assert.deepEqual(queue(state).map((one) => one.person.id), ["zoe", "eva"]);
  assert.equal(myPlace(state), 2);
  state = reduce(state, { type: "hand.answered", seq: 10, data: { hand: "h-zoe", participant: "p-zoe", expires_at: "x" } });
  assert.equal(myPlace(state), 1);
});

test("an emptied queue keeps who was asked on stage", () => {
  let state = reduce(start(), { type: "hand.raised", seq: 8, data: { hand: hand("eva", "2026-01-01T10:09:00Z") } });
  state = reduce(state, { type: "hand.raised", seq: 9, data: { hand: hand("zoe", "2026-01-01T10:08:00Z") } });
  state = reduce(state, { type: "hand.answered", seq: 10, data: { hand: "h-zoe", participant: "p-zoe", expires_at: "x" } });
  state = reduce(state, { type: "hands.lowered", seq: 11, data: {} });
  assert.deepEqual(state.hands.map((one) => one.id), ["h-zoe"]);
});

test("coming on stage takes a person out of queue and audience", () => {
  let state = reduce(start(), { type: "hand.raised", seq: 8, data: { hand: hand("eva", "2026-01-01T10:09:00Z") } });
  state = reduce(state, { type: "speaker.joined", seq: 9, data: { speaker: tile("eva", "speaker", "2026-01-01T10:10:00Z") } });
  assert.equal(state.hands.length, 0);
  assert.equal(state.listeners.length, 0);
  assert.equal(state.seq, 9);
});

test("a mute by somebody else reaches the tile and yourself", () => {
  let state = reduce(start(), { type: "speaker.joined", seq: 8, data: { speaker: { ...tile("eva", "speaker", "z"), muted: false } } });
  state = reduce(state, { type: "speaker.muted", seq: 9, data: { participant: "p-eva", by: "ana" } });
  assert.equal(state.you.muted, true);
  assert.equal(state.stage.at(-1).muted_by, "ana");
});

test("pins are those of the last word about them", () => {
  assert.deepEqual(start().pins, []);
  const state = reduce(start(), { type: "pins.changed", seq: 8, data: { pins: [{ id: "b" }, { id: "a" }] } });
  assert.deepEqual(state.pins.map((one) => one.id), ["b", "a"]);
  assert.equal(reduce(state, { type: "pins.changed", seq: 8, data: { pins: [] } }), state);
});

test("unknown events move the number on and nothing else", () => {
  const state = reduce(start(), { type: "caption.final", seq: 8, data: {} });
  assert.equal(state.seq, 8);
  assert.deepEqual(state.stage, start().stage);
});

test("two seconds away is a chip, five close the microphone, sixty is a question", () => {
  const at = (socketDown, mediaDown = 0, weak = 0) => connectionState({ joined: true, socketDown, mediaDown, weak });
  assert.deepEqual([at(0), at(1.9), at(2), at(0, 5), at(61), at(0, 0, 6)],
    ["live", "live", "signal-lost", "media-lost", "failed", "weak"]);
  assert.equal(micMayBeOpen(at(3)), true);
  assert.equal(micMayBeOpen(at(6)), false);
});

test("waiting grows to fifteen seconds and never in step", () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((n) => retryDelay(n, () => 0.5)), [1, 2, 4, 8, 15, 15]);
  assert.ok(retryDelay(0, () => 0) < retryDelay(0, () => 0.99));
});
