"""mtm discover: models of databases that were there before, on SQLite, PostgreSQL and MariaDB; then the API answers their rows, and nobody has changed a table."""
import json
import os
import sqlite3
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
import mysql  # noqa: E402
import postgresql  # noqa: E402
from sandbox import Sandbox, edit_json  # noqa: E402

SQLITE_SHOP = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, full_name VARCHAR(40) NOT NULL, vip BOOLEAN NOT NULL DEFAULT 0, born DATE,
  balance DECIMAL(10,2), photo BLOB, email TEXT UNIQUE);
CREATE TABLE customer_order (order_no INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER NOT NULL REFERENCES customer,
  state TEXT NOT NULL DEFAULT 'new', made_at DATETIME DEFAULT CURRENT_TIMESTAMP, total REAL);
CREATE TABLE product (code TEXT PRIMARY KEY, title TEXT NOT NULL);
CREATE TABLE order_line (order_no INTEGER REFERENCES customer_order(order_no), product_code TEXT REFERENCES product, amount INT,
  PRIMARY KEY (order_no, product_code));
CREATE TABLE log (line TEXT);
CREATE VIEW rich AS SELECT * FROM customer WHERE balance > 100;
INSERT INTO customer VALUES (1, 'Ann', 1, NULL, 12.5, x'00ff', 'ann@example.com'), (2, 'Bob', 0, NULL, NULL, NULL, NULL);
INSERT INTO customer_order (customer_id, total) VALUES (1, 10), (1, 20), (2, 5);
INSERT INTO product VALUES ('P1', 'Pen');
INSERT INTO order_line VALUES (1, 'P1', 3);
"""

POSTGRESQL_SHOP = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN amount AS numeric(12,3);
CREATE TABLE customer (id serial PRIMARY KEY, full_name varchar(40) NOT NULL, vip boolean NOT NULL DEFAULT false, born date,
  balance amount, photo bytea, email text UNIQUE, feels mood NOT NULL DEFAULT 'ok', address jsonb, tags text[],
  upper_name text GENERATED ALWAYS AS (upper(full_name)) STORED);
CREATE TABLE customer_order (order_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id int NOT NULL REFERENCES customer,
  seller_id int REFERENCES customer, state text NOT NULL DEFAULT 'new', made_at timestamptz DEFAULT now(), total numeric(10,2));
CREATE TABLE "Product" (code uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL, serial_no int NOT NULL DEFAULT (2 + 3));
CREATE TABLE order_line (order_no bigint REFERENCES customer_order, product_code uuid REFERENCES "Product", amount int,
  PRIMARY KEY (order_no, product_code));
CREATE TABLE profile (customer_email text PRIMARY KEY REFERENCES customer(email), text text);
CREATE TABLE log (line text);
CREATE TABLE secret (id int PRIMARY KEY);
CREATE VIEW rich AS SELECT * FROM customer WHERE balance > 100;
INSERT INTO customer (full_name, vip, balance, email, address) VALUES ('Ann', true, 12.5, 'ann@example.com', '{"city": "Ulm"}'),
  ('Bob', false, NULL, NULL, NULL);
INSERT INTO customer_order (customer_id, total) VALUES (1, 10), (1, 20), (2, 5);
INSERT INTO "Product" VALUES ('11111111-1111-4111-8111-111111111111', 'Pen');
INSERT INTO order_line VALUES (1, '11111111-1111-4111-8111-111111111111', 3);
INSERT INTO profile VALUES ('ann@example.com', 'hello');
"""

