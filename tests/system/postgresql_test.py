"""A tenant on a real PostgreSQL server: through mtg and mtm, across a restart of the server, and with everything that can be wrong."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import postgresql  # noqa: E402
from sandbox import Sandbox, edit_json, wait_for  # noqa: E402


class PostgreSqlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = postgresql.PostgreSqlServer(tls=True).__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.made = 0

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        PostgreSqlTest.made += 1
        self.schema = f"tenant{self.made}"

    def tenant(self, **keys):
        """A tenant with the model Customer in a schema of its own."""
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Customer", "name:string!", "age:number")
        self.datasource(**keys)

    def datasource(self, **keys):
        settings = {"name": "db", **self.server.settings(schema=self.schema), **keys}
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document.__setitem__("db", settings))

    def serve(self, **keys):
        self.tenant(**keys)
        self.box.start()
        return self.box

    def make(self, name):
        return self.box.post("/foo/api/Customers", {"name": name})

    def state(self):
        return self.box.tenant("foo")

    def wall(self, name):
        return {row["mechanism"]: row for row in self.state()["isolation"]}[name]

    def shown_error(self, *arguments):
        """Of `tenant-app foo check`: exit 6 and a document."""
        done = self.box.run("tenant-app", str(self.box.tenants / "foo"), "check", "--json", expect=6)
        return json.loads(done.stdout)["error"]

    def test_rows_are_made_found_changed_and_removed(self):
        box = self.serve()
        self.assertEqual(self.make("Ann").json["id"], 1)
        self.assertEqual(self.make("Bob").json["id"], 2)
        self.assertEqual([row["name"] for row in box.get("/foo/api/Customers?filter[where][name][regexp]=/^a/i").json], ["Ann"])
        self.assertEqual([row["name"] for row in box.get("/foo/api/Customers?filter[where][name][ilike]=a%25").json], ["Ann"])
        self.assertEqual(box.get("/foo/api/Customers/count").json, {"count": 2})
        if self.wall("network")["state"] == "granted":
            self.assertIn(f"TCP to the ports {self.server.port}, 53;", self.wall("network")["detail"])
        self.assertEqual(self.server.sql(f"SELECT name FROM {self.schema}.customer ORDER BY id", "shop"), "Ann\nBob")

    def test_a_unix_socket_will_do(self):
        self.serve(host=str(self.server.folder), password=None)
        self.assertEqual(self.make("Ann").json["id"], 1)
        self.assertEqual(self.wall("network")["detail"], "UNIX sockets only")

    def test_a_worker_without_a_server_loads_no_client(self):
        def maps():
            return pathlib.Path(f"/proc/{self.state()['pid']}/maps").read_text()
        self.serve()
        self.make("Ann")
        self.assertIn("libpq.so", maps())
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document.update(db={"connector": "sqlite3"}))
        wait_for("the other database", lambda: self.box.get("/foo/api/Customers").json == [])
        self.assertNotIn("libpq.so", maps())

    def test_a_restart_of_the_server_costs_answers_but_no_row(self):
        self.serve()
        self.make("before")
        self.server.stop()
        self.assertEqual(self.make("meanwhile").status, 503)
        self.server.start()
        wait_for("the database to be there again", lambda: self.make("after").status == 200)
        self.assertEqual([row["name"] for row in self.box.get("/foo/api/Customers").json], ["before", "after"])

    def test_a_slow_statement_is_cut_and_changes_nothing(self):
        self.serve(statementTimeout=300)
        self.make("first")
        psql = [self.server.bin / "psql", "-X", "-q", "-h", str(self.server.folder), "-p", str(self.server.port), "-U", "mtg",
                "-d", "shop"]
        with subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            holder.stdin.write(f"BEGIN; LOCK TABLE {self.schema}.customer; SELECT 'held';\n")
            holder.stdin.flush()
            wait_for("the lock", lambda: "held" in holder.stdout.readline())
            self.assertEqual(self.make("second").status, 504)
            holder.stdin.write("ROLLBACK;\n")
            holder.stdin.close()
        self.assertEqual([row["name"] for row in self.box.get("/foo/api/Customers").json], ["first"])

    def refused(self, pointer, **keys):
        """The tenant does not start; the error names the key, and never tells the password."""
        self.tenant(**keys)
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the refusal", lambda: self.state()["state"] == "failed")
        error = self.state()["error"]
        self.assertEqual((error["file"].rpartition("/")[2], error["pointer"]), ("datasources.json", pointer), error)
        self.assertGreater(error["line"], 0)
        log = (self.box.tenants / ".run/log/foo.log").read_text()
        for text in (json.dumps(error), log, self.box.log()):
            self.assertNotIn(postgresql.PASSWORD, text)
            self.assertNotIn("a-wrong-secret", text)
        return error

    def test_a_wrong_password_is_named_and_mended(self):
        self.refused("/db/password", password="a-wrong-secret")
        self.datasource()
        wait_for("the tenant", lambda: self.make("Ann").status == 200)

    def test_a_missing_database_is_named(self):
        self.assertIn("nowhere", self.refused("/db/database", database="nowhere")["message"])

    def test_missing_rights_are_named(self):
        self.server.sql("CREATE ROLE reader LOGIN PASSWORD 'canary-of-the-tests'")
        self.assertIn("permission denied", self.refused("/db", user="reader")["message"])

    def test_an_unreachable_server_is_waited_for(self):
        self.tenant(port=postgresql.free_port())
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the failure", lambda: self.state().get("error"))
        self.assertEqual(self.state()["error"]["pointer"], "/db/host")

    def test_tls_is_verified_against_the_authority_that_is_named(self):
        self.tenant(ssl={"ca": "server.crt"})
        shutil.copy(self.server.folder / "server.crt", self.box.tenants / "foo")
        self.box.start()
        self.assertEqual(self.make("Ann").status, 200)
        ask = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'mtg'"
        self.assertEqual(self.server.sql(ask), "t")

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        self.tenant(ssl=True)
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the failure", lambda: self.state().get("error"))
        self.assertIn("certificate verify failed", self.state()["error"]["message"])

    def test_settings_that_cannot_be_are_found_by_check(self):
        self.tenant(connectionLimit=0)
        self.assertEqual(self.shown_error()["pointer"], "/db/connectionLimit")


if __name__ == "__main__":
    reason = postgresql.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
