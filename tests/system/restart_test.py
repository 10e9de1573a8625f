"""mtg restart: a second process takes over while the first one finishes what it has in hand."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import BIN, SOURCE, Load, Sandbox, alive, edit_json, wait_for  # noqa: E402

PROGRAM = SOURCE / "tests/support/program.py"
PYTHON = "/usr/bin/python3"
ECHO = """
import os, socket, threading
door = socket.socket(fileno=3)
def serve(client):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        head += client.recv(9999)
    client.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n")
    while said := client.recv(9999):
        client.sendall(said)
while True:
    threading.Thread(target=serve, args=(door.accept()[0],), daemon=True).start()
"""


class Tunnel:
    """A WebSocket as far as the gateway looks: its bytes come back as they are."""

    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            got = self.socket.recv(1)
            assert got, head
            head += got
        assert head.startswith(b"HTTP/1.1 101 "), head

    def close(self):
        self.socket.close()

    def echo(self, word=b"there?"):
        self.socket.sendall(word)
        return self.socket.recv(len(word)) == word

    def ended(self):
        with contextlib.suppress(ConnectionError):
            return self.socket.recv(1) == b""
        return True


class Timed(Load):
    """A load that knows its slowest answer."""
    slowest = 0.0

    def _run(self):
        connection = None
        while not self._halt.is_set():
            began = time.monotonic()
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                connection.request("GET", self.path)
                answer = connection.getresponse()
                answer.read()
                if answer.getheader("connection") == "close":
                    connection = None
                good = answer.status == 200
            except Exception as error:  # whatever it is, a client saw it
                connection, good, answer = None, False, error
            with self._lock:
                self.slowest = max(self.slowest, time.monotonic() - began)
                if good:
                    self.good += 1
                else:
                    self.failures.append(repr(answer))
        if connection:
            connection.close()


class Asking:
    """Somebody who asks the gateway over its control socket all the time."""

    def __init__(self, box):
        self.path, self.failures = str(box.tenants / ".run/control.sock"), []
        self._halt = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._halt.set()
        self._thread.join(30)

    def _run(self):
        while not self._halt.is_set():
            try:
                with socket.socket(socket.AF_UNIX) as asking:
                    asking.settimeout(20)
                    asking.connect(self.path)
                    asking.sendall(b"GET /tenants HTTP/1.1\r\nHost: mtg\r\n\r\n")
                    answer = asking.makefile("rb").read()
                if not answer.startswith(b"HTTP/1.1 200 "):
                    self.failures.append(answer)
            except OSError as error:
                self.failures.append(repr(error))


class Case(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.end)

    def tunnel(self, path):
        tunnel = Tunnel(self.box.port, path)
        self.addCleanup(tunnel.close)
        return tunnel

    def end(self):
        with contextlib.suppress(Exception):
            self.box.mtg("stop", expect=None)
        self.box.__exit__()

    def command(self, name, program, **config):
        folder = self.box.tenants / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "program.py").write_text(program)
        (folder / "tenant.json").write_text("{}")
        edit_json(folder / "tenant.json", lambda document: document.update(command=[PYTHON, "program.py"], isolation="off", **config))

    def main(self):
        """The pid of the process that serves."""
        return self.box.data("mtg", "status")["pid"]

    def draining(self):
        return {row["pid"]: row for row in self.box.data("mtg", "status")["draining"]}

    def workers(self):
        return [row["pid"] for row in self.box.data("mtm", "list") if row["pid"]]

    def background(self):
        self.box.mtg("start", "-d", "--listen", "127.0.0.1:0")
        status = self.box.data("mtg", "status")
        self.box.port = int(status["listen"][0].rpartition(":")[2])
        return status["pid"]

    def gone(self, *pids):
        wait_for(f"{pids} to end", lambda: not any(map(alive, pids)))

    def starts_clean(self):
        """No lock, socket or worker of before is in the way."""
        self.box.start()
        self.assertEqual(self.box.get("/foo/api/Customers/1").json["name"], "Ann")

    def shop(self):
        for name in ("foo", "bar"):
            self.box.mtm("add", name)
            self.box.mtm("model", f"{name}:Customer")
        return self.box


class Restart(Case):
    def test_no_request_fails_or_waits_while_a_stream_is_open(self):
        box = self.shop()
        self.command("live", PROGRAM.read_text())
        box.start()
        first = self.main()
        stream = http.client.HTTPConnection("127.0.0.1", box.port, timeout=30)
        self.addCleanup(stream.close)
        stream.request("GET", "/live/events")
        events = stream.getresponse()
        self.addCleanup(events.close)
        pid = events.readline()
        loads = [Timed(box.port, path) for path in ("/foo/api/Customers", "/bar/api/Customers", "/live/")]
        with contextlib.ExitStack() as running:
            for load in loads:
                running.enter_context(load)
            asking = running.enter_context(Asking(box))
            mains = [first]
            for _ in range(3):
                before = self.workers()
                box.mtg("restart")
                mains.append(self.main())
                for load in loads:
                    load.more()
                # Workers of the one before go as soon as they have nothing to do, whoever else has a stream.
                wait_for("the former workers to end", lambda: sum(map(alive, before)) <= 1)
        self.assertEqual(len(set(mains)), 4)
        self.assertEqual(asking.failures[:5], [])
        for load in loads:
            self.assertEqual(load.failures[:5], [])
            self.assertLess(load.slowest, 5)  # far from the 30 s for which the stream could hold a drain up
        wait_for("the stream to go on", lambda: events.readline() == pid)
        self.gone(*mains[1:3])
        self.assertTrue(alive(first))

    def test_a_websocket_lives_across_restarts_and_is_cut_by_tunnel_drain(self):
        box = self.shop()
        self.command("live", ECHO)
        self.command("brief", ECHO, limits={"tunnel_drain": "300ms"})
        box.start()
        tunnel, brief = self.tunnel("/live/"), self.tunnel("/brief/")
        program = box.pid("live")
        for _ in range(2):
            box.mtg("restart")
            self.assertTrue(tunnel.echo())
        self.assertTrue(brief.ended())
        self.assertNotEqual(box.pid("live"), program)
        self.assertTrue(alive(program))
        self.assertTrue(self.tunnel("/live/").echo())
        # The program of a tenant that ends does so in every process.
        box.mtm("stop", "live")
        self.assertTrue(tunnel.ended())
        self.gone(program)

    def test_what_a_former_process_waits_for_is_shown(self):
        box = self.shop()
        self.command("live", ECHO)
        box.start()
        first = self.main()
        tunnel = self.tunnel("/live/")
        self.assertEqual(self.draining(), {})
        for _ in range(2):  # whoever serves then is told as well
            box.mtg("restart")
            row = wait_for("the former process's words", lambda: "streams" in self.draining().get(first, {}) and self.draining()[first])
            self.assertEqual((row["state"], row["streams"], row["requests"], row["tenants"]), ("draining", 1, 0, ["live"]))
        self.assertRegex(box.mtg("status").stdout,
                         rf"draining +process {first} since \S+: \d+ connections?, 0 requests, 1 stream \(live\)")
        tunnel.close()
        wait_for("it to be done", lambda: [row["state"] for row in self.draining().values()] == ["standing_in"])
        self.assertRegex(box.mtg("status").stdout, f"former +process {first} has finished")
        events = [(event["event"], event["pid"]) for event in box.data("mtg", "events") if "id" not in event]
        self.assertIn(("took_over", self.main()), events)
        self.assertIn(("former_ended", first), events)
        self.assertIn(f"gateway  process {first} has finished", box.mtg("events").stdout)

    def test_stop_ends_all_of_them(self):
        box = self.shop()
        self.command("live", ECHO)
        first = self.background()
        tunnel = self.tunnel("/live/")
        program = box.pid("live")
        box.mtg("restart")
        second = self.main()
        self.assertTrue(alive(first))
        stopping = threading.Thread(target=box.mtg, args=("stop",))
        stopping.start()
        self.assertTrue(tunnel.echo())  # it has the time that a stop leaves to requests
        tunnel.close()
        stopping.join(60)
        self.gone(first, second, program)
        self.assertEqual([path.name for path in (box.tenants / ".run").glob("*") if path.is_dir()], ["log"])

    def test_in_the_background_the_first_process_goes(self):
        box = self.shop()
        first = self.background()
        box.post("/foo/api/Customers", {"name": "Ann"})
        box.mtg("restart")
        self.gone(first)
        self.assertEqual(box.get("/foo/api/Customers/1").json["name"], "Ann")
        self.assertEqual((box.tenants / ".run/gateway.lock").read_text().strip(), str(self.main()))
        box.mtg("stop")

    def test_in_the_foreground_the_first_process_stands_for_the_one_that_serves(self):
        box = self.shop().start()
        for _ in range(2):
            box.mtg("restart")
        second = self.main()
        self.assertNotEqual(second, box.gateway.pid)
        self.assertIsNone(box.gateway.poll())
        box.gateway.send_signal(signal.SIGINT)
        self.assertEqual(box.gateway.wait(30), 0)
        self.gone(second)
        self.assertEqual(list((box.tenants / ".run").glob("*.sock")), [])

    def test_a_file_that_changes_meanwhile_counts(self):
        box = self.shop().start()
        box.get("/foo")
        restarting = threading.Thread(target=box.mtg, args=("restart",))
        restarting.start()
        edit_json(box.tenants / "foo/models/Customer.json", lambda document: document["properties"].update(nick={"type": "string"}))
        restarting.join(60)
        wait_for("the change to count", lambda: "nick" in box.post("/foo/api/Customers", {"name": "Ann", "nick": "A"}).json)


class Broken(Case):
    """What does not start changes nothing."""

    def setUp(self):
        super().setUp()
        own = self.box.folder / "own/bin"
        own.mkdir(parents=True)
        shutil.copy(BIN / "mtg", own / "mtg")
        for name in ("mtm", "tenant-app"):
            os.symlink(BIN / name, own / name)
        os.symlink(BIN.parent / "share", own.parent / "share")
        self.box.bin = own
        self.shop().start()
        self.box.get("/foo")
        self.before = (self.main(), self.box.pid("foo"))

    def install(self, content, mode=0o755):
        """As a package would: another file under the same name."""
        new = self.box.bin / "mtg.new"
        new.write_bytes(content)
        new.chmod(mode)
        os.replace(new, self.box.bin / "mtg")

    def restart(self, expect):
        """With a command line that works: it is not the one that is broken."""
        own, self.box.bin = self.box.bin, BIN
        try:
            done = self.box.mtg("restart", "--json", "--timeout", "8s", expect=expect)
        finally:
            self.assertEqual((self.main(), self.box.pid("foo")), self.before)
            self.assertEqual(self.box.get("/foo").status, 200)
            self.box.bin = own
        return json.loads(done.stdout)["error"]

    def test_programs_that_are_none(self):
        for content, mode, code, says in ((b"#!/bin/sh\nexit 3\n", 0o755, 1, "exited with code 3"), (b"#!/bin/sh\nkill -SEGV $$\n", 0o755, 1, "SIGSEGV"),
                                          (b"no program", 0o755, 1, "Exec format"), (b"no program", 0o644, 1, "Permission denied"),
                                          (b"#!/bin/sh\nexec sleep 100\n", 0o755, 8, "within 7 s")):
            with self.subTest(says):
                self.install(content, mode)
                error = self.restart(expect=code)
                self.assertIn("goes on as it was", error["message"])
                self.assertIn(says, error["message"])
        self.install(pathlib.Path(BIN / "mtg").read_bytes())
        self.box.mtg("restart")
        self.assertNotEqual(self.main(), self.before[0])
        self.assertEqual(self.box.get("/foo").status, 200)

    def test_a_configuration_that_is_refused(self):
        settings = self.box.folder / "mtg.json"
        settings.write_text('{"tls": {"listen": ["127.0.0.1:0"], "certificates": [{"cert": "none.pem", "key": "none.key"}]}}')
        error = self.restart(expect=6)
        self.assertIn("none", error["file"])
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            settings.write_text(json.dumps({"tls": {"listen": [f"127.0.0.1:{taken.getsockname()[1]}"], "certificates": []}}))
            self.restart(expect=6)
        settings.unlink()


class Killed(Case):
    def ready(self):
        box = self.shop()
        self.command("live", ECHO)
        first = self.background()
        box.post("/foo/api/Customers", {"name": "Ann"})
        tunnel = self.tunnel("/live/")
        old = self.workers()
        box.mtg("restart")
        return first, self.main(), tunnel, old

    def test_the_new_one(self):
        first, second, tunnel, old = self.ready()
        new = self.workers()
        os.kill(second, signal.SIGKILL)
        self.assertTrue(tunnel.ended())
        self.gone(first, second, *old, *new)
        self.starts_clean()

    def test_the_old_one(self):
        first, second, tunnel, old = self.ready()
        os.kill(first, signal.SIGKILL)
        self.assertTrue(tunnel.ended())
        self.gone(first, *old)
        self.assertEqual(self.main(), second)
        self.assertEqual(self.box.get("/foo/api/Customers/1").json["name"], "Ann")
        self.box.mtg("stop")
        self.gone(second)

    def test_the_one_that_a_terminal_waits_for(self):
        for busy in (False, True):  # a stand-in, or one that still drains
            with self.subTest(busy=busy):
                box = self.box if busy else self.shop()
                self.command("live", ECHO)
                box.start()
                box.post("/foo/api/Customers", {"name": "Ann"})
                tunnel = busy and self.tunnel("/live/")
                old = box.pid("foo")
                box.mtg("restart")
                second, workers = self.main(), self.workers()
                self.gone(old)
                box.gateway.kill()
                box.gateway.wait()
                self.gone(second, *workers)
                self.assertTrue(not tunnel or tunnel.ended())
        self.starts_clean()

    def test_either_at_any_moment(self):
        self.shop()
        self.background()
        self.box.post("/foo/api/Customers", {"name": "Ann"})
        for number, wait in enumerate((0.0, 0.01, 0.02, 0.04, 0.06, 0.1)):
            with self.subTest(wait=wait):
                main, workers = self.main(), self.workers()
                restarting = threading.Thread(target=self.box.mtg, args=("restart",), kwargs={"expect": None})
                restarting.start()
                found = wait_for("the new process", lambda: self.children(main) - set(workers) or not restarting.is_alive())
                time.sleep(wait)  # waits for nothing: the moment is what differs
                victim = min(found) if found is not True and number % 2 else main
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
                restarting.join(60)
                status = self.box.run("mtg", "status", expect=None)
                if status.returncode:  # the one that was killed was the gateway: nothing of it is left
                    wait_for("all to end", lambda: not self.holders())
                    self.background()
                self.assertEqual(self.box.get("/foo/api/Customers/1").json["name"], "Ann")
        self.box.mtg("stop")
        wait_for("all to end", lambda: not self.holders())

    @staticmethod
    def children(pid):
        """Gateways that it has started."""
        with contextlib.suppress(OSError):
            children = map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
            return {child for child in children if pathlib.Path(f"/proc/{child}/comm").read_text() == "mtg\n"}
        return set()

    def holders(self):
        """Processes that run on this tenants folder."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (path / "cmdline").read_bytes()
                variables = (path / "environ").read_bytes()
                ours = str(self.box.tenants).encode() in words or f"MTG_TENANTS={self.box.tenants}".encode() in variables
                if ours and alive(int(path.name)):
                    found.append(int(path.name))
        return found


if __name__ == "__main__":
    unittest.main(verbosity=2)
