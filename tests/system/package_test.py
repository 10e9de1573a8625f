"""The Debian package: what lintian says of it, and its whole life in a bare Debian that systemd boots (systemd-nspawn).

The bare system is taken from apt's mirror once and kept in the build folder; that takes minutes, hence `scripts/test.sh --deep`.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["MT_BUILD"])
HERE = pathlib.Path(__file__).resolve().parent
BARE = BUILD / "package" / "bare.tar"
# Of what tenants confine themselves with, nspawn refuses these unless asked.
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"
UNIT = """[Service]
Type=oneshot
ExecStart=/in_machine.sh
StandardOutput=file:/result
StandardError=file:/result
ExecStopPost=/bin/systemctl poweroff --force
"""


def run(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, **options)


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program)]
    return unittest.skipIf(missing, f"not installed: {' '.join(missing)}")


def depends(package):
    """Names of the packages that it depends on, the first of alternatives."""
    text = run("dpkg-deb", "--field", package, "Depends", check=True).stdout
    return [re.split(r"[ (|]", word.strip())[0] for word in text.split(",")]


def kernel_has_landlock():
    """All of it that tenants' walls want: ABI 3."""
    findings = json.loads(run(BUILD / "bin/mtg", "doctor", "--json", cwd="/").stdout)["data"]["findings"]
    [found] = [row["found"] for row in findings if row["check"] == "landlock"]
    return found.startswith("ABI ") and int(found[4:]) >= 3


@needs("cpack", "dpkg-deb", "dpkg-shlibdeps")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        made = run("cpack", "-B", str(cls.folder), cwd=BUILD)
        assert made.returncode == 0, made.stdout + made.stderr
        cls.package = next(cls.folder.glob("mtg_*.deb"))

    def test_what_is_in_it(self):
        listed = run("dpkg-deb", "--contents", self.package, check=True).stdout
        files = {line.split()[5]: line.split()[0:2] for line in listed.splitlines()}
        for name in ("./usr/bin/mtg", "./usr/bin/mtm", "./usr/bin/tenant-app", "./usr/bin/tenant-mail", "./lib/systemd/system/mtg.service",
                     "./etc/mtg/mtg.json", "./usr/share/man/man1/mtm.1.gz", "./usr/share/bash-completion/completions/mtg",
                     "./usr/share/zsh/vendor-completions/_mtm", "./usr/share/fish/vendor_completions.d/mtm.fish",
                     "./usr/share/mtg/templates/default/tenant.json", "./usr/share/doc/mtg/OPERATING.md"):
            with self.subTest(name):
                self.assertIn(name, files)
        self.assertEqual({owner for _, owner in files.values()}, {"root/root"})
        self.assertEqual([name for name, (mode, _) in files.items() if "w" in mode[5] + mode[8] and mode[0] != "l"], [])
        needed = depends(self.package)
        for name in ("adduser", "libc6", "libssl3", "libcurl4", "libnghttp2-14"):
            self.assertIn(name, needed)
        self.assertFalse({"libstdc++6", "libboost-filesystem1.81.0"} & set(needed), needed)

    @needs("lintian")
    def test_lintian_has_nothing_to_say(self):
        said = run("lintian", "--fail-on", "error,warning", "--allow-root", self.package)
        self.assertEqual((said.returncode, said.stdout), (0, ""), said.stderr)

    @needs("systemd-analyze")
    def test_the_unit_is_understood(self):
        """Names of directives and of system calls: a misspelt one is a wall that does not stand."""
        text = (HERE.parents[1] / "cmake/package/mtg.service").read_text()
        unit = self.folder / "mtg.service"
        unit.write_text(re.sub(r"/usr/bin/mtg\b.*", "/bin/true", text))
        said = run("systemd-analyze", "verify", "--man=no", unit)
        self.assertEqual((said.returncode, said.stdout + said.stderr), (0, ""))

    @needs("systemd-nspawn", "mmdebstrap")
    @unittest.skipUnless(os.geteuid() == 0, "booting a system wants root")
    @unittest.skipUnless(os.environ.get("MT_DEEP"), "takes minutes: scripts/test.sh --deep")
    def test_its_life_in_a_bare_system(self):
        root = self.folder / "root"
        root.mkdir()
        self.make_bare()
        run("tar", "-xf", BARE, "-C", root, check=True)
        shutil.copy(self.package, root / "mtg.deb")
        shutil.copy(HERE / "package/in_machine.sh", root / "in_machine.sh")
        (root / "etc/systemd/system/in-machine.service").write_text(UNIT)
        booted = run("systemd-nspawn", "--quiet", "--directory", root, "--register=no", "--keep-unit", "--private-network",
                     f"--system-call-filter={LANDLOCK}", "--boot", "systemd.unit=multi-user.target", "systemd.wants=in-machine.service", stdin=subprocess.DEVNULL, timeout=400)
        if not (root / "result").exists():
            self.skipTest("systemd does not boot here: " + (booted.stdout + booted.stderr)[-500:])
        said = (root / "result").read_text(errors="replace")
        self.assertEqual(said.rstrip().splitlines()[-1], "== done", said[said.rfind("\n== "):][:6000])
        inspected = said.partition("== its walls, as the unit leaves them\n")[2].partition("\n== ")[0]
        walls = {wall["mechanism"]: wall["state"] for wall in json.loads(inspected)["data"]["isolation"]}
        expected = ["user", "files", "capabilities", "memory_image", "network", "seccomp", "files_open"]
        for wall in expected + ["landlock"] * kernel_has_landlock():
            with self.subTest(wall):
                self.assertEqual(walls[wall], "granted", walls)
        exposure = re.search(r"exposure level for mtg.service: ([0-9.]+)", said)
        self.assertLess(float(exposure[1]), 5.0, said[-3000:])

    def make_bare(self):
        """The smallest Debian with systemd and what the package depends on, from apt's mirror."""
        if BARE.exists() and BARE.stat().st_size > 1 << 20:
            return
        BARE.parent.mkdir(exist_ok=True)
        include = ",".join(["systemd", "systemd-sysv", "dbus", "curl", "procps", *depends(self.package)])
        made = run("mmdebstrap", "--variant=apt", f"--include={include}", "bookworm", f"{BARE}.new.tar")
        if made.returncode != 0:
            self.skipTest("no bare system to be had: " + made.stderr[-500:])
        os.rename(f"{BARE}.new.tar", BARE)


if __name__ == "__main__":
    unittest.main(verbosity=2)
