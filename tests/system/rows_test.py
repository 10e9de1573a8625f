"""A model's rows out and in: export and import, NDJSON and CSV."""
import csv
import io
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox  # noqa: E402

ROWS = [{"id": 1, "name": "Ann", "score": 1.5, "tags": ["a", "b"], "born": "2001-02-03T00:00:00.000Z"},
        {"id": 2, "name": "Bün, \"x\"\r\nsecond line", "score": -0.25, "note": "", "nick": {"of": [1, None]}},
        {"id": 3, "name": "5", "note": "true", "nick": "5"}]


class Rows(unittest.TestCase):
    def setUp(self):
        self.box = box = Sandbox()
        self.addCleanup(box.__exit__)
        box.mtm("add", "foo")
        box.mtm("model", "foo:Customer", "name:string!", "score:number", "tags:string[]", "born:date", "note:string")

    def put(self, name, rows):
        (self.box.folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))

    def get(self):
        return [json.loads(line) for line in self.box.mtm("export", "foo:Customer").stdout.splitlines()]

    def test_both_formats_bring_every_value_back(self):
        box = self.box
        self.put("in.ndjson", ROWS)
        done = box.data("mtm", "import", "foo:Customer", "in.ndjson")
        self.assertEqual((done["rows"], done["refused"]), (3, 0))
        self.assertEqual(self.get(), ROWS)
        for name in ("out.csv", "out.ndjson"):
            with self.subTest(name=name):
                box.mtm("export", "foo:Customer", "-o", name)
                box.mtm("clone", "foo", "bar", "--structure")
                box.mtm("import", "bar:Customer", name)
                self.assertEqual([json.loads(line) for line in box.mtm("export", "bar:Customer").stdout.splitlines()], ROWS)
                box.mtm("remove", "bar")
        table = list(csv.DictReader(io.StringIO((box.folder / "out.csv").read_bytes().decode(), newline="")))
        self.assertEqual((table[1]["name"], table[0]["tags"], table[2]["nick"]), (ROWS[1]["name"], '["a","b"]', '"5"'))

    def test_all_rows_or_none_and_every_refusal_by_line(self):
        box = self.box
        self.put("in.ndjson", [ROWS[0], {"score": 1}, {"name": "x", "born": "no date"}, {"id": 1, "name": "again"}, {"id": 9, "name": "good"}])
        with (box.folder / "in.ndjson").open("a") as more:
            more.write("{broken\n\n[1]\n")
        document = json.loads(box.mtm("import", "foo:Customer", "in.ndjson", "--json", expect=1).stdout)
        self.assertEqual(document["error"]["code"], "validation")
        self.assertEqual([row["line"] for row in document["data"]["refusals"]], [2, 3, 4, 6, 8])
        self.assertIn("in.ndjson:2: ", box.mtm("import", "foo:Customer", "in.ndjson", expect=1).stderr)
        self.assertEqual(self.get(), [])
        done = json.loads(box.mtm("import", "foo:Customer", "in.ndjson", "--continue", "--dry-run", "--json", expect=9).stdout)["data"]
        self.assertEqual((done["rows"], done["refused"]), (2, 5))
        self.assertEqual(self.get(), [])
        box.mtm("import", "foo:Customer", "in.ndjson", "--continue", expect=9)
        self.assertEqual([row["id"] for row in self.get()], [1, 9])

    def test_csv_that_is_none(self):
        box = self.box
        for text, why in (("", "no header"), ("a,b\n1,2\n", "no column"), ("name\nx\n\"open", "never closed"), ("name\n\"a\"b\n", "closing quote")):
            (box.folder / "in.csv").write_text(text)
            with self.subTest(text=text):
                self.assertIn(why, box.mtm("import", "foo:Customer", "in.csv", expect=2).stderr)
        (box.folder / "in.csv").write_text("\ufeffname,score\nAnn,1\nBob\n\n\"C\n\",3\n")
        refused = box.mtm("import", "foo:Customer", "in.csv", expect=1).stderr
        self.assertIn("in.csv:3: 1 cells where the header has 2", refused)
        self.assertEqual(self.get(), [])

    def test_a_password_must_be_a_hash_and_text_ids_go_on(self):
        box = self.box
        self.put("users.ndjson", [{"email": "a@example.com", "password": "plain"}])
        self.assertIn("no hash", box.mtm("import", "foo:User", "users.ndjson", expect=1).stderr)
        box.mtm("import", "foo:Nosuch", "users.ndjson", expect=4)
        box.mtm("import", "nosuch:User", "users.ndjson", expect=4)
        box.mtm("import", "foo:User", "nosuch.ndjson", expect=2)
        box.mtm("import", "foo:User", "users.txt", expect=2)
        box.mtm("export", "foo", expect=2)

    def test_a_tenant_that_serves_sees_them(self):
        box = self.box
        box.start()
        self.assertEqual(box.post("/foo/api/Customers", {"name": "first"}).json["id"], 1)
        self.put("in.ndjson", [{"name": "second"}, {"id": 40, "name": "third"}])
        box.mtm("import", "foo:Customer", "in.ndjson")
        self.assertEqual([row["id"] for row in box.get("/foo/api/Customers").json], [1, 2, 40])
        self.assertEqual(box.post("/foo/api/Customers", {"name": "next"}).json["id"], 41)


if __name__ == "__main__":
    unittest.main(verbosity=2)
