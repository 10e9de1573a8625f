"""WebSockets between a real client and a real server (npm's ws), through the real gateway."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import SOURCE, Sandbox, edit_json, wait_for  # noqa: E402

PROGRAMS = SOURCE / "tests/support/websocket"
MODULES = SOURCE / "build/websocket/node_modules"  # scripts/test.sh puts them there


class Conversation:
    """One WebSocket client: orders go in, what happens comes out."""

    def __init__(self, url):
        self.process = subprocess.Popen(["node", PROGRAMS / "client.js", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "NODE_PATH": str(MODULES)})

    def order(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def next(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else None

    def close(self):
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class WebSockets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.__exit__)
        cls.server = subprocess.Popen(["node", PROGRAMS / "server.js"], stdout=subprocess.PIPE, text=True, env={**os.environ, "NODE_PATH": str(MODULES)})
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.stdout.close)
        cls.addClassCleanup(cls.server.kill)
        cls.upstream = f"http://127.0.0.1:{int(cls.server.stdout.readline())}"
        cls.write("foo", upstream=cls.upstream, hosts=["localhost"])
        cls.write("short", upstream=cls.upstream, limits={"tunnel_idle": "300ms"})
        cls.write("other", upstream=cls.upstream)
        cls.box.start()

    @classmethod
    def write(cls, name, **config):
        folder = cls.box.tenants / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tenant.json").write_text("{}")
        edit_json(folder / "tenant.json", lambda document: document.update(config))

    def talk(self, path, host="127.0.0.1"):
        conversation = Conversation(f"ws://{host}:{self.box.port}{path}")
        self.addCleanup(conversation.close)
        return conversation

    def opened(self, path, **options):
        conversation = self.talk(path, **options)
        said = [conversation.next(), conversation.next()]
        self.assertIn({"open": True}, said)
        return conversation, json.loads(next(each["text"] for each in said if "text" in each))

    def test_a_conversation(self):
        conversation, hello = self.opened("/foo/chat?room=1")
        self.assertEqual(hello, {"url": "/chat?room=1", "prefix": "/foo"})
        conversation.order(send="hello")
        self.assertEqual(conversation.next(), {"text": "hello"})
        conversation.order(bytes=300_000)
        self.assertEqual(conversation.next(), {"bytes": 300_000, "right": True})
        conversation.order(ping="there?")
        self.assertEqual(conversation.next(), {"pong": "there?"})
        conversation.order(send="close")
        self.assertEqual(conversation.next(), {"close": 4001, "reason": "as you wish"})

    def test_by_host(self):
        _, hello = self.opened("/chat", host="localhost")
        self.assertEqual(hello, {"url": "/chat", "prefix": None})

    def test_an_open_tunnel_is_a_request_in_flight(self):
        # Which is what keeps a worker from being stopped for idleness (tests/component/supervisor/lifecycle_test.cpp).
        before = self.box.tenant("other")["in_flight"]
        conversation, _ = self.opened("/other/x")
        self.assertEqual(self.box.tenant("other")["in_flight"], before + 1)
        conversation.close()
        wait_for("the tunnel to end", lambda: self.box.tenant("other")["in_flight"] == before)

    def test_silence_ends_it(self):
        conversation, _ = self.opened("/short/x")
        self.assertEqual(conversation.next()["close"], 1006)  # cut without a word: nobody may speak in the two ends' place
        longer, _ = self.opened("/foo/x")
        longer.order(send="still here")
        self.assertEqual(longer.next(), {"text": "still here"})

    def test_changes_of_others_do_not_touch_it(self):
        conversation, _ = self.opened("/foo/x")
        self.box.mtm("add", "new")
        self.assertEqual(self.box.get("/new/").status, 200)
        self.write("short", upstream=self.upstream, limits={"tunnel_idle": "400ms"})
        self.box.mtm("restart", "new")
        self.box.mtm("remove", "new", "--yes")
        wait_for("the tenant to be gone", lambda: self.box.get("/new/").status != 200)
        conversation.order(send="still here")
        self.assertEqual(conversation.next(), {"text": "still here"})

    def test_an_unknown_tenant_refuses(self):
        self.assertEqual(self.talk("/nobody/x").next(), {"refused": 404})


if __name__ == "__main__":
    if not shutil.which("node") or not pathlib.Path(MODULES, "ws").is_dir():
        print("skipped: npm's ws is not installed; scripts/test.sh does it where npm is")
        sys.exit(77)
    unittest.main(verbosity=2)
