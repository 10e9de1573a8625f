"""The scripted worker: a server on a UNIX socket that answers as the case says and writes down exactly what it received."""
import contextlib
import os
import socket
import threading

from vocabulary import BODY, CLOSE, ECHO, HALF, reply

READ_SECONDS = 10
SENTINEL, PROBE = b"/sentinel", b"/probe"


class Torn(Exception):
    """The connection ended within a request; `body` is what came of its body."""


class Received:
    def __init__(self, head):
        lines = head.split(b"\r\n")
        self.line = lines[0].decode("latin-1")
        self.method, _, rest = self.line.partition(" ")
        self.target = rest.rpartition(" ")[0]
        self.fields = [tuple(part.strip() for part in line.decode("latin-1").partition(":")[::2]) for line in lines[1:] if line]
        self.body, self.whole, self.ended = b"", False, False

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def __repr__(self):
        return f"{self.line} {self.fields} {self.body[:200]!r}{'' if self.whole else ' (torn)'}"


class Stream:
    """Reads a connection's bytes; any violation of the framing is the gateway's."""

    def __init__(self, connection):
        self.connection, self.held = connection, b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise Torn
        self.held += piece

    def until(self, mark):
        while mark not in self.held:
            self.more()
        text, _, self.held = self.held.partition(mark)
        return text

    def exactly(self, count):
        while len(self.held) < count:
            self.more()
        text, self.held = self.held[:count], self.held[count:]
        return text

    def body_into(self, received):
        if received.values("transfer-encoding"):
            while True:
                size = int(self.until(b"\r\n"), 16)
                received.body += self.exactly(size)
                if self.exactly(2) != b"\r\n":
                    raise ValueError("a chunk without its end")
                if size == 0:
                    break
        else:
            wanted = int((received.values("content-length") or ["0"])[0])
            while len(received.body) < wanted:
                if not self.held:
                    self.more()
                take = min(wanted - len(received.body), len(self.held))
                received.body += self.held[:take]
                self.held = self.held[take:]
        received.whole = True


class Worker:
    """One per slot: its cases come one after the other."""

    def __init__(self, path):
        self.lock, self.epoch = threading.Condition(), 0
        self.unread = set()  # connections of which nobody has read a request yet
        self.begin(None)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(path)
        self.listening.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self, scripts):
        with self.lock:
            self.scripts, self.received, self.connections = scripts, [], 0
            self.epoch += 1  # a connection that a proxy kept plays the new case's part

    def wait_received(self, count, seconds=READ_SECONDS):
        with self.lock:
            return self.lock.wait_for(lambda: len(self.received) >= count, seconds)

    def settled(self, seconds=READ_SECONDS):
        """Waits until nothing is half read: what was sent is written down, and a torn request is known to be torn."""
        with self.lock:
            return self.lock.wait_for(lambda: not self.unread and all(each.ended for each in self.received), seconds)

    def _read(self, connection):
        with self.lock:
            self.unread.discard(connection)
            self.lock.notify_all()

    def _accept(self):
        while True:
            connection, _ = self.listening.accept()
            connection.settimeout(READ_SECONDS)
            with self.lock:
                self.unread.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            self._converse(connection)
        finally:
            self._read(connection)

    def _converse(self, connection):
        with connection, contextlib.suppress(OSError, Torn):
            stream, script, epoch = Stream(connection), None, 0
            while True:
                received = Received(stream.until(b"\r\n\r\n"))
                if received.target.encode("latin-1") in (SENTINEL, PROBE):
                    self._read(connection)
                    self._answer_ours(connection, received)
                    if received.target.encode("latin-1") == SENTINEL:
                        return
                    continue
                with self.lock:
                    if epoch != self.epoch:
                        epoch = self.epoch
                        script = self.scripts and self.scripts[min(self.connections, len(self.scripts) - 1)]
                        self.connections += 1
                    self.received.append(received)
                    self.unread.discard(connection)
                    self.lock.notify_all()
                try:
                    self._play(script or [BODY, reply()], connection, stream, received)
                except Torn:
                    raise
                except ValueError as error:
                    received.fields.append(("framing", str(error)))
                    raise Torn from error
                finally:
                    with self.lock:
                        received.ended = True
                        self.lock.notify_all()

    @staticmethod
    def _answer_ours(connection, received):
        """What belongs to the runner: the answer names the request, and a sentinel's connection is not used again."""
        token = received.values("x-token")[0]
        fields = ["Connection: close"] if received.target.encode("latin-1") == SENTINEL else []
        connection.sendall(reply("200 OK", *fields, body=token))

    @staticmethod
    def _play(script, connection, stream, received):
        for step in script:
            if step == BODY:
                if not received.whole:
                    stream.body_into(received)
            elif step == CLOSE:
                raise Torn
            elif step == HALF:
                with contextlib.suppress(Torn):
                    while True:
                        stream.more()
                received.body, stream.held = stream.held, b""
                raise Torn
            elif step == ECHO:
                connection.sendall(reply("200 OK", body=received.target))
            else:
                connection.sendall(step)
        if not received.whole:
            stream.body_into(received)
