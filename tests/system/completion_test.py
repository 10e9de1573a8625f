"""Completion and manual pages, as a shell and man read them."""
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox  # noqa: E402


class Completion(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def complete(self, program, *words):
        """What bash offers for the last word."""
        script = f'source <({program} completion bash)\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _{program}; printf "%s\\n" "${{COMPREPLY[@]}}"'
        env = {**self.box.env, "PATH": f"{self.box.bin}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-uc", script, "bash", program, *words], env=env, cwd=self.box.folder, capture_output=True, text=True, timeout=30)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.split()

    def test_bash_offers_verbs_options_and_tenants(self):
        self.box.mtm("add", "foo", "food", "bar")
        self.assertIn("suspend", self.complete("mtm", "su"))
        self.assertEqual(self.complete("mtm", "remove", "fo"), ["foo", "food"])
        self.assertEqual(self.complete("mtm", "suspend", "foo", "--un"), ["--until"])
        self.assertEqual(self.complete("mtm", "--tenants", str(self.box.tenants), "why", "b"), ["bar"])
        self.assertEqual(self.complete("mtm", "--tenants", "/nonexistent", "why", "b"), [])
        self.assertEqual(self.complete("mtg", "config", "s"), ["show", "schema"])
        self.assertNotIn("__tenants", self.complete("mtm", ""))

    def test_other_shells_and_the_manual_page(self):
        for program in ("mtm", "mtg"):
            for shell, first in (("zsh", f"#compdef {program}\n"), ("fish", f"complete -c {program} -f\n")):
                script = self.box.run(program, "completion", shell).stdout
                self.assertTrue(script.startswith(first), script[:80])
                if shutil.which(shell):
                    subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=30)
            self.box.run(program, "completion", "tcsh", expect=2)
            page = self.box.run(program, "manpage").stdout
            self.assertTrue(page.startswith(f".TH {program.upper()} 1 "), page[:80])
            self.assertIn(".SS \"top\"", page)
            if shutil.which("groff"):
                done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True, timeout=30)
                self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
