"""A tenant's process that has been taken over, against its neighbours, the gateway and the machine; and the same walls around the
real worker. What the machine cannot give is asserted to be reported as degraded."""
import contextlib
import http.client
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Load, Sandbox, alive, edit_json, wait_for  # noqa: E402
from smtp_server import SmtpServer  # noqa: E402

HOSTILE = pathlib.Path(os.environ["MT_BUILD"]) / "tests/hostile"
IS_ROOT = os.geteuid() == 0
FOO, BAR = 1_880_000_001, 1_880_000_002
STRANGER = pwd.getpwnam("nobody").pw_uid
LIMITS = {"memory": 64 << 20, "disk": 1 << 20, "cpu": 0, "pids": 20, "files": 64}

# Refused to every tenant, whoever it runs as.
TO_THE_MACHINE = ["read /etc/shadow", "mount", "keyctl", "bpf", "io_uring", "namespace", "netlink", "newest_call"]
TO_THE_NEIGHBOUR = ["read {bar}/data/db", "write {bar}/data/db", "read {bar}/secret.json", "read /proc/{victim}/environ",
                    "read /proc/{victim}/mem", "ptrace {victim}", "signal {victim}", "limit {victim}", "priority {victim}"]
TO_THE_GATEWAY = ["ptrace {gateway}", "signal {gateway}", "limit {gateway}", "priority {gateway}", "read /proc/{gateway}/environ"]
TO_ITS_SETTINGS = ["write tenant.json", "truncate secret.json", "unlink tenant.json", "write new.json"]


def open_folder():
    """A temporary folder that any user may pass through, unlike mkdtemp's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-open-"))
    folder.chmod(0o755)
    return folder


# A `command` tenant that has been taken over: it tries everything at once, leaves processes behind that do not want to be
# found, and answers with what became of it.
MALLORY = '''
import ctypes, errno, http.server, json, os, signal, socket

aims, ends = json.load(open("aims.json")), {}
libc = ctypes.CDLL(None, use_errno=True)

def ptrace(pid):
    if libc.ptrace(16, pid, None, None) != 0:
        raise OSError(ctypes.get_errno(), "ptrace")

def connect(path):
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(path)

def stay():
    os.setsid()
    while True:
        signal.pause()

def bomb():
    for born in range(aims["bomb"]):
        if os.fork() == 0:
            stay()

def eat():
    hoard = [b"x" * (1 << 20) for _ in range(aims["eat_mb"])]
    return len(hoard)

def fill():
    with open("data/big", "wb") as out:
        for _ in range(aims["fill_mb"]):
            out.write(bytes(1 << 20))

def attempt(name, act, *arguments):
    try:
        act(*arguments)
        ends[name] = "done"
    except OSError as error:
        ends[name] = errno.errorcode[error.errno]
    except MemoryError:
        ends[name] = "ENOMEM"

for path in aims["read"]:
    attempt("read " + path, open, path, "rb")
for path in aims["write"]:
    attempt("write " + path, open, path, "ab")
for path in aims["connect"]:
    attempt("connect " + path, connect, path)
for pid in aims["pids"]:
    attempt(f"ptrace {pid}", ptrace, pid)
    attempt(f"signal {pid}", os.kill, pid, signal.SIGKILL)
attempt("eat", eat)
attempt("fill", fill)
attempt("bomb", bomb)

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(ends).encode())
    def log_message(self, *_):
        pass
    def address_string(self):
        return "gateway"

server = http.server.HTTPServer(("", 0), Answers, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=3)
server.get_request = lambda: (server.socket.accept()[0], ("gateway", 0))
server.serve_forever()
'''


class HostileCase(unittest.TestCase):
    """Two tenants' folders and a process of the neighbour's, `user` being who starts them all."""
    user = None

    def setUp(self):
        self.folder = open_folder()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.hostile = shutil.copy(HOSTILE, self.folder)  # the build may lie where a stranger cannot go
        for name in ("foo", "bar"):
            (self.folder / name / "data").mkdir(parents=True)
            (self.folder / name / "tenant.json").write_text("{}")
            (self.folder / name / "secret.json").write_text("{}")
            (self.folder / name / "secret.json").chmod(0o600)
            (self.folder / name / "data/db").write_text("rows")
            (self.folder / name / "data/db").chmod(0o600)
        if self.user is not None:
            for path in [self.folder, *self.folder.rglob("*")]:
                os.chown(path, self.user, self.user)

    def command(self, kind, name, uid, *attempts, **limits):
        order = {"off": False, "why_no_uid": "" if uid else "the test says so", "cgroups": [], **LIMITS, **limits}
        if uid:
            order["uid"] = uid
        environment = {"MTG_SANDBOX": json.dumps(order), "PATH": "/usr/bin:/bin", "CANARY": "secret"}
        identity = {} if self.user is None else {"user": self.user, "group": self.user, "extra_groups": []}
        return dict(args=[self.hostile, kind, self.folder / name, *attempts], env=environment, text=True, stdout=subprocess.PIPE, **identity)

    def neighbour(self, uid):
        """The process of bar's that foo would like to get at."""
        victim = subprocess.Popen(**self.command("program", "bar", uid, "stay"))
        self.addCleanup(victim.wait)
        self.addCleanup(victim.stdout.close)
        self.addCleanup(victim.kill)
        self.assertEqual(victim.stdout.readline(), "here\n")
        return victim

    def attempt(self, kind, uid, attempts, **limits):
        """What foo reports, wall by wall, and how its attempts ended."""
        victim = self.neighbour(BAR if uid else None)
        words = [each.format(bar=self.folder / "bar", victim=victim.pid, gateway=os.getpid()) for each in attempts]
        done = subprocess.run(**self.command(kind, "foo", uid, *words, **limits), timeout=60)
        document = json.loads(done.stdout)
        self.assertNotIn("error", document)
        self.assertIsNone(victim.poll(), "the neighbour lives")
        return {row["mechanism"]: row for row in document["isolation"]}, document["tried"]

    def assert_refused(self, tried):
        self.assertEqual({word: end for word, end in tried.items() if end == "done"}, {})

    def assert_contained(self, kind, uid):
        walls, tried = self.attempt(kind, uid, TO_THE_MACHINE + TO_THE_NEIGHBOUR + TO_THE_GATEWAY + TO_ITS_SETTINGS)
        self.assert_refused(tried)
        self.assertEqual((self.folder / "bar/data/db").stat().st_size, 4)
        for name in ("capabilities", "seccomp", "landlock", "signals"):
            self.assertEqual(walls[name]["state"], "granted", walls[name])
        return walls

    def assert_work_goes_on(self, kind, uid):
        _, tried = self.attempt(kind, uid, ["read tenant.json", "read secret.json", "read data/db", "write data/db", "write data/new"])
        self.assertEqual(set(tried.values()), {"done"}, tried)

    def assert_bounded(self, kind, uid):
        walls, tried = self.attempt(kind, uid, ["eat_memory 200", "fill data/big"])
        if "unlimited" not in walls["memory"]["detail"]:  # it is, in a build with a sanitizer
            self.assertEqual(tried["eat_memory 200"], "ENOMEM")
        self.assertEqual(tried["fill data/big"], "EFBIG")
        self.assertLessEqual((self.folder / "foo/data/big").stat().st_size, LIMITS["disk"])


