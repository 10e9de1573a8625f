"""kill -9 under write load, of worker and gateway in turns: what was acknowledged is there, once; the file is sound.

A row that was written and not acknowledged may be there or not. MT_DURABILITY_ROUNDS says how often it is done;
scripts/test.sh --deep takes 100.
"""
import collections
import http.client
import itertools
import os
import signal
import sqlite3
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, alive, ask, wait_for  # noqa: E402

ROUNDS = int(os.environ.get("MT_DURABILITY_ROUNDS", "10"))
WRITERS = 4
ROWS_BETWEEN_KILLS = 30


class Writers:
    """Each posts rows with names that nobody else has, one after the other; `acknowledged` are those answered 200."""

    def __init__(self, port):
        self.port = port
        self.acknowledged, self.refused = [], collections.Counter()
        self.halt = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(WRITERS)]
        for thread in self.threads:
            thread.start()

    def _run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for count in itertools.count():
            if self.halt.is_set():
                return connection.close()
            name = f"writer {number} row {count}"
            try:
                status = ask(connection, "POST", "/foo/api/Items", {"name": name}).status
            except (OSError, http.client.HTTPException):
                connection.close()
                status = "broken"
                self.halt.wait(0.01)  # nobody may be there for a while
            if status == 200:
                self.acknowledged.append(name)
            else:
                self.refused[status] += 1

    def wait_for_rows(self, count):
        target = len(self.acknowledged) + count
        wait_for(f"{count} more acknowledged rows", lambda: len(self.acknowledged) >= target, 60)

    def stop(self):
        self.halt.set()
        for thread in self.threads:
            thread.join(40)


class Durability(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Item", "name:string!")
        self.box.start()

    def kill_worker(self):
        pid = wait_for("a worker", lambda: self.box.pid("foo"))
        os.kill(pid, signal.SIGKILL)

    def kill_gateway(self):
        worker = self.box.pid("foo")
        self.box.gateway.kill()
        self.box.gateway.wait()
        wait_for("the worker to go with its gateway", lambda: not worker or not alive(worker), 1)
        self.box.start(port=self.box.port)

    def test_what_was_acknowledged_is_there_once(self):
        writers = Writers(self.box.port)
        self.addCleanup(writers.stop)
        for number in range(ROUNDS):
            writers.wait_for_rows(ROWS_BETWEEN_KILLS)
            (self.kill_worker, self.kill_gateway)[number % 2]()
        writers.wait_for_rows(ROWS_BETWEEN_KILLS)
        writers.stop()

        rows = self.box.get("/foo/api/Items").json
        there = collections.Counter(row["name"] for row in rows)
        missing = [name for name in writers.acknowledged if name not in there]
        self.assertEqual(missing, [], f"{len(writers.acknowledged)} rows were acknowledged")
        self.assertEqual([name for name, count in there.items() if count > 1], [])
        self.assertGreater(len(writers.acknowledged), ROUNDS * ROWS_BETWEEN_KILLS)
        self.assertEqual(len({row["id"] for row in rows}), len(rows))
        # Writes in hand when a process was killed are told as lost, never repeated behind their sender's back.
        self.assertGreater(sum(writers.refused.values()), 0)
        self.box.stop()
        self.check_file(len(rows))

    def check_file(self, rows):
        file = self.box.tenants / "foo/data/db.sqlite3"
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self.addCleanup(database.close)
        self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(database.execute('SELECT count(*) FROM "Item"').fetchone(), (rows,))


if __name__ == "__main__":
    unittest.main()
