// What hosts do for the whole room, and what anybody does about somebody: each act ends in one command or API call.

import { fill, gettext } from "./html.js";
import { call, everything } from "./rest.js";
import { askBlock, askHandOver, askMuteAll, askReadmit, askRemove } from "./safety.js";
import { refusalWords } from "./words.js";

/** Call the API; a refusal is told to the person. Resolves with whether it was done. */
async function done(page, method, path, body) {
  try {
    await call(method, path, body);
    return true;
  } catch (error) {
    page.toast(refusalWords(error));
    return false;
  }
}

const blocking = (person) => `users/${person.id}/blocking/`;

/** Mute everybody, and lock if the host wants it. */
export async function muteAll(live) {
  const answer = await askMuteAll(live.state);
  if (answer) await live.act("stage.mute_everyone", { lock: answer === "lock" });
}

/** Put somebody out; the toast takes it back. */
export async function remove(live, page, { person, participant }) {
  const chosen = await askRemove(person);
  if (!chosen) return;
  const gone = await live.act("person.remove", { participant, for_good: chosen.forGood });
  if (!gone) return;
  const blocked = chosen.block && (await done(page, "POST", blocking(person)));
  // Where the block was refused, that has just been said.
  if (chosen.block && !blocked) return;
  const undo = async () => {
    if (blocked) await unblock(live, page, person);
    if (chosen.forGood) await readmit(live, page, person);
  };
  if (blocked) await live.refresh();
  const words = blocked ? gettext("%(name)s was removed and blocked.") : gettext("%(name)s was removed.");
  page.toast(fill(words, { name: person.name }), chosen.forGood || blocked ? { name: gettext("Undo"), press: undo } : null);
}

async function readmit(live, page, person) {
  const back = await live.act("person.readmit", { person: person.id });
  if (back) page.toast(fill(gettext("%(name)s can come back."), { name: person.name }));
}

/** The list of those who were put out, for hosts. */
export async function removed(live, page) {
  const people = await everything(`rooms/${live.id}/removals/`).catch((error) => page.toast(refusalWords(error)));
  const person = people && (await askReadmit(people));
  if (person) await readmit(live, page, person);
}

/** Block somebody, after a question; the room is then drawn with what changed. */
export async function block(live, page, person) {
  if (!(await askBlock(person))) return;
  if (!(await done(page, "POST", blocking(person)))) return;
  await live.refresh();
  page.toast(fill(gettext("You blocked @%(handle)s."), { handle: person.handle }),
    { name: gettext("Undo"), press: () => unblock(live, page, person) });
}

/** Take a block back. */
export async function unblock(live, page, person) {
  if (!(await done(page, "DELETE", blocking(person)))) return;
  await live.refresh();
  page.toast(fill(gettext("You no longer block @%(handle)s."), { handle: person.handle }));
}

/** Give the room to somebody on stage. Resolves with whether it was given. */
export async function handOver(live, { person, participant }) {
  return Boolean((await askHandOver(person)) && (await live.act("stage.hand_over", { participant })));
}