@unittest.skipUnless(IS_ROOT, "only root gives tenants users of their own")
class AsRoot(HostileCase):
    def test_worker(self):
        walls = self.assert_contained("worker", FOO)
        self.assert_refused(self.attempt("worker", FOO, ["become_root"])[1])
        self.assertEqual(walls["user"], {"mechanism": "user", "state": "granted", "detail": f"uid {FOO}"})
        self.assertEqual(walls["files"]["state"], "granted")
        self.assertEqual(walls["network"]["state"], "granted")
        self.assert_work_goes_on("worker", FOO)

    def test_program(self):
        walls = self.assert_contained("program", FOO)
        self.assert_refused(self.attempt("program", FOO, ["become_root"])[1])
        self.assertEqual(walls["network"]["state"], "off")
        self.assert_work_goes_on("program", FOO)

    def test_a_worker_starts_nothing_and_connects_to_nothing(self):
        _, tried = self.attempt("worker", FOO, ["fork", "execute_here /bin/true", "tcp 80", "connect /run/x", "dumpable"])
        self.assert_refused(tried)

    def test_limits(self):
        for kind in ("worker", "program"):
            with self.subTest(kind):
                self.assert_bounded(kind, FOO)
        walls, tried = self.attempt("program", FOO, ["fork_bomb 1000"])
        self.assertRegex(tried["fork_bomb 1000"], r"^EAGAIN after 1?\d$")
        self.assertEqual(walls["pids"]["state"], "granted")
        self.assertEqual(walls["disk"]["state"], "degraded")  # a file, not their number

    def test_a_neighbours_socket_cannot_be_reached(self):
        run = self.folder / "run"
        run.mkdir(mode=0o700)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(run / "bar.sock"))
            server.listen()
            _, tried = self.attempt("program", FOO, [f"connect {run}/bar.sock"])
        self.assert_refused(tried)

    def test_an_own_folder_barred_by_a_parent_keeps_the_gateways_user_and_says_so(self):
        self.folder.chmod(0o700)
        walls = self.assert_contained("worker", FOO)
        self.assertEqual(walls["user"]["state"], "degraded")
        self.assertIn("bars uid", walls["user"]["detail"])
        self.assertEqual((self.folder / "foo/data/db").stat().st_uid, 0)
        self.assert_work_goes_on("worker", FOO)

    def test_a_link_in_place_of_a_folder_opens_nothing(self):
        (self.folder / "foo/data/db").unlink()
        (self.folder / "foo/data").rmdir()
        (self.folder / "foo/data").symlink_to(self.folder / "bar/data")
        done = subprocess.run(**self.command("worker", "foo", FOO, "read data/db"), timeout=60)
        self.assertIn("cannot be written", json.loads(done.stdout)["error"])
        self.assertEqual((self.folder / "bar/data/db").stat().st_uid, 0)

    def test_a_file_with_a_second_name_and_a_link_are_not_given_away(self):
        mine = self.folder / "mine"
        mine.write_text("root's")
        os.link(mine, self.folder / "foo/data/second")
        (self.folder / "foo/data/link").symlink_to(mine)
        self.attempt("worker", FOO, [])
        self.assertEqual(mine.stat().st_uid, 0)


