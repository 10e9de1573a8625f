"""Requests at even times, whatever the answers do: the load of fleet.py and chaos.py.

An answer's time is counted from when its request was sent, over connections that are kept alive; one that fails is
opened anew. One process drives all threads: at more than some 500 requests a second the driver itself is measured.
"""
import http.client
import threading
import time
import typing


class Shot(typing.NamedTuple):
    """One request and what came of it."""
    path: str
    sent: float     # time.perf_counter()
    done: float
    status: int     # 0: the connection broke
    error: str

    @property
    def ms(self):
        return (self.done - self.sent) * 1e3


def shoot(connection, method, path, body=None):
    sent = time.perf_counter()
    try:
        connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        error = "" if answer.status < 400 else text[:200].decode(errors="replace")
        return Shot(path, sent, time.perf_counter(), answer.status, error)
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return Shot(path, sent, time.perf_counter(), 0, repr(error))


class Pace:
    """`per_second` requests from `start()` on until `stop()`, on `connections` threads. `requests(n)` answers the n-th
    of a thread: method, path, body."""

    def __init__(self, port, requests, per_second, connections=4):
        self.port, self.requests, self.every = port, requests, connections / per_second
        self.halt = threading.Event()
        self.rows = [[] for _ in range(connections)]
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(connections)]

    def _run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        due = time.perf_counter() + self.every * number / len(self.rows)
        count = 0
        while not self.halt.wait(max(0.0, due - time.perf_counter())):
            self.rows[number].append(shoot(connection, *self.requests(count)))
            due += self.every
            count += 1
        connection.close()

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        """All shots, in the order in which they were sent."""
        self.halt.set()
        for thread in self.threads:
            thread.join()
        return sorted((shot for row in self.rows for shot in row), key=lambda shot: shot.sent)


def paced(port, requests, per_second, seconds, connections=4):
    pace = Pace(port, requests, per_second, connections).start()
    time.sleep(seconds)
    return pace.stop()
