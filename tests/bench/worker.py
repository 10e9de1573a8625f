#!/usr/bin/env python3
"""What a request and a start cost the worker alone, in figures that do not depend on what else the machine does.

    MT_BIN=build/release/bin python3 tests/bench/worker.py [--starts] [case …]

User instructions per request by callgrind, as the difference of two runs, so exact; system calls per request by strace, and of a
start from exec to its first answer. The rows and requests are those of peers.py.
"""
import argparse
import collections
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import BIN, ask, wait_for  # noqa: E402
from peers import CASES, CUSTOMER, write_application  # noqa: E402


class Worker:
    """`tenant-app serve` on a folder, below the tool that counts."""

    def __init__(self, folder, *tool):
        self.socket = str(folder / "bench.sock")
        command = [*tool, str(BIN / "tenant-app"), str(folder), "serve", "--socket", self.socket]
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.connection = http.client.HTTPConnection("worker")
        wait_for("the worker", self._connect, 60)

    def _connect(self):
        end = socket.socket(socket.AF_UNIX)
        try:
            end.connect(self.socket)
        except OSError:
            end.close()
            return False
        self.connection.sock = end
        return True

    def ask(self, method, path, body=None):
        answer = ask(self.connection, method, path, body)
        assert answer.status == 200, (path, answer)
        return answer

    def stop(self):
        """What the tool has said."""
        self.connection.close()
        # The tool may not pass a signal on: the worker is the last of its children.
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(children[0]) if children else self.process.pid, signal.SIGTERM)
        return self.process.communicate()[1]


def fill(folder):
    worker = Worker(folder)
    for start in range(0, 1000, 50):
        worker.ask("POST", "/api/Customers", [{**CUSTOMER, "name": f"Customer {n}", "age": 20 + n % 50} for n in range(start, start + 50)])
    for customer in range(1, 21):
        worker.ask("POST", "/api/Orders", [{"description": f"Order {n}", "total": n * 10, "customerId": customer} for n in range(10)])
    worker.stop()


def run(folder, count, case, *tool):
    _, method, path, body, _ = case
    worker = Worker(folder, *tool)
    for _ in range(count):
        worker.ask(method, path.removeprefix("/foo"), body)
    return worker.stop()


def instructions(folder, case, few=50, many=250):
    totals = []
    for count in (few, many):
        told = run(folder, count, case, "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.{count}")
        totals.append(int(re.search(r"Collected : (\d+)", told)[1]))
    return (totals[1] - totals[0]) / (many - few)


def system_calls(folder, case, few=50, many=250):
    """Calls per request by name, those that occur at least once in ten."""
    seen = []
    for count in (few, many):
        run(folder, count, case, "strace", "-f", "-o", folder / "strace", "-e", "signal=none")
        lines = (folder / "strace").read_text().splitlines()
        names = (re.match(r"\d+ +(\w+)\(", line) for line in lines)
        seen.append(collections.Counter(name[1] for name in names if name))
    per = {name: (seen[1][name] - seen[0][name]) / (many - few) for name in seen[1]}
    return {name: round(value, 2) for name, value in sorted(per.items(), key=lambda item: -item[1]) if value >= 0.1}


def start(folder, method="GET", body=None):
    """System calls and instructions of a start and its first answer."""
    case = ("start", method, "/api/Customers", body, 1)
    told = run(folder, 1, case, "valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.start")
    return int(re.search(r"Collected : (\d+)", told)[1])


def start_calls(folder, method="GET", body=None):
    run(folder, 1, ("start", method, "/api/Customers", body, 1), "strace", "-f", "-o", folder / "strace", "-e", "signal=none")
    names = (re.match(r"\d+ +(\w+)\(", line) for line in (folder / "strace").read_text().splitlines())
    count = collections.Counter(name[1] for name in names if name)
    synced = count["fsync"] + count["fdatasync"]
    return f"{sum(count.values())} system calls, {synced} of them fsync or fdatasync"


def new_tenant(parent, name):
    folder = pathlib.Path(parent) / name
    folder.mkdir()
    write_application(folder)
    return folder


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--starts", action="store_true", help="only what a start costs")
    options.add_argument("cases", nargs="*", help="parts of the names of peers.py's cases")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as parent:
        for name, method, body in (("first start, GET", "GET", None), ("first start, POST", "POST", CUSTOMER)):
            first, second = new_tenant(parent, name), new_tenant(parent, name + " again")
            print(f"{name:28}{start(first, method, body):12} instructions; {start_calls(second, method, body)}", flush=True)
        print(f"{'start, GET':28}{start(second):12} instructions; {start_calls(second)}", flush=True)
        if options.starts:
            return
        folder = new_tenant(parent, "filled")
        fill(folder)
        for case in CASES:
            wanted = not options.cases or any(part in case[0] for part in options.cases)
            if case[0] != "login" and wanted:
                run(folder, 500, case)  # what the worker learns from requests, an index above all, is there from then on
                print(f"{case[0]:28}{instructions(folder, case):12.0f} instructions; {system_calls(folder, case)}", flush=True)


if __name__ == "__main__":
    main()
