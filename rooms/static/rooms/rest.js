// Calls to the REST API from a page: session cookie, token against forgery, refusals in the reader's language.

/** A refusal by the API: a stable `code` and a `message` for people ("" when no answer came). */
export class RestRefused extends Error {
  constructor({ code = "", detail = "" }) {
    super(detail);
    this.code = code;
  }
}

/** As the page's own forms send it: it stands outside of what a room that is over draws anew. */
const token = () => JSON.parse(document.getElementById("page").getAttribute("hx-headers:inherited"))["X-CSRFToken"];

/** Call `/api/v1/<path>`; resolves with the answer's `data` (null without one), rejects with `RestRefused`. */
export async function call(method, path, body) {
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    headers: {
      "Accept-Language": document.documentElement.lang,
      "X-CSRFToken": token(),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => { throw new RestRefused({ code: "offline" }); });
  if (answer.ok) return answer.status === 204 ? null : (await answer.json()).data;
  throw new RestRefused(await answer.json().catch(() => ({})));
}