MYSQL_SHOP = """
CREATE TABLE customer (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, full_name VARCHAR(40) NOT NULL, vip TINYINT(1) NOT NULL DEFAULT 0,
  born DATE, balance DECIMAL(10,2), photo BLOB, email VARCHAR(80) UNIQUE, feels ENUM('sad','ok') NOT NULL DEFAULT 'ok', address JSON,
  upper_name VARCHAR(40) AS (upper(full_name)) STORED);
CREATE TABLE customer_order (order_no BIGINT AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL, seller_id INT UNSIGNED,
  state VARCHAR(10) NOT NULL DEFAULT 'new', made_at DATETIME DEFAULT CURRENT_TIMESTAMP, total DOUBLE,
  FOREIGN KEY (customer_id) REFERENCES customer (id), FOREIGN KEY (seller_id) REFERENCES customer (id));
CREATE TABLE Product (code CHAR(36) PRIMARY KEY DEFAULT (uuid()), title TEXT NOT NULL);
CREATE TABLE order_line (order_no BIGINT, product_code CHAR(36), amount INT, PRIMARY KEY (order_no, product_code),
  FOREIGN KEY (order_no) REFERENCES customer_order (order_no), FOREIGN KEY (product_code) REFERENCES Product (code));
CREATE TABLE log (line TEXT);
CREATE VIEW rich AS SELECT * FROM customer WHERE balance > 100;
INSERT INTO customer (full_name, vip, balance, email, address) VALUES ('Ann', 1, 12.5, 'ann@example.com', '{"city": "Ulm"}'),
  ('Bob', 0, NULL, NULL, NULL);
INSERT INTO customer_order (customer_id, total) VALUES (1, 10), (1, 20), (2, 5);
INSERT INTO Product VALUES ('11111111-1111-4111-8111-111111111111', 'Pen');
INSERT INTO order_line VALUES (1, '11111111-1111-4111-8111-111111111111', 3);
"""


