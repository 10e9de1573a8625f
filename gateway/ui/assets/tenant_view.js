// One tenant: what it does, what can be done with it, and five panes of which one is open, so that one stream is
// enough.

import { ask } from "./api.js";
import { askForSuspension, confirmStop } from "./dialogs.js";
import { el, notify, say, showState, stateMark } from "./dom.js";
import { ago, bytes, count, duration, millis, perSecond } from "./format.js";
import { poll } from "./live.js";
import { showFiles, showLog, showProcesses, showRequests, showWhy } from "./panes.js";

const panes = [
  { key: "why", title: "Why", show: showWhy },
  { key: "log", title: "Log", show: showLog },
  { key: "requests", title: "Requests", show: showRequests },
  { key: "files", title: "Configuration", show: showFiles },
  { key: "processes", title: "Processes", show: showProcesses },
];

const figures = [
  { title: "Requests/s", text: (row) => perSecond(row.requests_per_second) },
  { title: "p95", text: (row) => millis(row.p95_ms) },
  { title: "5xx", text: (row) => count(row.server_errors) },
  { title: "Requests", text: (row) => count(row.requests) },
  { title: "In flight", text: (row) => count(row.in_flight) },
  { title: "Memory", text: (row) => bytes(row.memory_bytes) },
  { title: "Restarts", text: (row) => count(row.restarts) },
  { title: "Up", text: (row) => duration(row.uptime_ms) },
];

/** When each can be done, and what is asked first. */
const actions = [
  { verb: "start", title: "Start", done: "started", fits: (row) => row.pid === null && row.state !== "suspended" },
  { verb: "stop", title: "Stop", done: "stopped", first: confirmStop,
    fits: (row) => row.state !== "stopped" && row.state !== "suspended" },
  { verb: "restart", title: "Restart", done: "restarted", fits: (row) => row.pid !== null },
  { verb: "suspend", title: "Suspend…", done: "suspended", first: askForSuspension,
    fits: (row) => row.state !== "suspended" },
  { verb: "resume", title: "Resume", done: "resumed", fits: (row) => row.state === "suspended" },
];

export function showTenant(main, id, pane, tellTotals) {
  document.title = `mtg: ${id}`;
  const mark = stateMark("idle");
  const since = el("span", { class: "quiet" });
  const failure = el("p", { class: "failed", role: "alert" });
  const values = figures.map(() => el("dd", {}));
  const buttons = actions.map((action) => el("button", { type: "button", "data-verb": action.verb, disabled: true,
    onclick: () => act(action) }, action.title));
  const tabs = panes.map((each) => el("button", { type: "button", role: "tab", id: `tab-${each.key}`,
    "aria-controls": "pane", onclick: () => open(each.key), onkeydown: moveAlongTabs }, each.title));
  const panel = el("section", { id: "pane", role: "tabpanel", class: "panel", tabindex: "0" });
  const heading = el("h1", { tabindex: "-1" }, id);

  main.replaceChildren(
    el("nav", { "aria-label": "Back" }, el("a", { href: "#/" }, "← All tenants")),
    el("div", { class: "title-line" }, heading, mark, since),
    failure,
    el("div", { class: "actions", role: "group", "aria-label": `What can be done with ${id}` }, buttons),
    el("dl", { class: "figures" }, figures.map((figure, i) => el("div", {}, el("dt", {}, figure.title), values[i]))),
    el("div", { class: "tabs", role: "tablist", "aria-label": `About ${id}` }, tabs),
    panel);
  heading.focus();

  let row = null;
  let chosen = "";
  let busy = false;
  let content = { stop() {} };
  const stopPolling = poll(refresh);
  choose(pane);

  async function refresh() {
    try {
      const page = await ask(`tenants?id=${id}&limit=1`);
      tellTotals(page);
      if (page.tenants.length === 0) throw new Error(`There is no tenant ${id}.`);
      render(page.tenants[0]);
    } catch (error) {
      say(failure, error.text ?? error.message);
    }
  }

  function render(now) {
    const changed = !row || row.state !== now.state || row.since !== now.since;
    row = now;
    say(failure, "");
    showState(mark, row.state);
    say(since, `since ${ago(row.since)}${row.reason ? `: ${row.reason}` : ""}`);
    figures.forEach((figure, i) => say(values[i], figure.text(row)));
    showButtons();
    if (changed) content.stateChanged?.();
  }

  function showButtons() {
    actions.forEach((action, i) => {
      buttons[i].disabled = busy || !row || !action.fits(row);
    });
  }

  async function act(action) {
    const body = action.first ? await action.first(id) : {};
    if (!body) return;
    busy = true;
    showButtons();
    notify(`${action.title.replace("…", "")}: ${id}, under way`);
    try {
      await ask(`tenants/${id}/${action.verb}`, { method: "POST", body });
      notify(`${id} is ${action.done}.`);
    } catch (error) {
      notify(`${id}: ${error.text ?? error.message}`, true);
    }
    busy = false;
    await refresh();
    content.stateChanged?.();
  }

  function open(key) {
    location.hash = `#/tenant/${id}/${key}`;
  }

  function choose(key) {
    if (key === chosen) return;
    const next = panes.find((each) => each.key === key) ?? panes[0];
    chosen = key;
    content.stop();
    panes.forEach((each, i) => {
      tabs[i].setAttribute("aria-selected", String(each === next));
      tabs[i].tabIndex = each === next ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", `tab-${next.key}`);
    panel.replaceChildren();
    content = next.show(panel, id);
  }

  /** Arrows, Home and End, as in the pattern of WAI-ARIA. */
  function moveAlongTabs(event) {
    const at = tabs.indexOf(event.currentTarget);
    const last = tabs.length - 1;
    const keys = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last };
    const to = keys[event.key];
    if (to === undefined) return;
    event.preventDefault();
    tabs[to].focus();
    open(panes[to].key);
  }

  return {
    choose,
    stop() {
      stopPolling();
      content.stop();
    },
  };
}
