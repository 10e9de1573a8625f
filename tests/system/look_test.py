"""How an operator looks at tenants: why, inspect, tail, events, top, doctor."""
import fcntl
import json
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json, wait_for  # noqa: E402


class Stream:
    """A verb that goes on: its lines as they come, on a thread of their own."""

    def __init__(self, box, program, *arguments):
        self.process = subprocess.Popen([box.bin / program, *arguments], env=box.env, cwd=box.folder, text=True, stdout=subprocess.PIPE)
        self.lines = []
        self.thread = threading.Thread(target=lambda: self.lines.extend(iter(self._next, None)), daemon=True)
        self.thread.start()

    def _next(self):
        return self.process.stdout.readline().rstrip("\n") or None

    def wait_for(self, what, condition):
        return wait_for(what, lambda: next(filter(condition, list(self.lines)), None))

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        self.thread.join(10)
        self.process.stdout.close()


class Terminal:
    """A program on a terminal of 24 lines."""

    def __init__(self, box, program, *arguments, columns=80):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        env = {**box.env, "TERM": "xterm"}
        self.process = subprocess.Popen([box.bin / program, *arguments], env=env, cwd=box.folder, stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        self.slave, self.seen = slave, ""

    def read(self):
        while select.select([self.master], [], [], 0.01)[0]:
            self.seen += os.read(self.master, 65536).decode(errors="replace")
        return self.seen

    def type(self, keys):
        os.write(self.master, keys.encode())

    def screen(self):
        """The last picture, as lines."""
        picture = self.read().rpartition("\x1b[H")[2].partition("\x1b[J")[0]
        return picture.replace("\x1b[K", "").split("\r\n")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        os.close(self.master)
        os.close(self.slave)


class Look(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def tenants(self, *names):
        for name in names:
            self.box.mtm("add", name)
            self.box.mtm("model", f"{name}:Item")
        return self.box.start()

    def break_source(self, name="foo"):
        edit_json(self.box.tenants / name / "datasources.json", lambda all: all["db"].update(connector="sqlite4"))

    def test_why_names_the_file_line_and_place_that_was_refused(self):
        box = self.tenants("foo")
        self.assertEqual(box.get("/foo").status, 200)
        self.break_source()
        row = wait_for("the refusal", lambda: (lambda r: r if r["state"] == "degraded" else None)(box.data("mtm", "why", "foo")))
        self.assertTrue(row["error"]["file"].endswith("foo/datasources.json"), row)
        self.assertEqual(row["error"]["pointer"], "/db/connector")
        self.assertGreater(row["error"]["line"], 1)
        self.assertTrue(row["next_steps"])
        text = box.mtm("why", "foo").stdout
        self.assertTrue(text.startswith("foo is served as its files were before"), text)
        for part in ("datasources.json:", " /db/connector", "\n  next"):
            self.assertIn(part, text)

    def test_why_tells_signals_by_name_and_limits(self):
        box = self.tenants("foo")
        box.get("/foo")
        wait_for("a worker that has been healthy", lambda: box.ready_seconds("foo") > 1.2)
        os.kill(box.pid("foo"), signal.SIGKILL)
        row = wait_for("the crash", lambda: (lambda r: r if "last_exit" in r else None)(box.data("mtm", "why", "foo")))
        self.assertEqual((row["last_exit"]["signal"], row["last_exit"]["code"], row["last_exit"]["asked_for"]), ("SIGKILL", None, False))
        box.mtm("config", "set", "foo", "limits.rate", "1/h")
        box.mtm("config", "set", "foo", "limits.body", "1KiB")
        statuses = [box.post("/foo/api/Items", {"name": "x" * 2000}).status, box.get("/foo").status, box.get("/foo").status]
        self.assertEqual(statuses[0], 413)
        hits = {hit["limit"]: hit["count"] for hit in box.data("mtm", "why", "foo")["limits_hit"]}
        self.assertEqual(hits["body"], 1)
        self.assertGreaterEqual(hits["rate"], 1)
        self.assertIn("was killed by SIGKILL", box.mtm("why", "foo").stdout)

    def test_why_without_a_gateway_tells_what_the_files_do(self):
        box = self.box
        for name in ("foo", "bar", "off"):
            box.mtm("add", name)
        edit_json(box.tenants / "off/tenant.json", lambda all: all.update(state="stopped"))
        self.break_source()
        broken = box.data("mtm", "why", "foo")
        self.assertEqual((broken["state"], broken["error"]["pointer"], broken["gateway_runs"]), ("failed", "/db/connector", False))
        self.assertIn("mtm start off", box.mtm("why", "off").stdout)
        self.assertIn("mtg start", box.mtm("why", "bar", expect=7).stderr)
        self.assertIn("'nosuch'", box.mtm("why", "nosuch", expect=4).stderr)

    def test_inspect_is_everything_and_no_secret(self):
        box = self.tenants("foo", "bar")
        edit_json(box.tenants / "foo/datasources.json", lambda all: all.update(mail={"connector": "mail", "transport": {
            "type": "smtp", "host": "localhost", "auth": {"user": "u", "pass": "canary"}}}))
        box.mtm("config", "set", "foo", "limits.rate", "100/s")
        self.assertEqual(box.get("/foo").status, 200)
        all = box.data("mtm", "inspect", "foo")
        [process] = all["processes"]
        self.assertEqual((process["role"], process["pid"]), ("serving", all["pid"]))
        for figure in ("memory_bytes", "threads", "descriptors"):
            self.assertGreater(process[figure], 0, figure)
        rate = [row for row in all["settings"] if row["key"] == "limits.rate"][0]
        self.assertEqual((rate["value"], rate["source"]), ("100/s", "tenant.json"))
        self.assertIn("Item", [row["name"] for row in all["models"]])
        self.assertIn({"name": "db", "connector": "sqlite3", "file": "data/db.sqlite3"}, all["sources"])
        self.assertIn("models/Item.json", [row["path"] for row in all["files"]])
        text = box.mtm("inspect", "foo").stdout
        for part in ("\nPROCESSES\n", "\nCONFIGURATION\n", "\nMODELS\n", "\nDATA SOURCES\n", "\nFILES\n"):
            self.assertIn(part, text)
        self.assertNotIn("canary", text + json.dumps(all))
        (box.tenants / "foo/model-config.json").write_text("{")
        self.assertEqual(box.data("mtm", "inspect", "foo")["models"]["error"]["code"], "invalid_config")
        box.stop()
        box.mtm("inspect", "foo", expect=7)

    def test_tail_shows_requests_as_they_finish(self):
        box = self.tenants("foo", "bar")
        everything = Stream(box, "mtm", "tail", "foo", "--json")
        errors = Stream(box, "mtm", "tail", "foo", "--status", "4xx,5xx")
        self.addCleanup(everything.close)
        self.addCleanup(errors.close)

        def ask():
            box.get("/bar"), box.get("/foo/api/Items?access_token=hush"), box.get("/foo/api/Nothing")
            return len(everything.lines) >= 2 and errors.lines
        wait_for("both to listen", ask)
        rows = [json.loads(line) for line in everything.lines]
        self.assertEqual({row["id"] for row in rows}, {"foo"})
        found = [row for row in rows if row["status"] == 200][0]
        self.assertEqual((found["method"], found["path"]), ("GET", "/foo/api/Items?access_token=..."))
        for key in ("total_ms", "queue_ms", "cold_start_ms", "worker_ms", "bytes_out", "time"):
            self.assertIn(key, found)
        errors.wait_for("the error", lambda line: "404" in line and "GET /foo/api/Nothing" in line and "worker" in line)
        self.assertFalse([line for line in errors.lines if "/foo/api/Items" in line])
        self.assertIn("status", box.mtm("tail", "foo", "--status", "9xx", expect=2).stderr)
        box.mtm("tail", "nosuch", expect=4)
        self.assertIn("not running", self.down("mtm", "tail", "foo"))

    def down(self, *arguments):
        """What a verb says of a gateway that is gone: exit code 7."""
        self.box.stop()
        return self.box.run(*arguments, expect=7).stderr.replace("no gateway runs", "not running")

    def test_events_tell_changes_of_state(self):
        box = self.tenants("foo")
        stream = Stream(box, "mtg", "events", "-f", "--json")
        self.addCleanup(stream.close)
        box.get("/foo")
        stream.wait_for("ready", lambda line: json.loads(line).get("state") == "ready")
        box.mtm("add", "third")
        stream.wait_for("the new tenant", lambda line: json.loads(line).get("event") == "added")
        box.mtm("suspend", "foo", "--reason", "unpaid")
        stream.wait_for("the suspension", lambda line: json.loads(line).get("state") == "suspended" and json.loads(line)["reason"] == "unpaid")
        events = box.data("mtg", "events", "-n", "2")
        self.assertEqual(len(events), 2)
        self.assertIn("→ suspended  unpaid", box.mtg("events").stdout)
        self.assertIn("not running", self.down("mtg", "events"))

    def test_list_and_top_show_rates_and_times(self):
        box = self.tenants("foo", "bar")
        for _ in range(20):
            self.assertEqual(box.get("/foo/api/Items").status, 200)
        row = box.tenant("foo")
        self.assertGreater(row["requests_per_second"], 0)
        self.assertGreater(row["p95_ms"], 0)
        self.assertIsNone(box.tenant("bar")["p95_ms"])
        self.assertEqual(box.mtm("list").stdout.split("\n")[0].split(),
                         ["TENANT", "STATE", "PID", "UP", "REQ/S", "P95", "5XX", "MEM", "RESTARTS", "REV"])
        top = box.mtg("top", "--once").stdout.split("\n")
        self.assertTrue(top[0].startswith("mtg "), top)
        self.assertTrue(top[1].startswith("2 tenants: 1 idle, 1 ready; "), top)
        self.assertTrue(top[4].startswith("foo "), top)
        data = box.data("mtm", "top", "--sort", "name")
        self.assertEqual([row["id"] for row in data["tenants"]], ["bar", "foo"])
        self.assertIn("did you mean 'memory'", box.mtm("top", "--sort", "memry", expect=2).stderr)

    def test_top_on_a_terminal(self):
        box = self.tenants("foo", "bar")
        box.get("/foo")
        terminal = Terminal(box, "mtg", "top", "--interval", "100ms")
        self.addCleanup(terminal.close)
        wait_for("the table", lambda: "RESTARTS" in terminal.read())
        wait_for("foo", lambda: any(line.startswith("foo") for line in terminal.screen()))
        terminal.type("n")
        wait_for("the order", lambda: any(line.startswith("sorted by name") for line in terminal.screen()))
        lines = terminal.screen()
        self.assertTrue(all(len(line) <= 80 for line in lines), lines)
        names = [line.split()[0] for line in lines if line.startswith(("foo", "bar"))]
        self.assertEqual(names, ["bar", "foo"])
        box.mtm("add", "third")
        wait_for("the new tenant", lambda: any(line.startswith("third") for line in terminal.screen()))
        terminal.type("q")
        self.assertEqual(terminal.process.wait(10), 0)
        self.assertTrue(terminal.read().endswith("\x1b[?25h\x1b[?1049l"), terminal.read()[-40:])
        self.assertEqual(termios.tcgetattr(terminal.slave), terminal.before)
        again = Terminal(box, "mtm", "top")
        self.addCleanup(again.close)
        wait_for("the table", lambda: "RESTARTS" in again.read())
        again.process.send_signal(signal.SIGINT)
        self.assertEqual(again.process.wait(10), 130)
        self.assertEqual(termios.tcgetattr(again.slave), again.before)

    def test_top_on_a_narrow_terminal(self):
        box = self.tenants("foo", "bar")
        box.get("/foo")
        terminal = Terminal(box, "mtg", "top", "--interval", "100ms", columns=40)
        self.addCleanup(terminal.close)
        wait_for("foo", lambda: any(line.startswith("foo") for line in terminal.screen()))
        lines = terminal.screen()
        self.assertTrue(all(len(line) <= 40 for line in lines), lines)
        titles = next(line for line in lines if line.startswith("TENANT")).split()
        self.assertEqual(titles[:3], ["TENANT", "STATE", "REQ/S"])

    def test_inspect_shows_the_program_and_not_its_keeper(self):
        box = self.tenants("foo")
        program = "import http.server, os; http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler).serve_forever()"
        edit_json(box.tenants / "foo/tenant.json", lambda all: all.update(command=["/usr/bin/python3", "-c", program], listen="port"))
        wait_for("the program", lambda: box.get("/foo/").status == 200)
        all = box.data("mtm", "inspect", "foo")
        [process] = [row for row in all["processes"] if row["role"] == "serving"]
        self.assertEqual(process["pid"], all["pid"])
        with open(f"/proc/{process['pid']}/cmdline") as file:
            self.assertIn("HTTPServer", file.read())
        with open(f"/proc/{process['keeper_pid']}/cmdline") as file:
            self.assertIn("tenant-app", file.read())

    def test_why_tells_what_the_last_process_said_and_not_those_before(self):
        box = self.tenants("foo")
        log = box.tenants / ".run/log/foo.log"
        box.get("/foo")
        with open(log, "a") as file:
            file.write("first words\n")
        self.assertIn("first words", box.data("mtm", "why", "foo")["last_lines"])
        box.mtm("restart", "foo")
        self.assertNotIn("first words", box.data("mtm", "why", "foo")["last_lines"])
        with open(log, "a") as file:
            file.write("second words\n")
        lines = box.data("mtm", "why", "foo")["last_lines"]
        self.assertEqual([line for line in lines if line.endswith("words")], ["second words"])
        self.assertIn("first words", box.mtm("logs", "foo").stdout)

    @unittest.skipUnless(os.geteuid() == 0, "an ordinary user's gateway gives tenants no user of their own")
    def test_doctor_names_the_folder_that_bars_tenants_users(self):
        box = self.tenants("foo")
        box.get("/foo")
        barring = f"{box.folder} (mode 0700)"
        self.assertIn(f"{barring} bars tenants' users", box.mtg("doctor").stdout)
        walls = {row["mechanism"]: row for row in box.data("mtm", "inspect", "foo")["isolation"]}
        self.assertIn(f"the folder {barring} bars uid", walls["user"]["detail"])
        box.folder.chmod(0o711)
        self.assertNotIn("bars", box.mtg("doctor").stdout.replace(walls["user"]["detail"], ""))

    def test_one_tenant_is_not_many(self):
        self.box.mtm("add", "foo")
        self.addCleanup(self.box.mtg, "stop")
        self.assertIn(" serves 1 tenant of ", self.box.mtg("start", "-d", "--listen", "127.0.0.1:0").stdout)

    def test_dry_runs_of_the_gateway_change_nothing(self):
        box = self.box
        self.assertEqual(box.data("mtg", "stop", "--dry-run")["steps"], ["nothing: it does not run"])
        self.assertIn("start it in the background", box.mtg("restart", "--dry-run").stdout)
        box.mtg("reload", "--dry-run", expect=7)
        self.assertFalse((box.tenants / ".run").exists())
        self.tenants("foo")
        before = box.data("mtg", "status")
        for verb in ("stop", "restart", "reload"):
            self.assertTrue(box.data("mtg", verb, "--dry-run")["steps"])
        after = box.data("mtg", "status")
        self.assertEqual((after["pid"], after["started"]), (before["pid"], before["started"]))

    def test_check_tells_of_a_host_that_two_tenants_name(self):
        box = self.box
        for name in ("foo", "bar", "third"):
            box.mtm("add", name)
        box.mtm("config", "set", "foo", "hosts", "shop.example", "*.shop.example")
        edit_json(box.tenants / "bar/tenant.json", lambda all: all.update(hosts=["bar.example", "*.shop.example"]))
        for program, arguments in (("mtm", ("check", "bar")), ("mtm", ("check", "foo")), ("mtg", ("check",))):
            error = json.loads(box.run(program, *arguments, "--json", expect=6).stdout)["error"]
            self.assertIn("this host reaches tenant", error["message"])
            self.assertEqual(error["pointer"], "/hosts/1")
        box.mtm("check", "third")

    def test_doctor_of_the_machine(self):
        box = self.tenants("foo")
        box.get("/foo")
        done = box.mtg("doctor", "--json", expect=None)
        data = json.loads(done.stdout)["data"]
        found = {row["check"]: row for row in data["findings"]}
        for check in ("kernel", "landlock", "seccomp", "pidfd", "cgroups", "open files", "inotify", "disk", "run folder", "worker", "gateway", "front", "prefix"):
            self.assertIn(check, found)
        self.assertEqual((done.returncode, data["healthy"]), (0, True), data)
        for row in data["findings"]:
            self.assertEqual(row["fix"] is None, row["result"] == "ok", row)
        (box.tenants / ".run").chmod(0o755)
        broken = box.mtg("doctor", expect=1).stdout
        self.assertIn("fix: chmod 700", broken)
        (box.tenants / ".run").chmod(0o700)
        box.stop()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            (box.folder / "mtg.json").write_text(json.dumps({"listen": f"127.0.0.1:{taken.getsockname()[1]}"}))
            self.assertIn("Address already in use", box.mtg("doctor", expect=1).stdout)

    def test_doctor_of_a_tenant(self):
        box = self.tenants("foo", "bar")
        self.assertTrue(box.data("mtm", "doctor", "foo")["healthy"])
        self.assertIn("GET /bar at", box.mtm("doctor", "bar").stdout)
        self.break_source()
        wait_for("the refusal", lambda: box.tenant("foo")["state"] in ("degraded", "failed"))
        data = json.loads(box.mtm("doctor", "foo", "--json", expect=1).stdout)["data"]
        failed = {row["check"] for row in data["findings"] if row["result"] == "failed"}
        self.assertEqual(failed, {"configuration", "state"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
