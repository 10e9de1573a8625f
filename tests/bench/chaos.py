#!/usr/bin/env python3
"""kill -9 of a tenant's worker every 2 s under load: what its neighbours notice (nothing), and what it loses itself.

    scripts/bench.sh --chaos [--seconds S] [--every S] [--rate N] [--json FILE]

Three tenants share `--rate` requests a second; foo, half of whose requests write, is the victim. Half of the quiet time
is before and half behind, so that both kinds see the same machine.
"""
import argparse
import os
import pathlib
import select
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, wait_for  # noqa: E402
from bench import quantile  # noqa: E402
from control import ask_gateway  # noqa: E402
from pace import Pace  # noqa: E402
from verdict import Verdicts  # noqa: E402

TENANTS = ("foo", "bar", "baz")


def requests_of(name):
    def request(count):
        if name == "foo" and count % 2:
            return "POST", "/foo/api/Items", '{"name": "written"}'
        return "GET", f"/{name}/api/Items/1", None
    return request


def load(box, rate, run):
    """The shots of each tenant while run() runs."""
    paces = {name: Pace(box.port, requests_of(name), rate / len(TENANTS), 2).start() for name in TENANTS}
    try:
        run()
    finally:
        shots = {name: pace.stop() for name, pace in paces.items()}
    return shots


def kills(box, seconds, every, moments):
    """Fills `moments` with when foo's worker was killed, and when it was gone: until then it has what is sent to it."""
    begin = time.perf_counter()
    for number in range(1, int(seconds / every) + 1):
        time.sleep(max(0.0, begin + number * every - time.perf_counter()))
        # One that was ready for less than a second would be taken for one that cannot run.
        pid = wait_for("foo to run", lambda: ask_gateway(box, "/tenants/foo")["pid"])
        process = os.pidfd_open(pid)
        killed = time.perf_counter()
        signal.pidfd_send_signal(process, signal.SIGKILL)
        select.select([process], [], [], 10)
        moments.append((killed, time.perf_counter()))
        os.close(process)
    time.sleep(every)


def judge(verdicts, quiet, chaos, moments):
    bystanders = [shot for name in ("bar", "baz") for shot in chaos[name]]
    calm = [shot.ms for half in quiet for name in ("bar", "baz") for shot in half[name]]
    verdicts.add(f"bystanders' failures of {len(bystanders)}", sum(shot.status != 200 for shot in bystanders), 0, "", 0)
    before, during = quantile(calm, 0.99), quantile([shot.ms for shot in bystanders], 0.99)
    verdicts.add("bystanders' p99, quiet", before, None, "ms", 2)
    verdicts.add("bystanders' p99, chaos", during, None, "ms", 2)
    verdicts.add("   as a multiple", during / before, 1.5, "x", 2)
    lost = [shot for shot in chaos["foo"] if shot.status != 200]
    in_hand = [shot for shot in lost if any(shot.sent <= gone and killed <= shot.done for killed, gone in moments)]
    verdicts.add(f"victim's failures of {len(chaos['foo'])}, {len(moments)} kills", len(lost), None, "", 0)
    verdicts.add("   that were not in its hands", len(lost) - len(in_hand), 0, "", 0)
    back = []
    for killed, _ in moments:
        answered = [shot.done for shot in chaos["foo"] if shot.sent >= killed and shot.status == 200]
        back.append((min(answered) - killed) * 1e3 if answered else 1e6)
    verdicts.add("victim answers again after, longest", max(back), 200, "ms", 0,
                 note=f"p50 {quantile(back, 0.5):.0f} ms")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--every", type=float, default=2)
    options.add_argument("--rate", type=float, default=200)
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    with Sandbox() as box:
        box.mtm("add", *TENANTS)
        for name in TENANTS:
            box.mtm("model", f"{name}:Item", "name:string")
        box.start()
        for name in TENANTS:
            assert box.post(f"/{name}/api/Items", {"name": "first"}).status == 200
        verdicts = Verdicts()
        moments, quiet = [], []
        load(box, options.rate, lambda: time.sleep(1))  # warms up
        quiet.append(load(box, options.rate, lambda: time.sleep(options.seconds / 2)))
        chaos = load(box, options.rate, lambda: kills(box, options.seconds, options.every, moments))
        quiet.append(load(box, options.rate, lambda: time.sleep(options.seconds / 2)))
        judge(verdicts, quiet, chaos, moments)
        return verdicts.finish(options.json)


if __name__ == "__main__":
    sys.exit(main())
