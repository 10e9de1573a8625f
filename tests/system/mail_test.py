"""Mail that a tenant writes: through the outbox to an SMTP server, and not lost while there is none."""
import os
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json, wait_for  # noqa: E402
from smtp_server import SmtpServer  # noqa: E402


class MailTest(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.box.mtm("add", "foo")

    def transport(self, port, **options):
        def change(document):
            document["mail"] = {"name": "mail", "connector": "mail",
                                "transports": [{"type": "smtp", "host": "127.0.0.1", "port": port, "secure": False, **options}]}
        edit_json(self.box.tenants / "foo/datasources.json", change)

    def ask_for_reset(self):
        box = self.box
        answer = box.post("/foo/api/Users", {"email": "ann@example.com", "password": "secret"})
        self.assertIn(answer.status, (200, 422))
        self.assertEqual(box.post("/foo/api/Users/reset", {"email": "ann@example.com"}).status, 204)

    def outbox(self, suffix=".eml"):
        return [path for path in (self.box.tenants / "foo/outbox").glob("*" + suffix)]

    def log(self):
        return (self.box.tenants / ".run/log/foo.log").read_text()

    def test_a_reset_mail_arrives_and_leaves_the_outbox(self):
        with SmtpServer(login=("me", "canary")) as server:
            self.transport(server.port, auth={"user": "me", "pass": "canary"})
            self.box.start()
            self.ask_for_reset()
            wait_for("the mail", lambda: server.messages)
            mail = server.messages[0]
            self.assertEqual(mail["recipients"], ["ann@example.com"])
            self.assertIn("Subject: Reset your password\r\n", mail["text"])
            wait_for("the outbox to be empty", lambda: not self.outbox())
            self.assertNotIn("canary", self.log())

    def mail_that_waits(self):
        """Asks for a mail while nobody listens; answers where somebody should."""
        with SmtpServer() as server:
            port = server.port
        self.transport(port)
        self.box.start()
        self.ask_for_reset()
        wait_for("the failed attempt", lambda: "event=mail_waits" in self.log())
        return port

    def test_without_a_server_it_waits_and_the_next_occasion_delivers_all(self):
        port = self.mail_that_waits()
        self.assertEqual(len(self.outbox()), 1)
        with SmtpServer(port=port) as server:
            self.ask_for_reset()
            wait_for("both mails", lambda: len(server.messages) == 2)
            wait_for("the outbox to be empty", lambda: not self.outbox())

    def test_what_a_worker_left_is_delivered_when_the_next_one_starts(self):
        port = self.mail_that_waits()
        with SmtpServer(port=port) as server:
            self.box.mtm("restart", "foo")
            wait_for("the mail", lambda: server.messages)

    def test_a_refusal_for_good_is_put_aside_and_one_for_now_waits(self):
        with SmtpServer(refuse="550 no such user") as server:
            self.transport(server.port)
            self.box.start()
            self.ask_for_reset()
            wait_for("the refused mail", lambda: self.outbox(".refused"))
            self.assertEqual(self.outbox(), [])
            self.assertIn("event=mail_refused", self.log())
            self.assertNotIn("ann@example.com", self.log())
            server.refuse = "451 later"
            self.ask_for_reset()
            wait_for("the failed attempt", lambda: "event=mail_waits" in self.log())
            self.assertEqual(len(self.outbox()), 1)

    def test_tls_is_checked_unless_told_otherwise(self):
        key, certificate = self.box.folder / "key.pem", self.box.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with SmtpServer(tls=context) as server:
            self.transport(server.port, secure=True)
            self.box.start()
            self.ask_for_reset()
            wait_for("the failed attempt", lambda: "event=mail_waits" in self.log())
            self.assertEqual(server.messages, [])
            self.transport(server.port, secure=True, tls={"rejectUnauthorized": False})
            wait_for("the mail", lambda: server.messages)

    def test_a_mistake_in_the_transport_stops_the_tenant_with_its_place(self):
        self.transport(0)
        done = self.box.mtm("check", "foo", expect=6)
        self.assertIn("/mail/transports/0/port", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
