#!/usr/bin/env python3
"""User instructions per small GET of the proxy alone, by callgrind: exact, whatever else the machine does.

    python3 tests/bench/instructions.py build/release/tests/proxy_driver [pass] [log=FILE]

The same run with few and with many requests; the difference is what a request costs.
"""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"ok\": true}\n"
REQUEST = b"GET /foo/api/Items/1 HTTP/1.1\r\nHost: localhost:9000\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"


def worker(path):
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(8)

    def serve():
        while True:
            connection = listening.accept()[0]
            while connection.recv(65536):
                connection.sendall(ANSWER)

    threading.Thread(target=serve, daemon=True).start()


def instructions(driver, folder, options, requests):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", driver, "0", "1", folder, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    port = int(process.stdout.readline())
    client = socket.create_connection(("127.0.0.1", port))
    for _ in range(requests):
        client.sendall(REQUEST)
        answer = b""
        while not answer.endswith(b"}\n"):
            answer += client.recv(65536)
    client.close()
    process.send_signal(signal.SIGTERM)
    report = process.communicate()[1]
    return int(re.search(r"Collected : (\d+)", report)[1])


def main():
    driver, options = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        worker(os.path.join(folder, "foo.sock"))
        few, many = (instructions(driver, folder, options, count) for count in (200, 2200))
    print(f"{(many - few) / 2000:.0f} instructions per small GET {' '.join(options)}")


if __name__ == "__main__":
    main()
