// `node --test tests/browser/node/` (also run by tests/browser/test_room_modules.py).
import assert from "node:assert/strict";
import test from "node:test";

import { steer } from "../../../rooms/static/rooms/player.js";

const floor = 0.1;

test("too much ahead is played away a little faster, never skipped", () => {
  assert.deepEqual(steer({ ahead: 0.3, behind: 0.5, floor }), { jump: false, rate: 1.05 });
});

test("what lies ahead within the band plays at its own pace", () => {
  assert.deepEqual(steer({ ahead: 0.14, behind: 0.33, floor }), { jump: false, rate: 1 });
});

test("with hardly anything ahead it slows down a touch", () => {
  assert.equal(steer({ ahead: 0.02, behind: 0.2, floor }).rate, 0.97);
});

test("a tab that slept for long goes back to the live edge", () => {
  assert.deepEqual(steer({ ahead: 11, behind: 11, floor }), { jump: true, rate: 1 });
});
