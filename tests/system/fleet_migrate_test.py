"""A fleet is migrated with failures, a kill -9 in the middle, and --resume: each tenant has it exactly once.

60 tenants; 500 with MT_DEEP=1, which also prints how long a look at all of them takes.
"""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from fleet_of_copies import make_copies  # noqa: E402
from sandbox import Sandbox, wait_for  # noqa: E402

DEEP = bool(os.environ.get("MT_DEEP"))
COUNT = 500 if DEEP else 60
STEP = "CREATE TABLE one (a); INSERT INTO one VALUES (1)"
BROKEN = "CREATE TABLE one (a); INSERT INTO nosuch VALUES (1)"


class Fleet(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.names = make_copies(self.box, COUNT)

    def step(self, sql, *tenants):
        for tenant in tenants:
            folder = self.box.tenants / tenant / "migrations"
            folder.mkdir(exist_ok=True)
            (folder / "001.sql").write_text(sql)

    def rows(self, tenant):
        database = sqlite3.connect(self.box.tenants / tenant / "data/db.sqlite3")
        try:
            return database.execute("SELECT count(*), (SELECT count(*) FROM _mtg_migrations) FROM one").fetchone()
        except sqlite3.OperationalError:
            return None
        finally:
            database.close()

    def lines(self, *arguments, expect):
        return [json.loads(line) for line in self.box.mtm("migrate", *arguments, "--json", expect=expect).stdout.splitlines()]

    def test_failures_a_kill_and_a_resume(self):
        box, names = self.box, self.names
        broken = names[3::COUNT // 6]
        self.step(STEP, *names)
        self.step(BROKEN, *broken)
        journal = box.tenants / ".journal/migrate.ndjson"
        run = subprocess.Popen([box.bin / "mtm", "migrate", "--all", "--parallel", "2"], env=box.env, cwd=box.folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for("a third of the fleet", lambda: journal.exists() and journal.read_text().count("\n") > COUNT // 3)
        run.send_signal(signal.SIGKILL)
        run.wait()
        self.assertLess(journal.read_text().count("\n"), COUNT)
        wait_for("the killed run's jobs to end", self.is_free)

        last = self.lines("--resume", expect=9)[-1]
        self.assertEqual(last["error"]["code"], "partial")
        self.assertEqual(last["data"]["failed"], len(broken))
        self.assertEqual({name for name in names if self.rows(name) is None}, set(broken))
        self.step(STEP, *broken)
        done = self.lines("--resume", expect=0)
        self.assertEqual({row["id"] for row in done[:-1]}, set(broken))
        for name in names:
            self.assertEqual(self.rows(name), (1, 1), name)

        state = self.lines("--all", "--status", expect=0)
        self.assertEqual({row["state"] for row in state[:-1]}, {"current"})
        if DEEP:
            self.print_times()

    def is_free(self):
        """A job that outlives its mtm by a moment still holds its database."""
        for name in self.names:
            database = sqlite3.connect(self.box.tenants / name / "data/db.sqlite3", timeout=0)
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            finally:
                database.close()
        return True

    def print_times(self):
        def best(*arguments):
            times = []
            for _ in range(5):
                began = time.monotonic()
                self.box.mtm("migrate", "--all", *arguments)
                times.append((time.monotonic() - began) * 1000)
            return min(times)
        print(f"status {best('--status'):.0f} ms, nothing to do {best():.0f} ms")


if __name__ == "__main__":
    unittest.main(verbosity=2)
