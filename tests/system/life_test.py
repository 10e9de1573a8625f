"""Life and data of a tenant: rename, clone, dump, restore, snapshots; each killed at every step."""
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import kill_at  # noqa: E402
from sandbox import Sandbox, wait_for  # noqa: E402


class Case(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        # As root each tenant then has a user of its own, whose rights the jobs take.
        self.box.folder.chmod(0o755)

    def tenant(self, name="foo", rows=()):
        """A tenant with a model, some rows of it, a served file and a label."""
        box = self.box
        box.mtm("add", name)
        box.mtm("model", f"{name}:Customer", "name:string!", "score:number", "tags:string[]", "born:date")
        tenant = box.tenants / name / "tenant.json"
        tenant.write_text(json.dumps({**json.loads(tenant.read_text()), "labels": {"plan": "pro"}}))
        (box.tenants / name / "files").mkdir(exist_ok=True)
        (box.tenants / name / "files/logo.bin").write_bytes(bytes(range(256)) * 100)
        if rows:
            self.load(name, rows)

    def load(self, name, rows, model="Customer"):
        """Rows as they are, without a gateway."""
        text = "# {}\n@" + model + "\n" + "".join(json.dumps(row) + "\n" for row in rows) + ".\n"
        done = subprocess.run([self.box.bin / "tenant-app", self.box.tenants / name, "load-dump"], input=text, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def rows(self, name, model="Customer"):
        """The same back."""
        done = subprocess.run([self.box.bin / "tenant-app", self.box.tenants / name, "dump-rows"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], ".")
        at = lines.index("@" + model) + 1
        found = []
        while lines[at].startswith("{"):
            found.append(json.loads(lines[at]))
            at += 1
        return found

    def doctor_is_content(self):
        """The job of a killed mtm ends a moment after it, and may make a last file until then."""
        def healthy():
            self.box.mtm("doctor", "--repair", expect=None)
            return self.box.mtm("doctor", expect=None).returncode == 0

        wait_for("a doctor without findings", healthy)

    def clean(self):
        """Nothing half done lies about, without anybody having cleared it away."""
        self.assertTrue(self.box.data("mtm", "doctor")["healthy"])


ROWS = [{"id": 1, "name": "Ann", "score": 1.5, "tags": ["a", "b"], "born": "2001-02-03T00:00:00.000Z"},
        {"id": 2, "name": "Bün \"x\"\n", "score": 9007199254740991},
        {"id": 7, "name": "", "nick": {"of": ["no", 1, None, True]}}]


class Rename(Case):
    def test_its_former_name_redirects_until_another_tenant_takes_it(self):
        box = self.box
        self.tenant(rows=ROWS)
        box.start()
        self.assertEqual(len(box.get("/foo/api/Customers").json), 3)
        key = json.loads((box.tenants / "foo/tenant.json").read_text())["key"]
        done = box.data("mtm", "rename", "foo", "bar")
        self.assertEqual((done["id"], done["former_id"], done["served"]), ("bar", "foo", True))
        self.assertEqual(json.loads((box.tenants / "bar/tenant.json").read_text())["key"], key)
        moved = box.get("/foo/api/Customers?filter=%7B%22limit%22%3A1%7D")
        self.assertEqual((moved.status, moved.headers["location"]), (308, "/bar/api/Customers?filter=%7B%22limit%22%3A1%7D"))
        self.assertEqual(moved.headers["cache-control"], "no-store")
        self.assertEqual(box.get("/foo").headers["location"], "/bar")
        self.assertEqual(box.request("POST", "/foo/api/Customers", body=b"{}").status, 308)
        self.assertEqual(len(box.get("/bar/api/Customers").json), 3)
        # By its key: it follows a second rename, and the gateway's restart.
        box.mtm("rename", "bar", "baz")
        self.assertEqual(box.get("/foo/x").headers["location"], "/baz/x")
        box.stop()
        box.start()
        self.assertEqual(box.get("/bar/x").headers["location"], "/baz/x")
        box.mtm("add", "foo")
        self.assertEqual(box.get("/foo").status, 200)
        box.mtm("remove", "foo")
        self.assertEqual(box.get("/foo").status, 404)
        # A tenant that is gone is not led to; one that comes by its name is another.
        box.mtm("remove", "baz")
        box.mtm("add", "baz")
        self.assertEqual(box.get("/bar").status, 404)
        box.mtm("purge", "--all", "--yes")
        self.assertIn("leads to is gone", box.mtm("doctor", expect=1).stdout)
        self.doctor_is_content()

    def test_the_alias_ends(self):
        box = self.box
        box.mtm("add", "foo")
        box.start()
        box.mtm("rename", "foo", "bar", "--alias-for", "1s")
        wait_for("the alias to end", lambda: box.get("/foo").status == 404)
        box.mtm("rename", "bar", "foo", "--alias-for", "0")
        self.assertEqual((box.get("/bar").status, box.get("/foo").status), (404, 200))

    def test_what_is_refused_changes_nothing(self):
        box = self.box
        box.mtm("add", "foo", "bar")
        for words, code in ((["foo", "bar"], 5), (["nosuch", "baz"], 4), (["foo"], 2), (["foo", "foo"], 2), (["foo", "b-z"], 2)):
            self.assertFalse(json.loads(box.mtm("rename", *words, "--json", expect=code).stdout)["ok"])
        self.assertTrue(box.data("mtm", "rename", "foo", "baz", "--dry-run")["dry_run"])
        self.assertEqual(sorted(p.name for p in box.tenants.iterdir() if p.name[0] != "."), ["bar", "foo"])
        self.clean()


class Clone(Case):
    def test_the_copy_is_a_tenant_of_its_own(self):
        box = self.box
        self.tenant(rows=ROWS)
        config = box.tenants / "foo/tenant.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "hosts": ["foo.example"], "protected": True}))
        box.start()
        self.assertEqual(len(box.get("/foo/api/Customers").json), 3)
        done = box.data("mtm", "clone", "foo", "bar", "--data")
        self.assertEqual((done["served"], done["data"]), (True, True))
        copied = json.loads((box.tenants / "bar/tenant.json").read_text())
        self.assertNotEqual(copied["key"], json.loads(config.read_text())["key"])
        self.assertEqual((copied.get("hosts"), copied.get("protected"), copied["labels"]), (None, None, {"plan": "pro"}))
        self.assertEqual(len(box.get("/bar/api/Customers").json), 3)
        self.assertEqual((box.tenants / "bar/files/logo.bin").read_bytes(), (box.tenants / "foo/files/logo.bin").read_bytes())
        box.request("DELETE", "/bar/api/Customers/7")
        self.assertEqual(len(box.get("/foo/api/Customers").json), 3)
        # The greatest id was given, so it is not given again.
        self.assertEqual(box.post("/bar/api/Customers", {"name": "next"}).json["id"], 8)
        box.mtm("clone", "foo", "hollow", "--structure")
        self.assertEqual(box.get("/hollow/api/Customers").json, [])
        self.assertFalse((box.tenants / "hollow/files/logo.bin").exists())
        self.clean()

    def test_what_is_refused(self):
        box = self.box
        self.tenant()
        for words, code in ((["foo", "bar"], 2), (["foo", "bar", "--data", "--structure"], 2), (["foo", "foo", "--data"], 5),
                            (["nosuch", "bar", "--data"], 4)):
            box.mtm("clone", *words, expect=code)
        (box.tenants / "foo/data").mkdir(exist_ok=True)
        (box.tenants / "foo/data/db.sqlite3").write_bytes(b"no database" * 1000)
        box.mtm("clone", "foo", "bar", "--data", expect=6)
        self.assertFalse((box.tenants / "bar").exists())
        self.clean()


class Bundle(Case):
    def test_a_tenant_comes_back_row_by_row_while_another_is_under_load(self):
        box = self.box
        self.tenant(rows=ROWS)
        self.load("foo", [{"id": i, "name": f"row {i}", "score": i / 7} for i in range(100, 3100)])
        self.tenant("other")
        box.start()
        stop, failures, answers = threading.Event(), [], []

        def load():
            while not stop.is_set():
                answer = box.post("/other/api/Customers", {"name": "x"})
                (answers if answer.status == 200 else failures).append(answer)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            box.post("/foo/api/Customers", {"name": "kept"})
            before = self.rows("foo")
            dumped = box.data("mtm", "dump", "foo", "-o", "foo.mtb")
            self.assertEqual((dumped["rows"], len(before)), (sum(m["rows"] for m in dumped["models"]), 3004))
            self.assertEqual((box.folder / "foo.mtb").stat().st_mode & 0o777, 0o600)
            restored = box.data("mtm", "restore", "foo.mtb", "--as", "bar")
            self.assertEqual((restored["rows"], restored["served"], restored["undo"]), (dumped["rows"], True, None))
            self.assertEqual(self.rows("bar"), before)
            self.assertEqual((box.tenants / "bar/files/logo.bin").read_bytes(), (box.tenants / "foo/files/logo.bin").read_bytes())
            # Over itself: what was done since is in the undo snapshot.
            self.assertEqual(box.post("/foo/api/Customers", {"name": "late"}).json["id"], 3101)
            self.assertEqual(box.mtm("restore", "foo.mtb", expect=5).stderr.count("--replace"), 1)
            self.assertIn("--yes", box.mtm("restore", "foo.mtb", "--replace", expect=2).stderr)
            undo = box.data("mtm", "restore", "foo.mtb", "--replace", "--yes")["undo"]
            self.assertTrue(undo.endswith("-undo"))
            self.assertEqual(self.rows("foo"), before)
            self.assertEqual(box.get("/foo/api/Customers/count").json, {"count": 3004})
            box.mtm("restore", "foo", "--at", undo, "--yes")
            self.assertEqual(self.rows("foo")[-1]["name"], "late")
            self.assertEqual(box.post("/foo/api/Customers", {"name": "next"}).json["id"], 3102)
        finally:
            stop.set()
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(len(answers), 10)
        self.clean()

    def test_through_a_pipe_and_by_tar(self):
        box = self.box
        self.tenant(rows=ROWS)
        bundle = subprocess.run([box.bin / "mtm", "dump", "foo", "-o", "-"], env=box.env, cwd=box.folder, capture_output=True)
        self.assertEqual(bundle.returncode, 0, bundle.stderr)
        done = subprocess.run([box.bin / "mtm", "restore", "-", "--as", "bar", "--json"], env=box.env, cwd=box.folder, input=bundle.stdout,
                              capture_output=True)
        self.assertTrue(json.loads(done.stdout)["ok"], done.stdout)
        self.assertEqual(self.rows("bar"), self.rows("foo"))
        box.mtm("remove", "bar")

    def test_secrets_stay_at_home(self):
        box = self.box
        self.tenant()
        sources = box.tenants / "foo/datasources.json"
        more = {"mail": {"name": "mail", "connector": "mail", "transports": [{"type": "SMTP", "host": "localhost", "auth": {"user": "u", "pass": "canary-1"}}]}}
        sources.write_text(json.dumps({**json.loads(sources.read_text()), **more}))
        done = box.mtm("dump", "foo", "-o", "foo.mtb")
        self.assertIn("datasources.json /mail/transports/0/auth/pass", done.stderr)
        box.mtm("dump", "foo", "-o", "all.mtb", "--secrets")
        box.mtm("restore", "all.mtb", "--as", "whole")
        self.assertIn("canary-1", (box.tenants / "whole/datasources.json").read_text())
        self.assertIn("auth/pass", box.mtm("restore", "foo.mtb", "--as", "bar").stderr)
        self.assertNotIn("canary-1", (box.tenants / "bar/datasources.json").read_text())

    def test_a_broken_bundle_leaves_nothing_behind(self):
        box = self.box
        self.tenant(rows=ROWS)
        box.mtm("dump", "foo", "-o", "foo.mtb")
        whole = (box.folder / "foo.mtb").read_bytes()
        broken = box.folder / "broken.mtb"
        for cut in (0, 1, 10, len(whole) // 3, len(whole) // 2, len(whole) - 20, len(whole) - 1):
            broken.write_bytes(whole[:cut])
            with self.subTest(cut=cut):
                self.assertIn("broken.mtb", box.mtm("restore", "broken.mtb", "--as", "bar", expect=1).stderr)
        for at in (3, 50, len(whole) // 2, len(whole) - 30):
            damaged = bytearray(whole)
            damaged[at] ^= 0x55
            broken.write_bytes(damaged)
            with self.subTest(damaged=at):
                box.mtm("restore", "broken.mtb", "--as", "bar", expect=1)
        broken.write_bytes(b"PK\3\4" * 1000)
        self.assertIn("no bundle", box.mtm("restore", "broken.mtb", expect=1).stderr)
        box.mtm("restore", "nosuch.mtb", expect=2)
        self.assertFalse((box.tenants / "bar").exists())
        self.clean()

    def test_a_bundle_of_a_newer_format_is_refused(self):
        box = self.box
        self.tenant()
        box.mtm("dump", "foo", "-o", "foo.mtb")
        folder = box.folder / "plain"
        folder.mkdir()
        if subprocess.run(["tar", "--zstd", "-xf", "foo.mtb", "-C", folder], cwd=box.folder, capture_output=True).returncode:
            self.skipTest("no tar with zstd")
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 2, "version": "9.0"}))
        subprocess.run(["tar", "--zstd", "--format=ustar", "-cf", "newer.mtb", "-C", folder, "manifest.json"], cwd=box.folder, check=True)
        self.assertIn("9.0", box.mtm("restore", "newer.mtb", "--as", "bar", expect=1).stderr)

    def test_an_existing_file_and_a_protected_tenant_stay(self):
        box = self.box
        self.tenant(rows=ROWS)
        box.mtm("dump", "foo", "-o", "foo.mtb")
        box.mtm("dump", "foo", "-o", "foo.mtb", expect=5)
        box.mtm("dump", "foo", "-o", "foo.mtb", "--yes")
        box.mtm("protect", "foo")
        box.mtm("restore", "foo.mtb", "--replace", "--yes", expect=5)
        box.mtm("dump", "nosuch", expect=4)
        self.clean()


class Snapshots(Case):
    def test_they_belong_to_the_tenant_not_to_its_name(self):
        box = self.box
        self.tenant(rows=ROWS)
        first = box.data("mtm", "snapshot", "foo")
        self.load("foo", [{"id": 50, "name": "later"}])
        box.mtm("snapshot", "foo")
        self.assertEqual([row["reason"] for row in box.data("mtm", "snapshots", "foo")], ["asked for"] * 2)
        box.mtm("rename", "foo", "bar")
        self.assertEqual(len(box.data("mtm", "snapshots", "bar")), 2)
        box.mtm("restore", "bar", "--at", first["name"], "--yes")
        self.assertEqual(self.rows("bar"), ROWS)
        self.assertEqual([row["reason"] for row in box.data("mtm", "snapshots", "bar")], ["asked for", "asked for", "undo"])
        box.mtm("restore", "bar", "--at", "2h", "--yes", expect=4)
        box.mtm("restore", "bar", "--at", "0s", "--yes")
        self.assertEqual(len(self.rows("bar")), 4)
        box.mtm("restore", "bar", "--at", first["name"], "--as", "beside")
        self.assertEqual(self.rows("beside"), ROWS)
        box.mtm("add", "foo")
        self.assertEqual(box.data("mtm", "snapshots", "foo"), [])
        self.clean()

    def test_the_gateway_takes_them_and_keeps_the_last(self):
        box = self.box
        self.tenant(rows=ROWS)
        config = box.tenants / "foo/tenant.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "snapshots": {"every": "1h", "keep": 2}}))
        box.start()
        taken = wait_for("a snapshot", lambda: box.data("mtm", "snapshots", "foo"))
        self.assertEqual([row["reason"] for row in taken], ["auto"])
        for _ in range(3):
            box.mtm("snapshot", "foo", "--scheduled")
        self.assertEqual(len(box.data("mtm", "snapshots", "foo")), 2)


@kill_at.needed
class Killed(Case):
    """At every step: wholly there or wholly gone, and the doctor content afterwards."""

    def setUp(self):
        super().setUp()
        self.tenant(rows=ROWS)

    def kills(self, *words):
        """Kills the command at its first step, at its second, …, until it came to its end; yields the call each time."""
        arguments = [os.fspath(self.box.bin / "mtm"), *words]
        for at in range(400):
            call = kill_at.killed_before(arguments, at, self.box.env, self.box.folder)
            if call is None:
                return
            yield f"{at}: {call}"
        self.fail("it never ends")

    def whole(self, name):
        self.box.mtm("check", name)
        self.assertEqual(self.rows(name), ROWS)

    def there(self):
        return sorted(p.name for p in self.box.tenants.iterdir() if p.name[0] != ".")

    def test_rename(self):
        moved = 0
        for _ in self.kills("rename", "foo", "bar"):
            self.assertIn(self.there(), (["foo"], ["bar"]))
            self.doctor_is_content()
            if self.there() == ["bar"]:
                moved += 1
                self.box.mtm("rename", "bar", "foo", "--alias-for", "0")
        self.assertGreater(moved, 0)
        self.whole("bar")

    def test_clone(self):
        for _ in self.kills("clone", "foo", "bar", "--data"):
            self.doctor_is_content()
            if "bar" in self.there():
                self.whole("bar")
                self.box.mtm("remove", "bar")
        self.whole("foo")
        self.whole("bar")

    def test_dump(self):
        for _ in self.kills("dump", "foo", "-o", "foo.mtb", "--yes"):
            if (self.box.folder / "foo.mtb").exists():
                self.box.mtm("restore", "foo.mtb", "--as", "bar")
                self.whole("bar")
                self.box.mtm("remove", "bar")
        self.box.mtm("restore", "foo.mtb", "--as", "bar")

    def test_restore_over_a_tenant(self):
        self.box.mtm("dump", "foo", "-o", "foo.mtb")
        other = [{"id": 1, "name": "other"}]
        self.box.mtm("clone", "foo", "bar", "--structure")
        self.load("bar", other)
        replaced = 0
        for _ in self.kills("restore", "foo.mtb", "--as", "bar", "--replace", "--yes"):
            self.doctor_is_content()
            rows = self.rows("bar")
            self.assertIn(rows, (ROWS, other))
            if rows == ROWS:
                replaced += 1
                undo = self.box.data("mtm", "snapshots", "bar")[-1]
                self.box.mtm("restore", "bar", "--at", undo["name"], "--yes")
                self.assertEqual(self.rows("bar"), other)
        self.assertGreater(replaced, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
