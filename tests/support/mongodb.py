#!/usr/bin/env python3
"""A server that speaks MongoDB's protocol, for tests: FerretDB with SQLite behind it, in a temporary folder and on a free port.

    mongodb.py run COMMAND…    starts one, tells COMMAND of it in MT_SERVER, and removes it

scripts/test.sh builds it from tests/support/ferretdb into build/ferretdb. Exit 77 (skipped) with the reason where it is not.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/ferretdb/ferretdb"
PASSWORD = "canary-of-the-tests"


def why_not():
    """Why there can be no server here, or None."""
    return None if PROGRAM.exists() else "build/ferretdb/ferretdb is not there (scripts/test.sh builds it, if there is Go)"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MongoDbServer:
    """Use as a context manager. It asks nobody for a login."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-mongodb-"))
        self.port = 0
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """On a free port, the same one after stop()."""
        with open(self.folder / "log", "ab") as log:
            command = [PROGRAM, "--folder", self.folder, "--listen", f"127.0.0.1:{self.port}"]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            self.process.wait(60)
            raise AssertionError("FerretDB did not start:\n" + (self.folder / "log").read_text()[-3000:])
        self.port = int(line)

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        if self.process:
            self.process.stdout.close()

    def settings(self, **more):
        """The keys of a datasource, over TCP."""
        return {"connector": "mongodb", "host": "127.0.0.1", "port": self.port, "database": "shop", **more}


def main(words):
    if len(words) < 2 or words[0] != "run":
        print(__doc__, file=sys.stderr)
        return 2
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with MongoDbServer() as server:
        # LoopBack's recorded answers are those of a database that counts.
        settings = server.settings(generatedIds="counted")
        return subprocess.run(words[1:], env={**os.environ, "MT_SERVER": json.dumps(settings)}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
