"""mtm query, exec and shell: what an operator asks of one tenant or of all, with the tenants' own rights."""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import postgresql  # noqa: E402
from sandbox import Sandbox, alive, edit_json, wait_for  # noqa: E402

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"


class Tenants(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def tenants(self, **rows):
        """A tenant for each name, with so many customers."""
        for name, count in rows.items():
            self.box.mtm("add", name)
            self.box.mtm("model", f"{name}:Customer", "name:string!")
            lines = "".join(json.dumps({"name": f"{name}{n}"}) + "\n" for n in range(count))
            self.box.mtm("import", f"{name}:Customer", "-", stdin=lines)


class Query(Tenants):
    def test_rows_of_all_come_together_and_are_reduced(self):
        box = self.box
        self.tenants(a=2, b=3)
        box.mtm("add", "empty")
        box.mtm("model", "empty:Customer", "name:string!")
        data = box.data("mtm", "query", "--all", "select count(*) n from Customer")
        self.assertEqual(data["columns"], ["tenant", "n"])
        self.assertEqual(data["rows"], [{"tenant": "a", "n": 2}, {"tenant": "b", "n": 3}, {"tenant": "empty", "n": 0}])
        self.assertEqual(data["tenants"], 3)
        reduced = box.data("mtm", "query", "--all", "select count(*) n from Customer", "--reduce", "select sum(n) total, max(tenant) m from t")
        self.assertEqual(reduced["rows"], [{"total": 5, "m": "empty"}])
        table = box.mtm("query", "a", "b", "select name from Customer").stdout
        self.assertEqual(table.split()[:4], ["tenant", "name", "a", "a0"])
        rows = list(csv.reader(io.StringIO(box.mtm("query", "a", "select name, null x, '' y, 'a,\"b' z from Customer limit 1", "--format", "csv").stdout)))
        self.assertEqual(rows, [["tenant", "name", "x", "y", "z"], ["a", "a0", "", "", 'a,"b']])

    def test_columns_that_differ_are_brought_together(self):
        self.tenants(a=1, b=1)
        data = self.box.data("mtm", "query", "--all", "select name, NAME, 1 as tenant, x'00ff' blob from Customer")
        self.assertEqual(data["columns"], ["tenant", "name", "name_2", "tenant_2", "blob"])
        self.assertEqual(data["rows"][0], {"tenant": "a", "name": "a0", "name_2": "a0", "tenant_2": 1, "blob": "x'00ff'"})

    def test_the_engine_refuses_what_does_not_read(self):
        box = self.box
        self.tenants(a=1)
        for sql in ("insert into Customer(name) values ('x')", "delete from Customer", "create table x(a)", "create temp table x(a)",
                    "attach 'x.db' as x", "pragma query_only=off", "pragma journal_mode=delete", "begin", "savepoint s", "vacuum",
                    "vacuum into 'x.db'", "drop table Customer", "select 1; delete from Customer", "select load_extension('x')",
                    "with x as (select 1) insert into Customer(name) select 'x'", "update Customer set name='x' returning name"):
            with self.subTest(sql=sql):
                failed = box.mtm("query", "a", sql, "--json", expect=None)
                self.assertIn(failed.returncode, (1, 2), sql)
                self.assertIn(json.loads(failed.stdout)["error"]["code"], ("not_allowed", "bad_request"), failed.stdout)
        self.assertEqual(box.data("mtm", "query", "a", "select name from Customer")["rows"], [{"tenant": "a", "name": "a0"}])
        columns = box.data("mtm", "query", "a", "pragma table_info(Customer)")["rows"]
        self.assertIn("id", [row["name"] for row in columns])
        self.assertIn("no such table: Nosuch", box.mtm("query", "a", "select * from Nosuch", expect=2).stderr)
        for reduce in ("delete from t", "attach 'x.db' as x", "select * from nosuch"):
            self.assertIn("--reduce:", box.mtm("query", "a", "select 1", "--reduce", reduce, expect=None).stderr)

    def test_what_fails_for_some_is_told_and_the_rest_is_printed(self):
        box = self.box
        self.tenants(a=1, b=2)
        box.mtm("add", "gone")
        box.mtm("add", "mem", "--connector", "memory")
        box.mtm("add", "program", "--command", "sleep 1000")  # passed over
        done = box.mtm("query", "--all", "select count(*) n from Customer", "--reduce", "select sum(n) s from t", "--json", expect=9)
        document = json.loads(done.stdout)
        self.assertEqual(document["error"]["code"], "partial")
        self.assertEqual(document["data"]["rows"], [{"s": 3}])
        self.assertEqual([row["id"] for row in document["data"]["failed"]], ["gone", "mem"])
        text = box.mtm("query", "--all", "select count(*) n from Customer", expect=9)
        self.assertIn("2 of 4 tenants failed", text.stderr)
        self.assertIn("\nb ", text.stdout)
        box.mtm("query", "--all", "select nonsense from nowhere", expect=2)
        box.mtm("query", "a", expect=2)
        box.mtm("query", "nosuch", "select 1", expect=4)

    def test_time_and_size_have_bounds(self):
        box = self.box
        self.tenants(a=3)
        late = box.mtm("query", "a", ENDLESS, "--deadline", "200ms", "--json", expect=8)
        self.assertEqual(json.loads(late.stdout)["error"]["code"], "timed_out")
        many = box.mtm("query", "a", "select name from Customer", "--rows", "2", expect=1)
        self.assertIn("more than 2 rows", many.stderr)
        wide = box.mtm("query", "a", "select hex(zeroblob(6000000)) from Customer", expect=None)
        self.assertNotEqual(wide.returncode, 0)

    @unittest.skipIf(os.geteuid() != 0, "needs root")
    def test_a_tenant_with_a_user_of_its_own_is_asked_as_that_user(self):
        box = self.box
        os.chmod(box.folder, 0o755)
        self.tenants(a=1)
        box.start()
        self.assertEqual(box.get("/a/api/Customers").status, 200)
        owner = (box.tenants / "a/data").stat().st_uid
        if owner == 0:
            self.skipTest("no user of its own here: " + str(box.data("mtm", "inspect", "a").get("isolation")))
        self.assertEqual(box.data("mtm", "query", "a", "select count(*) n from Customer")["rows"][0]["n"], 1)
        self.assertEqual({p.stat().st_uid for p in (box.tenants / "a/data").iterdir()}, {owner})
        done = box.mtm("exec", "a", "--", "sh", "-c", "id -u; cat ../../canary; cat ../.locks/*; echo >../here; touch data/mine", expect=None)
        self.assertIn(f"{owner}\n", done.stdout)
        self.assertFalse((box.tenants / "here").exists())
        self.assertEqual((box.tenants / "a/data/mine").stat().st_uid, owner)


class Exec(Tenants):
    def test_lines_come_with_the_tenants_name(self):
        box = self.box
        for name in ("a", "b"):
            box.mtm("add", name)
        done = box.mtm("exec", "--all", "--", "sh", "-c", "echo $MTG_TENANT; pwd; echo wrong >&2; printf end")
        self.assertEqual(sorted(done.stdout.splitlines()), sorted(
            line for name in "ab" for line in (f"{name} | {name}", f"{name} | {box.tenants / name}", f"{name} | end")))
        self.assertEqual(sorted(done.stderr.splitlines()), ["a | wrong", "b | wrong"])
        self.assertEqual(box.mtm("exec", "a", "--", "echo", "--all").stdout, "--all\n")
        document = json.loads(box.mtm("exec", "--json", "a", "b", "--", "echo", "hi").stdout)
        self.assertEqual([(row["id"], row["output"], row["exit_code"]) for row in document["data"]], [("a", "hi\n", 0), ("b", "hi\n", 0)])

    def test_failures_are_told_and_the_others_go_on(self):
        box = self.box
        for name in ("a", "b"):
            box.mtm("add", name)
        done = box.mtm("exec", "--all", "--", "sh", "-c", "test $MTG_TENANT = a || exit 7", expect=9)
        self.assertIn("exit code 7", done.stderr)
        box.mtm("exec", "a", "--", "false", expect=1)
        self.assertIn("nosuchprogram", box.mtm("exec", "a", "--", "nosuchprogram", expect=None).stderr)
        box.mtm("exec", "a", expect=2)
        box.mtm("exec", "nosuch", "--", "true", expect=4)

    def test_the_operators_environment_stays_outside(self):
        box = self.box
        box.mtm("add", "a")
        box.env["CANARY_SECRET"] = "canary"
        out = box.mtm("exec", "a", "--", "env").stdout
        self.assertNotIn("canary", out)
        self.assertIn("MTG_TENANT=a", out)

    def test_a_deadline_ends_all_that_was_started(self):
        box = self.box
        box.mtm("add", "a")
        script = "setsid sleep 300 & echo $! > data/pid; sleep 300"
        done = box.mtm("exec", "a", "--deadline", "1s", "--", "sh", "-c", script, expect=8)
        self.assertIn("did not end within", done.stderr)
        pid = int((box.tenants / "a/data/pid").read_text())
        wait_for("the command's child to end", lambda: not alive(pid))

    def test_killed_mtm_leaves_nothing_running(self):
        box = self.box
        box.mtm("add", "a")
        run = subprocess.Popen([box.bin / "mtm", "exec", "a", "--", "sh", "-c", "setsid sleep 300 & echo $! > data/pid; sleep 300"],
                               env=box.env, cwd=box.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path = box.tenants / "a/data/pid"
        pid = wait_for("the command to run", lambda: path.exists() and path.read_text().strip())
        run.send_signal(signal.SIGKILL)
        run.wait()
        wait_for("the command's child to end", lambda: not alive(int(pid)))


class Shell(Tenants):
    def test_ours_answers_goes_on_after_an_error_and_only_reads(self):
        box = self.box
        self.tenants(a=2)
        done = box.mtm("shell", "a", "--read-only", expect=1,
                       stdin=".tables\nselect name\nfrom Customer;\ndelete from Customer;\nselect count(*) n from Customer;\n.quit\n")
        self.assertIn("Customer", done.stdout)
        self.assertIn("a1", done.stdout)
        self.assertIn("error", done.stderr)
        self.assertTrue(done.stdout.rstrip().endswith("2"), done.stdout)
        box.mtm("shell", "a", "--json", expect=2)
        box.mtm("shell", "nosuch", expect=4)

    @unittest.skipIf(not shutil.which("sqlite3"), "sqlite3 is not installed")
    def test_the_engines_own(self):
        box = self.box
        self.tenants(a=2)
        done = box.mtm("shell", "a", stdin="insert into Customer(name) values ('shell'); select count(*) from Customer;\n")
        self.assertEqual(done.stdout, "3\n")


@unittest.skipIf(postgresql.why_not(), postgresql.why_not())
class OnPostgreSql(Tenants):
    def setUp(self):
        super().setUp()
        self.server = postgresql.PostgreSqlServer().__enter__()
        self.addCleanup(self.server.__exit__)
        for name in ("a", "b"):
            self.box.mtm("add", name)
            self.box.mtm("model", f"{name}:Customer", "name:string!")
            settings = {"name": "db", **self.server.settings(schema=name)}
            edit_json(self.box.tenants / name / "datasources.json", lambda document: document.__setitem__("db", settings))
            self.box.mtm("import", f"{name}:Customer", "-", "--continue", stdin='{"name":"Ann"}\n{"name":"Bob"}\n')
        self.box.mtm("add", "c")
        self.box.mtm("model", "c:Customer", "name:string!")

    def test_both_engines_answer_one_question(self):
        data = self.box.data("mtm", "query", "--all", "select count(*) n from Customer;", "--reduce", "select sum(n) s, count(*) c from t")
        self.assertEqual(data["rows"], [{"s": 4, "c": 3}])
        data = self.box.data("mtm", "query", "a", "select name, id, null x, true yes from Customer order by name -- all")
        self.assertEqual(data["columns"], ["tenant", "name", "id", "x", "yes"])
        self.assertEqual(data["rows"][1], {"tenant": "a", "name": "Bob", "id": 2, "x": None, "yes": True})
        self.assertEqual(self.box.data("mtm", "query", "a", "select 1 where false")["rows"], [])

    def test_the_server_refuses_what_does_not_read(self):
        box = self.box
        for sql in ("insert into customer(name) values ('x')", "with x as (delete from customer returning *) select * from x",
                    "select nextval(pg_get_serial_sequence('customer', 'id'))", "select 1) query; drop table customer; --",
                    "select set_config('transaction_read_only', 'off', false), 1", "create table x (a int)", "commit"):
            with self.subTest(sql=sql):
                self.assertNotEqual(box.mtm("query", "a", sql, expect=None).returncode, 0)
        self.assertEqual(self.server.sql("SELECT count(*) FROM a.customer", "shop"), "2")
        box.mtm("query", "a", "select pg_sleep(60)", "--deadline", "300ms", expect=8)
        self.assertNotIn(postgresql.PASSWORD, box.mtm("query", "a", "select * from nosuch", expect=None).stderr)

    def test_its_shell_gets_no_password_by_argument(self):
        if not shutil.which("psql"):
            self.skipTest("psql is not installed")
        done = self.box.mtm("shell", "a", stdin="\\t\nselect count(*) from customer;\n\\! cat /proc/$PPID/cmdline\n")
        self.assertIn("2", done.stdout)
        self.assertNotIn(postgresql.PASSWORD, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
