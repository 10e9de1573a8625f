#!/usr/bin/env python3
"""Runs the table of raw-socket cases (docs/GATEWAY.md sections 1 and 2) against the gateway, or another proxy for comparison.

    tests/conformance/http/run.py [--front mtg|nginx|haproxy] [--group NAME] [--case TEXT] [-v]

Prints passed and failed per group; exits 1 if a case fails, 77 if the proxy is not installed. After each case one more request goes
through on a new connection: if a case left anything behind, on either side, that request does not get the answer that is its own.
Other proxies are not held to exact statuses, nor to what is a choice of this project.
"""
import argparse
import collections
import itertools
import os
import sys
import tempfile
import threading
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from client import Client, Ended  # noqa: E402
from fronts import FRONTS  # noqa: E402
from table import all_cases  # noqa: E402
from vocabulary import ASKED, RESET, get  # noqa: E402
from worker import PROBE, SENTINEL, Worker  # noqa: E402

tokens = itertools.count(1)


def check(fact, what):
    if not fact:
        raise AssertionError(what)


def check_fields(what, message, has, lacks):
    for name, wanted in has.items():
        values = message.values(name)
        if wanted is None:
            check(values, f"{what}: no {name}")
        else:
            wanted = list(wanted) if isinstance(wanted, tuple) else [wanted]
            check(values == wanted, f"{what}: {name} is {values}, wanted {wanted}")
    for name in lacks:
        check(not message.values(name), f"{what}: there is a {name}: {message.values(name)}")


def ask_ours(client, target):
    """A request of the runner's own: its answer must be the one to it."""
    token = str(next(tokens))
    client.send(get("/foo" + target.decode(), f"X-Token: {token}"))
    answer = client.read_final()
    check((answer.status, answer.body) == (200, token.encode()), f"{target.decode()} got another's answer: {answer}")


