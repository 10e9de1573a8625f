import { el } from "./dom.js";

export function showSignIn(main, failure) {
  document.title = "mtg: sign in";
  main.replaceChildren(
    el("section", { class: "sign-in" },
      el("h1", {}, "Sign in"),
      failure ? el("p", { role: "alert", class: "failed" }, failure) : null,
      el("p", {}, "A link that signs in once is printed by:"),
      el("pre", {}, el("code", {}, "mtg ui")),
      el("p", { class: "quiet" },
        "Type it on the gateway's machine, in its folder, and open the link here within ten minutes.")));
  return { stop() {} };
}
