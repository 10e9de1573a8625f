"""What a worker answers beside JSON, through the real gateway: event streams that outlive an edit, compressed answers, files."""
import gzip
import http.client
import json
import os
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json, wait_for  # noqa: E402


class EventStream:
    """An open change stream, read event by event."""

    def __init__(self, port, path):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()

    def next(self):
        """The next event's data, or None at the stream's end."""
        for line in self.answer:
            if line.startswith(b"data: "):
                return json.loads(line[6:])
        return None


class WorkerAnswers(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.box.mtm("add", "foo")
        self.box.mtm("model", "foo:Customer")

    def test_a_change_stream_outlives_edits_of_the_model(self):
        box = self.box.start()
        stream = EventStream(box.port, "/foo/api/Customers/change-stream")
        self.addCleanup(stream.connection.close)
        self.assertEqual(stream.answer.getheader("content-type"), "text/event-stream")
        for number in range(1, 4):
            box.post("/foo/api/Customers", {"name": f"n{number}"})
            self.assertEqual(stream.next(), {"target": number, "data": {"name": f"n{number}", "id": number}, "type": "create"})
            old = box.pid("foo")
            edit_json(box.tenants / "foo/models/Customer.json", lambda model: model.update(plural="Customers", strict=False, round=number))
            wait_for("another worker to serve", lambda: box.pid("foo") not in (None, old))
        box.post("/foo/api/Customers", {"name": "last"})
        self.assertEqual(stream.next()["data"], {"name": "last", "id": 4})
        box.mtm("stop", "foo")
        self.assertIsNone(stream.next())

    def test_a_stream_keeps_its_worker_from_an_idle_stop(self):
        box = self.box
        edit_json(box.tenants / "foo/tenant.json", lambda tenant: tenant.update(idle_stop="1s"))
        box.mtm("add", "bar")
        edit_json(box.tenants / "bar/tenant.json", lambda tenant: tenant.update(idle_stop="1s"))
        box.start()
        stream = EventStream(box.port, "/foo/api/Customers/change-stream")
        self.addCleanup(stream.connection.close)
        worker = box.pid("foo")
        box.get("/bar")
        wait_for("the idle tenant to be stopped", lambda: box.tenant("bar")["state"] == "idle")
        wait_for("it to be stopped again, later than foo would have been", lambda: box.get("/bar").status == 200 and box.tenant("bar")["state"] == "ready")
        wait_for("the idle tenant to be stopped again", lambda: box.tenant("bar")["state"] == "idle")
        self.assertEqual(box.pid("foo"), worker)
        box.post("/foo/api/Customers", {"name": "x"})
        self.assertEqual(stream.next()["type"], "create")

    def test_a_stream_does_not_hold_up_the_end_of_the_gateway(self):
        box = self.box.start()
        stream = EventStream(box.port, "/foo/api/Customers/change-stream")
        self.addCleanup(stream.connection.close)
        box.gateway.send_signal(signal.SIGTERM)
        self.assertIsNone(stream.next())  # an orderly end: a cut one raises
        self.assertEqual(box.gateway.wait(20), 0)  # the drain's own patience is 30 s

    def test_compressed_answers_and_files(self):
        box = self.box
        (box.tenants / "foo/client").mkdir()
        (box.tenants / "foo/client/page.html").write_text("<p>hello</p>" * 500)
        (box.tenants / "foo/middleware.json").write_text(json.dumps({
            "compression": {"compression": {"params": {"threshold": "1kb"}}},
            "files": {"loopback#static": {"params": "$!../client"}}}))
        box.start()
        answer = box.get("/foo/page.html", headers={"accept-encoding": "gzip"})
        self.assertEqual((answer.status, answer.headers["content-type"].split(";")[0]), (200, "text/html"))
        plain = box.get("/foo/page.html")
        self.assertEqual(plain.body, b"<p>hello</p>" * 500)
        self.assertEqual(box.get("/foo/page.html", headers={"if-none-match": plain.headers["etag"]}).status, 304)
        part = box.get("/foo/page.html", headers={"range": "bytes=3-7"})
        self.assertEqual((part.status, part.body, part.headers["content-range"]), (206, b"hello", "bytes 3-7/6000"))
        for number in range(50):
            box.post("/foo/api/Customers", {"name": f"customer number {number}"})
        packed = box.get("/foo/api/Customers", headers={"accept-encoding": "gzip"})
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), box.get("/foo/api/Customers").body)
        self.assertLess(len(packed.body), 1500)


if __name__ == "__main__":
    unittest.main(verbosity=2)
