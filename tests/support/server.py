"""A server that somebody else runs: what `upstream` tenants of the system tests point at."""
import socket
import threading


def read_head(connection):
    """Bytes up to and with the empty line, and what came behind; empty at the end."""
    held = b""
    while b"\r\n\r\n" not in held:
        piece = connection.recv(65536)
        if not piece:
            return b"", b""
        held += piece
    head, _, rest = held.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


class Server:
    """Listens on a socket path or, without one, on a free port; `serve(connection)` runs per connection on a thread of its own."""

    def __init__(self, serve, path=None):
        self.serve = serve
        self.listening = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listening.bind(str(path) if path else ("127.0.0.1", 0))
        self.listening.listen(64)
        self.address = f"unix:{path}" if path else f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.settimeout(60)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        with connection:
            try:
                self.serve(connection)
            except OSError:
                pass

    def close(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


def answers(make):
    """Serves requests without bodies: `make(request line, head)` answers fields and body."""
    def serve(connection):
        while True:
            head, _ = read_head(connection)
            if not head:
                return
            fields, body = make(head.split(b"\r\n")[0].decode(), head.decode("latin-1"))
            connection.sendall(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n" % (len(body), "".join(f"{each}\r\n" for each in fields))).encode() + body)
    return serve
