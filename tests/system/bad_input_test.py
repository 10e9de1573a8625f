"""What a user gets wrong, with the real programs: a message that says what, where and what to do; the right exit code; nothing half done."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import SOURCE, Sandbox, edit_json, wait_for  # noqa: E402

CONFIGURATION = ["tenant.json", "config.json", "datasources.json", "model-config.json", "middleware.json", "component-config.json",
                 "models/Customer.json"]


class BadInput(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def refused(self, code, program, *arguments, mentions=()):
        """Runs twice, for people and with --json: same exit code, an error document, and the words that help."""
        done = self.box.run(program, *arguments, expect=code)
        self.assertEqual(done.stdout, "")
        document = json.loads(self.box.run(program, *arguments, "--json", expect=code).stdout)
        self.assertIs(document["ok"], False)
        error = document["error"]
        self.assertTrue(error["message"])
        for word in mentions:
            self.assertIn(word, done.stderr)
            self.assertIn(word, json.dumps(error, ensure_ascii=False))
        return error

    def tree(self):
        # .locks may hold empty lock files, .run the gateway's sockets and logs: neither is a tenant's.
        return sorted(str(p.relative_to(self.box.tenants)) for p in self.box.tenants.rglob("*")
                      if p.relative_to(self.box.tenants).parts[0] not in (".locks", ".run") and p.name not in (".staging", ".trash"))

    def test_ids(self):
        self.box.mtm("add", "foo")
        before = self.tree()
        for text in ("a-b", "..", "../x", "a/b", "constructor_", "ü", "a b", "", "x" * 64, ".hidden", "foo%00"):
            with self.subTest(text):
                self.refused(2, "mtm", "add", text)
        self.refused(5, "mtm", "add", "foo", mentions=["foo"])
        self.refused(5, "mtm", "add", "FOO", mentions=["foo"])
        self.assertEqual(self.tree(), before)

    def test_models(self):
        self.box.mtm("add", "foo")
        before = self.tree()
        self.refused(4, "mtm", "model", "fo:Customer", mentions=["fo", "foo"])
        for name in ("1st", "a-b", "a b", "__proto__", "constructor", "", "x" * 200):
            with self.subTest(name):
                self.refused(2, "mtm", "model", f"foo:{name}")
        self.refused(2, "mtm", "model", "foo:Thing", "name:strin")
        self.refused(2, "mtm", "model", "foo:Thing", "na-me:string")
        self.assertEqual(self.tree(), before)

    def test_broken_json_in_every_file_is_named_with_its_line(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Customer")
        for name in CONFIGURATION:
            with self.subTest(name):
                path = self.box.tenants / "foo" / name
                good = path.read_text()
                path.write_text('{\n  "a": oops\n}\n')
                error = self.refused(6, "mtm", "check", "foo", mentions=[name])
                self.assertEqual(error["line"], 2)
                path.write_text(good)
        self.box.mtm("check", "foo")

    def test_an_unknown_connector_is_named_with_its_pointer(self):
        self.box.mtm("add", "foo")
        path = self.box.tenants / "foo/datasources.json"
        document = json.loads(path.read_text())
        document["db"]["connector"] = "sqlite4"
        path.write_text(json.dumps(document, indent=2))
        error = self.refused(6, "mtm", "check", "foo", mentions=["sqlite4", "sqlite3"])
        self.assertEqual(error["pointer"], "/db/connector")

    def test_a_broken_tenant_does_not_keep_the_others_from_starting(self):
        self.box.mtm("add", "foo")
        self.box.mtm("add", "bar")
        (self.box.tenants / "foo/datasources.json").write_text("{")
        self.box.start()
        self.assertEqual(self.box.get("/bar").status, 200)
        answer = self.box.get("/foo")
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.headers["content-type"].split(";")[0], "application/problem+json")
        self.assertNotIn(b"datasources.json", answer.body)  # the client is not told; the operator is
        row = self.box.tenant("foo")
        self.assertIn("datasources.json", row["error"]["file"])

    def test_of_several_tenants_only_those_that_fail_are_reported_as_failed(self):
        self.box.mtm("add", "foo", "bar")
        self.box.start()
        (self.box.tenants / "foo/config.json").write_text("{")
        for arguments in (("restart", "--all"), ("start", "foo", "bar")):
            with self.subTest(arguments):
                done = self.box.mtm(*arguments, expect=9)
                self.assertEqual(done.stdout, f"{arguments[0]}ed bar\n")
                self.assertIn("tenant foo: ", done.stderr)
                self.assertNotIn("without a message", done.stderr)
                self.assertTrue(done.stderr.endswith("error: 1 of 2 tenants failed\n"), done.stderr)

    def test_a_restart_that_would_not_listen_elsewhere_says_so(self):
        self.box.mtm("add", "foo")
        self.box.start()
        done = self.box.mtg("restart", "--listen", "9100", expect=2)
        self.assertIn("mtg start -d --listen 9100", done.stderr)
        (self.box.folder / "mtg.json").write_text('{"listen": ["127.0.0.1:9100", "127.0.0.1:9200"]}')
        done = self.box.mtg("restart")
        self.assertIn("warning: mtg.json says to listen on 127.0.0.1:9100 127.0.0.1:9200", done.stderr)
        self.assertEqual(self.box.data("mtg", "status")["listen"], [f"127.0.0.1:{self.box.port}"])
        self.assertEqual(self.box.get("/foo").status, 200)

    def test_a_broken_gateway_file_keeps_nobody_from_stopping_or_editing(self):
        self.box.mtm("add", "foo")
        self.box.start()
        for text in ("{", '{"listn": 9000}'):
            with self.subTest(text):
                (self.box.folder / "mtg.json").write_text(text)
                for arguments in (("mtg", "status"), ("mtg", "reload"), ("mtm", "list"), ("mtm", "status", "foo"),
                                  ("mtm", "restart", "foo")):
                    done = self.box.run(*arguments)
                    self.assertIn("warning: mtg.json:1", done.stderr)
                for verb in (["start"], ["restart"], ["check"], ["config", "show"]):
                    self.refused(6, "mtg", *verb, mentions=["mtg.json"])
        self.assertIn("stopped", self.box.mtg("stop").stdout)

    def test_every_help_opens_with_examples_and_fits_a_terminal(self):
        for program in ("mtg", "mtm"):
            overview = self.box.run(program, "--help").stdout.partition("Subcommands:")[2]
            verbs = re.findall(r"^  ([a-z]+)[ ,]", overview, re.MULTILINE)
            self.assertGreater(len(verbs), 10, overview)
            for words in ([], *([verb] for verb in verbs)):
                with self.subTest(program=program, words=words):
                    lines = self.box.run(program, *words, "--help").stdout.splitlines()
                    self.assertIn("Examples:", lines[:3])
                    self.assertEqual([line for line in lines if len(line) > 80], [])
        self.assertTrue(self.box.mtg("--version").stdout.startswith("mtg "))

    def test_what_is_said_goes_into_no_file_when_the_standard_descriptors_are_closed(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Cat")
        subprocess.run(["sh", "-c", "exec mtm export foo:Cat -o cats.csv <&- >&- 2>&-"], cwd=self.box.folder, check=True,
                       env=self.box.env | {"PATH": f"{self.box.bin}:{os.environ['PATH']}"})
        self.assertEqual((self.box.folder / "cats.csv").read_text().splitlines(), ["name,id"])

    def test_a_removal_that_is_refused_ends_no_process(self):
        self.box.mtm("add", "mem", "--connector", "memory")
        self.box.mtm("model", "mem:Cat")
        self.box.start()
        self.assertEqual(self.box.post("/mem/api/Cats", {"name": "Tom"}).status, 200)
        bound = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
        self.box.tenants.chmod(0o555)
        self.addCleanup(self.box.tenants.chmod, 0o755)
        done = subprocess.run([*bound, self.box.bin / "mtm", "remove", "mem"], cwd=self.box.folder, env=self.box.env,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(self.box.tenants), done.stderr)
        self.assertEqual([row["name"] for row in self.box.get("/mem/api/Cats").json], ["Tom"])

    def test_a_model_that_no_database_can_hold_is_refused_with_its_file(self):
        for tenant, model, *properties in (("one", "sqlite_cat", "a"), ("two", "Cat", "_extra"),
                                           ("three", "Wide", *(f"p{i}" for i in range(2100)))):
            with self.subTest(tenant):
                self.box.mtm("add", tenant)
                folder = self.box.tenants / tenant
                before = {path.name: path.read_bytes() for path in folder.rglob("*.json")}
                file = f"models/{model}.json"
                self.refused(6, "mtm", "model", f"{tenant}:{model}", *(f"{name}:string" for name in properties), mentions=[file])
                self.assertEqual({path.name: path.read_bytes() for path in folder.rglob("*.json")}, before)
                (folder / file).write_text(json.dumps({"name": model, "properties": dict.fromkeys(properties, "string")}))
                edit_json(folder / "model-config.json", lambda config: config.update({model: {"dataSource": "db"}}))
                error = self.refused(6, "mtm", "check", tenant, mentions=[file])
                self.assertLess(len(error["message"]), 500)

    def test_properties_that_no_database_can_hold_are_refused_and_change_nothing(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Cat", "name:string")
        before = (self.box.tenants / "foo/models/Cat.json").read_bytes()
        self.refused(6, "mtm", "model", "extend", "foo:Cat", "_extra:string", mentions=["models/Cat.json"])
        self.assertEqual((self.box.tenants / "foo/models/Cat.json").read_bytes(), before)

    def test_two_models_on_one_path_and_a_tenant_that_will_not_come_back_are_told(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Cat")
        self.box.mtm("model", "foo:Cats")
        told = self.box.mtm("check", "foo")
        self.assertIn("Cat and Cats are both served at /cats, where Cat answers", told.stdout + told.stderr)
        self.box.start()
        self.assertEqual(self.box.get("/foo").status, 200)
        (self.box.tenants / "foo/config.json").write_text("{")
        wait_for("the refusal", lambda: self.box.tenant("foo")["state"] == "degraded")
        self.assertIn("warning: 1 tenant runs on what its files said before", self.box.mtg("restart").stderr)

    def test_a_tenant_without_a_key_has_no_snapshots_and_keeps_no_others_from_being_listed(self):
        self.box.mtm("add", "foo")
        self.box.mtm("snapshot", "foo")
        (self.box.tenants / "plain").mkdir()
        self.assertEqual([row["id"] for row in self.box.data("mtm", "snapshots", "--all")], ["foo"])

    def test_models_of_one_tenant_can_be_added_at_the_same_time(self):
        self.box.mtm("add", "foo")
        running = [subprocess.Popen([self.box.bin / "mtm", "model", f"foo:Model{i}"], env=self.box.env, cwd=self.box.folder,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for i in range(8)]
        self.assertEqual([each.wait(60) for each in running], [0] * 8)
        names = [row["model"] for row in self.box.data("mtm", "model", "list", "foo")]
        self.assertEqual(sorted(name for name in names if name.startswith("Model")), [f"Model{i}" for i in range(8)])

    def test_a_warning_is_in_the_tenants_log_with_its_line(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Cust")
        path = self.box.tenants / "foo/models/Cust.json"
        path.write_text(path.read_text().replace("{", '{\n  "aclz": [],', 1))
        self.assertIn("models/Cust.json:2 /aclz: unknown key", self.box.mtm("check", "foo").stdout)
        self.box.start()
        self.assertEqual(self.box.get("/foo").status, 200)
        log = self.box.mtm("logs", "foo").stdout
        self.assertIn('warn event=config_warning reason="models/Cust.json:2 /aclz: unknown key"', log)

    def test_the_trash_is_listed_and_a_refused_change_says_what_goes_on(self):
        self.box.mtm("add", "foo", "bar", "baz")
        self.assertIn("mtm undelete bar baz", self.box.mtm("remove", "bar", "baz").stderr)
        self.assertEqual([row["id"] for row in self.box.data("mtm", "list", "--trash")], ["bar", "baz"])
        self.box.start()
        self.assertEqual(self.box.get("/foo").status, 200)
        (self.box.tenants / "foo/config.json").write_text("{")
        self.box.mtm("restart", "foo", expect=None)
        self.assertIn("goes on running", self.box.mtm("status", "foo").stdout)
        self.assertNotIn("goes on running", self.box.mtm("check", "foo", expect=6).stderr)

    def run_script(self, *arguments):
        """scripts/run.sh in a folder of its own, where everything is installed and built already."""
        root = self.box.folder / "checkout"
        if not root.exists():
            (root / "scripts").mkdir(parents=True)
            shutil.copy(SOURCE / "scripts/run.sh", root / "scripts")
            (root / "scripts/lib.sh").write_text(
                'set -euo pipefail; cd "$(dirname "${BASH_SOURCE[0]}")/.."; root=$PWD\n'
                'step() { echo "==> $*" >&2; }; fail() { echo "$*" >&2; exit 1; }; install_build_packages() { :; }; build() { :; }\n')
            (root / "build").mkdir()
            (root / "build/release").symlink_to(self.box.bin.parent)
        return subprocess.run(["bash", root / "scripts/run.sh", *arguments], env=self.box.env, capture_output=True, text=True, timeout=90)

    def test_the_run_script(self):
        done = self.run_script("--help")
        self.assertIn("--foreground", done.stdout)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertFalse(self.box.tenants.exists())

        self.addCleanup(self.box.mtg, "stop", expect=None)
        done = self.run_script("--listen", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("is not running", done.stderr)
        port = self.box.data("mtg", "status")["listen"][0].rpartition(":")[2]
        self.assertIn(f"mtg is at http://localhost:{port}. Try:", done.stdout)
        self.assertEqual([row["id"] for row in self.box.data("mtm", "list")], ["bar", "foo"])

        again = self.run_script()
        self.assertIn(f"http://localhost:{port}/foo", again.stdout)
        foreground = self.run_script("--foreground")
        self.assertNotEqual(foreground.returncode, 0)
        self.assertEqual(foreground.stdout, "")
        self.assertIn("mtg stop", foreground.stderr)

    def test_a_port_in_use(self):
        self.box.mtm("add", "foo")
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            done = self.box.mtg("start", "--listen", f"127.0.0.1:{port}", expect=5)
            self.assertIn(str(port), done.stderr)
            self.assertIn("--listen", done.stderr)
            done = self.box.mtg("start", "-d", "--listen", f"127.0.0.1:{port}", expect=5)
            self.assertIn(str(port), done.stderr)
        self.assertEqual(self.box.mtg("status", expect=3).returncode, 3)

    def test_a_socket_path_that_is_too_long(self):
        deep = self.box.folder / ("d" * 60) / ("e" * 60)
        deep.mkdir(parents=True)
        done = self.box.mtg("start", "--tenants", str(deep), "--listen", "127.0.0.1:0", expect=6)
        self.assertIn("107", done.stderr)
        self.assertIn("--socket", done.stderr)
        self.box.mtm("add", "foo", "--tenants", str(deep), "--socket", str(self.box.folder / "c.sock"))

    def test_unknown_words(self):
        self.refused(2, "mtm", "ad", "foo", mentions=["add"])
        self.refused(2, "mtg", "strat", mentions=["start"])
        self.refused(2, "mtm", "add", "foo", "--colour", mentions=["--colour"])
        self.refused(4, "mtm", "remove", "nobody", mentions=["nobody"])
        for program, *words in (("mtm", "\x1b[2Jad"), ("mtg", "strat\x1b[2J"), ("mtm", "config", "get", "\x1b[2J"), ("mtm", "check", "--\x1b[2J")):
            with self.subTest(words):
                self.assertNotIn("\x1b", self.box.run(program, *words, expect=2).stderr)

    def test_with_the_gateway_down(self):
        self.box.mtm("add", "foo")
        for verb in ("start", "stop", "restart", "status"):
            with self.subTest(verb):
                self.refused(7, "mtm", verb, "foo", mentions=["mtg start"])
        self.assertEqual(self.box.mtg("stop").returncode, 0)
        self.assertEqual([row["id"] for row in self.box.data("mtm", "list")], ["foo"])

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("mounting a small tmpfs needs root")
        small = self.box.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small], capture_output=True).returncode != 0:
            self.skipTest("no tmpfs can be mounted here")
        try:
            tenants = small / "t"
            self.box.mtm("add", "foo", "--tenants", str(tenants))
            filler = small / "filler"
            with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 512)
            for arguments in (("add", "bar"), ("model", "foo:Customer")):
                with self.subTest(arguments):
                    before = sorted(str(p) for p in tenants.rglob("*") if ".locks" not in p.parts)
                    done = self.box.mtm(*arguments, "--tenants", str(tenants), expect=1)
                    self.assertIn("No space left", done.stderr)
                    after = sorted(str(p) for p in tenants.rglob("*") if ".locks" not in p.parts and p.name != ".staging")
                    self.assertEqual(after, [p for p in before if not p.endswith(".staging")])
            filler.unlink()
            self.box.mtm("add", "bar", "--tenants", str(tenants))
        finally:
            subprocess.run(["umount", "-l", small], check=False)

    def test_hostile_requests_reach_no_tenant(self):
        self.box.mtm("add", "foo")
        self.box.start()
        for path, status in (("/foo/../bar", 400), ("/foo/%2e%2e/bar", 400), ("/%66oo", 404), ("/FOO", 404), ("/foo%2fapi", 400),
                             ("/.run/control.sock", 404), ("/nobody", 404)):
            with self.subTest(path):
                self.assertEqual(raw(self.box.port, f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"), status)
        self.assertEqual(raw(self.box.port, "GET /foo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400)
        self.assertEqual(self.box.get("/foo").status, 200)

    def test_a_filter_cannot_reach_sql(self):
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Customer")
        self.box.start()
        self.box.post("/foo/api/Customers", {"name": "Ann"})
        for text in ('{"where":{"name\\"; DROP TABLE Customer; --":1}}', '{"order":"name; DROP TABLE Customer"}',
                     '{"where":{"name":{"like":"\' OR 1=1 --"}}}', '{"fields":{"name\\" FROM Customer --":true}}'):
            with self.subTest(text):
                self.assertLess(self.box.get("/foo/api/Customers?filter=" + quote(text)).status, 500)
        self.assertEqual(self.box.get("/foo/api/Customers/count").json, {"count": 1})


def quote(text):
    import urllib.parse
    return urllib.parse.quote(text)


def raw(port, request):
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request.encode())
        head = b""
        while b"\r\n" not in head:
            more = connection.recv(4096)
            if not more:
                break
            head += more
    return int(head.split()[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
