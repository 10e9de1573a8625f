"""Tenants that share a PostgreSQL database, each with a schema and a login of its own: docs/TENANCY.md, with a real server."""
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import kill_at  # noqa: E402
import postgresql  # noqa: E402
from sandbox import edit_json, wait_for  # noqa: E402
from tenancy import OPERATOR_PASSWORD, TenancyTest  # noqa: E402


class Life(TenancyTest):
    def test_two_tenants_of_one_database_have_rows_of_their_own(self):
        self.tenant("foo")
        self.tenant("bar")
        self.box.start()
        self.assertEqual(self.make("foo", "Ann").json["id"], 1)
        self.assertEqual(self.make("bar", "Bob").json["id"], 1)
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["Bob"]))
        self.assertEqual(self.superuser(f"SELECT name FROM {self.key('foo')}.customer"), "Ann")
        self.assertNotEqual(self.key("foo"), self.key("bar"))
        self.assertEqual(self.box.request("DELETE", "/foo/api/Customers/1").status, 200)
        self.assertEqual(self.names("bar"), ["Bob"])

    def test_the_login_has_rows_and_nothing_else(self):
        self.tenant("foo")
        key = self.key("foo")
        self.assertEqual(stat.S_IMODE((self.box.tenants / "foo/datasources.json").stat().st_mode), 0o600)
        self.assertEqual(key, json.loads((self.box.tenants / "foo/tenant.json").read_text())["key"])
        self.assertEqual(self.superuser("SELECT rolcanlogin, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls, rolconnlimit "
                                        f"FROM pg_roles WHERE rolname = '{key}'"), "t|f|f|f|f|f|8")
        self.assertEqual(self.superuser(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{key}_owner'"), "f")
        self.assertEqual(self.superuser("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = '" + key + "'"), f"{key}_owner")
        self.assertEqual(self.as_tenant("foo", "SHOW search_path").stdout.strip(), key)
        self.assertTrue(self.superuser(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{key}'").startswith("SCRAM-SHA-256$"))
        log = (self.server.folder / "log").read_text()
        self.assertNotIn(self.settings("foo")["password"], log)

    def test_models_that_come_later_have_their_tables(self):
        self.add("foo")
        self.box.start()
        self.assertEqual(self.box.get("/foo/").status, 200)
        self.box.mtm("model", "foo:Customer", "name:string!")
        self.assertEqual(self.make("foo", "Ann").status, 200)
        self.box.mtm("model", "extend", "foo:Customer", "phone:string")
        made = self.box.post("/foo/api/Customers", {"name": "Bob", "phone": "1"})
        self.assertEqual((made.status, made.json.get("phone")), (200, "1"))
        self.assertEqual(self.superuser(f"SELECT phone FROM {self.key('foo')}.customer WHERE name = 'Bob'"), "1")

    def test_a_model_changed_by_hand_is_migrated_when_asked_for(self):
        self.tenant("foo")
        self.box.start()
        self.make("foo", "Ann")
        edit_json(self.box.tenants / "foo/models/Customer.json",
                  lambda model: model["properties"].__setitem__("city", {"type": "string"}))
        wait_for("the refusal", lambda: (self.box.tenant("foo").get("error") or {}).get("hint", "").startswith("its owner makes it: mtm migrate"))
        self.assertEqual(self.names("foo"), ["Ann"], "the worker that runs goes on")
        plan = self.box.mtm("migrate", "foo", "--plan").stdout
        self.assertIn('ADD COLUMN IF NOT EXISTS "city"', plan)
        self.assertIn('ADD COLUMN IF NOT EXISTS "city"', self.box.mtm("migrate", "foo").stdout)
        made = wait_for("the new column", lambda: self.box.post("/foo/api/Customers", {"name": "Bob", "city": "Ulm"}))
        self.assertEqual(made.json.get("city"), "Ulm")
        wait_for("it to be in force", lambda: self.superuser(f"SELECT city FROM {self.key('foo')}.customer WHERE city IS NOT NULL") or
                 (self.box.post("/foo/api/Customers", {"name": "Bob", "city": "Ulm"}) and None))

    def test_remove_shelves_undelete_brings_back_purge_drops(self):
        self.tenant("foo")
        self.box.start()
        self.make("foo", "Ann")
        key = self.key("foo")
        self.assertTrue(self.may_log_in("foo"))
        password = self.settings("foo")["password"]
        self.box.mtm("remove", "foo")
        refused = subprocess.run([self.server.bin / "psql", "-X", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", key, "-d",
                                  self.database, "-c", "SELECT 1"], env={**os.environ, "PGPASSWORD": password}, capture_output=True, text=True)
        self.assertIn("not permitted to log in", refused.stderr)
        self.assertEqual(self.superuser(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{key}'"), "0")
        self.box.mtm("undelete", "foo")
        self.assertEqual(self.names("foo"), ["Ann"])
        self.box.mtm("remove", "foo")
        self.box.mtm("purge", "foo", "--yes")
        self.assertEqual(self.superuser(f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '{key}%'"), "0")
        self.assertEqual(self.superuser(f"SELECT count(*) FROM pg_namespace WHERE nspname = '{key}'"), "0")
        self.assertEqual((self.registered(), self.journal()), (set(), []))

    def test_a_new_tenant_of_that_name_sees_nothing_of_the_old_one(self):
        self.tenant("foo")
        self.box.start()
        self.make("foo", "Ann")
        self.box.mtm("remove", "foo")
        self.tenant("foo")
        self.assertEqual(self.names("foo"), [])

    def test_a_rename_touches_nothing_on_the_server(self):
        self.tenant("foo")
        self.box.start()
        self.make("foo", "Ann")
        key = self.key("foo")
        self.box.mtm("rename", "foo", "bar")
        self.assertEqual((self.names("bar"), self.key("bar")), (["Ann"], key))

    def test_a_clone_has_a_login_of_its_own(self):
        self.tenant("foo")
        self.box.start()
        for name in ("Ann", "Bob"):
            self.make("foo", name)
        self.box.mtm("clone", "foo", "bar", "--data")
        self.box.mtm("clone", "foo", "baz", "--structure")
        self.assertEqual((self.names("bar"), self.names("baz")), (["Ann", "Bob"], []))
        self.assertEqual(self.make("bar", "Cid").json["id"], 3)
        self.assertEqual(self.names("foo"), ["Ann", "Bob"])
        self.assertEqual(len({self.key(name) for name in ("foo", "bar", "baz")}), 3)

    def test_the_server_is_verified_by_the_authority_that_the_operator_names(self):
        shutil.copy(self.server.folder / "server.crt", self.box.folder / "authority.crt")
        edit_json(self.config, lambda config: config["servers"]["pg-main"].update(ssl={"ca": "authority.crt"}))
        os.chmod(self.config, 0o600)
        self.tenant("foo")
        self.box.start()
        self.assertEqual(self.make("foo", "Ann").status, 200)
        self.assertEqual(self.superuser("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
                                        f"WHERE usename = '{self.key('foo')}'"), "t")
        self.assertEqual(self.settings("foo")["ssl"], {"ca": "ca-of-pg-main.pem"})

    def test_a_bundle_is_not_restored_over_rows_of_another(self):
        self.tenant("foo")
        self.box.mtm("dump", "foo", "-o", "foo.mtb", "--secrets", "--yes")
        refused = self.box.mtm("restore", "foo.mtb", "--as", "bar", expect=1)
        self.assertIn("pg-main", refused.stderr)
        self.assertFalse((self.box.tenants / "bar").exists())


class Refused(TenancyTest):
    def test_a_file_that_others_may_read(self):
        os.chmod(self.config, 0o644)
        for command in (("mtg", "check"), ("mtg", "start")):
            done = self.box.run(*command, expect=6)
            self.assertIn("chmod 600", done.stderr + done.stdout)
        self.assertIn("others than its owner may read", self.add("foo", expect=6).stderr)
        self.assertFalse((self.box.tenants / "foo").exists())

    def test_words_that_do_not_fit(self):
        self.assertIn("pg-main", self.box.mtm("add", "foo", "--datasource", "pg-mian", "--tenancy", "schema", expect=2).stderr)
        self.box.mtm("add", "foo", "--tenancy", "schema", expect=2)
        self.box.mtm("add", "foo", "--datasource", "pg-main", "--tenancy", "shema", expect=2)
        self.box.mtm("add", "foo", "--datasource", "pg-main", "--tenancy", "schema", "--connector", "memory", expect=2)

    def test_an_operator_that_cannot_log_in(self):
        edit_json(self.config, lambda config: config["servers"]["pg-main"].update(password="a-wrong-secret"))
        os.chmod(self.config, 0o600)
        done = self.box.mtm("add", "foo", "--datasource", "pg-main", "--tenancy", "schema", "--json", expect=6)
        error = json.loads(done.stdout)["error"]
        self.assertEqual((pathlib.Path(error["file"]).name, error["pointer"]), ("mtg.json", "/servers/pg-main/password"))
        self.assertNotIn("a-wrong-secret", done.stdout + done.stderr)
        self.assertFalse((self.box.tenants / "foo").exists())

    def test_an_operator_without_rights(self):
        self.server.sql(f"REVOKE CREATE ON DATABASE {self.database} FROM operator")
        self.assertIn("permission denied", self.add("foo", expect=None).stderr)
        self.assertFalse((self.box.tenants / "foo").exists())
        self.assertEqual(list((self.box.tenants / ".staging").iterdir()), [])

    def test_a_server_that_is_away_keeps_the_tenant(self):
        self.tenant("foo")
        self.server.stop()
        self.addCleanup(lambda: self.server.process.poll() is None or self.server.start())
        self.assertIn("cannot reach", self.box.mtm("remove", "foo", expect=None).stderr)
        self.assertTrue((self.box.tenants / "foo").exists())
        self.assertEqual(len(self.journal()), 1)
        self.assertIn("journal", self.box.mtm("doctor", expect=1).stdout)
        self.server.start()
        self.box.mtm("doctor", "--repair")
        self.assertEqual(self.journal(), [])
        self.assertTrue(self.may_log_in("foo"))

    def test_only_what_the_registry_knows_is_dropped(self):
        self.tenant("foo")
        self.box.mtm("remove", "foo")
        key = self.superuser("SELECT key FROM mtg.tenants")
        self.superuser("DELETE FROM mtg.tenants")
        self.box.mtm("purge", "foo", "--yes")
        self.assertEqual(self.superuser(f"SELECT count(*) FROM pg_roles WHERE rolname = '{key}'"), "1")
        self.superuser(f"DROP OWNED BY {key}, {key}_owner CASCADE; DROP ROLE {key}, {key}_owner")

    def test_another_connector_has_no_such_tenancy(self):
        self.box.mtm("add", "foo")
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document["db"].update(tenancy="schema"))
        self.assertIn("/db/tenancy", self.box.mtm("check", "foo", expect=6).stderr)


class Secrets(TenancyTest):
    def test_the_operators_login_is_never_where_a_worker_is(self):
        self.tenant("foo")
        self.box.start()
        self.make("foo", "Ann")
        canary = OPERATOR_PASSWORD.encode()
        for path in self.box.tenants.rglob("*"):
            if path.is_file():
                self.assertNotIn(canary, path.read_bytes(), path)
        pid = self.box.pid("foo")
        for name in ("environ", "cmdline"):
            self.assertNotIn(canary, pathlib.Path(f"/proc/{pid}/{name}").read_bytes())
        self.assertNotIn(str(self.config), [os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()])
        if os.geteuid() == 0:
            self.assertFalse(in_memory(pid, canary), "the operator's password is in the worker's memory")
            self.assertTrue(in_memory(pid, self.settings("foo")["password"].encode()), "the test looks at the wrong memory")
        for text in (self.box.log(), (self.box.tenants / ".run/log/foo.log").read_text(), self.box.mtm("inspect", "foo").stdout,
                     self.box.mtg("config", "show").stdout, self.box.mtm("config", "show", "foo").stdout):
            self.assertNotIn(OPERATOR_PASSWORD, text)
            self.assertNotIn(self.settings("foo")["password"], text)


class BootGuard(TenancyTest):
    """A worker whose login may more than its rows does not start, and says what."""

    def refused(self, name, text):
        """`tenant-app … serve` ends with 6 and names it."""
        socket = self.box.folder / "alone.sock"
        done = self.box.run("tenant-app", str(self.box.tenants / name), "serve", "--socket", str(socket), expect=6)
        self.assertIn(text, done.stderr)
        self.assertIn("/db/user", done.stderr)
        self.assertNotIn(self.settings(name)["password"], done.stderr)

    def test_what_it_refuses(self):
        self.tenant("foo")
        self.tenant("bar")
        foo, bar = self.key("foo"), self.key("bar")
        self.superuser("CREATE TABLE public.mine (n int); CREATE TABLE public.secret (n int)")
        for text, do, undo in (
                ("is a superuser", f"ALTER ROLE {foo} SUPERUSER", f"ALTER ROLE {foo} NOSUPERUSER"),
                ("bypasses row level security", f"ALTER ROLE {foo} BYPASSRLS", f"ALTER ROLE {foo} NOBYPASSRLS"),
                ("may make roles", f"ALTER ROLE {foo} CREATEROLE", f"ALTER ROLE {foo} NOCREATEROLE"),
                ("may make roles", f"ALTER ROLE {foo} CREATEDB", f"ALTER ROLE {foo} NOCREATEDB"),
                (f"is a member of the role {foo}_owner", f"GRANT {foo}_owner TO {foo}", f"REVOKE {foo}_owner FROM {foo}"),
                (f"is a member of the role {bar}", f"GRANT {bar} TO {foo}", f"REVOKE {bar} FROM {foo}"),
                (f"may use the schema {bar}", f"GRANT USAGE ON SCHEMA {bar} TO {foo}", f"REVOKE USAGE ON SCHEMA {bar} FROM {foo}"),
                ("may use the schema mtg", f"GRANT USAGE ON SCHEMA mtg TO {foo}", f"REVOKE USAGE ON SCHEMA mtg FROM {foo}"),
                ("may read or write public.secret", f"GRANT SELECT ON public.secret TO {foo}", f"REVOKE SELECT ON public.secret FROM {foo}"),
                ("may read or write public.secret", "GRANT UPDATE (n) ON public.secret TO PUBLIC", "REVOKE UPDATE (n) ON public.secret FROM PUBLIC"),
                ("owns public.mine", f"ALTER TABLE public.mine OWNER TO {foo}", "ALTER TABLE public.mine OWNER TO mtg"),
                (f"owns the schema {foo}", f"ALTER SCHEMA {foo} OWNER TO {foo}",
                 f"ALTER SCHEMA {foo} OWNER TO {foo}_owner; GRANT USAGE ON SCHEMA {foo} TO {foo}"),
                (f"may create in the schema {foo}", f"GRANT CREATE ON SCHEMA {foo} TO {foo}", f"REVOKE CREATE ON SCHEMA {foo} FROM {foo}"),
                ("may create in the schema public", "GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
                ("may create schemas in the database", f"GRANT CREATE ON DATABASE {self.database} TO {foo}",
                 f"REVOKE CREATE ON DATABASE {self.database} FROM {foo}"),
                ("may empty or reference", f"GRANT TRUNCATE ON {foo}.customer TO {foo}", f"REVOKE TRUNCATE ON {foo}.customer FROM {foo}")):
            with self.subTest(text=text, do=do):
                self.superuser(do)
                try:
                    self.refused("foo", text)
                finally:
                    self.superuser(undo)
        self.box.start()
        self.assertEqual(self.make("foo", "Ann").status, 200, "with all of it taken back")

    def test_the_gateway_shows_it_and_others_go_on(self):
        self.tenant("foo")
        self.tenant("bar")
        self.superuser(f"ALTER ROLE {self.key('foo')} SUPERUSER")
        self.box.start()
        error = self.failure("foo")
        self.assertEqual((error["pointer"], error["code"]), ("/db/user", "invalid_config"))
        self.assertGreater(error["line"], 0)
        self.assertEqual(self.make("bar", "Bob").status, 200)

    def test_an_operators_login_in_a_tenants_file_is_refused(self):
        self.tenant("foo")
        edit_json(self.box.tenants / "foo/datasources.json",
                  lambda document: document["db"].update(user="operator", password=OPERATOR_PASSWORD))
        self.superuser(f"ALTER ROLE operator IN DATABASE {self.database} RESET ALL")
        done = self.box.run("tenant-app", str(self.box.tenants / "foo"), "serve", "--socket", str(self.box.folder / "s"), expect=6)
        self.assertIn("may make roles", done.stderr)
        self.assertIn("is a member of the role", done.stderr)


class Attacks(TenancyTest):
    """What the tenant's own login can do once somebody has it send any SQL: another tenant's row never comes out, none is changed."""

    def setUp(self):
        super().setUp()
        self.tenant("foo")
        self.tenant("bar")
        self.box.start()
        self.make("foo", "Ann")
        self.make("bar", "the-other-row")
        self.foo, self.bar = self.key("foo"), self.key("bar")

    ATTACKS = (
        "SELECT name FROM {bar}.customer",
        "SET search_path = {bar}; SELECT name FROM customer",
        "SELECT set_config('search_path', '{bar}', false); SELECT name FROM customer",
        "SET ROLE {bar}; SELECT name FROM {bar}.customer",
        "SET ROLE {bar}_owner; SELECT name FROM {bar}.customer",
        "SET ROLE {foo}_owner",
        "SET SESSION AUTHORIZATION {bar}; SELECT name FROM {bar}.customer",
        "SET SESSION AUTHORIZATION DEFAULT; SELECT name FROM {bar}.customer",
        "RESET ALL; RESET SESSION AUTHORIZATION; RESET ROLE; SELECT name FROM {bar}.customer",
        "SELECT set_config('role', '{bar}', false); SELECT name FROM {bar}.customer",
        "SELECT set_config('session_authorization', '{bar}', false)",
        "INSERT INTO {bar}.customer (name) VALUES ('planted')",
        "UPDATE {bar}.customer SET name = 'changed'",
        "DELETE FROM {bar}.customer",
        "TRUNCATE {bar}.customer",
        "TRUNCATE {foo}.customer",
        "ALTER TABLE {foo}.customer ADD COLUMN planted text",
        "ALTER TABLE {foo}.customer SET SCHEMA {bar}",
        "ALTER TABLE {foo}.customer OWNER TO {foo}",
        "ALTER SCHEMA {foo} RENAME TO planted",
        "ALTER ROLE {foo} SUPERUSER",
        "ALTER ROLE {foo} NOLOGIN",
        "ALTER ROLE {bar} PASSWORD 'planted'",
        "GRANT {bar} TO {foo}",
        "GRANT USAGE ON SCHEMA {bar} TO {foo}",
        "DROP TABLE {foo}.customer",
        "DROP SCHEMA {bar} CASCADE",
        "CREATE SCHEMA planted",
        "CREATE TABLE {foo}.planted (n int)",
        "CREATE TABLE public.planted (n int)",
        "CREATE FUNCTION {foo}.planted() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW {foo}.planted AS SELECT * FROM {bar}.customer",
        "COPY {bar}.customer TO STDOUT",
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT * FROM mtg.tenants",
        "SELECT rolpassword FROM pg_authid",
        "SELECT lo_import('/etc/passwd')",
        "SELECT currval('{bar}.customer_id_seq')",
        "SELECT setval('{bar}.customer_id_seq', 1000000)",
        "SELECT query_to_xml('SELECT name FROM {bar}.customer', true, true, '')",
        "SELECT most_common_vals FROM pg_statistic",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{bar}'",
    )

    def test_what_the_login_may_not(self):
        stats = self.superuser(f"ANALYZE {self.bar}.customer; SELECT count(*) FROM pg_stats WHERE schemaname = '{self.bar}'")
        self.assertNotEqual(stats, "0")
        for attack in self.ATTACKS:
            with self.subTest(attack=attack):
                text = attack.format(foo=self.foo, bar=self.bar)
                done = self.as_tenant("foo", text)
                if "pg_terminate_backend" not in text:
                    self.assertNotEqual(done.returncode, 0, done.stdout)
                self.assertNotIn("the-other-row", done.stdout + done.stderr)
        self.assertNotIn("the-other-row", self.as_tenant("foo", "SELECT * FROM pg_stats").stdout)
        self.assertEqual(self.as_tenant("foo", f"SELECT query FROM pg_stat_activity WHERE usename = '{self.bar}' "
                                               "AND query NOT LIKE '<insufficient privilege>'").stdout.strip(), "")
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["the-other-row"]))
        self.box.mtm("restart", "foo", "bar")
        self.assertEqual((self.names("foo"), self.names("bar")), (["Ann"], ["the-other-row"]))

    def test_through_the_operators_question(self):
        """mtm query asks with the tenant's login."""
        for text in (f"SELECT name FROM {self.bar}.customer", f"SELECT set_config('search_path', '{self.bar}', false)) query; SELECT name "
                     f"FROM {self.bar}.customer --"):
            done = self.box.mtm("query", "foo", text, expect=None)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("the-other-row", done.stdout + done.stderr)
        self.assertIn("Ann", self.box.mtm("query", "foo", "SELECT name FROM customer").stdout)

    def test_through_the_api(self):
        for where in ({"name": f"x' UNION SELECT name FROM {self.bar}.customer --"}, {f"{self.bar}.customer.name": "the-other-row"},
                      {"name\" FROM " + self.bar + ".customer --": {"neq": ""}}):
            answer = self.box.get("/foo/api/Customers?filter=" + urllib.parse.quote(json.dumps({"where": where})))
            self.assertNotIn(b"the-other-row", answer.body)
        for order in (f"(SELECT name FROM {self.bar}.customer)", "name; SET search_path TO " + self.bar):
            answer = self.box.get("/foo/api/Customers?filter=" + urllib.parse.quote(json.dumps({"order": order})))
            self.assertNotIn(b"the-other-row", answer.body)
        self.assertEqual(self.names("bar"), ["the-other-row"])


def in_memory(pid, needle):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            begin, end = (int(word, 16) for word in line.split()[0].split("-"))
            if line.split()[1].startswith("rw") and end - begin < 1 << 32:  # beyond it is a sanitizer's own
                memory.seek(begin)
                try:
                    if needle in memory.read(end - begin):
                        return True
                except OSError:
                    continue
    return False


@kill_at.needed
class Killed(TenancyTest):
    """kill -9 before any system call that changes a file: the next mtm finds all or nothing, on the server as on disk."""

    def killed(self, at, *arguments):
        return kill_at.killed_before([str(self.box.bin / "mtm"), *arguments], at, self.box.env, self.box.folder)

    def sound(self):
        """Nothing half: every tenant in place may log in and has its tables, those in the trash may not, and nobody else is there."""
        self.assertEqual(self.journal(), [])
        wanted = set()
        for folder in self.box.tenants.glob("[a-z]*"):
            wanted.add(self.key(folder.name))
            self.assertTrue(self.may_log_in(folder.name), folder)
        for folder in (self.box.tenants / ".trash").glob("*"):
            key = json.loads((folder / "tenant.json").read_text())["key"]
            wanted.add(key)
            self.assertEqual(self.superuser(f"SELECT rolcanlogin FROM pg_roles WHERE rolname = '{key}'"), "f")
        self.assertEqual((self.registered(), self.roles()), (wanted, wanted))

    def settle(self):
        done = self.box.mtm("doctor", "--repair", expect=None)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(list((self.box.tenants / ".staging").glob("*")), [])

    def test_add_and_what_follows(self):
        there = left = 0
        for at in range(200):
            if not self.killed(at, "add", "foo", "--datasource", "pg-main", "--tenancy", "schema"):
                break
            left += bool(self.journal())
            self.settle()
            self.sound()
            if (self.box.tenants / "foo").exists():
                there += 1
                self.box.mtm("remove", "foo")
                self.box.mtm("purge", "foo", "--yes")
        else:
            self.fail("it never came to its end")
        self.sound()
        self.assertGreater(at, 20)
        self.assertGreater(there, 0)
        self.assertGreater(left, 1)

    def test_remove_undelete_and_purge(self):
        self.add("foo")
        left = 0
        for verb, again in (("remove", ("undelete", "foo")), ("undelete", ("remove", "foo")), ("purge", None)):
            arguments = [verb, "foo"] + (["--yes"] if verb == "purge" else [])
            if verb == "undelete":
                self.box.mtm("remove", "foo")
            for at in range(100):
                if not self.killed(at, *arguments):
                    break
                left += bool(self.journal())
                self.settle()
                self.sound()
                done = (self.box.tenants / "foo").exists() == (verb == "undelete")
                if verb == "purge" and not list((self.box.tenants / ".trash").iterdir()):
                    self.add("foo")
                    self.box.mtm("remove", "foo")
                elif verb != "purge" and done:
                    self.box.mtm(*again)
            else:
                self.fail(f"{verb} never came to its end")
            if verb == "undelete":
                self.box.mtm("remove", "foo")
            elif verb == "remove":
                self.box.mtm("undelete", "foo")
            self.sound()
        self.assertGreater(left, 5)

    def test_the_job_in_the_middle_of_its_transaction(self):
        self.tenant("foo")
        key, token = "x2345678", "y2345678"
        order = self.box.folder / "order.json"
        login = json.loads(self.config.read_text())["servers"]["pg-main"]
        order.write_text(json.dumps({"server": login, "name": "pg-main", "config": str(self.config), "datasource": "db", "key": key,
                                     "tenancy": "schema", "token": token, "password": "secret"}))
        before = self.registered()
        nothing = whole = 0
        for at in range(200):
            killed = kill_at.killed_before([str(self.box.bin / "tenant-app"), str(self.box.tenants / "foo"), "provision", "make"], at,
                                           self.box.env, self.box.folder, str(order), kill_at.SENDS)
            if not killed:
                break
            wait_for("the server to notice", lambda: self.superuser(
                "SELECT count(*) FROM pg_stat_activity WHERE usename = 'operator'") == "0")
            there = self.superuser(f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '{key}%'")
            if self.registered() == before:
                nothing += 1
                self.assertEqual(there, "0")
            else:  # the last things it says are good-bye, and that of TLS
                whole += 1
                self.assertEqual((self.registered(), there), (before | {key}, "2"))
                self.box.run("tenant-app", str(self.box.tenants / "foo"), "provision", "drop", stdin=order.read_text())
        self.assertGreater(nothing, 10)
        self.assertLess(whole, 3)
        self.assertEqual(self.registered(), before | {key})
        self.box.run("tenant-app", str(self.box.tenants / "foo"), "provision", "drop", stdin=order.read_text())
        self.assertEqual(self.registered(), before)


if __name__ == "__main__":
    reason = postgresql.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
