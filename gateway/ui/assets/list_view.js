// All tenants, a page at a time: the gateway searches, sorts and cuts; ten thousand rows never come here.

import { ask } from "./api.js";
import { el, say, showState, stateMark } from "./dom.js";
import { showEvents } from "./events_view.js";
import { bytes, count, millis, perSecond } from "./format.js";
import { poll } from "./live.js";

const columns = [
  { key: "name", title: "Tenant", text: (row) => row.id },
  { key: "state", title: "State", text: (row) => row.state },
  { key: "requests", title: "Requests/s", text: (row) => perSecond(row.requests_per_second), most: true },
  { key: "p95", title: "p95", text: (row) => millis(row.p95_ms), most: true },
  { key: "errors", title: "5xx", text: (row) => count(row.server_errors), most: true },
  { key: "memory", title: "Memory", text: (row) => bytes(row.memory_bytes), most: true },
  { key: "restarts", title: "Restarts", text: (row) => count(row.restarts), most: true },
];
const perPage = 50;

// Kept while the page is open, so that coming back from a tenant shows the same list.
const wish = { search: "", state: "", sort: "name", order: "asc", offset: 0 };

export function showList(main, tellTotals) {
  document.title = "mtg: tenants";
  const search = el("input", { type: "search", id: "search", autocomplete: "off", spellcheck: "false",
    value: wish.search, placeholder: "part of its name" });
  const choices = columns.map((column) => el("option", { value: column.key }, column.title));
  const sorter = el("select", { id: "sort" }, choices);
  const states = el("div", { class: "chips", role: "group", "aria-label": "Only tenants that are" });
  const found = el("p", { class: "quiet", role: "status" });
  const heads = columns.map((column) => head(column));
  const body = el("tbody", { role: "rowgroup" });
  const table = el("table", { role: "table", class: "tenants" },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), body);
  const before = el("button", { type: "button", onclick: () => turn(-perPage) }, "Previous");
  const next = el("button", { type: "button", onclick: () => turn(perPage) }, "Next");
  const where = el("span", { class: "quiet" });
  const failure = el("p", { class: "failed", role: "alert" });
  const events = el("section", { class: "panel", "aria-labelledby": "events-title" });

  main.replaceChildren(
    el("h1", {}, "Tenants"),
    el("form", { class: "tools", role: "search", onsubmit: (event) => event.preventDefault() },
      el("label", { for: "search" }, "Search"), search,
      el("span", { class: "narrow" }, el("label", { for: "sort" }, "Sort by"), sorter)),
    states, failure, table, found,
    el("nav", { class: "pages", "aria-label": "Pages" }, before, where, next),
    events);

  let asked = 0;
  const stopPolling = poll(refresh);
  const stopEvents = showEvents(events);
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ search: search.value.toLowerCase().replace(/[^a-z0-9]/g, ""), offset: 0 }), 150);
  });
  sorter.value = wish.sort;
  sorter.addEventListener("change", () => sortBy(columns.find((column) => column.key === sorter.value), false));

  function head(column) {
    const button = el("button", { type: "button", class: "sort", onclick: () => sortBy(column, true) }, column.title);
    return el("th", { role: "columnheader", scope: "col", class: column.most ? "number" : null }, button);
  }

  /** The first click shows what is most; of names and states what comes first. */
  function sortBy(column, turnRound) {
    const first = column.most ? "desc" : "asc";
    const other = first === "desc" ? "asc" : "desc";
    const again = turnRound && wish.sort === column.key && wish.order === first;
    change({ sort: column.key, order: again ? other : first, offset: 0 });
    sorter.value = column.key;
  }

  function turn(by) {
    change({ offset: Math.max(0, wish.offset + by) });
  }

  function change(to) {
    Object.assign(wish, to);
    refresh();
  }

  async function refresh() {
    const turnOfAsking = ++asked;
    const query = new URLSearchParams({ limit: perPage, offset: wish.offset, sort: wish.sort, order: wish.order });
    if (wish.search) query.set("search", wish.search);
    if (wish.state) query.set("state", wish.state);
    try {
      const page = await ask(`tenants?${query}`);
      if (turnOfAsking === asked) render(page);
    } catch (error) {
      if (turnOfAsking === asked) say(failure, error.text ?? String(error));
    }
  }

  function render(page) {
    if (page.tenants.length === 0 && page.matching > 0) {  // the list has become shorter
      wish.offset = Math.floor((page.matching - 1) / perPage) * perPage;
      return refresh();
    }
    say(failure, "");
    tellTotals(page);
    renderStates(page);
    heads.forEach((cell, i) => {
      const chosen = columns[i].key === wish.sort;
      if (chosen) cell.setAttribute("aria-sort", wish.order === "asc" ? "ascending" : "descending");
      else cell.removeAttribute("aria-sort");
    });
    renderRows(page.tenants);
    const tenants = page.matching === 1 ? "tenant" : "tenants";
    say(found, page.matching === 0 ? "No tenant is like that." : `${count(page.matching)} ${tenants}`);
    const last = page.offset + page.tenants.length;
    say(where, page.matching ? `${count(page.offset + 1)}–${count(last)} of ${count(page.matching)}` : "");
    before.disabled = page.offset === 0;
    next.disabled = last >= page.matching;
    table.hidden = page.matching === 0;
  }

  function renderStates(page) {
    const all = [["", page.total], ...Object.entries(page.states)];
    if (wish.state && !(wish.state in page.states)) all.push([wish.state, 0]);
    all.forEach(([state, tenants], i) => {
      let chip = states.children[i];
      if (!chip || chip.dataset.state !== state) {
        const mark = el("span", { class: state ? `state state-${state}` : null }, state || "all");
        chip = el("button", { type: "button", "data-state": state, onclick: () => change({ state, offset: 0 }) },
          mark, " ", el("span", { class: "quiet" }));
        if (states.children[i]) states.children[i].replaceWith(chip);
        else states.append(chip);
      }
      chip.setAttribute("aria-pressed", String(state === wish.state));
      say(chip.lastChild, count(tenants));
    });
    while (states.children.length > all.length) states.lastChild.remove();
  }

  /** Rows are kept and their texts changed: focus and selection stay where they are. */
  function renderRows(tenants) {
    tenants.forEach((tenant, i) => {
      let row = body.children[i];
      if (!row) body.append((row = emptyRow()));
      const link = row.querySelector("a");
      say(link, tenant.id);
      link.setAttribute("href", `#/tenant/${tenant.id}`);
      showState(row.querySelector(".state"), tenant.state);
      columns.slice(2).forEach((column, j) => say(row.children[j + 2].lastChild, column.text(tenant)));
    });
    while (body.children.length > tenants.length) body.lastChild.remove();
  }

  function emptyRow() {
    return el("tr", { role: "row" }, columns.map((column, i) => {
      const inside = i === 0 ? el("a", {}) : i === 1 ? stateMark("idle") : el("span", {});
      const title = el("span", { class: "narrow title", "aria-hidden": "true" }, column.title);
      if (i === 0) return el("th", { role: "rowheader", scope: "row" }, title, inside);
      return el("td", { role: "cell", class: column.most ? "number" : null }, title, inside);
    }));
  }

  return {
    stop() {
      stopPolling();
      stopEvents();
      clearTimeout(typing);
      ++asked;
    },
  };
}
