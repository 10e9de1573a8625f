"""An existing LoopBack project moves in: mtm add --from, and the first requests."""
import json
import os
import pathlib
import shutil
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import SOURCE, Sandbox, edit_json  # noqa: E402

RECORDED = SOURCE / "tests/conformance/tenant"


def dress_as_project(folder):
    """The recorded tenant's files where `lb` would have put them."""
    server, common = folder / "server", folder / "common/models"
    server.mkdir(parents=True)
    shutil.copytree(RECORDED / "models", common)
    for file in RECORDED.glob("*.json"):
        shutil.copy(file, server)
    (folder / "package.json").write_text('{"name": "recorded", "dependencies": {"loopback": "^3.0.0"}}')
    for model in common.glob("*.json"):
        model.with_suffix(".js").write_text("'use strict';\n\nmodule.exports = function(Model) {\n\n};\n")
    (server / "boot").mkdir()
    (server / "boot/authentication.js").write_text("module.exports = function(server) {\n  server.enableAuth();\n};\n")
    edit_json(server / "model-config.json", lambda d: d.setdefault("_meta", {}).update(
        sources=["loopback/common/models", "loopback/server/models", "../common/models", "./models"]))


class MoveIn(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.project = self.box.folder / "my-loopback-app"

    def test_the_recorded_tenant_as_a_project(self):
        dress_as_project(self.project)
        box = self.box.start()
        row = box.data("mtm", "add", "foo", "--from", "my-loopback-app")
        self.assertEqual(row["served"], True)
        self.assertEqual([w for w in row["warnings"] if "not run" in w], [])
        listed = box.get("/foo/explorer/swagger.json").json["paths"]
        recorded = json.loads((SOURCE / "tests/conformance/swagger.json").read_text())["paths"]
        self.assertEqual(sorted(listed), sorted(recorded))
        made = box.post("/foo/api/Authors", {"name": "Ann"})
        self.assertEqual(made.status, 200, made)
        found = box.get(f"/foo/api/Authors/{made.json['id']}")
        self.assertEqual((found.status, found.json["name"]), (200, "Ann"))
        self.assertEqual(box.get("/foo/api/Nothing").status, 404)

    def test_a_database_comes_along_with_its_rows_while_another_program_has_it_open(self):
        dress_as_project(self.project)
        edit_json(self.project / "server/datasources.json",
                  lambda d: d.update({next(iter(d)): {**next(iter(d.values())), "connector": "sqlite3", "file": "shop.db"}}))
        data = sqlite3.connect(self.project / "shop.db")
        data.execute("PRAGMA journal_mode=WAL")
        data.execute("CREATE TABLE Author (id INTEGER PRIMARY KEY, name TEXT)")
        data.execute("INSERT INTO Author (name) VALUES ('Ann'), ('Bob')")
        data.commit()
        data.execute("INSERT INTO Author (name) VALUES ('not yet')")  # an open transaction: not to be seen
        before = {path: path.read_bytes() for path in pathlib.Path(self.project).rglob("*.json")}
        box = self.box
        row = box.data("mtm", "add", "foo", "--from", "my-loopback-app")
        self.assertTrue(any("/file: copied to data/shop.sqlite3" in note for note in row["notes"]), row)
        data.rollback()
        data.close()
        box.start()
        self.assertEqual([author["name"] for author in box.get("/foo/api/Authors").json], ["Ann", "Bob"])
        self.assertEqual(box.post("/foo/api/Authors", {"name": "Cid"}).json["id"], 3)
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_rows_of_a_memory_connector_with_a_file(self):
        dress_as_project(self.project)
        edit_json(self.project / "server/datasources.json",
                  lambda d: d.update({next(iter(d)): {"name": next(iter(d)), "connector": "memory", "file": "data.json"}}))
        rows = {str(i): json.dumps({"id": i, "name": f"n{i}"}) for i in range(1, 501)}
        (self.project / "data.json").write_text(json.dumps({"ids": {"Author": 501}, "models": {"Author": rows}}))
        box = self.box
        box.mtm("add", "foo", "--from", "my-loopback-app")
        box.start()
        self.assertEqual(box.get("/foo/api/Authors/count").json, {"count": 500})
        self.assertEqual(box.get("/foo/api/Authors/42").json["name"], "n42")
        self.assertEqual(box.post("/foo/api/Authors", {"name": "next"}).json["id"], 501)

    def test_a_file_that_is_no_database_leaves_nothing(self):
        dress_as_project(self.project)
        edit_json(self.project / "server/datasources.json",
                  lambda d: d.update({next(iter(d)): {"name": next(iter(d)), "connector": "sqlite3", "file": "shop.db"}}))
        (self.project / "shop.db").write_text("no database, and longer than a header of one hundred bytes " * 20)
        done = self.box.mtm("add", "foo", "--from", "my-loopback-app", expect=6)
        self.assertIn("my-loopback-app/shop.db", done.stderr)
        self.assertFalse((self.box.tenants / "foo").exists())
        self.assertEqual(list((self.box.tenants / ".staging").iterdir()), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