class Slot:
    """A place where cases run one after the other."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        self.workers = {name: Worker(f"{folder}/{name}.sock") for name in ("foo", "bar")}

    def run(self, case, port, front):
        worker = self.workers["foo"]
        worker.begin(case.worker)
        client = Client(port, front.seconds)
        try:
            self._play(case, client, worker, front)
        finally:
            client.close()
        sentinel = Client(port, front.seconds)
        try:
            ask_ours(sentinel, SENTINEL)
        except Ended:
            raise AssertionError("the request after the case got no answer") from None
        finally:
            sentinel.close()
        check(worker.settled(), "the worker still waits for the rest of a request")
        if case.outcome.arrived is not None:
            self._check_arrived(case.outcome.arrived, worker.received, front)

    def _play(self, case, client, worker, front):
        asked = 0
        gone = False
        try:
            for step in case.steps:
                asked += step == ASKED
                gone = gone or step == RESET
                client.play(step, worker, asked)
        except Ended:
            pass
        if gone:
            return
        self._read_answers(case, client, front)
        self._check_answers(case, client, front)
        if not front.strict and client.got and client.got[-1].status >= 400:
            return  # whether its connection ends with a refusal is its own affair
        if case.outcome.after == "close" or any(each.cut for each in case.outcome.answers):
            check(client.at_end(), f"more came than should: {client.held[:80]!r}")
        elif case.outcome.after == "keep":
            try:
                ask_ours(client, PROBE)
            except Ended:
                raise AssertionError("the connection was closed") from None

    @staticmethod
    def _of_interest(answers, front):
        """Another proxy may say 100 itself, and keep to itself what 1xx the worker says."""
        return [each for each in answers if front.strict or each.status >= 200 or each.status == 101]

    @staticmethod
    def _expected(case, front):
        return Slot._of_interest(case.outcome.answers, front)

    @staticmethod
    def _read_answers(case, client, front):
        wanted = Slot._expected(case, front)
        try:
            while len(client.got) < len(wanted):
                client.read(wanted[len(client.got)].to_head)
                client.got = Slot._of_interest(client.got, front)
        except Ended:
            pass

    @staticmethod
    def _check_answers(case, client, front):
        wanted = Slot._expected(case, front)
        client.got = Slot._of_interest(client.got, front)
        refusing = not front.strict and len(client.got) < len(wanted) and wanted[-1].status >= 400
        if refusing:
            wanted = wanted[:-1]  # closing without a word refuses, too
        check(len(client.got) == len(wanted), f"answers: {client.got}, wanted {[each.status for each in wanted]}")
        for got, answer in zip(client.got, wanted):
            same = got.status == answer.status or (not front.strict and got.status >= 400 and answer.status >= 400)
            check(same, f"answer {got}, wanted {answer.status}")
            check(got.cut == answer.cut, f"answer {got}, which is {'not ' if answer.cut else ''}cut")
            if front.strict or answer.status < 400:
                check_fields("answer", got, answer.has, answer.lacks)
            if answer.body is not None and answer.status < 400:
                check(got.body == answer.body, f"answer's body {got.body[:200]!r}, wanted {answer.body[:200]!r}")

    @staticmethod
    def _check_arrived(wanted, received, front):
        if not front.strict:  # what is not whole need not arrive at all
            wanted, received = ([each for each in requests if each.whole] for requests in (wanted, received))
        check(len(received) == len(wanted), f"the worker got {received}, wanted {len(wanted)} requests")
        for got, request in zip(received, wanted):
            check(got.whole == request.whole, f"the worker got {got}, wanted a {'whole' if request.whole else 'torn'} one")
            check((got.method, got.target) == (request.method, request.target), f"the worker got {got}, wanted {request.target}")
            check_fields("request", got, request.has, request.lacks)
            if request.body is not None:
                check(got.body == request.body, f"the worker got the body {got.body[:200]!r}, wanted {request.body[:200]!r}")


class Report:
    def __init__(self, verbose):
        self.verbose, self.lock = verbose, threading.Lock()
        self.passed, self.failed = collections.Counter(), collections.Counter()

    def note(self, case, why):
        with self.lock:
            (self.failed if why else self.passed)[case.group] += 1
            if why:
                print(f"FAILED {case.group}: {case.name}: {why}", flush=True)
            elif self.verbose:
                print(f"passed {case.group}: {case.name}", flush=True)

    def summary(self, title):
        print(f"{title}: {sum(self.passed.values())} passed, {sum(self.failed.values())} failed")
        for group in sorted(set(self.passed) | set(self.failed)):
            print(f"  {group:24}{self.passed[group]:5} passed{self.failed[group]:5} failed")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--front", choices=FRONTS, default="mtg")
    options.add_argument("--group")
    options.add_argument("--case", default="")
    options.add_argument("--slots", type=int, default=8)
    options.add_argument("-v", action="store_true", dest="verbose")
    options = options.parse_args()

    kind = FRONTS[options.front]
    if hasattr(kind, "program") and not os.path.exists(kind.program):
        print(f"{options.front} is not installed")
        return 77
    cases = [case for case in all_cases() if (not case.ours or kind.strict) and options.case in case.name and options.group in (None, case.group)]
    pending = collections.deque(cases)
    report = Report(options.verbose)

    def work(slot, port):
        while True:
            try:
                case = pending.popleft()
            except IndexError:
                return
            why = ""
            try:
                slot.run(case, port, front)
            except AssertionError as error:
                why = str(error)
            except Exception as error:  # a timeout, or an answer that is none
                why = repr(error) if isinstance(error, (OSError, ValueError)) else traceback.format_exc()
            report.note(case, why)

    with tempfile.TemporaryDirectory(prefix="mtg-http-") as folder:
        slots = [Slot(f"{folder}/{number}") for number in range(options.slots)]
        front = kind([slot.folder for slot in slots])
        try:
            threads = [threading.Thread(target=work, args=pair) for pair in zip(slots, front.ports)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            front.stop()
    report.summary(f"{options.front} {kind.version() if kind.version() != options.front else ''}".strip())
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
