"""Tenants with a database of their own on a PostgreSQL server, made by mtm with the operator's login: docs/TENANCY.md."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import kill_at  # noqa: E402
import postgresql  # noqa: E402
from sandbox import wait_for  # noqa: E402
from tenancy import TenancyTest  # noqa: E402


class Isolated(TenancyTest):
    def setUp(self):
        super().setUp()
        self.server.sql("ALTER ROLE operator CREATEDB")
        self.addCleanup(lambda: self.server.sql("ALTER ROLE operator NOCREATEDB"))

    def add(self, name, **options):
        return self.box.mtm("add", name, "--datasource", "pg-main", **options)

    def there(self):
        """Databases and logins that tenants of this test have."""
        keys = "SELECT key FROM mtg.tenants"
        return (set(self.superuser(f"SELECT datname FROM pg_database WHERE datname IN ({keys})").split()),
                set(self.superuser(f"SELECT rolname FROM pg_roles WHERE rolname IN ({keys})").split()))

    def test_life(self):
        self.tenant("foo")
        self.tenant("bar")
        self.box.start()
        self.make("foo", "Ann")
        self.make("bar", "the-other-row")
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["the-other-row"]))
        foo, bar = self.key("foo"), self.key("bar")
        self.assertEqual(self.there(), ({foo, bar}, {foo, bar}))
        self.assertEqual(self.server.sql("SELECT name FROM public.customer", foo), "Ann")
        self.box.mtm("model", "foo:Order", "what:string")
        self.assertEqual(self.box.post("/foo/api/Orders", {"what": "x"}).status, 200)
        self.box.mtm("clone", "foo", "baz", "--data")
        self.assertEqual(self.names("baz"), ["Ann"])
        self.box.mtm("remove", "foo")
        self.assertEqual(self.superuser(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{foo}'"), "f")
        self.box.mtm("undelete", "foo")
        self.assertEqual(self.names("foo"), ["Ann"])
        self.box.mtm("remove", "foo", "baz")
        self.box.mtm("purge", "foo", "baz", "--yes")
        self.assertEqual(self.there(), ({bar}, {bar}))
        self.assertEqual((self.registered(), self.journal()), ({bar}, []))

    def test_the_login_reaches_no_other_database(self):
        self.tenant("foo")
        self.tenant("bar")
        bar = self.key("bar")
        for text, database in (("SELECT 1", bar), ("SELECT * FROM mtg.tenants", self.database), ("CREATE TABLE planted (n int)", self.database),
                               (f"SET ROLE {bar}", self.key("foo")), (f"SET SESSION AUTHORIZATION {bar}", self.key("foo")),
                               (f"ALTER DATABASE {bar} RENAME TO planted", self.key("foo")), (f"DROP DATABASE {self.key('foo')}", "postgres"),
                               ("CREATE DATABASE planted", self.key("foo")), ("COPY (SELECT 1) TO PROGRAM 'id'", self.key("foo"))):
            with self.subTest(text=text):
                before, self.database = self.database, database
                done = self.as_tenant("foo", text)
                self.database = before
                self.assertNotEqual(done.returncode, 0, done.stdout)

    def test_an_operator_that_may_make_no_database(self):
        self.server.sql("ALTER ROLE operator NOCREATEDB")
        self.assertIn("CREATEDB", self.add("foo", expect=6).stderr)
        self.assertFalse((self.box.tenants / "foo").exists())
        self.assertEqual((self.there(), self.registered(), self.journal()), ((set(), set()), set(), []))

    @kill_at.needed
    def test_killed_at_any_step_it_is_whole_or_can_be_dropped(self):
        self.box.mtm("add", "local")
        key = "z2345678"
        order = self.box.folder / "order.json"
        login = json.loads(self.config.read_text())["servers"]["pg-main"]
        order.write_text(json.dumps({"server": login, "name": "pg-main", "config": str(self.config), "datasource": "db", "key": key,
                                     "tenancy": "isolated", "token": "y2345678", "password": "secret"}))
        folder = str(self.box.tenants / "local")
        for at in range(100):
            killed = kill_at.killed_before([str(self.box.bin / "tenant-app"), folder, "provision", "make"], at, self.box.env,
                                           self.box.folder, str(order), kill_at.SENDS)
            wait_for("the server to notice", lambda: self.superuser(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'operator'") == "0")
            self.box.run("tenant-app", folder, "provision", "drop", stdin=order.read_text())
            left = self.superuser(f"SELECT count(*) FROM (SELECT datname FROM pg_database WHERE datname = '{key}' "
                                  f"UNION ALL SELECT rolname FROM pg_roles WHERE rolname = '{key}') everything")
            self.assertEqual((left, self.registered()), ("0", set()))
            if not killed:
                break
        self.assertGreater(at, 8)

    @kill_at.needed
    def test_a_killed_add_leaves_nothing(self):
        program = [str(self.box.bin / "mtm"), "add", "foo", "--datasource", "pg-main"]
        for at in range(4, 100, 6):
            if not kill_at.killed_before(program, at, self.box.env, self.box.folder):
                break
            done = self.box.mtm("doctor", "--repair", expect=None)
            self.assertEqual((done.returncode, self.journal()), (0, []), done.stdout)
            wanted = {self.key("foo")} if (self.box.tenants / "foo").exists() else set()
            self.assertEqual((self.there(), self.registered()) if self.superuser("SELECT to_regclass('mtg.tenants')") else
                             ((set(), set()), set()), ((wanted, wanted), wanted))
            if wanted:
                break
        self.assertGreater(at, 20)


if __name__ == "__main__":
    reason = postgresql.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
