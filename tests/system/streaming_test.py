"""Bodies that are larger than any memory, and events that must not wait, through the real gateway."""
import os
import pathlib
import socket
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, edit_json  # noqa: E402
from server import Server, read_head  # noqa: E402

GIB = 1 << 30
GROWTH_KIB_MAX = 4096 if os.environ.get("MT_SANITIZE") else 1024  # a sanitizer remembers each byte that was touched
PIECE = bytes(range(256)) * 4096  # 1 MiB
SECONDS = 60


def private_kib(pid):
    """What the process has written to. Clean pages do not count: they are its program's, and private once nobody else runs it."""
    rows = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith("Private_Dirty:"))


class Growth:
    """The most that a process grows between two looks, looked at by whoever moves the bytes."""

    def __init__(self, pid):
        self.pid, self.before, self.most = pid, private_kib(pid), 0

    def look(self):
        self.most = max(self.most, private_kib(self.pid) - self.before)


class Reader:
    """Counts a body as it comes and checks that it is PIECE over and over; holds none of it."""

    def __init__(self, connection, held=b""):
        self.connection, self.held, self.count, self.right = connection, bytearray(held), 0, True

    def more(self):
        piece = self.connection.recv(1 << 18)
        if not piece:
            raise AssertionError("the body ended early")
        self.held += piece

    def take(self, count):
        """The next bytes that are not body."""
        while len(self.held) < count:
            self.more()
        text = bytes(self.held[:count])
        del self.held[:count]
        return text

    def line(self):
        while b"\r\n" not in self.held:
            self.more()
        return self.take(self.held.index(b"\r\n") + 2)[:-2]

    def body(self, left):
        while left:
            if not self.held:
                self.more()
            piece = self.held[:left]
            start = self.count % len(PIECE)
            self.right = self.right and (PIECE + PIECE)[start:start + len(piece)] == piece
            self.count += len(piece)
            left -= len(piece)
            del self.held[:len(piece)]

    def chunks(self):
        while True:
            size = int(self.line(), 16)
            self.body(size)
            self.take(2)
            if not size:
                return


def send_body(connection, size, chunked, growth=None):
    for number in range(size // len(PIECE)):
        connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE) if chunked else PIECE)
        if growth and number % 64 == 32:
            growth.look()
    if chunked:
        connection.sendall(b"0\r\n\r\n")


def serve(connection):
    """/down/SIZE and /chunked/SIZE send, anything else counts what is uploaded; on one connection until it ends."""
    rest = b""
    while True:
        head, behind = read_head(connection)
        if not head:
            return
        _, path, _ = head.split(b"\r\n")[0].decode().split(" ")
        reader = Reader(connection, rest + behind)
        if b"Transfer-Encoding: chunked" in head:
            reader.chunks()
        elif b"Content-Length: " in head:
            reader.body(int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]))
        rest = bytes(reader.held)
        kind, _, size = path.strip("/").partition("/")
        if kind in ("down", "chunked"):
            length = b"Transfer-Encoding: chunked" if kind == "chunked" else b"Content-Length: " + size.encode()
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n\r\n")
            send_body(connection, int(size), kind == "chunked")
        else:
            text = b"%d %d" % (reader.count, reader.right)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(text), text))


