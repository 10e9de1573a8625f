"""A client of the operator's page with nothing but the standard library: what its script would send, and what it would not."""
import http.client
import json
import re

from sandbox import ask


def link_of(box):
    """A link that signs in once, as `mtg ui` prints it, as port and token."""
    url = box.data("mtg", "ui")["url"]
    port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/#sign-in=([0-9a-f]{64})", url).groups()
    return int(port), token


class Operator:
    """Signed in, unless told otherwise."""

    def __init__(self, box, sign_in=True):
        self.port, self.token = link_of(box)
        self.host = f"127.0.0.1:{self.port}"
        self.cookie, self.key = "", ""
        if sign_in:
            answer = self.send("POST", "session", {"token": self.token})
            assert answer.status == 200, answer
            self.cookie, self.key = answer.headers["set-cookie"].partition(";")[0], answer.json["data"]["key"]

    def fields(self, method):
        fields = {"Host": self.host, "Cookie": self.cookie, "X-Mtg-Key": self.key}
        if method != "GET":
            fields["Origin"] = f"http://{self.host}"
        return fields

    def send(self, method, path, body=None, **changed):
        """`changed`: fields with other values, None leaves one out; `_` in a name is `-`."""
        fields = self.fields(method) | {name.replace("_", "-"): value for name, value in changed.items()}
        return self.raw(method, f"/-/api/{path}", body, {name: value for name, value in fields.items() if value is not None})

    def raw(self, method, target, body=None, fields=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            return ask(connection, method, target, body, fields)
        finally:
            connection.close()

    def get(self, path):
        answer = self.send("GET", path)
        assert answer.status == 200, answer
        return answer.json["data"]

    def act(self, tenant, verb, body=None):
        return self.send("POST", f"tenants/{tenant}/{verb}", body or {})

    def lines(self, path):
        """The objects of a stream, open when this returns. Close it to leave."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", f"/-/api/{path}", headers=self.fields("GET"))
        answer = connection.getresponse()
        if answer.status != 200:
            connection.close()
            raise AssertionError(f"{path}: {answer.status}")
        return Lines(connection, answer)


class Lines:
    def __init__(self, connection, answer):
        self.connection, self.answer = connection, answer

    def __iter__(self):
        return self

    def __next__(self):
        return json.loads(next(self.answer))

    def close(self):
        self.answer.close()
        self.connection.close()
