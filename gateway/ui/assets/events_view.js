// What happens to tenants, the newest on top. No live region: a busy gateway would talk without end.

import { el, say, stateMark } from "./dom.js";
import { clock } from "./format.js";
import { follow } from "./live.js";

const kept = 100;

function ending(event) {
  if (event.signal) return `process ${event.pid} was killed by ${event.signal}`;
  return `process ${event.pid} exited with code ${event.code}`;
}

function happening(event) {
  switch (event.event) {
    case "state": return [stateMark(event.before), " → ", stateMark(event.state), event.reason ? ` ${event.reason}` : ""];
    case "exit": return [ending(event)];
    case "took_over": return [`process ${event.pid} serves, process ${event.former_pid} finishes what it has in hand`];
    case "former_ended": return [`process ${event.pid} has finished`];
    default: return [event.event];
  }
}

function row(event) {
  if (event.lost) return el("li", { class: "quiet" }, `${event.lost} events were left out: too many at once`);
  const error = event.error?.message ? `: ${event.error.message}` : "";
  return el("li", {}, el("time", { datetime: event.time }, clock(event.time)), " ",
    event.id ? el("a", { href: `#/tenant/${event.id}` }, event.id) : "gateway", " ", happening(event), error);
}

export function showEvents(section) {
  const list = el("ol", { class: "lines events", tabindex: "0", "aria-label": "Events, the newest first" });
  const state = el("p", { class: "quiet" }, "Nothing has happened yet.");
  section.replaceChildren(el("h2", { id: "events-title" }, "Events"), state, list);
  return follow("events?follow=1&lines=50", () => list.replaceChildren(),
    (event) => {
      state.hidden = true;
      list.prepend(row(event));
      while (list.children.length > kept) list.lastChild.remove();
    },
    (error) => {
      state.hidden = false;
      say(state, error.text ?? String(error));
    });
}