class Discover(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.box.mtm("add", "foo")
        self.folder = self.box.tenants / "foo"

    def datasource(self, name="db", **settings):
        edit_json(self.folder / "datasources.json", lambda document: document.__setitem__(name, {"name": name, **settings}))

    def model(self, name):
        return json.loads((self.folder / f"models/{name}.json").read_text())

    def found(self, *options):
        return {row["table"]: row for row in self.box.data("mtm", "discover", "foo", *options)["models"]}

    def pending(self):
        """What `mtm migrate` would do."""
        return json.loads(self.box.mtm("migrate", "foo", "--plan", "--json").stdout.splitlines()[0])["pending"]

    def files(self):
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in sorted(self.folder.rglob("*.json"))}

    def check_rows(self):
        """What all three databases hold, through the API."""
        box = self.box
        box.start()
        self.assertEqual(box.get("/foo/api/Customers/1").json["fullName"], "Ann")
        self.assertIs(box.get("/foo/api/Customers/1").json["vip"], True)
        self.assertEqual(box.get("/foo/api/Customers/1").json["balance"], 12.5)
        orders = box.get("/foo/api/Customers/1/customerOrders").json
        self.assertEqual([(row["orderNo"], row["total"], row["state"]) for row in orders], [(1, 10, "new"), (2, 20, "new")])
        self.assertEqual(box.get("/foo/api/CustomerOrders/3/customer").json["fullName"], "Bob")
        lines = box.get("/foo/api/CustomerOrders/1/orderLines?filter[include]=product").json
        self.assertEqual([(row["amount"], row["product"]["title"]) for row in lines], [(3, "Pen")])
        self.assertEqual(box.get("/foo/api/OrderLines").status, 404)
        made = box.post("/foo/api/Customers", {"fullName": "Cid", "unknown": 1})
        self.assertEqual((made.status, made.json["id"], made.json["vip"]), (200, 3, False), made)
        self.assertNotIn("unknown", made.json)
        self.assertEqual(box.post("/foo/api/Customers", {"vip": True}).status, 422)
        order = box.post("/foo/api/Customers/3/customerOrders", {"total": 7.5})
        self.assertEqual((order.status, order.json["orderNo"], order.json["state"]), (200, 4, "new"), order)
        self.assertTrue(order.json["madeAt"].endswith("Z"))
        twice = box.post("/foo/api/Customers", {"fullName": "Dan", "email": "ann@example.com"})
        self.assertIn(twice.status, range(400, 500), twice)
        self.assertEqual(box.request("PATCH", "/foo/api/Customers/3", {"vip": True}).json["vip"], True)
        self.assertEqual(box.get("/foo/api/Customers?filter[where][vip]=true&filter[order]=fullName%20DESC").json[0]["fullName"], "Cid")

    def check_models(self, key):
        customer, order, line = self.model("Customer"), self.model("CustomerOrder"), self.model("OrderLine")
        self.assertEqual(list(customer["properties"])[:3], ["id", "fullName", "vip"])
        self.assertEqual(customer[key]["table"], "customer")
        name = customer["properties"]["fullName"]
        self.assertEqual((name["type"], name["required"], name["length"], name[key]["columnName"], name[key]["nullable"]),
                         ("string", True, 40, "full_name", "N"))
        self.assertEqual((customer["properties"]["id"]["id"], customer["properties"]["id"]["generated"]), (True, True))
        self.assertEqual(customer["properties"]["vip"]["default"], False)
        self.assertNotIn("required", customer["properties"]["vip"])
        self.assertNotIn("photo", customer["properties"])
        self.assertEqual(customer["properties"]["email"]["index"], {"unique": True})
        self.assertEqual(order["properties"]["state"]["default"], "new")
        self.assertEqual(order["properties"]["madeAt"]["defaultFn"], "now")
        self.assertEqual(order["relations"]["customer"], {"type": "belongsTo", "model": "Customer", "foreignKey": "customerId"})
        self.assertEqual(customer["relations"]["customerOrders"], {"type": "hasMany", "model": "CustomerOrder", "foreignKey": "customerId"})
        self.assertEqual((line["properties"]["orderNo"]["id"], line["properties"]["productCode"]["id"]), (1, 2))
        entries = json.loads((self.folder / "model-config.json").read_text())
        self.assertEqual((entries["Customer"]["public"], entries["OrderLine"]["public"]), (True, False))

    def test_sqlite_a_database_that_came_along(self):
        box, file = self.box, self.folder / "data/db.sqlite3"
        file.parent.mkdir(exist_ok=True)
        database = sqlite3.connect(file)
        database.executescript(SQLITE_SHOP)
        database.close()
        self.box.mtm("migrate", "foo")  # what the tenant's own models lack
        schema = self.schema_of(file)
        before = self.files()

        plan = self.found("--dry-run")
        self.assertEqual(plan["customer"]["state"], "new")
        self.assertEqual(plan["customer"]["definition"]["name"], "Customer")
        self.assertEqual(self.files(), before)

        done = box.mtm("discover", "foo")
        self.assertIn("CustomerOrder", done.stdout)
        self.assertIn("photo is left out: no property can be of the type BLOB", done.stderr)
        self.assertIn("it has no primary key", done.stdout)
        self.assertNotIn("rich", done.stdout)
        self.check_models("sqlite3")
        self.assertEqual(self.pending(), [])
        self.check_rows()
        self.assertIn("The id must be given", box.post("/foo/api/Products", {"title": "no code"}).json["error"]["message"])
        self.assertEqual(box.post("/foo/api/Products", {"code": "P2", "title": "Cup"}).json["code"], "P2")
        self.assertEqual(self.schema_of(file), schema)

        again = self.found()
        self.assertEqual({row["state"] for row in again.values()}, {"exists", "skipped"})

    @staticmethod
    def schema_of(file):
        with sqlite3.connect(file) as database:
            return sorted(row[0] or "" for row in database.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'mtg_auto%'"))

    def test_what_exists_is_left_alone_and_tables_can_be_chosen(self):
        box, file = self.box, self.folder / "data/db.sqlite3"
        file.parent.mkdir(exist_ok=True)
        database = sqlite3.connect(file)
        database.executescript(SQLITE_SHOP)
        database.close()
        box.mtm("discover", "foo", "--table", "customer")
        self.assertEqual(sorted(path.name for path in (self.folder / "models").iterdir()), ["Customer.json"])
        customer = (self.folder / "models/Customer.json").read_bytes()
        rows = self.found("--table", "customer*,product")
        self.assertEqual(rows["customer"]["state"], "exists")
        self.assertEqual((self.folder / "models/Customer.json").read_bytes(), customer)
        self.assertNotIn("log", rows)
        failed = box.mtm("discover", "foo", "--table", "custmer", expect=4)
        self.assertIn("customer", failed.stderr)
        # A file of the user's that no entry names is not overwritten either, and then nothing is written.
        (self.folder / "models/OrderLine.json").write_text('{"name": "OrderLine"}')
        before = self.files()
        box.mtm("discover", "foo", expect=5)
        self.assertEqual(self.files(), before)

    def test_what_cannot_be_discovered_says_so(self):
        box = self.box
        box.mtm("add", "mem", "--connector", "memory")
        self.assertIn("has no tables", box.mtm("discover", "mem", expect=2).stderr)
        self.datasource("docs", connector="mongodb", host="127.0.0.1", port=1, database="x")
        self.assertIn("connector is mongodb", box.mtm("discover", "foo", "--datasource", "docs", expect=2).stderr)
        self.assertIn("did you mean", box.mtm("discover", "foo", "--datasource", "doc", expect=4).stderr)
        box.mtm("discover", "nosuch", expect=4)
        box.mtm("discover", expect=2)
        box.mtm("add", "program", "--command", "sleep 1000")
        self.assertIn("another program", box.mtm("discover", "program", expect=2).stderr)
        self.assertEqual(self.found(), {})
        self.assertFalse((self.folder / "data/db.sqlite3").exists())
        (self.folder / "data").mkdir(exist_ok=True)
        (self.folder / "data/db.sqlite3").write_text("no database at all, but long enough to be taken for one" * 20)
        self.assertIn("database", box.mtm("discover", "foo", expect=None).stderr)
        for line in box.mtm("discover", "--help").stdout.splitlines():
            self.assertLessEqual(len(line), 80, line)

    @unittest.skipIf(postgresql.why_not(), postgresql.why_not())
    def test_postgresql(self):
        with postgresql.PostgreSqlServer() as server:
            server.sql(POSTGRESQL_SHOP, "shop")
            server.sql("CREATE ROLE clerk LOGIN PASSWORD 'canary-of-the-clerk'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA"
                       " public TO clerk; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO clerk; REVOKE ALL ON secret FROM clerk", "shop")
            self.datasource("legacy", **{**server.settings(), "user": "clerk", "password": "canary-of-the-clerk"})
            catalogue = self.catalogue_of(server)
            rows = self.found("--datasource", "legacy")
            self.assertEqual(rows["secret"]["reason"], "the login may not read it")
            self.assertIn("no primary key", rows["log"]["reason"])
            notes = "\n".join(rows["customer"]["notes"])
            for left in ("photo is left out: no property can be of the type bytea", "tags is left out: no property can be of the type text[]",
                         "upper_name is left out: the database computes it"):
                self.assertIn(left, notes)
            self.assertIn("the default of serial_no, (2 + 3), is the database's alone", rows["Product"]["notes"][0])
            self.check_models("postgresql")
            customer = self.model("Customer")
            self.assertEqual(customer["properties"]["feels"]["default"], "ok")
            self.assertEqual((customer["properties"]["balance"]["type"], customer["properties"]["balance"]["postgresql"]["dataScale"]), ("number", 3))
            self.assertEqual(customer["relations"]["customerOrdersBySeller"]["foreignKey"], "sellerId")
            self.assertEqual(customer["relations"]["profile"], {"type": "hasOne", "model": "Profile", "foreignKey": "customerEmail", "primaryKey": "email"})
            self.check_rows()
            box = self.box
            self.assertEqual(box.get("/foo/api/Customers/1/profile").json["text"], "hello")
            self.assertEqual(box.get("/foo/api/Profiles/ann@example.com/customer").json["id"], 1)
            self.assertEqual([row["id"] for row in box.get("/foo/api/Customers?filter[where][feels]=ok&filter[where][id]=1").json], [1])
            self.assertEqual([row["id"] for row in box.get("/foo/api/Customers?filter[where][balance][gt]=5").json], [1])
            self.assertEqual(box.get("/foo/api/Customers/1").json["address"], {"city": "Ulm"})
            self.assertEqual(len(box.post("/foo/api/Products", {"title": "Cup", "serialNo": 5}).json["code"]), 36)
            self.assertEqual(self.catalogue_of(server), catalogue)
            self.assertEqual([step for step in self.pending() if "customer" in step["sql"].lower()], [])
            self.assertNotIn("canary", json.dumps(rows))
            self.make_again(server)
            server.stop()
            self.assertNotIn("canary", box.mtm("discover", "foo", "--datasource", "legacy", expect=None).stderr)

    def make_again(self, server):
        """The models say enough to make their tables elsewhere: here in a schema of the models' own."""
        for name in ("Customer", "CustomerOrder", "Product"):
            edit_json(self.folder / f"models/{name}.json", lambda document: document["postgresql"].__setitem__("schema", "copy"))
        self.datasource("legacy", **server.settings())
        self.box.mtm("restart", "foo")
        self.assertEqual(self.box.get("/foo/api/Customers").json, [])
        self.assertEqual(self.box.post("/foo/api/Customers", {"fullName": "Eva"}).json["id"], 1)
        made, was = (server.sql("SELECT lower(table_name), column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,"
                                f" is_nullable FROM information_schema.columns WHERE table_schema = '{schema}' AND lower(table_name) IN"
                                " ('customer', 'customer_order', 'product') AND column_name NOT IN ('photo', 'tags', 'upper_name', '_extra')"
                                " ORDER BY 1, 2", "shop") for schema in ("copy", "public"))
        self.assertEqual(made, was)

    @staticmethod
    def catalogue_of(server):
        return server.sql("SELECT table_name, column_name, data_type, column_default FROM information_schema.columns WHERE table_schema = 'public'"
                          " ORDER BY 1, 2; SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1", "shop")

    @unittest.skipIf(mysql.why_not(), mysql.why_not())
    def test_mariadb(self):
        with mysql.MySqlServer() as server:
            server.sql(MYSQL_SHOP, "shop")
            self.datasource("legacy", **server.settings())
            tables = server.sql("SHOW TABLES", "shop").split()
            catalogue = [server.sql(f"SHOW CREATE TABLE {name}", "shop").split(" AUTO_INCREMENT=")[0] for name in tables]
            rows = self.found("--datasource", "legacy")
            self.assertIn("no primary key", rows["log"]["reason"])
            notes = "\n".join(rows["customer"]["notes"])
            self.assertIn("photo is left out: no property can be of the type blob", notes)
            self.assertIn("upper_name is left out: the database computes it", notes)
            self.check_models("mysql")
            self.assertEqual(self.model("Customer")["properties"]["address"]["type"], "object")
            self.assertEqual(self.model("Product")["properties"]["code"]["defaultFn"], "uuid")
            self.check_rows()
            self.assertEqual(self.box.get("/foo/api/Customers/1").json["address"], {"city": "Ulm"})
            self.assertEqual(len(self.box.post("/foo/api/Products", {"title": "Cup"}).json["code"]), 36)
            self.assertEqual([server.sql(f"SHOW CREATE TABLE {name}", "shop").split(" AUTO_INCREMENT=")[0] for name in tables], catalogue)
            self.datasource("legacy", **server.settings(database="copy", createDatabase=True))
            self.box.mtm("restart", "foo")
            self.assertEqual(self.box.get("/foo/api/Customers").json, [])
            made, was = (server.sql("SELECT table_name, column_name, data_type, character_maximum_length, numeric_scale, is_nullable"
                                    f" FROM information_schema.columns WHERE table_schema = '{schema}' AND table_name IN ('customer',"
                                    " 'customer_order', 'Product') AND column_name NOT IN ('photo', 'upper_name', '_extra', '_number')"
                                    " ORDER BY 1, 2") for schema in ("copy", "shop"))
            self.assertEqual(made, was)


if __name__ == "__main__":
    unittest.main(verbosity=2)
