"""Tenants that share a PostgreSQL database behind a pooler in transaction mode, which gives each transaction any of its connections:
another tenant's row never comes out, because what tells tenants apart is the login, and not a setting of the session."""
import concurrent.futures
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import pgbouncer  # noqa: E402
import postgresql  # noqa: E402
from sandbox import edit_json  # noqa: E402
from tenancy import TenancyTest  # noqa: E402

TENANTS = ("foo", "bar")


class Pooler(TenancyTest):
    def setUp(self):
        super().setUp()
        for name in TENANTS:
            self.tenant(name)

    def pool(self, line, users=None):
        """Starts it, and has the tenants go through it."""
        logins = {self.key(name): self.settings(name)["password"] for name in TENANTS}
        pooler = pgbouncer.PgBouncer([line], {**logins, **(users or {})}).__enter__()
        self.addCleanup(pooler.__exit__)
        for name in TENANTS:
            edit_json(self.box.tenants / name / "datasources.json",
                      lambda document: document["db"].update(port=pooler.port, preparedStatements=False))
        return pooler

    def direct(self):
        return f"{self.database} = host=127.0.0.1 port={self.server.port} dbname={self.database}"

    def test_no_row_comes_out_of_another_tenant(self):
        pooler = self.pool(self.direct())
        self.box.start()
        foo, bar = self.key("foo"), self.key("bar")

        def work(number):
            name = TENANTS[number % 2]
            made = self.make(name, f"{name} {number}")
            found = self.names(name) if number % 5 == 0 else []
            return name, made, found

        def attack(number):
            attacker, victim = (foo, bar) if number % 2 else (bar, foo)
            text = (f"SET search_path = {victim}; SELECT name FROM customer", f"SELECT set_config('search_path', '{victim}', false)",
                    f"SET ROLE {victim}", f"SET SESSION AUTHORIZATION {victim}", f"SELECT name FROM {victim}.customer")[number % 5]
            return attacker, self.as_tenant("foo" if attacker == foo else "bar", text, port=pooler.port)

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            attacks = [pool.submit(attack, number) for number in range(20)]
            works = [pool.submit(work, number) for number in range(120)]
        for done in works:
            name, made, found = done.result()
            self.assertEqual((made.status, made.json.get("name", "").split()[0]), (200, name), made)
            self.assertEqual({row.split()[0] for row in found} - {name}, set())
        for done in attacks:
            attacker, process = done.result()
            other = "bar" if attacker == foo else "foo"
            self.assertNotIn(f"{other} ", process.stdout)
        for name in TENANTS:
            self.assertEqual(sorted(self.names(name)), sorted(f"{name} {n}" for n in range(120) if TENANTS[n % 2] == name))

    def test_a_pooler_that_logs_in_by_itself_is_refused(self):
        self.server.sql(f"ALTER ROLE {self.key('foo')} PASSWORD 'as-the-pooler-knows-it'")
        self.pool(f"{self.direct()} user={self.key('foo')} password=as-the-pooler-knows-it")
        done = self.box.run("tenant-app", str(self.box.tenants / "bar"), "serve", "--socket", str(self.box.folder / "alone"), expect=6)
        self.assertIn(f"is {self.key('foo')}, not {self.key('bar')}", done.stderr)


if __name__ == "__main__":
    reason = postgresql.why_not() or pgbouncer.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
