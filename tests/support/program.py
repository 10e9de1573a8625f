"""A program for `command` tenants: an HTTP server wherever the gateway wants it. What it answers tells who it is.

Options: --grandchildren FILE starts two, one in a session of its own, and writes their pids there; --ready pipe|notify says
that it is ready; --never accepts nothing at all; --exit N ends at once; --deaf ignores TERM.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import ThreadingMixIn


def listening_socket():
    if os.environ.get("LISTEN_FDS"):
        assert int(os.environ["LISTEN_PID"]) == os.getpid()
        return socket.socket(fileno=3)
    if os.environ.get("SOCKET"):
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(os.environ["SOCKET"])
    else:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", int(os.environ["PORT"])))
    listening.listen(64)
    return listening


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/events":
            return self.events()
        if self.path == "/slow":
            time.sleep(1)
        body = json.dumps({"pid": os.getpid(), "cwd": os.getcwd(), "argv": sys.argv[1:], "env": dict(os.environ), "path": self.path,
                           "prefix": self.headers.get("x-forwarded-prefix")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def events(self):
        """Says its pid, again and again, for as long as anybody reads."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(b"data: %d\n\n" % os.getpid())
            self.wfile.flush()
            time.sleep(0.05)

    def log_message(self, *_):
        pass


class Server(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def __init__(self, listening):
        super().__init__(("", 0), Answers, bind_and_activate=False)
        self.socket.close()
        self.socket = listening

    def get_request(self):
        connection, _ = self.socket.accept()
        return connection, ("program", 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--grandchildren")
    parser.add_argument("--ready", choices=["pipe", "notify"])
    parser.add_argument("--never", action="store_true")
    parser.add_argument("--exit", type=int)
    parser.add_argument("--deaf", action="store_true")
    options, _ = parser.parse_known_args()
    if options.exit is not None:
        sys.exit(options.exit)
    if options.deaf:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.grandchildren:
        # Their parent, a shell, has gone when this line is done.
        script = 'exec > "$1.new"; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; mv "$1.new" "$1"'
        subprocess.run(["sh", "-c", script, "sh", options.grandchildren], check=True)
    if options.ready == "pipe":
        os.write(int(os.environ["READY_FD"]), b"\n")
    if options.ready == "notify":
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.connect("\0" + os.environ["NOTIFY_SOCKET"][1:])
        notify.send(b"STATUS=up\nREADY=1")
    if options.never:
        threading.Event().wait()
    print("serving", os.getpid(), flush=True)
    Server(listening_socket()).serve_forever()


if __name__ == "__main__":
    main()
