#!/usr/bin/env python3
"""Ten thousand tenants on one machine: the aims of the design, measured, with the release build.

    scripts/bench.sh --fleet [--tenants N] [--resident N] [--burst N] [--seconds S] [--idle] [--json FILE]

First the gateway while nothing runs, then cold starts while others start, a burst of first requests, last what many
processes at once cost. On a busy machine the times tell of that rather than of us; the CPU time beside them does not.
"""
import argparse
import collections
import itertools
import json
import multiprocessing
import os
import pathlib
import random
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, wait_for  # noqa: E402
from bench import cpu_us, pss_kib, quantile  # noqa: E402
from control import ask_gateway  # noqa: E402
from pace import Pace, paced, shoot  # noqa: E402
from verdict import Verdicts  # noqa: E402
import http.client  # noqa: E402

ANSWER = "/api/Items"


class Fleet(Sandbox):
    """Tenants t0, t1 …, written as `mtm add` and `mtm model` write one."""

    def fill(self, count):
        self.mtm("add", "t0")
        self.mtm("model", "t0:Item", "name:string")
        pattern = self.tenants / "t0"
        files = {path.relative_to(pattern): path.read_bytes() for path in pattern.rglob("*") if path.is_file()}
        folders = [path.relative_to(pattern) for path in pattern.rglob("*") if path.is_dir()]
        key = json.loads(files[pathlib.Path("tenant.json")])["key"].encode()
        for number in range(1, count):
            folder = self.tenants / f"t{number}"
            folder.mkdir(mode=0o700)
            for name in sorted(folders):
                (folder / name).mkdir(mode=0o700)
            for name, content in files.items():
                (folder / name).write_bytes(content.replace(key, f"fleet{number}".encode()))
        return self

    def _serves(self):
        """Without the processes that the tests' way of asking takes."""
        status = ask_gateway(self, "/gateway")
        self.port = status and int(status["listen"][0].rpartition(":")[2])
        return self.port

    def timed(self, program, *arguments):
        begin = time.perf_counter()
        self.run(program, *arguments)
        return time.perf_counter() - begin

    def cpu_ms(self):
        """Of the gateway, and of all programs that were run."""
        own = resource.getrusage(resource.RUSAGE_CHILDREN)
        return cpu_us(self.gateway.pid) / 1e3, (own.ru_utime + own.ru_stime) * 1e3

    def settle(self):
        """Waits until the gateway has looked at every folder: it does nothing then."""
        seen = [0]

        def is_quiet():
            time.sleep(0.5)
            seen.append(cpu_us(self.gateway.pid))
            return seen[-1] - seen[-2] < 5_000
        wait_for("the gateway to have looked at all folders", is_quiet, 120)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.gateway.pid}/fd"))

    def workers(self):
        return [row["pid"] for row in ask_gateway(self, "/tenants") if row["pid"]]


def spent(box, before, rounds):
    gateway, programs = (now - then for now, then in zip(box.cpu_ms(), before))
    return f"CPU gateway {gateway / rounds:.1f} ms, mtm {programs / rounds:.1f} ms"


def while_idle(box, verdicts, tenants):
    begin = time.perf_counter()
    box.start()
    verdicts.add(f"mtg start, {tenants} tenants, until it serves", time.perf_counter() - begin, 1, "s", 2,
                 note=f"CPU {cpu_us(box.gateway.pid) / 1e3:.0f} ms")
    before = box.cpu_ms()
    verdicts.add("mtm list at once", box.timed("mtm", "list"), None, "s", 2, note=spent(box, before, 1))
    box.settle()
    verdicts.add("first look at all folders, and that list", cpu_us(box.gateway.pid) / 1e3, None, "ms", 0, note="CPU gateway")
    before = box.cpu_ms()
    seconds = statistics.median(box.timed("mtm", "list") for _ in range(5))
    verdicts.add("mtm list, median of 5", seconds, 0.5, "s", 2, note=spent(box, before, 5))
    verdicts.add("gateway's memory (PSS), all idle", pss_kib(box.gateway.pid) / 1024, 100, "MiB")
    verdicts.add("gateway's descriptors, all idle", box.descriptors(), tenants, "", 0)
    times, before = [], box.cpu_ms()
    for number in range(10):
        begin = time.perf_counter()
        box.mtm("add", f"new{number}")
        assert box.get(f"/new{number}").status == 200
        times.append((time.perf_counter() - begin) * 1e3)
    cpu = spent(box, before, 10) + " without the worker"
    verdicts.add("mtm add to first answer, median of 10", statistics.median(times), 100, "ms",
                 note=f"longest {max(times):.0f} ms; {cpu}")


def cold_start(port, name):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    shot = shoot(connection, "GET", f"/{name}{ANSWER}")
    connection.close()
    assert shot.status == 200, shot
    return shot.ms


def start_others(port, names, per_second):
    """Until it is terminated: first requests to other tenants, at even times."""
    names = iter(names)
    Pace(port, lambda _: ("GET", f"/{next(names, 't0')}{ANSWER}", None), per_second).start()
    time.sleep(3600)


