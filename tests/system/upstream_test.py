"""Tenants that somebody else serves, and tenants by host name, with the real programs."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Load, Sandbox, edit_json, wait_for  # noqa: E402
from server import Server, answers  # noqa: E402


class Upstream(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def write(self, name, **config):
        """What a user's editor does: a folder with a tenant.json."""
        folder = self.box.tenants / name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "tenant.json"
        path.touch()
        path.write_text("{}") if not path.read_text() else None
        edit_json(path, lambda document: (document.clear(), document.update(config)))

    def server(self, text, path=None):
        server = Server(answers(lambda line, head: (["X-Line: " + line, "Location: /x"], text)), path)
        self.addCleanup(server.close)
        return server

    def body(self, path, **headers):
        answer = self.box.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        return answer.body if answer.status == 200 else answer.status

    def test_forwards(self):
        local = self.server(b"local", self.box.folder / "local.sock")
        remote = self.server(b"remote")
        self.write("foo", upstream=local.address)
        self.write("bar", upstream=remote.address)
        self.write("gone", upstream=f"unix:{self.box.folder}/nobody.sock")
        self.write("whole", upstream=remote.address, strip_prefix=False)
        self.box.start()
        self.assertEqual(self.body("/foo/y"), b"local")
        self.assertEqual(self.body("/bar/y"), b"remote")
        answer = self.box.get("/foo/y?z")
        self.assertEqual((answer.headers["x-line"], answer.headers["location"]), ("GET /y?z HTTP/1.1", "/foo/x"))
        answer = self.box.get("/whole/y")
        self.assertEqual((answer.headers["x-line"], answer.headers["location"]), ("GET /whole/y HTTP/1.1", "/x"))
        answer = self.box.get("/gone/y")
        self.assertEqual(answer.status, 503)
        self.assertIn("retry-after", answer.headers)

        row = self.box.tenant("foo")
        self.assertEqual((row["state"], row["pid"], row["upstream"]), ("ready", None, local.address))
        self.assertIn(local.address, row["reason"])
        self.box.mtm("check", "foo")

        # stopped and started like any tenant
        self.box.mtm("stop", "foo")
        self.assertEqual(self.body("/foo/y"), 503)
        self.box.mtm("start", "foo")
        self.assertEqual(self.body("/foo/y"), b"local")

    def test_changes_while_it_runs(self):
        first, second = self.server(b"first"), self.server(b"second", self.box.folder / "second.sock")
        self.box.mtm("add", "foo")
        self.box.start()
        self.assertEqual(self.box.get("/foo/").status, 200)
        pid = self.box.pid("foo")
        self.assertTrue(pid)
        with Load(self.box.port, "/foo/") as load:
            load.more()
            self.write("foo", upstream=first.address)
            wait_for("the first server", lambda: self.body("/foo/") == b"first")
            load.more()
            self.write("foo", upstream=second.address)
            wait_for("the second server", lambda: self.body("/foo/") == b"second")
            load.more()
            self.write("foo")
            wait_for("a worker of ours", lambda: "uptime" in str(self.body("/foo/")))
            load.more()
        self.assertEqual(load.failures, [])
        self.assertNotEqual(self.box.pid("foo"), pid)

    def test_hosts(self):
        one, two = self.server(b"one"), self.server(b"two")
        self.write("one", upstream=one.address, hosts=["Shop.example", "*.one.example"])
        self.write("two", upstream=two.address, hosts=["two.example"])
        self.box.start()
        self.assertEqual(self.body("/any/path", Host="shop.example"), b"one")
        self.assertEqual(self.body("/", Host="SHOP.example:9000"), b"one")
        self.assertEqual(self.body("/", Host="a.b.one.example"), b"one")
        self.assertEqual(self.body("/one/path", Host="two.example"), b"two")
        self.assertEqual(self.box.get("/one/path", headers={"Host": "two.example"}).headers["x-line"], "GET /one/path HTTP/1.1")
        self.assertEqual(self.body("/nobody", Host="other.example"), 404)
        self.assertEqual(self.body("/two/", Host="other.example"), b"two")

        # A second owner is an error at its file, and what it had before stays in force.
        self.write("two", upstream=two.address, hosts=["two.example", "shop.example"])
        row = wait_for("the conflict", lambda: (lambda row: row["error"] and row)(self.box.tenant("two")))
        self.assertEqual((row["error"]["pointer"], row["error"]["line"] > 0), ("/hosts/1", True))
        self.assertTrue(row["error"]["file"].endswith("two/tenant.json"), row["error"])
        self.assertIn("one", row["error"]["message"])
        self.assertEqual(self.body("/", Host="shop.example"), b"one")
        self.assertEqual(self.body("/", Host="two.example"), b"two")
        self.assertEqual(self.body("/two/"), b"two")

        # Given up here, it goes there.
        self.write("one", upstream=one.address, hosts=["*.one.example"])
        wait_for("the new owner", lambda: self.body("/", Host="shop.example") == b"two")
        self.assertIsNone(self.box.tenant("two")["error"])

        # A tenant that goes takes its hosts along.
        self.box.mtm("remove", "two", "--yes", expect=None)
        wait_for("the host to be nobody's", lambda: self.body("/", Host="two.example") not in (b"one", b"two"))

    def test_bad_configuration(self):
        self.box.mtm("add", "foo")
        for key, value, pointer in (("upstream", "http://db.example", "/upstream"), ("upstream", "unix:", "/upstream"), ("upstream", 5, "/upstream"),
                                    ("hosts", ["a b"], "/hosts/0"), ("hosts", ["a", "a"], "/hosts/1"), ("strip_prefix", "no", "/strip_prefix")):
            with self.subTest(value):
                self.write("foo", **{key: value})
                error = json.loads(self.box.run("mtm", "check", "foo", "--json", expect=6).stdout)
                self.assertIn(pointer, json.dumps(error))


if __name__ == "__main__":
    unittest.main(verbosity=2)