class AsOrdinaryUser(HostileCase):
    user = STRANGER if IS_ROOT else None

    def test_worker(self):
        walls = self.assert_contained("worker", None)
        for name in ("user", "files"):
            self.assertEqual(walls[name]["state"], "degraded")
        self.assertIn("the test says so", walls["user"]["detail"])
        self.assert_work_goes_on("worker", None)
        self.assert_bounded("worker", None)

    def test_program(self):
        walls = self.assert_contained("program", None)
        self.assertEqual(walls["user"]["state"], "degraded")
        self.assertEqual(walls["pids"]["state"], "degraded")  # a fork bomb is held by nothing of ours here
        self.assertIn("unlimited", walls["pids"]["detail"])
        self.assert_work_goes_on("program", None)
        self.assert_bounded("program", None)

    @unittest.skipUnless(IS_ROOT, "files of another user take root to make")
    def test_files_of_another_user_are_an_error_with_a_way_out(self):
        data = self.folder / "foo/data"
        os.chown(data, FOO, FOO)
        data.chmod(0o700)
        done = subprocess.run(**self.command("worker", "foo", None), timeout=60)
        error = json.loads(done.stdout)["error"]
        self.assertIn(f"belongs to uid {FOO}", error)
        self.assertIn(f"chown -R {STRANGER} {self.folder}/foo", error)