class Streaming(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.box = Sandbox()
        cls.addClassCleanup(cls.box.__exit__)
        cls.script = None
        cls.big = Server(serve)
        cls.scripted = Server(lambda connection: cls.script(connection))
        for name, server in (("big", cls.big), ("foo", cls.scripted)):
            folder = cls.box.tenants / name
            folder.mkdir(parents=True)
            (folder / "tenant.json").write_text("{}")
            edit_json(folder / "tenant.json", lambda document: document.update(upstream=server.address, limits={"body": "2GiB"}))
        cls.box.start()

    def client(self):
        client = socket.create_connection(("127.0.0.1", self.box.port), SECONDS)
        self.addCleanup(client.close)
        return client

    def warm(self):
        """Buffers are lent and kept from the first bytes on; what is measured is what more bytes cost."""
        for _ in range(4):
            self.download(4 << 20, "down", None)
            self.upload(4 << 20, True, None)

    def upload(self, size, chunked, growth):
        client = self.client()
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        client.sendall(f"POST /big/up HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{length}\r\n\r\n".encode())
        send_body(client, size, chunked, growth)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        self.assertTrue(answer.endswith(b"\r\n\r\n%d 1" % size), answer[-200:])

    def download(self, size, kind, growth):
        client = self.client()
        client.sendall(f"GET /big/{kind}/{size} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        head, rest = read_head(client)
        reader = Reader(client, rest)
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        if growth:
            more = reader.more
            looks = [0]

            def look_and_more():
                looks[0] += 1
                if looks[0] % 1024 == 512:
                    growth.look()
                more()
            reader.more = look_and_more
        if kind == "chunked":
            reader.chunks()
        else:
            reader.body(size)
        self.assertEqual((reader.count, reader.right), (size, True))

    def test_a_gibibyte_each_way_in_less_than_a_mebibyte(self):
        self.warm()
        for name, move in (("upload", lambda growth: self.upload(GIB, False, growth)), ("download", lambda growth: self.download(GIB, "chunked", growth)),
                           ("chunked upload", lambda growth: self.upload(GIB // 4, True, growth)),
                           ("download with a length", lambda growth: self.download(GIB // 4, "down", growth))):
            with self.subTest(name):
                growth = Growth(self.box.gateway.pid)
                move(growth)
                growth.look()
                print(f"{name}: grew by {growth.most} KiB at most", flush=True)
                self.assertLess(growth.most, GROWTH_KIB_MAX)

    def play(self, script):
        """The scripted tenant's next connections; each gets (connection, head, what came behind it)."""
        def run(connection):
            head, rest = read_head(connection)
            if head:
                script(connection, head, rest)
        type(self).script = staticmethod(run)

    def test_an_event_arrives_before_the_next_is_made(self):
        arrived = [threading.Event() for _ in range(20)]

        def events(connection, _head, _rest):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
            for number, event in enumerate(arrived):
                connection.sendall(b"data: %d\n\n" % number)
                if not event.wait(SECONDS):  # the next one is only made once this one was read
                    return
        self.play(events)
        client = self.client()
        client.sendall(b"GET /foo/events HTTP/1.1\r\nHost: h\r\n\r\n")
        held = b""
        for number, event in enumerate(arrived):
            while b"data: %d\n\n" % number not in held:
                piece = client.recv(65536)
                self.assertTrue(piece, held)
                held += piece
            event.set()

    def test_an_answer_passes_while_the_upload_runs(self):
        answered = threading.Event()

        def early(connection, _head, rest):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
            answered.wait(SECONDS)
            reader = Reader(connection, rest)
            reader.body(len(PIECE) * 4)
            connection.sendall(b"4\r\nlate\r\n0\r\n\r\n")
        self.play(early)
        client = self.client()
        client.sendall(b"POST /foo/x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * 4) + PIECE)
        held = b""
        while b"early" not in held:  # before the rest of the upload is sent
            held += client.recv(65536)
        answered.set()
        for _ in range(3):
            client.sendall(PIECE)
        while b"0\r\n\r\n" not in held:
            piece = client.recv(65536)
            self.assertTrue(piece, held)
            held += piece
        self.assertIn(b"4\r\nlate\r\n", held)

    def test_chunks_pass_one_by_one_both_ways(self):
        def echo(connection, _head, rest):
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            reader = Reader(connection, rest)
            while size := int(reader.line(), 16):
                data = reader.take(size + 2)
                connection.sendall(b"%x\r\n%b" % (size, data))
            reader.take(2)
            connection.sendall(b"0\r\n\r\n")
        self.play(echo)
        client = self.client()
        client.sendall(b"POST /foo/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        head, rest = read_head(client)
        reader = Reader(client, rest)
        for number in range(50):  # each answer chunk is awaited before the next is sent
            text = b"chunk %d" % number
            client.sendall(b"%x\r\n%b\r\n" % (len(text), text))
            self.assertEqual(int(reader.line(), 16), len(text))
            self.assertEqual(reader.take(len(text) + 2), text + b"\r\n")
        client.sendall(b"0\r\n\r\n")
        self.assertEqual(reader.line(), b"0")

    def test_half_close_after_an_upload(self):
        def count(connection, _head, rest):
            reader = Reader(connection, rest)
            reader.body(len(PIECE))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        self.play(count)
        client = self.client()
        client.sendall(b"POST /foo/x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(PIECE) + PIECE)
        client.shutdown(socket.SHUT_WR)
        held = b""
        while piece := client.recv(65536):
            held += piece
        self.assertTrue(held.endswith(b"\r\n\r\nok"), held)

    def test_ranges_and_tags_are_untouched(self):
        seen = []

        def ranged(connection, head, _rest):
            seen.append(head)
            connection.sendall(b'HTTP/1.1 206 Partial Content\r\nETag: W/"x-gzip"\r\nContent-Range: bytes 1-2/9\r\nAccept-Ranges: bytes\r\nContent-Length: 2\r\n\r\nbc')
        self.play(ranged)
        answer = self.box.get("/foo/x", headers={"Range": "bytes=1-2", "If-Range": 'W/"x-gzip"', "If-Match": '"y", W/"x"'})
        self.assertEqual((answer.status, answer.body), (206, b"bc"))
        self.assertEqual([answer.headers[name] for name in ("etag", "content-range", "accept-ranges")], ['W/"x-gzip"', "bytes 1-2/9", "bytes"])
        for field in (b"Range: bytes=1-2\r\n", b'If-Range: W/"x-gzip"\r\n', b'If-Match: "y", W/"x"\r\n'):
            self.assertIn(field, seen[0])


if __name__ == "__main__":
    unittest.main(verbosity=2)
