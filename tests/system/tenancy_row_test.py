"""Tenants that share tables on PostgreSQL, told apart by a column and row level security on the login: docs/TENANCY.md."""
import json
import os
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import postgresql  # noqa: E402
from sandbox import edit_json  # noqa: E402
from tenancy import TenancyTest  # noqa: E402


class RowTest(TenancyTest):
    tenancy = "row"

    def serve(self):
        for name in ("foo", "bar"):
            self.tenant(name)
            edit_json(self.box.tenants / name / "models/Customer.json", lambda model: model.update(forceId=False))
        self.box.start()
        self.make("foo", "Ann")
        self.make("bar", "the-other-row")
        self.foo, self.bar = self.key("foo"), self.key("bar")

    def rows(self):
        """What the table has, as its superuser sees it."""
        return sorted(self.superuser("SELECT _tenant, id, name FROM mtg_rows.customer").splitlines())


class Life(RowTest):
    def test_rows_of_one_table_are_each_tenants_own(self):
        self.serve()
        self.assertEqual(self.rows(), sorted([f"{self.foo}|1|Ann", f"{self.bar}|1|the-other-row"]))
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["the-other-row"]))
        self.assertEqual(sorted(self.box.get("/foo/api/Customers/1").json), ["age", "id", "name"], "the column does not show")
        self.assertNotIn(b"_tenant", self.box.get("/foo/explorer/swagger.json").body)
        self.assertEqual(self.box.get("/foo/api/Customers/count").json, {"count": 1})
        self.assertEqual(self.box.request("PATCH", "/foo/api/Customers/1", {"name": "Eve"}).status, 200)
        self.assertEqual(self.box.post("/foo/api/Customers/update?where={}", {"age": 7}).json, {"count": 1})
        self.assertEqual(self.box.request("PUT", "/foo/api/Customers", {"id": 5, "name": "Five"}).status, 200)
        self.assertEqual(self.box.post("/foo/api/Customers", {"id": 5, "name": "again"}).status // 100, 4)
        self.assertEqual(self.make("foo", "Six").json["id"], 7, "the refused one took a number, as everywhere")
        self.assertEqual(self.make("bar", "Two").json["id"], 2, "each counts for itself")
        self.assertEqual(self.box.request("DELETE", "/foo/api/Customers/2").json, {"count": 0})
        self.assertEqual(self.names("bar"), ["the-other-row", "Two"])

    def test_what_is_unique_is_so_for_each_tenant(self):
        self.serve()
        user = {"email": "a@example.com", "password": "secret-enough"}
        self.assertEqual([self.box.post(f"/{name}/api/Users", user).status for name in ("foo", "bar", "foo")], [200, 200, 422])

    def test_related_rows_are_the_tenants_own(self):
        for name in ("foo", "bar"):
            self.add(name)
            self.box.mtm("model", f"{name}:Order", "what:string!")
            self.box.mtm("model", f"{name}:Customer", "name:string!", "orders:hasMany:Order")
        self.box.start()
        for name in ("foo", "bar"):
            self.assertEqual(self.make(name, f"{name}'s").json["id"], 1)
        self.assertEqual(self.box.post("/bar/api/Customers/1/orders", {"what": "secret"}).status, 200)
        found = self.box.get("/foo/api/Customers?filter[include]=orders").json
        self.assertEqual([row["orders"] for row in found], [[]])
        about = "?filter=" + urllib.parse.quote('{"where": {"orders": {"what": "secret"}}}')
        self.assertEqual([len(self.box.get(f"/{name}/api/Customers{about}").json) for name in ("foo", "bar")], [0, 1])
        self.assertEqual(len(self.box.get("/bar/api/Customers/1/orders").json), 1)
        self.assertEqual(self.box.get("/foo/api/Customers/1/orders").json, [])

    def test_purge_takes_its_own_rows_alone(self):
        self.serve()
        self.box.mtm("remove", "foo")
        self.assertEqual(len(self.rows()), 2)
        self.box.mtm("undelete", "foo")
        self.assertEqual(self.names("foo"), ["Ann"])
        self.box.mtm("remove", "foo")
        self.box.mtm("purge", "foo", "--yes")
        self.assertEqual(self.rows(), [f"{self.bar}|1|the-other-row"])
        self.assertEqual(self.superuser(f"SELECT count(*) FROM pg_class WHERE relname LIKE '{self.foo}%'"), "0")
        self.assertEqual((self.registered(), self.journal()), ({self.bar}, []))
        self.assertEqual(self.names("bar"), ["the-other-row"])

    def test_a_clone_has_rows_of_its_own(self):
        self.serve()
        self.box.mtm("clone", "foo", "baz", "--data")
        self.assertEqual((self.names("baz"), self.make("baz", "Bob").json["id"]), (["Ann"], 2))
        self.assertEqual(self.names("foo"), ["Ann"])

    def test_the_worker_asks_for_its_own_rows_by_itself(self):
        """Behind the policy, not instead of it: every statement about rows names the tenant."""
        self.serve()
        self.superuser(f"ALTER ROLE {self.foo} SET log_statement = 'all'")
        self.box.mtm("restart", "foo")
        before = (self.server.folder / "log").stat().st_size
        self.box.get("/foo/api/Customers")
        self.box.get("/foo/api/Customers/1")
        self.box.get("/foo/api/Customers?filter=" + urllib.parse.quote('{"where": {"name": {"regexp": "A"}}}'))
        self.box.get("/foo/api/Customers/count?where=" + urllib.parse.quote('{"or": [{"name": "Ann"}, {"id": {"gt": 0}}]}'))
        self.box.request("PATCH", "/foo/api/Customers/1", {"age": 3})
        self.box.post("/foo/api/Customers/update?where=" + urllib.parse.quote('{"name": {"like": "A%"}}'), {"age": 4})
        self.box.request("DELETE", "/foo/api/Customers/1")
        with open(self.server.folder / "log", errors="replace") as log:
            log.seek(before)
            said = [line for line in log if '"mtg_rows"."customer"' in line and ("FROM" in line or "UPDATE" in line)]
        self.assertGreater(len(said), 6)
        for line in said:
            self.assertIn(f"\"_tenant\" = '{self.foo}'", line)


class BootGuard(RowTest):
    def test_a_table_that_others_see_is_refused(self):
        self.tenant("foo")
        foo = self.key("foo")
        table = "mtg_rows.customer"
        for text, do, undo in (
                ("has no row level security", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY", f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"),
                ("does not force", f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY", f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"),
                ("lacks the policy", f"ALTER POLICY mtg_tenant ON {table} USING (true)",
                 f"ALTER POLICY mtg_tenant ON {table} USING (_tenant = (session_user)::text)"),
                ("lacks the policy", f"ALTER POLICY mtg_tenant ON {table} WITH CHECK (true)",
                 f"ALTER POLICY mtg_tenant ON {table} WITH CHECK (_tenant = (session_user)::text)"),
                ("lacks the policy", f"ALTER POLICY mtg_tenant ON {table} USING (_tenant = current_setting('app.tenant'))",
                 f"ALTER POLICY mtg_tenant ON {table} USING (_tenant = (session_user)::text)"),
                ("has another policy, wide", f"CREATE POLICY wide ON {table} FOR SELECT USING (true)", f"DROP POLICY wide ON {table}"),
                ("has another policy, mtg_owner", f"ALTER POLICY mtg_owner ON {table} TO PUBLIC", f"DROP POLICY mtg_owner ON {table}"),
                ("is no table", f"CREATE VIEW mtg_rows.every AS SELECT * FROM {table}; GRANT SELECT ON mtg_rows.every TO {foo}",
                 "DROP VIEW mtg_rows.every"),
                ("bypasses row level security", f"ALTER ROLE {foo} BYPASSRLS", f"ALTER ROLE {foo} NOBYPASSRLS"),
                ("may empty or reference", f"GRANT TRUNCATE ON {table} TO {foo}", f"REVOKE TRUNCATE ON {table} FROM {foo}")):
            with self.subTest(text=text, do=do):
                self.superuser(do)
                try:
                    done = self.box.run("tenant-app", str(self.box.tenants / "foo"), "serve", "--socket", str(self.box.folder / "s"), expect=6)
                    self.assertIn(text, done.stderr)
                finally:
                    self.superuser(undo)
        self.box.start()
        self.assertEqual(self.make("foo", "Ann").status, 200, "with all of it taken back")

    def test_rls_cannot_be_waived(self):
        self.tenant("foo")
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document["db"].update(rls="off"))
        self.assertIn("/db/rls", self.box.mtm("check", "foo", expect=6).stderr)