def cold_starts(box, verdicts, fresh, count):
    """One after the other, 20 a second, while others start at 50 a second from a process of their own."""
    enough = list(itertools.islice(fresh, 10 * count))
    others = multiprocessing.Process(target=start_others, args=(box.port, enough, 50), daemon=True)
    before, gateway = len(box.workers()), cpu_us(box.gateway.pid)
    others.start()
    wait_for("the others to start", lambda: len(box.workers()) > before + 10)
    times = []
    for name in itertools.islice(fresh, count):
        times.append(cold_start(box.port, name))
        time.sleep(0.05)
    others.terminate()
    others.join()
    gateway, pids = cpu_us(box.gateway.pid) - gateway, box.workers()
    each, worker = gateway / 1e3 / (len(pids) - before), statistics.median(map(cpu_us, pids)) / 1e3
    verdicts.add(f"cold start while others start at 50/s, p50 of {count}", statistics.median(times), 5, "ms", 2,
                 note=f"CPU of one: gateway {each:.1f} ms, worker {worker:.1f} ms")
    verdicts.add("                                       p99", quantile(times, 0.99), 20, "ms", 2)


def burst(box, verdicts, names):
    """A connection and a request to each, all sent before the first answer is waited for."""
    selector = selectors.DefaultSelector()
    begin = time.perf_counter()
    for name in names:
        end = socket.create_connection(("127.0.0.1", box.port))
        end.sendall(f"GET /{name}{ANSWER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        end.setblocking(False)
        selector.register(end, selectors.EVENT_READ, bytearray())
    statuses, times = collections.Counter(), []
    while len(times) < len(names) and time.perf_counter() - begin < 60:
        for key, _ in selector.select(1):
            piece = key.fileobj.recv(65536)
            key.data.extend(piece)
            if not piece:
                times.append((time.perf_counter() - begin) * 1e3)
                statuses[key.data[9:12].decode() or "none"] += 1
                selector.unregister(key.fileobj)
                key.fileobj.close()
    bad = len(names) - statuses["200"]
    verdicts.add(f"first requests to {len(names)} cold tenants at once, not 200", bad, 0, "", 0,
                 note=f"after {statistics.median(times):.0f} ms (p50), {max(times):.0f} ms (last); {dict(statuses)}")


def p99(port, names, seconds):
    """Of GETs of tenants by chance, 400 a second."""
    chosen = random.Random(1)
    shots = paced(port, lambda _: ("GET", f"/{chosen.choice(names)}{ANSWER}", None), 400, seconds)
    bad = [shot for shot in shots if shot.status != 200]
    assert not bad, bad[:3]
    return quantile([shot.ms for shot in shots], 0.99)


def many_resident(box, few, verdicts, fresh, wanted, seconds):
    missing = wanted - len(box.workers())
    for name in itertools.islice(fresh, max(0, missing)):
        cold_start(box.port, name)
    pids = box.workers()
    pss = statistics.mean(pss_kib(pid) for pid in pids)
    verdicts.add(f"PSS of a worker, {len(pids)} at once, mean", pss / 1024, 1, "MiB", 2)
    names = [row["id"] for row in ask_gateway(box, "/tenants") if row["pid"] and row["id"].startswith("t")]
    ten = [f"t{number}" for number in range(10)]
    for name in ten:
        cold_start(few.port, name)
    rows = {"few": [], "many": []}
    for _ in range(5):  # in turns: what else the machine does hits both
        rows["few"].append(p99(few.port, ten, seconds))
        rows["many"].append(p99(box.port, names, seconds))
    few_ms, many_ms = (statistics.median(rows[name]) for name in ("few", "many"))
    verdicts.add("p99 of a GET, 10 tenants, median of 5", few_ms, None, "ms", 2)
    verdicts.add(f"p99 of a GET, {len(pids)} tenants", many_ms, None, "ms", 2)
    verdicts.add("   as a multiple", many_ms / few_ms, 2, "x", 2)
    verdicts.add(f"gateway's descriptors, {len(pids)} running", box.descriptors(), None, "", 0)
    verdicts.add(f"gateway's memory (PSS), {len(pids)} running", pss_kib(box.gateway.pid) / 1024, None, "MiB")
    verdicts.add(f"mtm list, {len(pids)} running", box.timed("mtm", "list"), None, "s", 2)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tenants", type=int, default=10_000)
    options.add_argument("--resident", type=int, default=1_000)
    options.add_argument("--burst", type=int, default=500)
    options.add_argument("--starts", type=int, default=100)
    options.add_argument("--seconds", type=float, default=3, help="of each round of requests")
    options.add_argument("--idle", action="store_true", help="only what costs nothing but the gateway")
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    with Fleet() as box, Fleet() as few:
        box.fill(options.tenants)
        few.fill(10)
        verdicts = Verdicts()
        while_idle(box, verdicts, options.tenants)
        if options.idle:
            return verdicts.finish(options.json)
        few.start()
        fresh = iter([f"t{number}" for number in range(options.tenants)])
        cold_starts(box, verdicts, fresh, options.starts)
        burst(box, verdicts, list(itertools.islice(fresh, options.burst)))
        many_resident(box, few, verdicts, fresh, options.resident, options.seconds)
        return verdicts.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
