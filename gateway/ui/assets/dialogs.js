// What is asked before something is done. Each answers the body of the request, or null: do nothing.

import { el } from "./dom.js";

/** Shows a form as a modal dialog; the browser keeps the focus in it and gives it back. */
function askIn(title, fields, button, read) {
  return new Promise((answer) => {
    let result = null;
    const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), fields,
      el("div", { class: "actions" }, el("button", { type: "submit", class: "main" }, button),
        el("button", { type: "button", onclick: () => dialog.close() }, "Cancel")));
    const dialog = el("dialog", { "aria-labelledby": "dialog-title" }, form);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      result = read();
      dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function confirmStop(id) {
  const text = el("p", {}, "Its requests get 503 until it is started again, also after a restart of the gateway.");
  return askIn(`Stop ${id}?`, [text], "Stop", () => ({}));
}

export function askForSuspension(id) {
  const reason = el("input", { id: "reason", maxlength: "200", autocomplete: "off" });
  const until = el("input", { id: "until", type: "datetime-local" });
  return askIn(`Suspend ${id}`, [
    el("p", {}, "Its process ends and requests get 503."),
    el("label", { for: "reason" }, "Reason, which clients are shown"), reason,
    el("label", { for: "until" }, "Until (empty: until it is resumed)"), until,
  ], "Suspend", () => ({ reason: reason.value.trim(), until: until.value ? new Date(until.value).toISOString() : "" }));
}
