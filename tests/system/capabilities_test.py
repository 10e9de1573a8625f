"""A gateway that is not root but holds the capabilities of the package's unit: every wall stands, as under root."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import SOURCE, Sandbox, wait_for  # noqa: E402

USER = 54321  # nobody's
UNIT = (SOURCE / "cmake/package/mtg.service").read_text()


def unit_capabilities():
    """As setpriv writes them: +setuid,+setgid,…"""
    [line] = [line for line in UNIT.splitlines() if line.startswith("AmbientCapabilities=")]
    return ",".join("+" + name.removeprefix("CAP_").lower() for name in line.partition("=")[2].split())


@unittest.skipUnless(os.geteuid() == 0, "only root can hand out capabilities")
@unittest.skipUnless(shutil.which("setpriv"), "not installed: setpriv")
class Capabilities(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.box.folder.chmod(0o711)
        self.box.tenants.mkdir(mode=0o711)
        os.chown(self.box.tenants, USER, USER)
        # Where the build lies, a stranger may not pass.
        programs = self.box.folder / "bin"
        shutil.copytree(self.box.bin, programs)
        shutil.copytree(self.box.bin.parent / "share", self.box.folder / "share", ignore=shutil.ignore_patterns("explorer"))
        self.box.bin = pathlib.Path(programs)

    def start(self):
        """As Sandbox.start(), by the other user."""
        box, capabilities = self.box, unit_capabilities()
        if box.errors:
            box.errors.close()
        box.errors = open(box.folder / "gateway.stderr", "ab")
        box.gateway = subprocess.Popen(["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", f"--inh-caps={capabilities}",
                                        f"--ambient-caps={capabilities}", f"--bounding-set=-all,{capabilities}", box.bin / "mtg", "start",
                                        "--listen", "127.0.0.1:0"], env=box.env, cwd="/", stdout=box.errors, stderr=box.errors)
        wait_for("the gateway to serve", box._serves, 30)

    def test_a_tenant_that_root_made_is_served_by_a_user_of_its_own_again_and_again(self):
        box = self.box
        box.mtm("add", "foo")
        box.mtm("model", "foo:Customer")
        for count in (1, 2):
            self.start()
            self.assertEqual(box.post("/foo/api/Customers", {"name": "Ann"}).json["id"], count)
            with open(f"/proc/{box.pid('foo')}/status") as file:
                status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
            self.assertGreater(int(status["Uid"].split()[0]), 1 << 30)
            self.assertEqual(int(status["CapEff"], 16), 0)
            self.assertEqual(int(status["CapPrm"], 16), 0)
            walls = {wall["mechanism"]: wall["state"] for wall in box.data("mtm", "inspect", "foo")["isolation"]}
            self.assertEqual((walls["user"], walls["files"]), ("granted", "granted"))
            box.stop()

    def test_a_folder_that_bars_the_tenants_user_is_seen_through_all_capabilities(self):
        box = self.box
        box.mtm("add", "foo")
        os.chown(box.folder, USER, USER)
        box.folder.chmod(0o700)
        self.start()
        self.assertEqual(box.get("/foo").status, 200)
        user = [wall for wall in box.data("mtm", "inspect", "foo")["isolation"] if wall["mechanism"] == "user"][0]
        self.assertEqual(user["state"], "degraded")
        self.assertIn(f"the folder {box.folder} (mode 0700) bars uid", user["detail"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
