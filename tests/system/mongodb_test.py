"""A tenant on a server that speaks MongoDB's protocol: through mtg and mtm, across its restart, and with what can be wrong."""
import concurrent.futures
import json
import os
import pathlib
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import mongodb  # noqa: E402
from sandbox import Sandbox, edit_json, freeze, wait_for  # noqa: E402


class MongoDbTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mongodb.MongoDbServer().__enter__()
        cls.addClassCleanup(cls.server.__exit__)
        cls.made = 0

    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        MongoDbTest.made += 1
        self.database = f"tenant{self.made}"

    def tenant(self, **keys):
        """A tenant with the models Customer and Review in a database of its own."""
        self.box.mtm("add", "bar")
        self.box.mtm("model", "bar:Customer", "name:string!", "age:number")
        self.box.mtm("model", "bar:Review", "text:string!")
        self.datasource(**keys)

    def datasource(self, **keys):
        settings = {"name": "db", **self.server.settings(database=self.database), **keys}
        edit_json(self.box.tenants / "bar/datasources.json", lambda document: document.__setitem__("db", settings))

    def serve(self, **keys):
        self.tenant(**keys)
        self.box.start()
        return self.box

    def make(self, name, **more):
        return self.box.post("/bar/api/Customers", {"name": name, **more})

    def names(self, query=""):
        told = self.box.get("/bar/api/Customers" + query).json
        self.assertIsInstance(told, list, told)
        return [row["name"] for row in told]

    def state(self):
        return self.box.tenant("bar")

    def shown_error(self):
        """Of `tenant-app bar check`: exit 6 and a document."""
        done = self.box.run("tenant-app", str(self.box.tenants / "bar"), "check", "--json", expect=6)
        return json.loads(done.stdout)["error"]

    def test_rows_have_object_ids_and_are_found_changed_and_removed(self):
        box = self.serve()
        made = [self.make(name, age=age).json for name, age in (("Ann", 30), ("Bob", 9007199254740991))]
        for row in made:
            self.assertRegex(row["id"], "^[0-9a-f]{24}$")
        path = f"/bar/api/Customers/{made[1]['id']}"
        self.assertEqual(box.get(path).json["age"], 9007199254740991)
        self.assertEqual(self.names("?filter[where][name][regexp]=/^a/i"), ["Ann"])
        self.assertEqual(self.names("?filter[where][age][gt]=30"), ["Bob"])
        self.assertEqual(self.names("?filter[order]=name%20DESC"), ["Bob", "Ann"])
        self.assertEqual(box.request("PATCH", path, {"nick": {"of": ["B"]}}).json["nick"], {"of": ["B"]})
        self.assertEqual(box.get("/bar/api/Customers/count?where[nick.of]=B").json, {"count": 1})
        self.assertEqual(box.request("DELETE", path).json, {"count": 1})
        self.assertEqual(box.get(path).status, 404)

    def test_the_worker_may_reach_the_server_and_nothing_else(self):
        self.serve()
        self.assertEqual(self.make("Ann").status, 200)
        wall = {row["mechanism"]: row for row in self.state()["isolation"]}["network"]
        if wall["state"] == "granted":
            self.assertIn(f"TCP to the ports {self.server.port}, 53;", wall["detail"])
        maps = pathlib.Path(f"/proc/{self.state()['pid']}/maps").read_text()
        self.assertIn("libmongoc-1.0.so", maps)
        self.assertNotIn("libpq.so", maps)

    def test_a_restart_of_the_server_costs_answers_but_no_row(self):
        self.serve()
        self.make("before")
        with concurrent.futures.ThreadPoolExecutor(16) as readers:  # several connections
            self.assertEqual({len(names) for names in readers.map(lambda _: self.names(), range(200))}, {1})
        self.server.stop()
        self.assertEqual(self.make("meanwhile").status, 503)
        self.server.start()
        wait_for("the database to be there again", lambda: self.make("after").status == 200)
        for _ in range(20):
            self.assertEqual(sorted(self.names()), ["after", "before"])

    def test_a_server_that_does_not_answer_costs_its_time_and_no_more(self):
        self.serve(statementTimeout=300)
        self.make("first")
        freeze(self.server.process.pid)
        try:
            self.assertEqual(self.make("second").status, 504)
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        wait_for("the database to answer again", lambda: self.box.get("/bar/api/Customers").status == 200)
        self.assertEqual(self.names()[0], "first")

    def test_a_wrong_login_is_named_and_mended(self):
        self.tenant(user="mtg", password="a-wrong-secret")
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the refusal", lambda: self.state().get("error"))
        error = self.state()["error"]
        self.assertEqual((error["file"].rpartition("/")[2], error["pointer"]), ("datasources.json", "/db/password"), error)
        log = (self.box.tenants / ".run/log/bar.log").read_text()
        for text in (json.dumps(error), log, self.box.log()):
            self.assertNotIn("a-wrong-secret", text)
        self.datasource()
        wait_for("the tenant", lambda: self.make("Ann").status == 200)

    def test_an_unreachable_server_is_waited_for(self):
        self.tenant(port=mongodb.free_port())
        self.box.start()
        self.assertEqual(self.make("too early").status, 503)
        wait_for("the failure", lambda: self.state().get("error"))
        self.assertEqual(self.state()["error"]["pointer"], "/db/host")

    def test_settings_that_cannot_be_are_found_by_check(self):
        self.tenant(url="mongodb+srv://cluster.example.com/shop")
        error = self.shown_error()
        self.assertEqual(error["pointer"], "/db/url")
        self.assertIn("mongodb+srv:// is not supported", error["message"])
        self.datasource(generatedIds="uuid")
        self.assertEqual(self.shown_error()["pointer"], "/db/generatedIds")


if __name__ == "__main__":
    reason = mongodb.why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main(verbosity=2)