class Attacks(RowTest):
    REFUSED = (
        "INSERT INTO mtg_rows.customer (_tenant, id, name) VALUES ('{bar}', 9, 'planted')",
        "UPDATE mtg_rows.customer SET _tenant = '{bar}'",
        "COPY mtg_rows.customer (_tenant, id, name) FROM STDIN",
        "TRUNCATE mtg_rows.customer",
        "ALTER TABLE mtg_rows.customer DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE mtg_rows.customer NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY mtg_tenant ON mtg_rows.customer",
        "CREATE POLICY wide ON mtg_rows.customer USING (true)",
        "ALTER TABLE mtg_rows.customer ADD COLUMN planted text",
        "CREATE TRIGGER planted BEFORE INSERT ON mtg_rows.customer EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP TABLE mtg_rows.customer",
        "CREATE VIEW mtg_rows.planted AS SELECT * FROM mtg_rows.customer",
        "SET SESSION AUTHORIZATION {bar}; SELECT name FROM mtg_rows.customer",
        "SET ROLE {bar}; SELECT name FROM mtg_rows.customer",
        "SELECT set_config('role', '{bar}', false); SELECT name FROM mtg_rows.customer",
        "SELECT set_config('session_authorization', '{bar}', false); SELECT name FROM mtg_rows.customer",
        "SET ROLE mtg_rows_{database}; SELECT name FROM mtg_rows.customer",
        "SET row_security = off; SELECT name FROM mtg_rows.customer",
        "ALTER ROLE {foo} BYPASSRLS",
        "GRANT {bar} TO {foo}",
        "SELECT setval('mtg_rows.{bar}_customer_id_seq', 1000000)",
        "SELECT nextval('mtg_rows.{bar}_customer_id_seq')",
        "SELECT last_value FROM mtg_rows.{bar}_customer_id_seq",
    )
    EMPTY = (
        "SELECT name FROM mtg_rows.customer WHERE _tenant = '{bar}'",
        "SELECT set_config('app.tenant', '{bar}', false), set_config('search_path', 'mtg_rows', false); SELECT name FROM customer",
        "SELECT name FROM mtg_rows.customer WHERE true OR _tenant = '{bar}'",
        "UPDATE mtg_rows.customer SET name = name WHERE _tenant = '{bar}' RETURNING name",
        "DELETE FROM mtg_rows.customer WHERE _tenant = '{bar}' RETURNING name",
        "SELECT query_to_xml('SELECT name FROM mtg_rows.customer', true, true, '')",
        "CREATE FUNCTION pg_temp.leak(text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS "
        "'BEGIN RAISE NOTICE ''leak %'', $1; RETURN true; END'; SELECT name FROM mtg_rows.customer WHERE pg_temp.leak(name)",
        "CREATE FUNCTION pg_temp.session_user() RETURNS name LANGUAGE sql AS 'SELECT ''{bar}''::name'; SET search_path = pg_temp, mtg_rows; "
        "SELECT name FROM customer",
        "EXPLAIN (ANALYZE, VERBOSE) SELECT name FROM mtg_rows.customer",
        "SELECT 1/(length(name) - 13) FROM mtg_rows.customer",
        "SELECT * FROM pg_stats WHERE tablename = 'customer'",
    )

    def test_no_other_row_comes_out_and_none_is_changed(self):
        self.serve()
        self.superuser("ANALYZE mtg_rows.customer")
        before = self.rows()
        words = {"foo": self.foo, "bar": self.bar, "database": self.database}
        for attack in self.REFUSED:
            with self.subTest(attack=attack):
                done = self.as_tenant("foo", attack.format(**words))
                self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertNotIn("the-other-row", done.stdout + done.stderr)
        for attack in self.EMPTY:
            with self.subTest(attack=attack):
                done = self.as_tenant("foo", attack.format(**words))
                self.assertNotIn("the-other-row", done.stdout + done.stderr)
                self.assertNotIn("division by zero", done.stderr)
        self.assertEqual(self.rows(), before)
        self.box.mtm("restart", "foo", "bar")
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["the-other-row"]))

    def test_through_the_api(self):
        self.serve()
        for where in ({"_tenant": self.bar}, {"_tenant": {"neq": ""}}, {"name": f"x' OR _tenant = '{self.bar}"}, {"or": [{"id": 1}, {"_tenant": self.bar}]}):
            answer = self.box.get("/foo/api/Customers?filter=" + urllib.parse.quote(json.dumps({"where": where})))
            self.assertNotIn(b"the-other-row", answer.body)
        made = self.box.post("/foo/api/Customers", {"name": "planted", "_tenant": self.bar, "id": 50})
        self.assertEqual(made.status, 200)
        self.box.request("PATCH", "/foo/api/Customers/50", {"_tenant": self.bar})
        self.assertEqual(self.names("bar"), ["the-other-row"])
        self.assertIn(f"{self.foo}|50|planted", self.rows())


if __name__ == "__main__":
    reason = postgresql.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
