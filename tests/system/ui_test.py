"""The operator's page over plain HTTP: who may ask what, and that what is asked for is done."""
import json
import os
import socket
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from page_client import link_of, Operator  # noqa: E402
from sandbox import Sandbox, wait_for  # noqa: E402


class Page(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)

    def start(self, *tenants, **gateway):
        box = self.box
        (box.folder / "mtg.json").write_text(json.dumps(gateway))
        if tenants:
            box.mtm("add", *tenants, "--connector", "memory")
        return box.start("--ui=127.0.0.1:0")


class SigningIn(Page):
    def test_a_link_signs_in_once(self):
        self.start()
        first = Operator(self.box)
        self.assertEqual(first.send("POST", "session", {"token": first.token}).status, 401)
        self.assertEqual(first.get("gateway")["state"], "serving")
        for token in ("", "0" * 64, 1, None):
            with self.subTest(token):
                self.assertEqual(first.send("POST", "session", {"token": token}).status, 401)
        self.assertEqual(first.send("POST", "session", "no JSON").status, 401)

    def test_what_is_printed_at_the_start_signs_in(self):
        self.start()
        printed = [line for line in self.box.log().splitlines() if "#sign-in=" in line]
        self.assertEqual(len(printed), 1)
        operator = Operator(self.box, sign_in=False)
        self.assertEqual(operator.send("POST", "session", {"token": printed[0].rpartition("=")[2]}).status, 200)

    def test_the_cookie_is_for_the_page_alone(self):
        self.start()
        operator = Operator(self.box, sign_in=False)
        cookie = operator.send("POST", "session", {"token": operator.token}).headers["set-cookie"]
        name, _, rest = cookie.partition("=")
        self.assertEqual(name, f"mtg-{operator.port}")
        for word in ("HttpOnly", "SameSite=Strict", "Path=/-/"):
            self.assertIn(f"; {word}", rest)
        self.assertGreaterEqual(len(rest.partition(";")[0]), 64)

    def test_cookie_and_key_are_asked_for_together(self):
        self.start("foo")
        operator = Operator(self.box)
        for method, path in (("GET", "gateway"), ("GET", "tenants"), ("GET", "events?follow=1"), ("GET", "tenants/foo/log"),
                             ("GET", "tenants/foo/files"), ("GET", "tenants/foo/why"), ("POST", "tenants/foo/stop"), ("DELETE", "session")):
            with self.subTest(path):
                self.assertEqual(operator.send(method, path, Cookie=None).status, 401)
                self.assertEqual(operator.send(method, path, Cookie=f"mtg-{operator.port}={'0' * 64}").status, 401)
                self.assertEqual(operator.send(method, path, X_Mtg_Key=None).status, 403)
                self.assertEqual(operator.send(method, path, X_Mtg_Key="0" * 64).status, 403)
        self.assertEqual(self.box.tenant("foo")["state"], "idle")

    def test_signed_out_is_signed_out(self):
        self.start()
        operator = Operator(self.box)
        other = Operator(self.box)
        self.assertEqual(operator.send("DELETE", "session").status, 200)
        self.assertEqual(operator.send("GET", "gateway").status, 401)
        self.assertEqual(other.send("GET", "gateway").status, 200)

    def test_without_a_page_there_is_no_link(self):
        self.box.start()
        self.assertEqual(self.box.mtg("ui", expect=5).stdout, "")


class ForeignPages(Page):
    def test_another_name_for_this_machine_is_refused(self):
        self.start()
        operator = Operator(self.box)
        for host in ("evil.example", f"evil.example:{operator.port}", f"127.0.0.1:{self.box.port}", "127.0.0.1", ""):
            with self.subTest(host):
                self.assertEqual(operator.send("GET", "gateway", Host=host).status, 421)
                self.assertEqual(operator.raw("GET", "/", fields={"Host": host}).status, 421)
        for host in (f"localhost:{operator.port}", f"[::1]:{operator.port}"):
            self.assertEqual(operator.send("GET", "gateway", Host=host).status, 200)

    def test_another_origin_is_refused(self):
        self.start("foo")
        operator = Operator(self.box)
        for origin in (None, "null", "http://evil.example", f"http://127.0.0.1:{self.box.port}", f"https://{operator.host}",
                       f"http://localhost:{operator.port}"):
            with self.subTest(origin):
                self.assertEqual(operator.send("POST", "tenants/foo/stop", {}, Origin=origin).status, 403)
                self.assertEqual(operator.send("POST", "session", {"token": operator.token}, Origin=origin).status, 403)
        self.assertEqual(operator.send("GET", "gateway", Origin="http://evil.example").status, 403)
        for site in ("same-site", "cross-site", "none"):
            self.assertEqual(operator.send("GET", "gateway", Sec_Fetch_Site=site).status, 403)
        self.assertEqual(operator.send("GET", "gateway", Sec_Fetch_Site="same-origin").status, 200)
        self.assertEqual(self.box.tenant("foo")["state"], "idle")

    def test_nobody_may_frame_keep_or_extend_the_page(self):
        self.start()
        operator = Operator(self.box)
        for path in ("/", "/main.js", "/page.css", "/nothing", "/-/api/gateway"):
            with self.subTest(path):
                head = operator.raw("GET", path).headers
                self.assertEqual(head["cache-control"], "no-store")
                self.assertEqual(head["x-frame-options"], "DENY")
                self.assertEqual(head["x-content-type-options"], "nosniff")
                self.assertIn("default-src 'none'; script-src 'self'", head["content-security-policy"])
                self.assertNotIn("unsafe", head["content-security-policy"])
        page = operator.raw("GET", "/").body.decode()
        self.assertNotIn("onclick", page)
        self.assertNotIn("<style", page)


