"""Tenants that a program of the user's serves, in Python and in Node, with the real gateway."""
import http.client
import json
import os
import pathlib
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import SOURCE, Load, Sandbox, alive, edit_json, wait_for  # noqa: E402
from websocket_test import MODULES, Conversation  # noqa: E402

PROGRAM = SOURCE / "tests/support/program.py"
PYTHON = "/usr/bin/python3"  # of the system: the walls bar what lies in somebody's home
NODE_PROGRAM = SOURCE / "tests/support/websocket/tenant.js"


STEER = """
import os, socket
steer = socket.socket(socket.AF_UNIX)
try:
    steer.connect(os.path.join(os.path.dirname(os.environ["SOCKET"]), "..", "control.sock"))
    steer.sendall(b"POST /stop HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 0\\r\\n\\r\\n")
    heard = steer.recv(100)
except OSError:
    heard = b""
with open("data/heard", "wb") as out:
    out.write(heard)
door = socket.socket(socket.AF_UNIX)
door.bind(os.environ["SOCKET"])
door.listen()
while True:
    client, _ = door.accept()
    if client.recv(9999):  # not a look whether it is ready
        client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
    client.close()
"""


class Case(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def write(self, name, *words, **config):
        """What a user's editor does. These programs lie outside their tenants' folders, which the walls would bar."""
        config.setdefault("isolation", "off")
        folder = self.box.tenants / name
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "tenant.json"
        path.write_text("{}") if not path.exists() else None
        edit_json(path, lambda document: document.update(config, **({"command": [str(word) for word in words]} if words else {})))

    def pid(self, name):
        return self.box.get(f"/{name}/").json["pid"]


class Commands(Case):
    def test_added_served_shown_and_stopped(self):
        self.box.start()
        for listen in ("fd", "port", "socket"):
            with self.subTest(listen):
                added = self.box.data("mtm", "add", listen, "--command", f"{PYTHON} 'program.py' x", "--listen", listen)
                self.assertEqual((added["command"], added["listen"]), ([PYTHON, "program.py", "x"], listen))
                shutil.copy(PROGRAM, self.box.tenants / listen / "program.py")
                answer = self.box.get(f"/{listen}/some/path?q=1")
                self.assertEqual(answer.status, 200, answer)
                self.assertEqual((answer.json["path"], answer.json["prefix"], answer.json["argv"]), ("/some/path?q=1", f"/{listen}", ["x"]))
                row = self.box.tenant(listen)
                self.assertEqual((row["state"], row["pid"], row["command"][0]), ("ready", answer.json["pid"], PYTHON))
                walls = {wall["mechanism"]: wall["state"] for wall in row["isolation"]}
                self.assertEqual((walls["seccomp"], walls["capabilities"]), ("granted", "granted"), row["isolation"])
                self.assertGreater(row["memory_bytes"], 1 << 20)  # the program's, not the keeper's
                self.assertIn("serving", self.box.mtm("logs", listen).stdout)
                self.assertIn(f"{PYTHON} program.py x", self.box.mtm("status", listen).stdout)
                self.box.mtm("check", listen)
                self.box.mtm("stop", listen)
                self.assertFalse(alive(row["pid"]))
                self.assertEqual(self.box.get(f"/{listen}/").status, 503)
                self.box.mtm("start", listen)
                self.assertNotEqual(self.pid(listen), row["pid"])
        self.box.mtm("remove", "port", "--yes")
        self.assertEqual(self.box.get("/port/").status, 404)

    def test_a_program_with_the_gateways_user_cannot_steer_the_gateway(self):
        self.box.start()
        self.box.mtm("add", "foo", "--command", f"{PYTHON} steer.py", "--listen", "socket")
        (self.box.tenants / "foo/data").mkdir()
        (self.box.tenants / "foo/steer.py").write_text(STEER)
        self.assertEqual(self.box.get("/foo/").status, 200)
        self.assertIn(b"HTTP/1.1 403 ", (self.box.tenants / "foo/data/heard").read_bytes())
        self.assertIn("pid", self.box.data("mtg", "status"))
        walls = {wall["mechanism"]: wall["state"] for wall in self.box.tenant("foo")["isolation"]}
        self.assertEqual(walls["sockets"], "degraded")

    def test_a_new_tenant_has_no_log_of_a_former_one(self):
        self.box.start()
        self.box.mtm("add", "foo", "--command", "sh -c 'echo formerly; exit 3'")
        self.box.get("/foo/")
        self.assertIn("formerly", self.box.mtm("logs", "foo").stdout)
        self.box.mtm("remove", "foo")
        self.box.mtm("add", "foo", "--command", "true")
        self.assertNotIn("formerly", self.box.mtm("logs", "foo").stdout)

    def test_refused(self):
        for words, code in ((("--command", "no-such-program"), 6), (("--command", ""), 2), (("--command", "a 'b"), 2), (("--command", "cat", "--listen", "tcp"), 2),
                            (("--command", "cat", "--from", "."), 2), (("--listen", "port"), 2)):
            with self.subTest(words):
                self.box.mtm("add", "foo", *words, expect=code)
                self.assertFalse((self.box.tenants / "foo").exists())
        self.write("foo", "python3", PROGRAM, env={"PORT": "1"})
        error = json.loads(self.box.mtm("check", "foo", "--json", expect=6).stdout)["error"]
        self.assertEqual((error["pointer"], error["line"] > 1), ("/env/PORT", True))
        self.write("foo", "./missing.py", env={})
        error = json.loads(self.box.mtm("check", "foo", "--json", expect=6).stdout)["error"]
        self.assertEqual((error["pointer"], error["line"] > 1), ("/command/0", True))

    def test_no_request_is_lost_by_a_change(self):
        """The program dies at the first TERM: it is the gateway that leaves it in time."""
        for listen in ("fd", "port", "socket"):
            self.write(listen, "python3", "program.py", listen=listen)
            shutil.copy(PROGRAM, self.box.tenants / listen / "program.py")
        self.box.start()
        for listen in ("fd", "port", "socket"):
            with self.subTest(listen), Load(self.box.port, f"/{listen}/") as load:
                pids = [self.pid(listen)]
                self.box.mtm("restart", listen)
                pids.append(self.pid(listen))
                load.more()
                with open(self.box.tenants / listen / "program.py", "a") as program:
                    program.write("# changed\n")
                wait_for("the changed program", lambda: self.pid(listen) not in pids)
                pids.append(self.pid(listen))
                load.more()
                self.write(listen, env={"CHANGED": "yes"})
                wait_for("the changed environment", lambda: self.box.get(f"/{listen}/").json["env"].get("CHANGED"))
                load.more()
                wait_for("the old processes to end", lambda: not any(map(alive, pids)))
            self.assertEqual(load.failures, [])

    def test_a_slow_request_is_finished_by_the_process_that_has_it(self):
        self.write("foo", "python3", PROGRAM)
        self.box.start()
        old = self.pid("foo")
        connection = http.client.HTTPConnection("127.0.0.1", self.box.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", "/foo/slow")
        wait_for("the request to be in flight", lambda: self.box.tenant("foo")["in_flight"] == 1)
        self.box.mtm("restart", "foo")
        self.assertEqual(json.loads(connection.getresponse().read())["pid"], old)
        self.assertNotEqual(self.pid("foo"), old)

    def test_an_event_stream_lives_on_until_tunnel_drain(self):
        self.write("foo", "python3", PROGRAM, limits={"tunnel_drain": "1s"})
        self.box.start()
        connection = http.client.HTTPConnection("127.0.0.1", self.box.port, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", "/foo/events")
        stream = connection.getresponse()
        old = self.pid("foo")
        self.box.mtm("restart", "foo")
        self.assertNotEqual(self.pid("foo"), old)
        self.assertEqual(stream.readline(), b"data: %d\n" % old)
        while True:  # to its end, which comes
            try:
                if not stream.readline():
                    break
            except (OSError, http.client.HTTPException):
                break
        wait_for("the old process to end", lambda: not alive(old))

    def test_nothing_outlives_the_gateway(self):
        pids = {}
        for listen in ("fd", "port", "socket"):
            self.write(listen, "python3", PROGRAM, "--grandchildren", self.box.folder / listen, listen=listen)
        self.box.start()
        for listen in ("fd", "port", "socket"):
            pids[listen] = [self.pid(listen)] + [int(line) for line in (self.box.folder / listen).read_text().split()]
            self.assertTrue(all(map(alive, pids[listen])))
        self.box.mtm("stop", "fd")
        self.assertFalse(any(map(alive, pids["fd"])))
        self.box.gateway.kill()
        self.box.gateway.wait()
        wait_for("all to be gone", lambda: not any(alive(pid) for each in pids.values() for pid in each), 5)
        self.box.start()
        self.assertEqual(self.box.get("/port/").status, 200)
        self.assertEqual(list((self.box.tenants / ".run").glob("*.*.sock")), [])
        pid = self.pid("socket")
        self.box.stop()
        self.assertFalse(alive(pid))
        self.assertEqual(list((self.box.tenants / ".run").glob("*.*.sock")), [])

    def test_a_program_that_fails_tells_why(self):
        self.write("foo", "python3", PROGRAM, "--exit", "3")
        self.box.start()
        self.assertEqual(self.box.get("/foo/").status, 503)
        row = self.box.tenant("foo")
        self.assertEqual(row["state"], "backoff")
        self.assertIn("exited with code 3", row["error"]["message"])
        self.write("foo", "python3", PROGRAM)
        wait_for("the repaired program", lambda: self.box.get("/foo/").status == 200)
        pid = self.pid("foo")
        self.write("foo", "python3", PROGRAM, "--exit", "3")
        row = wait_for("the refusal", lambda: (lambda row: row["state"] == "degraded" and row)(self.box.tenant("foo")))
        self.assertEqual((row["pid"], self.pid("foo")), (pid, pid))


@unittest.skipUnless(shutil.which("node"), "Node is not installed")
class Node(Case):
    def test_node_in_every_way(self):
        for listen in ("fd", "port", "socket"):
            self.write(listen, "node", NODE_PROGRAM, listen=listen)
        self.box.start()
        for listen in ("fd", "port", "socket"):
            with self.subTest(listen), Load(self.box.port, f"/{listen}/") as load:
                pid = self.pid(listen)
                self.box.mtm("restart", listen)
                self.assertNotEqual(self.pid(listen), pid)
                load.more()
            self.assertEqual(load.failures, [])

    @unittest.skipUnless(pathlib.Path(MODULES, "ws").is_dir(), "npm's ws is not installed; scripts/test.sh does it where npm is")
    def test_a_websocket_outlives_changes(self):
        self.write("foo", "node", NODE_PROGRAM, env={"NODE_PATH": str(MODULES)})
        self.box.start()
        conversation = Conversation(f"ws://127.0.0.1:{self.box.port}/foo/")
        self.addCleanup(conversation.close)
        said = [conversation.next(), conversation.next()]
        old = int(next(each["text"] for each in said if "text" in each))
        self.box.mtm("restart", "foo")
        self.write("foo", env={"NODE_PATH": str(MODULES), "CHANGED": "yes"})
        wait_for("another process", lambda: self.pid("foo") != old)
        conversation.order(send="still here")
        self.assertEqual(conversation.next(), {"text": "still here"})
        self.assertTrue(alive(old))
        conversation.close()
        wait_for("the old process to end", lambda: not alive(old))


if __name__ == "__main__":
    unittest.main(verbosity=2)
