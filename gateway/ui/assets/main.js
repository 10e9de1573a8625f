// Which view is shown: #/ is the list, #/tenant/foo/log a tenant's page; #sign-in=… is what `mtg ui` prints.

import { ask, signIn, signOut, whenSignedOut } from "./api.js";
import { say } from "./dom.js";
import { count, perSecond } from "./format.js";
import { showList } from "./list_view.js";
import { showSignIn } from "./sign_in_view.js";
import { showTenant } from "./tenant_view.js";

const main = document.getElementById("main");
const gateway = document.getElementById("gateway");
const leave = document.getElementById("sign-out");
let view = { stop() {} };
let shown = "";

function show(make, name) {
  view.stop();
  shown = name;
  view = make();
}

/** The figures of the whole gateway, which every list brings. */
export function tellTotals(page) {
  say(gateway, `${count(page.total)} tenants, ${perSecond(page.requests_per_second)} requests/s`);
}

function askToSignIn(failure) {
  leave.hidden = true;
  say(gateway, "");
  show(() => showSignIn(main, failure), "sign-in");
}

function route() {
  const hash = location.hash;
  if (hash.startsWith("#sign-in=")) return enter(hash.slice(9));
  leave.hidden = false;
  const tenant = /^#\/tenant\/([a-z0-9]{1,63})(?:\/([a-z]+))?$/.exec(hash);
  if (!tenant) return show(() => showList(main, tellTotals), "list");
  const [, id, pane] = tenant;
  if (shown === `tenant ${id}`) return view.choose(pane ?? "why");
  show(() => showTenant(main, id, pane ?? "why", tellTotals), `tenant ${id}`);
}

async function enter(token) {
  history.replaceState(null, "", "#/");  // the token is worth nothing any more, and need not be seen
  try {
    await signIn(token);
  } catch (error) {
    return askToSignIn(error.text);
  }
  route();
}

whenSignedOut(() => {
  if (shown !== "sign-in") askToSignIn();
});
leave.addEventListener("click", async () => {
  await signOut();
  askToSignIn();
});
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", route);
if (location.hash.startsWith("#sign-in=")) route();
else ask("gateway").then(route, (error) => (error.status === 0 ? route() : askToSignIn()));
