"""What an operator does to a tenant: suspend and resume it, protect it from removal."""
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, alive, wait_for  # noqa: E402


class Operate(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def tenants(self, *names):
        for name in names:
            self.box.mtm("add", name)
        return self.box.start()

    def test_a_suspension_is_told_to_clients_and_survives_the_gateway(self):
        box = self.tenants("foo", "bar")
        self.assertEqual(box.get("/foo").status, 200)
        pid = box.pid("foo")
        done = box.mtm("suspend", "foo", "--reason", 'unpaid "since" <May>', "--until", "2h")
        self.assertTrue(done.stdout.startswith("suspended foo until 20"), done.stdout)
        wait_for("the worker's end", lambda: not alive(pid))
        for _ in range(2):
            refused = box.get("/foo/api/Users")
            self.assertEqual(refused.status, 503)
            self.assertEqual(refused.headers["content-type"], "application/problem+json")
            self.assertEqual(refused.json["detail"], 'The tenant is suspended: unpaid "since" <May>')
            self.assertTrue(7000 < int(refused.headers["retry-after"]) <= 7200, refused.headers)
            page = box.get("/foo", headers={"Accept": "text/html"})
            self.assertIn(b"unpaid &quot;since&quot; &lt;May&gt;", page.body)
            self.assertEqual(box.get("/bar").status, 200)
            row = box.tenant("foo")
            self.assertEqual((row["state"], row["reason"], row["pid"]), ("suspended", 'unpaid "since" <May>', None))
            box.stop()
            box.start()
        self.assertEqual(box.mtm("start", "foo", expect=5).stderr.count("mtm resume foo"), 1)
        box.mtm("resume", "foo")
        self.assertEqual(box.get("/foo").status, 200)
        self.assertNotIn("reason", json.loads((box.tenants / "foo/tenant.json").read_text()))
        box.mtm("resume", "foo")

    def test_it_resumes_by_itself(self):
        box = self.tenants("foo")
        box.mtm("suspend", "foo", "--until", "500ms")
        wait_for("foo to be served", lambda: box.get("/foo").status == 200)
        box.mtm("stop", "foo")
        self.assertEqual(json.loads((box.tenants / "foo/tenant.json").read_text())["state"], "stopped")
        self.assertEqual(box.mtm("resume", "foo", expect=5).stderr.count("mtm start foo"), 1)

    def test_a_time_beyond_the_clock_is_refused(self):
        self.tenants("foo")
        for until in ("9999-12-31T23:59:59Z", "2262-05-01T00:00:00Z", "99999999h"):
            self.assertIn("--until", self.box.mtm("suspend", "foo", "--until", until, expect=2).stderr)
        self.box.mtm("config", "set", "foo", "until", "9999-12-31T23:59:59Z", expect=6)
        self.assertEqual(self.box.get("/foo").status, 200)
        self.box.mtm("suspend", "foo", "--until", "2261-12-31T00:00:00Z")
        self.assertEqual(self.box.get("/foo").status, 503)

    def test_what_is_refused_changes_nothing(self):
        box = self.box
        box.mtm("add", "foo")
        before = (box.tenants / "foo/tenant.json").read_text()
        self.assertIn("not running", box.mtm("suspend", "foo", expect=7).stderr)
        box.start()
        for bad in (["--until", "yesterday"], ["--until", "2020-01-01T00:00:00Z"], ["--reason", "two\nlines"], ["--reason", "x" * 600]):
            document = json.loads(box.mtm("suspend", "foo", *bad, "--json", expect=2).stdout)
            self.assertEqual(document["error"]["code"], "usage")
        plan = box.data("mtm", "suspend", "foo", "--until", "1h", "--dry-run")
        self.assertTrue(plan["dry_run"])
        self.assertEqual((box.tenants / "foo/tenant.json").read_text(), before)
        self.assertEqual(box.get("/foo").status, 200)

    def test_a_protected_tenant_is_not_removed(self):
        box = self.tenants("foo")
        self.assertEqual(box.data("mtm", "protect", "foo"), {"id": "foo", "protected": True})
        refused = json.loads(box.mtm("remove", "foo", "--yes", "--json", expect=5).stdout)["error"]
        self.assertEqual((refused["code"], refused["hint"]), ("conflict", "lift that first: mtm protect foo --off"))
        self.assertEqual(box.get("/foo").status, 200)
        box.mtm("protect", "foo", "--off")
        box.mtm("remove", "foo")
        self.assertFalse((box.tenants / "foo").exists())


if __name__ == "__main__":
    unittest.main(verbosity=2)
