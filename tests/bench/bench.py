#!/usr/bin/env python3
"""Measures this project alone, with the release build: CPU per request, cold start, memory per idle tenant.

    scripts/bench.sh [--rounds N] [--seconds S] [--tenants N] [--json FILE]

CPU per request is run time of all threads (/proc/PID/task/*/schedstat, ns) over completed requests of wrk: unlike wall time it does
not depend on what else the machine does. Figures are medians over the rounds. The two-core comparison with other proxies is not here.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox  # noqa: E402

WRK = """
init = function() wrk.headers["Content-Type"] = "application/json"; wrk.method = "%s"; wrk.body = %s end
done = function(s) io.stderr:write(string.format("%%d %%d\\n", s.requests, s.errors.connect + s.errors.read + s.errors.write + s.errors.status)) end
"""


def cpu_us(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e3


def pss_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise AssertionError("no Pss")


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))]


def per_request(box, path, method="GET", body=None, connections=32, rounds=3, seconds=2):
    """Median CPU µs per request of gateway and worker, and requests per second."""
    script = box.folder / "wrk.lua"
    script.write_text(WRK % (method, "nil" if body is None else json.dumps(body)))
    gateway, worker = box.gateway.pid, box.pid("foo")
    rows = []
    for number in range(rounds + 1):
        before = cpu_us(gateway), cpu_us(worker)
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{box.port}{path}"],
                              capture_output=True, text=True, check=True)
        requests, errors = map(int, done.stderr.split()[-2:])
        assert errors == 0 and box.pid("foo") == worker, (errors, done.stdout)
        after = cpu_us(gateway), cpu_us(worker)
        if number:  # the first round warms up
            rows.append([(after[0] - before[0]) / requests, (after[1] - before[1]) / requests, requests / seconds])
    return [statistics.median(column) for column in zip(*rows)]


def cold_starts(box, count):
    """Milliseconds from a request to a tenant with no process to its complete answer, one tenant after the other."""
    import http.client
    times = []
    connection = http.client.HTTPConnection("127.0.0.1", box.port, timeout=30)
    connection.connect()
    for number in range(count):
        start = time.perf_counter()
        connection.request("GET", f"/t{number}/api/Items")
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - start) * 1e3)
        assert answer.status == 200 and body == b"[]", (answer.status, body)
    return times


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=2)
    options.add_argument("--tenants", type=int, default=100)
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    report = {}

    with Sandbox() as box:
        box.mtm("add", "foo")
        box.mtm("model", "foo:Customer", "name:string!", "email:string", "age:number", "vip:boolean", "createdAt:date")
        box.start()
        body = {"name": "Alice Example", "email": "alice@example.com", "age": 30, "vip": True, "createdAt": "2020-01-15T10:00:00.000Z"}
        assert box.post("/foo/api/Customers", body).status == 200
        print(f"{'':24}{'gateway':>12}{'worker':>12}{'req/s':>10}   CPU us per request, medians of {options.rounds} x {options.seconds} s")
        for name, path, method, content in (("GET by id", "/foo/api/Customers/1", "GET", None), ("GET /foo", "/foo", "GET", None),
                                            ("POST", "/foo/api/Customers", "POST", json.dumps(body))):
            gateway, worker, rate = per_request(box, path, method, content, rounds=options.rounds, seconds=options.seconds)
            report[name] = {"gateway_us": round(gateway, 1), "worker_us": round(worker, 1), "per_second": round(rate)}
            print(f"{name:24}{gateway:12.1f}{worker:12.1f}{rate:10.0f}")
        gateway, worker, rate = per_request(box, "/foo/api/Customers?filter=%7B%22limit%22%3A20%7D", rounds=options.rounds, seconds=options.seconds)
        report["list of 20"] = {"gateway_us": round(gateway, 1), "worker_us": round(worker, 1), "per_second": round(rate)}
        print(f"{'list of 20':24}{gateway:12.1f}{worker:12.1f}{rate:10.0f}")

    with Sandbox() as box:
        box.mtm("add", *(f"t{n}" for n in range(options.tenants)))
        for number in range(options.tenants):
            box.mtm("model", f"t{number}:Item")
        box.start()
        empty = pss_kib(box.gateway.pid)
        first = cold_starts(box, 1)
        rows = box.data("mtm", "list")
        one = [pss_kib(row["pid"]) for row in rows if row["pid"]]
        # The first start of a tenant makes its tables; the second is what an idle stop costs.
        fresh = first + cold_starts(box, options.tenants)[1:]
        pids = [row["pid"] for row in box.data("mtm", "list") if row["pid"]]
        assert len(pids) == options.tenants, len(pids)
        many = [pss_kib(pid) for pid in pids]
        gateway = pss_kib(box.gateway.pid)
        box.stop()  # a restart would start their workers beforehand
        box.start()
        again = cold_starts(box, options.tenants)
        for name, times in (("first start, tables made", fresh), ("start, tables there", again)):
            p50, p99 = statistics.median(times), quantile(times, 0.99)
            report[name] = {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2)}
            print(f"{name:28} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   ({len(times)} tenants, through the gateway)")
        report["pss_kib"] = {"one": one[0], "many": round(statistics.mean(many)), "tenants": len(many), "gateway_empty": empty, "gateway": gateway}
        print(f"PSS of an idle worker: {one[0]} KiB alone, {statistics.mean(many):.0f} KiB each at {len(many)}; "
              f"gateway {empty} KiB with none running, {gateway} KiB with {len(many)}")
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
