// Everything that is asked of the gateway. The session is a cookie that no script sees, and this key that no other page
// has.

const keyName = "mtg-key";

export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `the gateway answered ${status}`);
    this.status = status;
    this.hint = error?.hint;
  }
  get text() {
    return this.hint ? `${this.message} (${this.hint})` : this.message;
  }
}

let onSignedOut = () => {};
export function whenSignedOut(act) {
  onSignedOut = act;
}

async function send(path, { method = "GET", body, signal } = {}) {
  const headers = { "X-Mtg-Key": localStorage.getItem(keyName) ?? "" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/-/api/${path}`, { method, headers, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused(0, { message: "the gateway does not answer", hint: "mtg status" });
  }
  if (answer.ok) return answer;
  const document = await answer.json().catch(() => ({}));
  if (answer.status === 401 || answer.status === 403) onSignedOut();
  throw new Refused(answer.status, document.error);
}

/** The `data` of the answer. Throws Refused. */
export async function ask(path, options) {
  const answer = await send(path, options);
  return (await answer.json()).data;
}

/** The objects of a stream, until it ends or is aborted. `opened` is called before the first. */
export async function* lines(path, signal, opened) {
  const answer = await send(path, { signal });
  opened();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (held + value).split("\n");
    held = parts.pop();
    for (const part of parts) if (part) yield JSON.parse(part);
  }
}

export async function signIn(token) {
  const session = await ask("session", { method: "POST", body: { token } });
  localStorage.setItem(keyName, session.key);
}

export async function signOut() {
  await ask("session", { method: "DELETE" }).catch(() => {});
  localStorage.removeItem(keyName);
}
