"""What a case of the table is made of.

A case sends bytes (SEND steps), lets a scripted worker answer, and says what must come out at the client and what must have arrived at
the worker. Text is bytes one to one (latin-1), so that a table can show the bytes it means.
"""
import dataclasses

# Steps of a client, beside bytes to send.
ANSWER = "read one answer"          # before going on
ASKED = "the worker has a request"  # its head arrived there
EOF = "send no more"                # half-close
RESET = "reset the connection"

# Steps of a worker, beside bytes to send. A script runs once the request's head is there.
BODY = "read the whole request"
CLOSE = "close"
HALF = "wait for the gateway's end"
ECHO = "answer 200 with the target as the body"

HOST = "Host: h"


def raw(text):
    return text if isinstance(text, bytes) else text.encode("latin-1")


def request(line, *fields, body=""):
    """A whole head with Host, and what follows it."""
    return raw("\r\n".join((line, HOST) + fields) + "\r\n\r\n") + raw(body)


def get(target="/foo/x", *fields):
    return request(f"GET {target} HTTP/1.1", *fields)


def post(body, *fields, target="/foo/x"):
    """With a Content-Length of its own."""
    return request(f"POST {target} HTTP/1.1", f"Content-Length: {len(raw(body))}", *fields, body=body)


def chunked(body, *fields, target="/foo/x"):
    """`body` is sent as it is: it has its chunks already."""
    return request(f"POST {target} HTTP/1.1", "Transfer-Encoding: chunked", *fields, body=body)


def reply(status="200 OK", *fields, body="ok"):
    """An answer with Content-Length."""
    return raw("\r\n".join((f"HTTP/1.1 {status}", f"Content-Length: {len(raw(body))}") + fields) + "\r\n\r\n") + raw(body)


@dataclasses.dataclass
class Answer:
    """What the client must get. Names of fields in any case; a value of None means any, a tuple all values in order."""
    status: int
    has: dict = dataclasses.field(default_factory=dict)
    lacks: tuple = ()
    body: object = None
    cut: bool = False      # it must be seen to be incomplete
    to_head: bool = False  # it answers HEAD: no body follows, whatever the fields say


@dataclasses.dataclass
class Arrived:
    """What the worker must have got."""
    method: str = "GET"
    target: str = "/x"
    has: dict = dataclasses.field(default_factory=dict)
    lacks: tuple = ()
    body: object = b""
    whole: bool = True


@dataclasses.dataclass
class Outcome:
    answers: list
    after: str = "keep"   # keep, close, or any
    arrived: object = ()  # None: not looked at


@dataclasses.dataclass
class Case:
    group: str
    name: str
    steps: list
    outcome: Outcome
    worker: list = None     # one script per connection of the worker; the last one repeats
    ours: bool = False      # a choice of this project: other proxies are not measured by it


def refused(status=400, **answer):
    """That answer, the connection closed, and nothing has reached the worker."""
    return Outcome([Answer(status, **answer)], after="close")


def unanswered():
    """Closed without a word, and nothing has reached the worker."""
    return Outcome([], after="close")


def by_gateway(status, after="keep", **answer):
    """An answer of the gateway itself."""
    return Outcome([Answer(status, **answer)], after=after)


def forwarded(method="GET", target="/x", has=None, lacks=(), body=b"", after="keep"):
    """Exactly one request has reached the worker, like that, and its 200 the client."""
    return Outcome([Answer(200)], after=after, arrived=[Arrived(method, target, has or {}, tuple(lacks), raw(body))])


def answered(status, has=None, lacks=(), body=None, after="keep", cut=False, to_head=False, arrived=None):
    """Of interest is what becomes of the worker's answer."""
    answer = Answer(status, has or {}, tuple(lacks), None if body is None else raw(body), cut, to_head)
    return Outcome([answer], after=after, arrived=arrived)


class Group:
    def __init__(self, name, ours=False):
        self.name, self.ours, self.cases = name, ours, []

    def case(self, name, steps, outcome, worker=None, ours=False):
        steps = [steps] if isinstance(steps, (bytes, str)) else list(steps)
        if worker is not None and (not worker or not isinstance(worker[0], list)):
            worker = [list(worker)] if isinstance(worker, (list, tuple)) else [[worker]]
        self.cases.append(Case(self.name, name, steps, outcome, worker, ours or self.ours))
