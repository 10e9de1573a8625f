"""Limits, access log and metrics on the real programs: what an operator changes and sees while the gateway serves."""
import http.client
import json
import os
import signal
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, wait_for  # noqa: E402


class Observe(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def tenants(self, **gateway):
        box = self.box
        (box.folder / "mtg.json").write_text(json.dumps(gateway))
        box.mtm("add", "foo", "bar", "--connector", "memory")
        for name in ("foo", "bar"):
            box.mtm("model", f"{name}:Item")
        return box.start()

    def test_a_limit_set_by_mtm_is_in_force_when_it_returns_and_gone_when_unset(self):
        box = self.tenants()
        row = box.data("mtm", "config", "set", "foo", "limits.rate", "1/h")
        self.assertTrue(row["in_force"])
        self.assertEqual(box.get("/foo/api/Items").status, 200)
        refused = box.get("/foo/api/Items")
        self.assertEqual(refused.status, 429)
        self.assertEqual(refused.headers["ratelimit-policy"], '"rate";q=1;w=3600')
        self.assertIn("retry-after", refused.headers)
        self.assertEqual(box.get("/bar/api/Items").status, 200)
        box.mtm("config", "unset", "foo", "limits.rate")
        self.assertEqual(box.get("/foo/api/Items").status, 200)

    def test_config_show_says_where_each_value_comes_from(self):
        box = self.tenants(limits={"queue": 7}, trace="pass")
        rows = {row["key"]: row for row in box.data("mtg", "config", "show")["settings"]}
        self.assertEqual((rows["limits.queue"]["value"], rows["limits.queue"]["source"]), (7, "mtg.json"))
        self.assertEqual((rows["trace"]["value"], rows["trace"]["source"]), ("pass", "mtg.json"))
        self.assertEqual((rows["limits.head"]["value"], rows["limits.head"]["source"]), ("16KiB", "default"))
        self.assertEqual(rows["tenants"]["source"], "MTG_TENANTS")
        self.assertIn("limits.rate", {row["key"] for row in box.data("mtg", "config", "schema")})

    def test_the_access_log_is_written_and_opened_again_at_hangup(self):
        box = self.tenants(access_log={"file": "access.log", "format": "json"})
        log = box.folder / "access.log"
        self.assertEqual(box.get("/foo/api/Items?access_token=hush").status, 200)
        wait_for("the line", lambda: "/foo/api/Items" in log.read_text())
        line = json.loads(log.read_text().splitlines()[0])
        self.assertEqual((line["tenant"], line["status"], line["target"]), ("foo", 200, "/foo/api/Items?access_token=..."))
        log.rename(box.folder / "access.log.1")
        box.gateway.send_signal(signal.SIGHUP)
        wait_for("the new file", log.exists)
        self.assertEqual(box.get("/bar/api/Items").status, 200)
        box.stop()
        self.assertIn('"tenant":"bar"', log.read_text())

    def test_metrics_on_the_control_socket_and_nowhere_else_unless_asked_for(self):
        box = self.tenants()
        self.assertEqual(box.get("/foo/api/Items").status, 200)
        self.assertEqual(box.get("/-/metrics").status, 404)
        text = wait_for("the count", lambda: (lambda t: t if 'mtg_requests_total{tenant="foo",status="2xx"} 1\n' in t else "")(box.mtg("metrics").stdout))
        self.assertIn('mtg_worker_starts_total{tenant="foo"} 1\n', text)
        self.assertTrue(box.data("mtg", "metrics")[0]["samples"])
        control = http.client.HTTPConnection("mtg")
        control.sock = socket.socket(socket.AF_UNIX)
        control.sock.connect(str(box.tenants / ".run/control.sock"))
        control.request("GET", "/-/metrics")
        answer = control.getresponse()
        self.assertTrue(answer.getheader("content-type").startswith("text/plain; version=0.0.4"))
        self.assertIn(b"mtg_connections ", answer.read())
        control.close()

    def test_metrics_and_compression_switched_on(self):
        box = self.tenants(metrics={"public": True}, compression=True)
        page = box.get("/-/metrics")
        self.assertEqual(page.status, 200)
        self.assertIn(b"mtg_tenants{state=\"idle\"} 2\n", page.body)
        answer = box.get("/foo/explorer/swagger.json", headers={"Accept-Encoding": "zstd"})
        self.assertEqual(answer.headers.get("content-encoding"), "zstd")
        box.mtm("config", "set", "foo", "compression", "false")
        answer = box.get("/foo/explorer/swagger.json", headers={"Accept-Encoding": "zstd"})
        self.assertIsNone(answer.headers.get("content-encoding"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
