"""mtm migrate: what models and migrations/*.sql want of the databases, for one tenant and for many."""
import json
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import kill_at  # noqa: E402
from sandbox import Sandbox, wait_for  # noqa: E402


class Migrate(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def tenants(self, count):
        """The first with a model, the others copies of it."""
        box = self.box
        box.mtm("add", "t0")
        box.mtm("model", "t0:Customer", "name:string!")
        (box.folder / "in.ndjson").write_text('{"name":"Ann"}\n{"name":"Bob"}\n')
        box.mtm("import", "t0:Customer", "in.ndjson")
        for number in range(1, count):
            box.mtm("clone", "t0", f"t{number}", "--data")

    def step(self, name, sql, *tenants):
        for tenant in tenants:
            folder = self.box.tenants / tenant / "migrations"
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(sql)

    def lines(self, *arguments, expect=0):
        """The rows of mtm migrate --json, and its last line."""
        lines = [json.loads(line) for line in self.box.mtm("migrate", *arguments, "--json", expect=expect).stdout.splitlines()]
        self.assertEqual(lines[-1]["ok"], expect == 0, lines)
        return lines[:-1], lines[-1]

    def query(self, tenant, sql):
        database = sqlite3.connect(self.box.tenants / tenant / "data/db.sqlite3")
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()

    def test_plan_apply_and_nothing_to_do(self):
        box = self.box
        self.tenants(2)
        self.step("001_length.sql", "ALTER TABLE Customer ADD COLUMN len INTEGER; UPDATE Customer SET len = length(name);", "t0", "t1")
        plan = self.lines("--all", "--plan")[0]
        self.assertEqual([[(s["name"], s["effect"]) for s in row["pending"]] for row in plan], [[("001_length.sql", "blocking")]] * 2)
        self.assertIn("2 tenants (t0 t1): 1 steps", box.mtm("migrate", "--all", "--plan").stdout)
        self.assertNotIn("len", str(self.query("t0", "SELECT sql FROM sqlite_master")))
        box.mtm("migrate", "t0")
        self.assertEqual(self.query("t0", "SELECT name, len FROM Customer"), [("Ann", 3), ("Bob", 3)])
        done = self.lines("--all")[0]
        self.assertEqual([(row["id"], len(row["done"]), len(row["applied"])) for row in done], [("t0", 0, 1), ("t1", 1, 0)])
        self.assertEqual(len(self.query("t0", "SELECT * FROM _mtg_migrations")), 1)

    def test_what_models_lack_is_added(self):
        box = self.box
        self.tenants(1)
        box.mtm("model", "extend", "t0:Customer", "phone:string")
        plan = self.lines("t0", "--plan")[0][0]["pending"]
        self.assertEqual([(s["name"], s["effect"]) for s in plan], [("models", "additive")])
        box.mtm("migrate", "t0")
        self.assertEqual(self.lines("t0", "--plan")[0][0]["pending"], [])

    def test_a_step_that_fails_changes_nothing_at_all(self):
        box = self.box
        self.tenants(1)
        self.step("001.sql", "CREATE TABLE one (a)", "t0")
        self.step("002.sql", "CREATE TABLE two (a); INSERT INTO nosuch VALUES (1)", "t0")
        error = self.lines("t0", expect=6)[1]["error"]
        self.assertTrue(error["file"].endswith("migrations/002.sql"), error)
        self.assertEqual(self.query("t0", "SELECT name FROM sqlite_master WHERE name IN ('one', 'two')"), [])
        for sql in ("CREATE TABLE two (a); COMMIT", "ATTACH 'x.db' AS x", "BEGIN"):
            self.step("002.sql", sql, "t0")
            box.mtm("migrate", "t0", expect=6)
        self.step("002.sql", "CREATE TABLE two (a)", "t0")
        box.mtm("migrate", "t0")
        self.step("002.sql", "CREATE TABLE other (a)", "t0")
        self.assertIn("changed after it was applied", box.mtm("migrate", "t0", expect=6).stderr)
        (box.tenants / "t0/migrations/002.sql").unlink()
        self.assertIn("is gone", box.mtm("migrate", "t0", "--plan", expect=6).stderr)

    def test_what_destroys_is_refused(self):
        box = self.box
        self.tenants(1)
        self.step("001.sql", "-- DROP in a comment\nCREATE TABLE one (a); INSERT INTO one VALUES ('DELETE')", "t0")
        box.mtm("migrate", "t0")
        self.step("002.sql", "drop table one", "t0")
        self.assertIn("--allow-destructive", box.mtm("migrate", "t0", expect=1).stderr)
        self.assertEqual(self.query("t0", "SELECT * FROM one"), [("DELETE",)])
        box.mtm("migrate", "t0", "--allow-destructive")

    def test_a_fleet_with_failures_goes_on_where_it_stopped(self):
        box = self.box
        self.tenants(8)
        names = [f"t{n}" for n in range(8)]
        self.step("001.sql", "CREATE TABLE one (a); INSERT INTO one VALUES (1)", *names)
        self.step("001.sql", "CREATE TABLE one (a); INSERT INTO nosuch VALUES (1)", "t3", "t5")
        canary = self.lines("t3", "t0", "--canary", "1", expect=6)[0]
        self.assertEqual(["not begun" in row["error"]["message"] for row in canary], [False, True])
        rows, last = self.lines("--all", "--canary", "2", "--parallel", "2", "--max-failures", "2", expect=9)
        self.assertEqual(last["error"]["code"], "partial")
        failed = [row["id"] for row in rows if "error" in row]
        self.assertEqual(failed[:2], ["t3", "t5"])
        self.step("001.sql", "CREATE TABLE one (a); INSERT INTO one VALUES (1)", "t3", "t5")
        resumed = [row["id"] for row in self.lines("--resume")[0]]
        self.assertEqual(resumed, failed)
        for name in names:
            self.assertEqual(self.query(name, "SELECT * FROM one"), [(1,)], name)

    def test_the_last_steps_are_taken_back(self):
        box = self.box
        self.tenants(1)
        self.step("001.sql", "CREATE TABLE one (a)", "t0")
        self.step("002.sql", "CREATE TABLE two (a)", "t0")
        self.step("002.down.sql", "DROP TABLE two", "t0")
        box.mtm("migrate", "t0")
        self.assertIn("--allow-destructive", box.mtm("migrate", "t0", "--rollback", expect=1).stderr)
        plan = self.lines("t0", "--rollback", "--plan")[0][0]
        self.assertEqual(([s["name"] for s in plan["pending"]], plan["applied"]), (["002.down.sql"], ["001.sql"]))
        self.assertIn("rolled back", box.mtm("migrate", "t0", "--rollback", "--allow-destructive").stdout)
        self.assertEqual(self.query("t0", "SELECT name FROM _mtg_migrations"), [("001.sql",)])
        self.assertEqual(self.query("t0", "SELECT name FROM sqlite_master WHERE name = 'two'"), [])
        # As long as the file is there it is wanted.
        self.assertEqual([s["name"] for s in self.lines("t0")[0][0]["done"]], ["002.sql"])
        refused = box.mtm("migrate", "t0", "--rollback", "--steps", "2", "--allow-destructive", expect=1).stderr
        self.assertIn("no way back", refused)
        self.assertIn("001.sql", refused)
        self.assertEqual(len(self.query("t0", "SELECT * FROM _mtg_migrations")), 2)
        self.step("002.down.sql", "DROP TABLE two; INSERT INTO nosuch VALUES (1)", "t0")
        box.mtm("migrate", "t0", "--rollback", "--allow-destructive", expect=6)
        self.assertEqual(self.query("t0", "SELECT name FROM sqlite_master WHERE name = 'two'"), [("two",)])
        self.assertEqual(len(self.query("t0", "SELECT * FROM _mtg_migrations")), 2)

    def states(self):
        return {row["id"]: (row["state"], row["revision"], row["pending"]) for row in self.lines("--all", "--status")[0]}

    def test_status_is_read_from_the_folders(self):
        box = self.box
        self.tenants(2)
        self.assertEqual(self.states(), {"t0": ("unknown", None, None), "t1": ("unknown", None, None)})
        box.mtm("migrate", "--all")
        self.assertEqual(self.states(), {"t0": ("current", "0", 0), "t1": ("current", "0", 0)})
        self.step("001_one.sql", "CREATE TABLE one (a)", "t0", "t1")
        self.assertEqual(self.states()["t0"], ("unknown", "0", None))
        self.lines("t0", "--plan")
        self.assertEqual(self.states()["t0"], ("pending", "0", 1))
        box.mtm("migrate", "t0")
        self.assertEqual(self.states()["t0"], ("current", "001_one", 0))
        self.assertIn("001_one", box.mtm("list", "t0").stdout)
        self.assertEqual(box.data("mtm", "list", "t0")[0]["schema_revision"], "001_one")
        # Another database is another story: a copy, one that was brought back.
        box.mtm("clone", "t0", "t2", "--data")
        self.assertEqual(self.states()["t2"][0], "unknown")
        database = box.tenants / "t0/data/db.sqlite3"
        (box.folder / "copy").write_bytes(database.read_bytes())
        os.replace(box.folder / "copy", database)
        self.assertEqual(self.states()["t0"][0], "unknown")
        box.mtm("migrate", "--all")
        self.assertEqual({state[0] for state in self.states().values()}, {"current"})

    def test_a_worker_leaves_what_it_saw(self):
        box = self.box
        self.tenants(1)
        box.start()
        self.assertEqual(box.get("/t0/api/Customers").status, 200)
        wait_for("the worker's note", lambda: self.states()["t0"] == ("current", "0", 0))

    def test_nothing_to_do_starts_no_process(self):
        box = self.box
        self.tenants(2)
        box.mtm("migrate", "--all")
        journal = box.tenants / ".journal/migrate.ndjson"
        before = journal.stat().st_mtime_ns
        self.assertEqual([row["done"] for row in self.lines("--all")[0]], [[], []])
        self.assertEqual(journal.stat().st_mtime_ns, before)
        self.lines("--all", "--recheck")
        self.assertNotEqual(journal.stat().st_mtime_ns, before)

    @kill_at.needed
    def test_killed_at_every_step_each_is_applied_exactly_once(self):
        box = self.box
        self.tenants(3)
        names = ["t0", "t1", "t2"]
        for at in range(200):
            step = f"{at:03}.sql"
            self.step(step, f"CREATE TABLE IF NOT EXISTS one (a); INSERT INTO one VALUES ({at})", *names)
            killed = kill_at.killed_before([os.fspath(box.bin / "mtm"), "migrate", "--all", "--parallel", "2"], at, box.env, box.folder)
            with self.subTest(at=at, call=killed):
                resumed = box.mtm("migrate", "--resume", expect=None)
                if resumed.returncode == 4:  # killed before there was a record
                    box.mtm("migrate", "--all")
                box.mtm("migrate", "--all")
                for name in names:
                    self.assertEqual(self.query(name, f"SELECT count(*) FROM one WHERE a = {at}"), [(1,)], name)
            if killed is None:
                break
        self.assertGreater(at, 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
