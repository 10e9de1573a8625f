#!/usr/bin/env python3
"""What a flooded tenant does to another one: p99 of bar while nobody asks foo, and while 128 connections ask foo for more than it may.

    MT_BIN=build/release/bin python3 tests/bench/fairness.py [--rounds N] [--seconds S]

foo has a rate of 1,000/s and a concurrency of 4. bar is asked over 4 connections, 500 times a second, so that its own load is none.
Rounds alternate and figures are medians. The aim of docs/GATEWAY.md section 3: at most 1.5 times the quiet value.
"""
import argparse
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json  # noqa: E402


def latencies(port, seconds, connections=4, per_second=500):
    """Milliseconds of each request to bar, sent at even times."""
    times, lock = [], threading.Lock()

    def run(number):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        start, own, count = time.perf_counter(), [], 0
        while True:
            due = start + (count * connections + number) / per_second
            if due - start > seconds:
                break
            time.sleep(max(0.0, due - time.perf_counter()))
            begin = time.perf_counter()
            connection.request("GET", "/bar/api/Items")
            answer = connection.getresponse()
            answer.read()
            own.append((time.perf_counter() - begin) * 1e3)
            assert answer.status == 200, answer.status
            count += 1
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(times)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=3)
    options = options.parse_args()
    with Sandbox() as box:
        box.mtm("add", "foo", "bar", "--connector", "memory")
        for name in ("foo", "bar"):
            box.mtm("model", f"{name}:Item")
        edit_json(box.tenants / "foo/tenant.json", lambda d: d.update(limits={"rate": "1000/s", "concurrency": 4}))
        box.start()
        for name in ("foo", "bar"):
            assert box.get(f"/{name}/api/Items").status == 200
        rows = {"quiet": [], "flooded": []}
        for number in range(2 * options.rounds):
            flooded = number % 2 == 1
            flood = flooded and subprocess.Popen(["wrk", "-t1", "-c128", f"-d{options.seconds + 1}s", f"http://127.0.0.1:{box.port}/foo/api/Items"],
                                                 stdout=subprocess.PIPE, text=True)
            times = latencies(box.port, options.seconds)
            rows["flooded" if flooded else "quiet"].append([times[len(times) // 2], times[int(len(times) * 0.99)]])
            if flooded:
                flood_text = flood.communicate()[0]
        for name, values in rows.items():
            p50, p99 = (statistics.median(column) for column in zip(*values))
            print(f"{name:8} bar's p50 {p50:6.2f} ms   p99 {p99:6.2f} ms")
        print(f"p99 flooded / quiet: {statistics.median(v[1] for v in rows['flooded']) / statistics.median(v[1] for v in rows['quiet']):.2f}")
        print("\n".join(line for line in flood_text.splitlines() if "Requests/sec" in line or "Non-2xx" in line))


if __name__ == "__main__":
    main()
