#!/usr/bin/env python3
"""What the data of tenants takes: a look at a fleet, a schema change on all of it, a million rows out and in.

    scripts/bench.sh --data [--tenants N] [--rows N] [--json FILE]

Memory is the peak (VmHWM) of the process that holds most, mtm or its job, looked at every 20 ms.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from fleet_of_copies import make_copies  # noqa: E402
from sandbox import Sandbox  # noqa: E402


def peak_kib(pid):
    """The greatest VmHWM of a process and those below it, so far."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return max([own, *map(peak_kib, children)])


def measured(box, *arguments):
    """Seconds, and the peak memory in MiB of the greatest process."""
    began, peak = time.monotonic(), 0
    run = subprocess.Popen([box.bin / "mtm", *arguments], env=box.env, cwd=box.folder, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while True:
        try:
            run.wait(0.02)
            break
        except subprocess.TimeoutExpired:
            peak = max(peak, peak_kib(run.pid))
    seconds = time.monotonic() - began
    errors = run.stderr.read()
    if run.returncode:
        raise SystemExit(f"mtm {' '.join(arguments)}: exit {run.returncode}\n{errors}")
    return seconds, peak / 1024


def best(box, *arguments, times=7):
    """Milliseconds, the process's start among them."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        subprocess.run([box.bin / "mtm", *arguments], env=box.env, cwd=box.folder, stdout=subprocess.DEVNULL, check=True)
        took.append((time.monotonic() - began) * 1000)
    return min(took)


def step(box, names, name, sql):
    for tenant in names:
        folder = box.tenants / tenant / "migrations"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(sql)


def fleet(count):
    figures = {}
    with Sandbox() as box:
        names = make_copies(box, count)
        measured(box, "migrate", "--all")
        figures["status_ms"] = best(box, "migrate", "--all", "--status")
        figures["nothing_to_do_ms"] = best(box, "migrate", "--all")
        for parallel in (1, 2):
            step(box, names, f"00{parallel}.sql", f"ALTER TABLE Customer ADD COLUMN c{parallel} INTEGER")
            figures[f"alter_on_all_{parallel}_processes_s"] = measured(box, "migrate", "--all", "--parallel", str(parallel))[0]
        seconds, _ = measured(box, "query", "--all", "select count(*) n from Customer", "--reduce", "select sum(n) from t", "--parallel", "2")
        figures["query_all_s"] = seconds
    return figures


def rows(count):
    figures = {}
    with Sandbox() as box:
        box.mtm("add", "a")
        box.mtm("model", "a:Customer", "name:string!", "city:string", "age:number", "active:boolean")
        path = box.folder / "in.ndjson"
        with open(path, "w") as out:
            for n in range(count):
                out.write(json.dumps({"name": f"customer number {n}", "city": f"city{n % 1000}", "age": n % 90, "active": n % 2 == 0}) + "\n")
        for name, arguments in (("import", ("import", "a:Customer", str(path))),
                                ("export", ("export", "a:Customer", "-o", "out.ndjson")),
                                ("export_csv", ("export", "a:Customer", "-o", "out.csv")),
                                ("dump", ("dump", "a", "-o", "a.mtb")),
                                ("restore", ("restore", "a.mtb", "--as", "b"))):
            seconds, mib = measured(box, *arguments)
            figures[f"{name}_rows_per_s"] = count / seconds
            figures[f"{name}_peak_mib"] = mib
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tenants", type=int, default=500)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--json")
    options = parser.parse_args()
    figures = {"tenants": options.tenants, "rows": options.rows, "load": os.getloadavg()[0], **fleet(options.tenants), **rows(options.rows)}
    for name, value in figures.items():
        print(f"{name:32} {value:,.1f}" if isinstance(value, float) else f"{name:32} {value:,}")
    if options.json:
        with open(options.json, "w") as out:
            json.dump(figures, out, indent=2)


if __name__ == "__main__":
    main()
