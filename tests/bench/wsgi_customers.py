"""GET /foo/api/Customers/<id> in as few lines as one would write by hand: the yardstick behind nginx and uWSGI."""
import json
import os
import sqlite3

COLUMNS = ("name", "email", "age", "vip", "createdAt", "id")
database = sqlite3.connect(os.environ["CUSTOMERS_DB"], check_same_thread=False)


def application(environment, start_response):
    number = environment["PATH_INFO"].rpartition("/")[2]
    row = database.execute('SELECT name, email, age, vip, "createdAt", id FROM "Customer" WHERE id = ?', (number,)).fetchone()
    if row is None:
        start_response("404 Not Found", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]
    record = dict(zip(COLUMNS, row))
    record["vip"] = bool(record["vip"])
    body = json.dumps(record).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
