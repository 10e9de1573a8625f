"""`cmake --install` into a prefix: the programs find the worker, the templates and the explorer there, far from the build tree."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox  # noqa: E402


class Install(unittest.TestCase):
    def test_installed_programs_work(self):
        with tempfile.TemporaryDirectory(prefix="mtg-prefix-") as prefix:
            subprocess.run(["cmake", "--install", os.environ["MT_BUILD"], "--prefix", prefix], check=True, capture_output=True)
            installed = pathlib.Path(prefix)
            self.assertEqual(sorted(p.name for p in (installed / "bin").iterdir()), ["mtg", "mtm", "tenant-app", "tenant-mail"])
            # Every start of every tenant pays for what the worker links: mail is another program's.
            linked = subprocess.run(["ldd", installed / "bin/tenant-app"], check=True, capture_output=True, text=True).stdout
            self.assertNotIn("curl", linked)
            self.assertNotIn("ssl", linked)
            with Sandbox(installed / "bin") as box:
                box.mtm("add", "foo")
                box.mtm("model", "foo:Customer")
                box.start()
                self.assertEqual(box.post("/foo/api/Customers", {"name": "Ann"}).status, 200)
                if (installed / "share/mtg/explorer/swagger-ui-bundle.js").exists():
                    asset = box.get("/-/explorer/swagger-ui-bundle.js")
                    self.assertEqual(asset.status, 200)
                    self.assertGreater(len(asset.body), 500_000)
                    self.assertEqual(box.get("/-/explorer/swagger-ui.css", headers={"accept-encoding": "gzip"}).headers["content-encoding"], "gzip")
                self.assertEqual(box.get("/-/explorer/../../bin/mtg").status, 400)
                self.assertEqual(box.get("/-/explorer/nothing.js").status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