class Worker(unittest.TestCase):
    """The real one, through the gateway."""

    def box(self, is_open=True):
        box = Sandbox()
        self.addCleanup(box.__exit__)
        if is_open:
            box.folder.chmod(0o755)
        box.mtm("add", "foo")
        box.mtm("model", "foo:Customer")
        return box

    def walls(self, box, name="foo"):
        connection = http.client.HTTPConnection("gateway")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(box.tenants / ".run/control.sock"))
        connection.request("GET", f"/tenants/{name}")
        status = json.loads(connection.getresponse().read())["data"]
        connection.close()
        return {row["mechanism"]: row for row in status["isolation"]}

    def uid(self, box, name="foo"):
        return int(pathlib.Path(f"/proc/{box.pid(name)}/status").read_text().split("Uid:")[1].split()[0])

    def add_customer(self, box):
        self.assertEqual(box.post("/foo/api/Customers", {"name": "Ann"}).status, 200, box.log())
        return box.get("/foo/api/Customers/count").json["count"]

    @unittest.skipUnless(IS_ROOT, "only root gives tenants users of their own")
    def test_every_tenant_has_a_user_of_its_own(self):
        box = self.box()
        box.mtm("add", "bar")
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        self.assertEqual(box.get("/bar/api/Users/count").status, 401)
        self.assertEqual(self.walls(box)["user"]["state"], "granted", self.walls(box))
        uid = self.uid(box)
        self.assertGreaterEqual(uid, 1_880_000_000)
        self.assertNotEqual(uid, self.uid(box, "bar"))
        self.assertEqual((box.tenants / "foo").stat().st_gid, uid)
        self.assertEqual((box.tenants / "foo").stat().st_mode & 0o777, 0o750)
        self.assertEqual((box.tenants / "foo/data/db.sqlite3").stat().st_uid, uid)
        self.assertEqual((box.tenants / "foo/tenant.json").stat().st_uid, 0)
        # Changed by root while it runs, replaced, restarted: the same user, the same rows.
        box.mtm("model", "foo:Order")
        wait_for("the new model", lambda: box.get("/foo/api/Orders").status == 200)
        box.mtm("restart", "foo")
        self.assertEqual(self.add_customer(box), 2)
        self.assertEqual(self.uid(box), uid)
        box.mtm("check", "foo")
        box.stop()
        box.start()
        self.assertEqual(self.add_customer(box), 3)
        self.assertEqual(self.uid(box), uid)

    @unittest.skipUnless(IS_ROOT, "only root gives tenants users of their own")
    def test_users_are_switched_off_and_on_again(self):
        box = self.box()
        (box.folder / "mtg.json").write_text('{"uids": "off"}')
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        self.assertEqual(self.uid(box), 0)
        self.assertEqual(self.walls(box)["user"]["detail"], "uid 0, the gateway's: uids of mtg.json is off")
        for uids, expected, count in (("5000-5000", 5000, 2), ("off", 0, 3), ("6000-6001", None, 4)):
            box.stop()
            (box.folder / "mtg.json").write_text(json.dumps({"uids": uids}))
            box.start()
            self.assertEqual(self.add_customer(box), count)
            if expected is not None:
                self.assertEqual(self.uid(box), expected)
                self.assertEqual((box.tenants / "foo/data/db.sqlite3").stat().st_uid, expected)

    @unittest.skipUnless(IS_ROOT, "only root gives tenants users of their own")
    def test_a_database_beside_the_configuration(self):
        box = self.box()
        edit_json(box.tenants / "foo/datasources.json", lambda document: document["db"].update(file="db.sqlite3"))
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        self.assertEqual(self.walls(box)["files"]["state"], "degraded")
        self.assertEqual((box.tenants / "foo").stat().st_mode & 0o7777, 0o1770)
        self.assertEqual((box.tenants / "foo/tenant.json").stat().st_uid, 0)

    def test_cgroups_where_they_are_ours(self):
        box = self.box()
        edit_json(box.tenants / "foo/tenant.json", lambda document: document.update(limits={"cpu": "50%", "pids": 40}))
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        walls = self.walls(box)
        entered = [name for name in ("cpu", "pids") if walls[name]["detail"].endswith("by cgroup")]
        if not entered:
            self.assertEqual(walls["cpu"]["state"], "degraded")
            self.skipTest("no cgroup is ours here: " + walls["cpu"]["detail"])
        lines = pathlib.Path(f"/proc/{box.pid('foo')}/cgroup").read_text().splitlines()
        ours = [line for line in lines if "/mtg-" in line and line.endswith("-foo")]
        self.assertEqual(len(ours), len(entered), lines)
        hierarchies = pathlib.Path("/sys/fs/cgroup")  # of v1 one per controller, of v2 itself

        def left(tenant):
            name = ours[0].rpartition("/")[2].removesuffix("foo") + tenant
            return [path for at in ("mtg-*", "*/mtg-*") for path in hierarchies.glob(at) if path.name == name]

        box.mtm("add", "bar")
        edit_json(box.tenants / "bar/tenant.json", lambda document: document.update(limits={"pids": 40}))
        wait_for("bar", lambda: box.get("/bar").status == 200 and left("bar"))
        box.mtm("remove", "bar")
        wait_for("what bar had to be gone", lambda: not left("bar"))
        self.assertNotEqual(left("foo"), [])
        box.stop()
        self.assertEqual(left("foo"), [])

    def test_a_folder_that_bars_others_is_reported(self):
        box = self.box(is_open=False)
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        walls = self.walls(box)
        self.assertEqual(walls["user"]["state"], "degraded")
        self.assertEqual(self.uid(box), os.geteuid())
        for name in ("capabilities", "seccomp", "network"):
            self.assertEqual(walls[name]["state"], "granted", walls[name])

    def test_off_is_off(self):
        box = self.box()
        edit_json(box.tenants / "foo/tenant.json", lambda document: document.update(isolation="off"))
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        self.assertEqual(list(self.walls(box)), ["all"])
        self.assertEqual(self.uid(box), os.geteuid())

    def test_a_large_sort_finds_room(self):
        box = self.box()
        box.start()
        for i in range(12):
            rows = [{"name": f"{(i * 80 + j) * 7919 % 960:04d}" + "x" * 1000} for j in range(80)]
            self.assertEqual(box.post("/foo/api/Customers", rows).status, 200)
        answer = box.get("/foo/api/Customers?filter[order]=name")
        self.assertEqual(answer.status, 200, answer)
        names = [row["name"][:4] for row in answer.json]
        self.assertEqual(names, [f"{i:04d}" for i in range(960)])

    def test_mail_goes_out_from_within_the_walls(self):
        box = self.box()
        with SmtpServer() as server:
            edit_json(box.tenants / "foo/datasources.json", lambda document: document.update(mail={
                "name": "mail", "connector": "mail", "transports": [{"type": "smtp", "host": "127.0.0.1", "port": server.port}]}))
            box.start()
            box.post("/foo/api/Users", {"email": "ann@example.com", "password": "secret"})
            self.assertEqual(box.post("/foo/api/Users/reset", {"email": "ann@example.com"}).status, 204)
            wait_for("the mail", lambda: server.messages)
            self.assertIn(str(server.port), self.walls(box)["network"]["detail"])

    def mallory(self, box):
        """A tenant like that, which aims at foo and the gateway."""
        folder = box.tenants / "mallory"
        folder.mkdir()
        run, foo = box.tenants / ".run", box.tenants / "foo"
        aims = {"read": ["/etc/shadow", f"{foo}/data/db.sqlite3", f"{foo}/datasources.json", f"/proc/{box.pid('foo')}/environ",
                         f"/proc/{box.gateway.pid}/environ"],
                "write": [f"{foo}/data/db.sqlite3", f"{foo}/tenant.json", "tenant.json", str(run / "x"), "/etc/x"],
                "connect": [str(run / "control.sock"), str(run / "foo.sock")] if IS_ROOT else [],  # else: ISOLATION.md, sockets
                "pids": [box.gateway.pid, box.pid("foo")], "bomb": 200, "eat_mb": 400, "fill_mb": 40}
        for name, text in (("aims.json", json.dumps(aims)), ("program.py", MALLORY)):
            (folder / name).write_text(text)
        (folder / "tenant.json").write_text(json.dumps({
            "command": ["/usr/bin/python3", "program.py", str(folder)],  # by which its processes are found
            "limits": {"memory": "200MiB", "disk": "4MiB", "pids": 40}}))
        return folder

    def processes_of(self, folder):
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                words = path.read_bytes().split(b"\0")
                if b"program.py" in words and str(folder).encode() in words:
                    found.append(int(path.parent.name))
        return [pid for pid in found if alive(pid)]

    def test_a_hostile_program_gets_nowhere_and_its_neighbour_does_not_notice(self):
        box = self.box()
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        self.assertTrue((box.tenants / ".run/foo.sock").exists())
        folder = self.mallory(box)
        with Load(box.port, "/foo/api/Customers") as neighbour:
            answer = wait_for("mallory's answer", lambda: (told := box.get("/mallory/")).status == 200 and told, 30)
            ends = answer.json
            neighbour.more()
            self.assertEqual(neighbour.failures[:5], [])
        walls = self.walls(box, "mallory")
        pids = self.processes_of(folder)
        self.assertGreater(len(pids), 5)
        unlimited = "unlimited" in walls["memory"].get("detail", "")  # in a build with a sanitizer
        self.assertEqual((ends.pop("eat"), ends.pop("fill")), ("done" if unlimited else "ENOMEM", "EFBIG"))
        if walls["pids"]["state"] == "granted":
            self.assertEqual(ends["bomb"], "EAGAIN")
            self.assertLess(len(pids), 42)
        ends.pop("bomb")
        self.assertEqual({name: end for name, end in ends.items() if end not in ("EACCES", "EPERM")}, {})
        self.assertTrue(alive(box.gateway.pid))
        box.mtm("stop", "mallory")  # whoever has a session of its own goes as well
        wait_for("all of mallory's to be gone", lambda: not self.processes_of(folder), 10)
        box.mtm("start", "mallory")
        self.assertGreater(len(self.processes_of(folder)), 5)
        box.gateway.kill()
        box.gateway.wait()
        wait_for("all of mallory's to be gone", lambda: not self.processes_of(folder), 10)

    def test_a_killed_gateway_leaves_no_worker(self):
        box = self.box()
        box.start()
        self.assertEqual(self.add_customer(box), 1)
        worker = box.pid("foo")
        box.gateway.kill()
        box.gateway.wait()
        wait_for("the worker to be gone", lambda: not alive(worker), 5)
        box.start()
        self.assertEqual(self.add_customer(box), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
