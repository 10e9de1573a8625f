"""A tenant on a real MariaDB server: through mtg and mtm, across a restart of the server, and with everything that can be wrong."""
import asyncio
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import mysql  # noqa: E402
from sandbox import Sandbox, edit_json, freeze, wait_for  # noqa: E402


@contextlib.contextmanager
def far_away(port, seconds):
    """A port behind which what listens on `port` is `seconds` away, each way."""
    async def carry(reader, writer):
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await asyncio.sleep(seconds)
                writer.write(data)
        writer.close()

    async def accept(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))

    async def listen():
        return await asyncio.start_server(accept, "127.0.0.1", 0)

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


class MySqlTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mysql.MySqlServer(tls=True).__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.made = 0

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        MySqlTest.made += 1
        self.database = f"tenant{self.made}"

    def tenant(self, **keys):
        """A tenant with the model Customer in a database of its own."""
        self.server.sql(f"CREATE DATABASE {self.database}")
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Customer", "name:string!", "age:number")
        self.datasource(**keys)

    def datasource(self, **keys):
        settings = {"name": "db", **self.server.settings(database=self.database), **keys}
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document.__setitem__("db", settings))

    def serve(self, **keys):
        self.tenant(**keys)
        self.box.start()
        return self.box

    def make(self, name):
        return self.box.post("/foo/api/Customers", {"name": name})

    def names(self):
        return [row["name"] for row in self.box.get("/foo/api/Customers").json]

    def state(self):
        return self.box.tenant("foo")

    def wall(self, name):
        return {row["mechanism"]: row for row in self.state()["isolation"]}[name]

    def test_rows_are_made_found_changed_and_removed(self):
        box = self.serve()
        self.assertEqual(self.make("Ann").json["id"], 1)
        self.assertEqual(self.make("Bob").json["id"], 2)
        self.assertEqual([row["name"] for row in box.get("/foo/api/Customers?filter[where][name][regexp]=/^a/i").json], ["Ann"])
        self.assertEqual([row["name"] for row in box.get("/foo/api/Customers?filter[where][name]=ann").json], [])
        self.assertEqual(box.get("/foo/api/Customers/count").json, {"count": 2})
        self.assertEqual(box.request("PATCH", "/foo/api/Customers/2", {"age": 5, "other": [1]}).json["other"], [1])
        self.assertEqual(box.request("PATCH", "/foo/api/Customers/2", {"more": "x"}).json["other"], [1])
        self.assertEqual(box.request("DELETE", "/foo/api/Customers/1").json, {"count": 1})
        if self.wall("network")["state"] == "granted":
            self.assertIn(f"TCP to the ports {self.server.port}, 53;", self.wall("network")["detail"])
        self.assertEqual(self.server.sql("SELECT name, age FROM Customer", self.database), "Bob\t5")

    def test_a_unix_socket_will_do(self):
        self.serve(socketPath=str(self.server.socket))
        self.assertEqual(self.make("Ann").json["id"], 1)
        self.assertEqual(self.wall("network")["detail"], "UNIX sockets only")

    def test_a_worker_without_a_server_loads_no_client(self):
        def maps():
            return pathlib.Path(f"/proc/{self.state()['pid']}/maps").read_text()
        self.serve()
        made = self.make("Ann")
        self.assertEqual(made.status, 200, (made.body, self.state()))
        self.assertIn("libmariadb.so", maps())
        edit_json(self.box.tenants / "foo/datasources.json", lambda document: document.update(db={"connector": "sqlite3"}))
        wait_for("the other database", lambda: self.box.get("/foo/api/Customers").json == [])
        self.assertNotIn("libmariadb.so", maps())

    def test_a_table_of_somebody_else_keeps_its_types(self):
        self.tenant(connector="mariadb")
        self.server.sql("CREATE TABLE CLIENTS (ID int unsigned AUTO_INCREMENT PRIMARY KEY, Full_Name varchar(20) CHARACTER SET latin1 "
                        "COLLATE latin1_german1_ci, AGE decimal(5,2), UNIQUE who (Full_Name)); INSERT INTO CLIENTS VALUES (7, 'Zoë', 5.50)", self.database)
        edit_json(self.box.tenants / "foo/models/Customer.json", lambda model: (
            model.update(mysql={"tableName": "CLIENTS"}), model["properties"]["name"].update(mysql={"columnName": "Full_Name"})))
        self.box.start()
        self.assertEqual(self.box.get("/foo/api/Customers?filter[where][name]=Zo%C3%AB").json, [{"id": 7, "name": "Zoë", "age": 5.5}])
        self.assertEqual(self.box.get("/foo/api/Customers?filter[where][name]=zo%C3%AB").json, [])
        self.assertEqual(self.make("Ann").json["id"], 8)
        refused = self.make("ANN")
        self.assertEqual((refused.status, "Customer.name" in refused.json["error"]["message"]), (409, True))
        self.assertEqual(self.make("x" * 21).status, 400)

    def test_a_restart_of_the_server_costs_answers_but_no_row(self):
        self.serve()
        self.make("before")
        self.server.stop()
        self.assertEqual(self.make("meanwhile").status, 503)
        self.server.start()
        wait_for("the database to be there again", lambda: self.make("after").status == 200)
        self.assertEqual(self.names(), ["before", "after"])

    def test_a_slow_statement_is_cut_and_changes_nothing(self):
        self.serve(statementTimeout=300)
        self.make("first")
        with subprocess.Popen([*self.server.client(self.database), "-n"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            holder.stdin.write("LOCK TABLES Customer WRITE; SELECT 'held';\n")
            holder.stdin.flush()
            wait_for("the lock", lambda: "held" in holder.stdout.readline())
            self.assertEqual(self.make("second").status, 504)
            holder.stdin.write("UNLOCK TABLES;\n")
            holder.stdin.close()
        wait_for("the lock to be gone", lambda: self.box.get("/foo/api/Customers").status == 200)
        self.assertEqual(self.names(), ["first"])

    def test_a_server_that_hangs_costs_only_who_asks_it(self):
        self.serve(statementTimeout=300, connectTimeout=500)
        self.make("first")
        freeze(self.server.process.pid)
        try:
            self.assertEqual(self.make("second").status, 504)
            self.assertEqual(self.make("third").status, 503)
            self.assertEqual(self.box.get("/foo/").status, 200)
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        wait_for("the database to be there again", lambda: self.make("last").status == 200)
        self.assertEqual(self.names()[0::len(self.names()) - 1], ["first", "last"])

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
            self.assertNotIn(mysql.PASSWORD, text)
            self.assertNotIn("a-wrong-secret", text)
        return error

    def test_a_wrong_password_is_named_and_mended(self):
        self.refused("/db/password", password="a-wrong-secret")
        self.datasource()
        wait_for("the tenant", lambda: self.make("Ann").status == 200)

    def test_a_missing_database_is_named(self):
        self.assertIn("nowhere", self.refused("/db/database", database="nowhere")["message"])

    def test_missing_rights_are_named(self):
        self.server.sql(f"CREATE USER reader IDENTIFIED BY '{mysql.PASSWORD}'; GRANT SELECT ON *.* TO reader")
        self.assertIn("denied", self.refused("/db", user="reader")["message"])

    def test_another_time_zone_is_refused(self):
        self.refused("/db/timezone", timezone="local")

    def test_an_unreachable_server_is_waited_for(self):
        self.tenant(port=mysql.free_port())
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the failure", lambda: self.state().get("error"))
        self.assertEqual(self.state()["error"]["pointer"], "/db/host")

    def test_a_far_server_has_time_for_tls(self):
        with far_away(self.server.port, 0.03) as port:
            self.serve(port=port)
            self.assertEqual(self.make("Ann").status, 200)
        self.assertGreater(int(self.server.sql("SHOW GLOBAL STATUS LIKE 'Ssl_finished_accepts'").split()[1]), 0)

    def test_tls_is_verified_against_the_authority_that_is_named(self):
        self.server.sql(f"CREATE USER careful IDENTIFIED BY '{mysql.PASSWORD}' REQUIRE SSL; GRANT ALL ON *.* TO careful")
        self.tenant(ssl={"ca": "server.crt"}, user="careful")
        shutil.copy(self.server.folder / "server.crt", self.box.tenants / "foo")
        self.box.start()
        self.assertEqual(self.make("Ann").status, 200)

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        self.tenant(ssl=True)
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the failure", lambda: self.state().get("error"))
        self.assertIn("certificate", self.state()["error"]["message"])


if __name__ == "__main__":
    reason = mysql.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