class Limits(Page):
    def test_only_loopback(self):
        for address in ("0.0.0.0:9001", "192.0.2.1:9001", "[::]:9001", "9001x"):
            with self.subTest(address):
                refused = self.box.mtg("start", f"--ui={address}", expect=2)
                self.assertIn(address.rpartition(":")[0].strip("[]"), refused.stderr)
        (self.box.folder / "mtg.json").write_text('{\n"ui": "0.0.0.0:9001"}')
        self.assertIn("mtg.json:2 /ui", self.box.mtg("start", expect=6).stderr)

    def test_an_address_that_is_taken_is_said(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            refused = self.box.mtg("start", "--listen", "127.0.0.1:0", f"--ui=127.0.0.1:{taken.getsockname()[1]}", expect=5)
            self.assertIn("address already in use", refused.stderr)

    def test_what_is_too_long_is_refused(self):
        self.start()
        operator = Operator(self.box)
        self.assertEqual(operator.raw("GET", "/", fields={"X-Long": "x" * 10_000}).status, 431)
        self.assertEqual(operator.send("POST", "session", "x" * 20_000).status, 413)
        for target in ("/../../etc/passwd", "/..%2f..%2fetc/passwd", "/.", "//", "/assets/", "/-/api/tenants/../../gateway"):
            with self.subTest(target):
                self.assertEqual(operator.raw("GET", target, fields=operator.fields("GET")).status, 404)
        with socket.create_connection(("127.0.0.1", operator.port), timeout=30) as raw:
            raw.sendall(b"no request at all\r\n\r\n")
            self.assertIn(b" 400 ", raw.recv(4096).split(b"\r\n")[0])

    def test_clients_that_hang_hold_up_nobody_but_the_page(self):
        self.start("foo")
        operator = Operator(self.box)
        hanging = [socket.create_connection(("127.0.0.1", operator.port), timeout=30) for _ in range(80)]
        for each in hanging:
            each.sendall(b"GET / HTTP/1.1\r\nHost:")
        self.assertEqual(self.box.get("/foo").status, 200)
        self.assertEqual(self.box.data("mtg", "status")["state"], "serving")
        for each in hanging:
            each.close()
        wait_for("the page to answer again", lambda: self.answers(operator))

    @staticmethod
    def answers(operator):
        try:
            return operator.send("GET", "gateway").status == 200
        except OSError:
            return False

    def test_streams_that_nobody_reads_end(self):
        self.start("foo")
        operator = Operator(self.box)
        for _ in range(40):  # more than may be open at a time
            wait_for("the stream to be taken", lambda: self.opens(operator, "tenants/foo/log?follow=1"))
        self.assertEqual(operator.get("gateway")["state"], "serving")

    @staticmethod
    def opens(operator, path):
        try:
            operator.lines(path).close()
            return True
        except AssertionError:
            return False

    def test_more_streams_than_there_may_be_are_refused_until_one_ends(self):
        self.start("foo")
        operator = Operator(self.box)
        streams = [operator.lines("events?follow=1") for _ in range(16)]
        self.assertEqual(operator.send("GET", "events?follow=1").status, 503)
        self.assertEqual(self.box.data("mtg", "events"), [])  # the command lines have theirs
        streams.pop().close()
        wait_for("a place", lambda: self.opens(operator, "events?follow=1"))
        for stream in streams:
            stream.close()


class Operating(Page):
    def test_a_page_of_a_thousand_tenants(self):
        box = self.box
        for number in range(1000):
            (box.tenants / f"t{number:04}").mkdir(parents=True)
        self.start()
        box.get("/t0500")  # whatever it answers, it was a request
        operator = Operator(box)
        page = operator.get("tenants?limit=50&offset=950")
        self.assertEqual((page["total"], page["matching"], len(page["tenants"])), (1000, 1000, 50))
        self.assertEqual(page["tenants"][0]["id"], "t0950")
        found = operator.get("tenants?limit=50&search=099")
        self.assertEqual([row["id"] for row in found["tenants"]], ["t0099"] + [f"t099{n}" for n in range(10)])
        last = operator.get("tenants?limit=1&sort=name&order=desc")
        self.assertEqual(last["tenants"][0]["id"], "t0999")
        busy = operator.get("tenants?limit=1&sort=requests&order=desc")["tenants"][0]
        self.assertEqual(busy["id"], "t0500")
        self.assertEqual(len(operator.get("tenants")["tenants"]), 50)
        self.assertEqual(operator.send("GET", "tenants?limit=1000").status, 400)

    def test_what_the_buttons_do(self):
        box = self.start("foo")
        operator = Operator(box)
        for verb, state in (("start", "ready"), ("restart", "ready"), ("stop", "stopped"), ("start", "ready")):
            with self.subTest(verb):
                self.assertEqual(operator.act("foo", verb).json["ok"], True)
                self.assertEqual(box.tenant("foo")["state"], state)
        self.assertEqual(operator.act("foo", "suspend", {"reason": "--all; moving", "until": "2h"}).status, 200)
        status = operator.get("tenants?id=foo&limit=1")["tenants"][0]
        self.assertEqual((status["state"], status["reason"]), ("suspended", "--all; moving"))
        self.assertIn("until", status)
        self.assertEqual(box.get("/foo").status, 503)
        self.assertEqual(operator.act("foo", "start").status, 409)
        self.assertIn("moving", operator.get("tenants/foo/why")["summary"])
        self.assertEqual(operator.act("foo", "resume").status, 200)
        self.assertEqual(box.get("/foo").status, 200)
        refused = operator.act("foo", "suspend", {"until": "yesterday"})
        self.assertEqual(refused.status, 400, refused)
        self.assertEqual(operator.act("nobody", "stop").status, 404)
        self.assertEqual(operator.act("foo", "remove").status, 404)

    def test_configuration_without_secrets(self):
        box = self.start("foo")
        (box.tenants / "foo/datasources.json").write_text(json.dumps(
            {"db": {"name": "db", "connector": "memory", "password": "hush", "url": "x://a:hush@b"}}))
        operator = Operator(box)
        files = {row["name"]: row for row in operator.get("tenants/foo/files")}
        self.assertIn('"connector": "memory"', files["datasources.json"]["content"])
        self.assertNotIn("hush", json.dumps(files))
        self.assertIn("limits.rate", {row["key"] for row in operator.get("tenants/foo/settings")["settings"]})
        self.assertEqual(operator.send("GET", "tenants/nobody/files").status, 404)

    def test_log_requests_and_events_as_they_come(self):
        box = self.start("foo")
        operator = Operator(box)
        log = operator.lines("tenants/foo/log?follow=1&lines=10")
        events = operator.lines("events?follow=1&lines=10")
        requests = operator.lines("tenants/foo/requests")
        self.assertEqual(box.get("/foo").status, 200)
        with open(box.tenants / ".run/log/foo.log", "ab") as file:
            file.write(b"a line of its own \xff <b>\n")
        line = next(row["line"] for row in log if "of its own" in row["line"])
        self.assertEqual(line, "a line of its own \ufffd <b>")
        self.assertEqual(next(events)["id"], "foo")
        self.assertEqual(next(requests)["path"], "/foo")
        for stream in (log, events, requests):
            stream.close()
        self.assertEqual(operator.send("GET", "tenants/nobody/log").status, 404)
        self.assertEqual(operator.send("GET", "tenants/foo/log?lines=100000").status, 400)


def answers_again(box):
    """The address passes from one process to the other, which may take a moment."""
    try:
        return Limits.answers(Operator(box))
    except ConnectionError:
        return False


class Restarting(Page):
    def test_the_page_is_there_again(self):
        box = self.box
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        (box.folder / "mtg.json").write_text(json.dumps({"ui": f"127.0.0.1:{port}"}))
        box.start()
        before = Operator(box)
        self.assertEqual(before.port, port)
        box.mtg("restart")
        wait_for("the page", lambda: answers_again(box))
        self.assertEqual(before.send("GET", "gateway").status, 401)  # who was signed in signs in again
        self.assertEqual(link_of(box)[0], port)


if __name__ == "__main__":
    unittest.main(verbosity=2)
