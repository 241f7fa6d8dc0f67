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
  return (await answered(method, path, body)).data;
}

/** A whole list, asked for page by page. */
export async function everything(path) {
  const all = [];
  for (let next = ""; next !== undefined;) {
    const { data, meta } = await answered("GET", `${path}?max_results=100${next && `&next_token=${encodeURIComponent(next)}`}`);
    all.push(...data);
    next = meta.next_token;
  }
  return all;
}

async function answered(method, path, body) {
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    headers: {
      "Accept-Language": document.documentElement.lang,
      "X-CSRFToken": token(),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => { throw new RestRefused({ code: "offline" }); });
  if (answer.ok) return answer.status === 204 ? { data: null } : answer.json();
  throw new RestRefused(await answer.json().catch(() => ({})));
}
