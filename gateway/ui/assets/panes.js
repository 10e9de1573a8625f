// The panes of a tenant's page. Each fills its panel and answers {stop, stateChanged}.

import { ask } from "./api.js";
import { el, say } from "./dom.js";
import { ago, bytes, clock, count, duration, millis } from "./format.js";
import { follow } from "./live.js";

const keptLines = 1000;
const keptRequests = 200;

/** A pane that asks once, and again when the tenant's state has changed. */
function asked(panel, path, render) {
  let turn = 0;
  const look = async () => {
    const mine = ++turn;
    try {
      const data = await ask(path);
      if (mine === turn) panel.replaceChildren(...render(data));
    } catch (error) {
      const text = error.text ?? String(error);
      if (mine === turn) panel.replaceChildren(el("p", { class: "failed", role: "alert" }, text));
    }
  };
  panel.replaceChildren(el("p", { class: "quiet" }, "…"));
  look();
  return { stateChanged: look, stop: () => ++turn };
}

function facts(rows) {
  return el("dl", { class: "facts" }, rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([title, value]) => el("div", {}, el("dt", {}, title), el("dd", {}, value))));
}

function place(error) {
  if (!error?.file) return "";
  return `${error.file}${error.line ? `:${error.line}` : ""} ${error.pointer ?? ""}`;
}

function ending(last) {
  const how = last.signal ? `was killed by ${last.signal}` : `exited with code ${last.code}`;
  return `process ${last.pid} ${how} after ${duration(last.ran_ms)}, ${ago(last.at)}`;
}

export function showWhy(panel, id) {
  return asked(panel, `tenants/${id}/why`, (why) => [
    el("p", { class: "summary" }, `${id} ${why.summary}.`),
    facts([
      ["Since", why.since ? `${clock(why.since)}, ${ago(why.since)}` : ""],
      ["Reason", why.reason],
      ["Error", why.error?.message],
      ["At", place(why.error)],
      ["Before", why.last_exit ? ending(why.last_exit) : ""],
      ["Next try", why.next_try_ms === undefined ? "" : `in ${duration(why.next_try_ms)}`],
      ...(why.limits_hit ?? []).map((hit) =>
        ["Limit", `${hit.limit} refused ${count(hit.count)}, the last ${ago(hit.last)}`]),
    ]),
    why.next_steps.length ? el("h3", {}, "What to do") : "",
    why.next_steps.length ? el("ul", {}, why.next_steps.map((step) => el("li", {}, step))) : "",
    why.last_lines.length ? el("h3", {}, "It said last") : "",
    why.last_lines.length
      ? el("pre", { class: "lines", tabindex: "0", "aria-label": "Its last lines" }, why.last_lines.join("\n")) : "",
  ]);
}

/** A list that grows at its end and follows it, as long as its reader looks at the end. */
function growing(panel, path, label, empty, kept, row) {
  const list = el("ol", { class: "lines", tabindex: "0", "aria-label": label });
  const state = el("p", { class: "quiet" }, empty);
  panel.replaceChildren(state, list);
  const stop = follow(path, () => list.replaceChildren(),
    (line) => {
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
      state.hidden = true;
      list.append(row(line));
      while (list.children.length > kept) list.firstChild.remove();
      if (atEnd) list.scrollTop = list.scrollHeight;
    },
    (error) => {
      state.hidden = false;
      say(state, error.text ?? String(error));
    });
  return { stop };
}

function leftOut(what) {
  return el("li", { class: "quiet" }, `${what} were left out: they came too fast`);
}

export function showLog(panel, id) {
  const row = (line) => {
    if (line.lost) return leftOut(`${count(line.lost)} lines`);
    if (line.left_out_bytes) return leftOut(bytes(line.left_out_bytes));
    return el("li", {}, line.line);
  };
  const empty = "It has written nothing yet.";
  return growing(panel, `tenants/${id}/log?follow=1&lines=300`, `Log of ${id}`, empty, keptLines, row);
}

export function showRequests(panel, id) {
  const row = (line) => {
    if (line.lost) return leftOut(`${count(line.lost)} requests`);
    const times = [["queue", line.queue_ms], ["cold start", line.cold_start_ms], ["worker", line.worker_ms]]
      .map(([title, time]) => `${title} ${millis(time)}`).join(", ");
    return el("li", {}, el("time", { datetime: line.time }, clock(line.time)), " ",
      el("b", { class: line.status >= 500 ? "failed" : null }, String(line.status)), " ", millis(line.total_ms), " ",
      `${line.method} ${line.path} `, el("span", { class: "quiet" }, `${bytes(line.bytes_out)}; ${times}`));
  };
  const empty = "Requests are shown as they finish. None has since this was opened.";
  return growing(panel, `tenants/${id}/requests`, `Requests of ${id}`, empty, keptRequests, row);
}

function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function grid(titles, rows) {
  return el("div", { class: "wide", tabindex: "0" }, el("table", {},
    el("thead", {}, el("tr", {}, titles.map((title) => el("th", { scope: "col" }, title)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) => el("td", {},
      el("span", { class: "narrow title", "aria-hidden": "true" }, titles[i]), cell)))))));
}

function fileDetails(file) {
  const changed = file.changed ? `, changed ${ago(file.changed)}` : "";
  return el("details", {},
    el("summary", {}, file.name, " ", el("span", { class: "quiet" }, bytes(file.bytes) + changed)),
    file.error ? el("p", { class: "failed" }, file.line ? `line ${file.line}: ${file.error}` : file.error)
      : el("pre", { tabindex: "0", "aria-label": file.name }, file.content));
}

export function showFiles(panel, id) {
  const files = el("div", {}, el("p", { class: "quiet" }, "…"));
  const settings = el("div", {});
  panel.replaceChildren(el("h3", {}, "Files"),
    el("p", { class: "quiet" }, "What may be a secret is shown as •••; ${…} names where a value comes from."), files,
    el("h3", {}, "In force"), settings);
  const first = asked(files, `tenants/${id}/files`, (rows) => rows.map(fileDetails));
  const second = asked(settings, `tenants/${id}/settings`, (data) =>
    [grid(["Key", "Value", "From"], data.settings.map((row) => [row.key, shown(row.value), row.source]))]);
  return {
    stop() {
      first.stop();
      second.stop();
    },
  };
}

const processTitles = ["Role", "Process", "Up", "Memory", "PSS", "Processor", "Threads", "Descriptors"];

export function showProcesses(panel, id) {
  return asked(panel, `tenants/${id}/inspect`, (data) => {
    const processes = data.processes.map((each) => [each.role, String(each.pid), duration(each.uptime_ms),
      bytes(each.memory_bytes), bytes(each.pss_bytes), duration(each.cpu_ms), shown(each.threads),
      shown(each.descriptors)]);
    const walls = (data.isolation ?? []).map((wall) => [wall.mechanism, wall.state, wall.detail ?? ""]);
    return [
      processes.length ? grid(processTitles, processes) : el("p", { class: "quiet" }, "No process runs."),
      el("h3", {}, "Isolation"),
      walls.length ? grid(["Wall", "State", "What the kernel granted"], walls)
        : el("p", { class: "quiet" }, "Known once a process runs."),
      facts([["Revision", data.revision], ["Command", data.command?.join(" ")], ["Upstream", data.upstream],
        ["Hosts", data.hosts?.join(", ")]]),
    ];
  });
}
