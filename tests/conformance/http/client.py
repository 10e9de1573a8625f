"""The client's side of a case: plays its steps and reads what comes back, strictly."""
import socket
import struct

from vocabulary import ANSWER, ASKED, EOF, RESET, raw


class Ended(Exception):
    """The connection ended; what was read of an answer, if any, is in `part`."""

    def __init__(self, part=None):
        super().__init__("the connection ended")
        self.part = part


class Got:
    def __init__(self, head):
        lines = head.decode("latin-1").split("\r\n")
        self.line, self.cut, self.body = lines[0], False, b""
        if not self.line.startswith("HTTP/1.") or len(self.line) < 12:
            raise ValueError(f"no status line: {self.line[:80]!r}")
        self.status = int(self.line[9:12])
        self.fields = [tuple(part.strip() for part in line.partition(":")[::2]) for line in lines[1:] if line]

    def values(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def __repr__(self):
        return f"{self.line} {self.fields} {self.body[:200]!r}{' CUT' if self.cut else ''}"


class Client:
    def __init__(self, port, seconds):
        self.socket = socket.create_connection(("127.0.0.1", port), seconds)
        self.socket.settimeout(seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held, self.methods, self.got, self.reset = b"", [], [], False

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.reset = True

    def play(self, step, worker, asked):
        if step == ANSWER:
            self.read_final()
        elif step == ASKED:
            if not worker.wait_received(asked):
                raise AssertionError("the worker was not asked")
        elif step == EOF:
            self.socket.shutdown(socket.SHUT_WR)
        elif step == RESET:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.socket.close()
        else:
            self.send(raw(step))

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            self.reset, piece = True, b""
        if not piece:
            raise Ended
        self.held += piece

    def read_final(self, to_head=False):
        """Reads answers up to and with one that is not 1xx."""
        while True:
            answer = self.read(to_head)
            if answer.status >= 200 or answer.status == 101:
                return answer

    def read(self, to_head=False):
        while b"\r\n\r\n" not in self.held:
            self._more()
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        answer = Got(head)
        self.got.append(answer)
        if to_head or answer.status < 200 or answer.status in (204, 304):
            return answer
        try:
            if answer.values("transfer-encoding"):
                self._chunks(answer)
            elif answer.values("content-length"):
                wanted = int(answer.values("content-length")[0])
                while len(self.held) < wanted:
                    self._more()
                answer.body, self.held = self.held[:wanted], self.held[wanted:]
            else:
                self._to_the_end(answer)
        except Ended as ended:
            answer.cut = True
            answer.body += self.held
            self.held = b""
            raise Ended(answer) from ended
        return answer

    def _to_the_end(self, answer):
        try:
            while True:
                self._more()
        except Ended:
            answer.cut = self.reset
            answer.body, self.held = self.held, b""

    def _chunks(self, answer):
        while True:
            while b"\r\n" not in self.held:
                self._more()
            line, _, self.held = self.held.partition(b"\r\n")
            size = int(line, 16)
            while len(self.held) < size + 2:
                self._more()
            answer.body += self.held[:size]
            if self.held[size:size + 2] != b"\r\n":
                raise ValueError("a chunk without its end")
            self.held = self.held[size + 2:]
            if size == 0:
                return

    def at_end(self):
        """True once nothing more can come. Whatever does come first stays in `held`."""
        try:
            while not self.held:
                self._more()
        except Ended:
            return True
        return False
