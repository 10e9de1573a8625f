"""A disk that fills up under dump, restore, import, snapshot and clone: a clear word, and everything as it was."""
import ctypes
import ctypes.util
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox  # noqa: E402

CLONE_NEWNS, MS_PRIVATE_REC = 0x20000, (1 << 18) | (1 << 14)
libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)


def small_disk(path, size):
    """Why there is none at `path`, or None. It goes with this process: the mount is in a namespace of its own."""
    if libc.unshare(CLONE_NEWNS) != 0:
        return "no mount namespace here: " + os.strerror(ctypes.get_errno())
    libc.mount(b"none", b"/", None, MS_PRIVATE_REC, None)
    if libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", 0, f"size={size}".encode()) != 0:
        return "no tmpfs here: " + os.strerror(ctypes.get_errno())
    return None


class FullDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.disk = pathlib.Path(tempfile.mkdtemp(prefix="mtg-disk-"))
        why = small_disk(cls.disk, "24m")
        if why:
            cls.disk.rmdir()
            raise unittest.SkipTest(why)

    def setUp(self):
        self.box = box = Sandbox()
        self.addCleanup(box.__exit__)
        self.addCleanup(lambda: [shutil.rmtree(path, ignore_errors=True) for path in self.disk.iterdir() if path.is_dir()])
        self.addCleanup(lambda: (self.disk / "filler").unlink(missing_ok=True))
        box.tenants = self.disk / "tenants"
        box.env["MTG_TENANTS"] = str(box.tenants)
        box.mtm("add", "a")
        box.mtm("model", "a:Customer", "name:string!")
        self.lines = box.folder / "in.ndjson"
        with open(self.lines, "w") as out:
            for number in range(20_000):
                out.write(json.dumps({"name": os.urandom(40).hex() + str(number)}) + "\n")
        box.mtm("import", "a:Customer", str(self.lines))
        self.before = self.rows()

    def rows(self):
        database = sqlite3.connect(self.box.tenants / "a/data/db.sqlite3")
        try:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            return database.execute("SELECT count(*), total(length(name)) FROM Customer").fetchone()
        finally:
            database.close()

    def leave(self, kib):
        """Fills the disk but for so much."""
        (self.disk / "filler").unlink(missing_ok=True)
        free = shutil.disk_usage(self.disk).free
        with open(self.disk / "filler", "wb") as out:
            out.write(b"x" * max(0, free - kib * 1024))

    def refused(self, *arguments):
        done = self.box.mtm(*arguments, expect=None)
        self.assertEqual(done.returncode, 1, (arguments, done.stdout, done.stderr))
        self.assertRegex(done.stderr.lower(), "no space left|disk is full|full", arguments)
        (self.disk / "filler").unlink()
        names = sorted(path.name for path in self.box.tenants.iterdir() if not path.name.startswith("."))
        self.assertEqual(names, ["a"])
        self.assertEqual(self.rows(), self.before)
        self.box.mtm("doctor", "--repair")
        findings = self.box.data("mtm", "doctor")
        self.assertNotIn("failed", json.dumps(findings))
        self.assertEqual(list((self.box.tenants / ".staging").glob("*")), [])

    def test_dump(self):
        self.leave(300)
        self.refused("dump", "a", "-o", str(self.disk / "a.mtb"))
        self.assertEqual([path.name for path in self.disk.iterdir()], ["tenants"])

    def test_restore(self):
        self.box.mtm("dump", "a", "-o", "a.mtb")
        for kib in (100, 1000):
            with self.subTest(kib=kib):
                self.leave(kib)
                self.refused("restore", "a.mtb", "--as", "b")

    def test_restore_over_it(self):
        self.box.mtm("dump", "a", "-o", "a.mtb")
        self.leave(1000)
        self.refused("restore", "a.mtb", "--replace", "--yes")

    def test_import(self):
        self.leave(500)
        self.refused("import", "a:Customer", str(self.lines))

    def test_snapshot(self):
        self.leave(300)
        self.refused("snapshot", "a")
        self.assertEqual(self.box.data("mtm", "snapshots", "a"), [])

    def test_clone(self):
        self.leave(1000)
        self.refused("clone", "a", "b", "--data")


if __name__ == "__main__":
    unittest.main(verbosity=2)
