"""max_resident and memory_budget of mtg.json: who runs, who makes room, who waits."""
import json
import os
import socket
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json, wait_for  # noqa: E402


class Budget(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        for name in ("foo", "bar", "baz"):
            self.box.mtm("add", name)

    def configure(self, **keys):
        (self.box.folder / "mtg.json").write_text(json.dumps(keys))

    def running(self):
        return [row["id"] for row in self.box.data("mtm", "list") if row["pid"]]

    def test_all_are_served_by_as_many_processes_as_there_may_be_and_a_reload_changes_that(self):
        box = self.box
        self.configure(max_resident=2)
        box.start()
        for _ in range(2):
            for name in ("foo", "bar", "baz"):
                self.assertEqual(box.get(f"/{name}").status, 200)
                self.assertLessEqual(len(self.running()), 2)
        self.assertIn("stopped to make room", box.mtm("why", "foo").stdout)
        self.assertIn("max_resident", box.mtg("config", "show").stdout)
        self.configure(memory_budget="1KiB")
        self.assertEqual(json.loads(box.mtg("reload", "--json").stdout)["data"]["needs_restart"], [])
        wait_for("those that are idle to end", lambda: not self.running())
        self.assertEqual(box.get("/foo").status, 200)  # one always runs
        self.configure(memory_budget="1KB")
        refused = box.mtg("reload", expect=6)
        self.assertIn("mtg.json:1 /memory_budget", refused.stdout + refused.stderr)

    def test_where_nobody_is_idle_a_request_waits_and_then_is_told_to_come_back(self):
        box = self.box
        edit_json(box.tenants / "bar/tenant.json", lambda root: root.update(limits={"queue_wait": "200ms"}))
        box.mtm("model", "foo:Item")
        self.configure(max_resident=1)
        box.start()
        with socket.create_connection(("127.0.0.1", box.port)) as stream:
            stream.sendall(b"GET /foo/api/Items/change-stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertTrue(stream.recv(4096).startswith(b"HTTP/1.1 200"))
            refused = box.get("/bar")
            self.assertEqual(refused.status, 503)
            self.assertIn("retry-after", refused.headers)
            self.assertEqual(self.running(), ["foo"])
            wait_for("bar to give up", lambda: box.tenant("bar")["state"] == "idle")
            self.assertIn("there was no room", box.mtm("why", "bar").stdout)
            # Reset: whoever only says that he sends nothing more goes on to be answered.
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wait_for("bar to be served", lambda: box.get("/bar").status == 200)
        self.assertEqual(self.running(), ["bar"])


if __name__ == "__main__":
    unittest.main()
