#!/usr/bin/env python3
"""A MariaDB server for tests: a data folder of its own in a temporary folder, on a free port and a UNIX socket.

    mysql.py run COMMAND…    starts one, tells COMMAND of it in MT_SERVER, and removes it

Exit 77 (skipped) with the reason where there is no server program. The system's own server is never touched.
"""
import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PASSWORD = "canary-of-the-tests"
# Data of tests need not survive a power cut. Nothing of /etc/mysql is read.
OPTIONS = ["--no-defaults", "--innodb-flush-log-at-trx-commit=0", "--innodb-fast-shutdown=2", "--innodb-buffer-pool-size=16M",
           "--innodb-log-file-size=8M", "--innodb-use-native-aio=0", "--skip-log-bin", "--skip-name-resolve", "--max-connections=50",
           "--performance-schema=0", "--character-set-server=latin1", "--bind-address=127.0.0.1"]


def program(*names):
    """The first of these programs that is there, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def why_not():
    """Why there can be no server here, or None."""
    if all((program("mariadbd", "mysqld"), program("mariadb-install-db"), program("mariadb", "mysql"))):
        return None
    return "MariaDB is not installed (apt-get install mariadb-server-core mariadb-client-core)"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MySqlServer:
    """Use as a context manager. `mtg` may do everything, with PASSWORD; `root` over the socket, without one."""

    def __init__(self, tls=False):
        self.tls = tls
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-my-"))
        # The server refuses to be root.
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.port = free_port()
        self.socket = self.folder / "socket"
        self.process = None

    def __enter__(self):
        os.chmod(self.folder, 0o755)
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        # A server that starts removes what others have in the same tmpdir.
        self._run(program("mariadb-install-db"), "--no-defaults", f"--datadir={self.folder}/data", f"--tmpdir={self.folder}", "--auth-root-authentication-method=normal",
                  "--skip-test-db", "--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=0", "--innodb-use-native-aio=0")
        if self.tls:
            self._make_certificate()
        self.start()
        self.sql(f"CREATE USER mtg IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO mtg; CREATE DATABASE shop")
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self):
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _run(self, *command):
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, **self._as_user())
        if done.returncode:
            raise AssertionError(f"{command[0]}: exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout

    def _make_certificate(self):
        """server.crt, signed by itself, for the address that settings() names."""
        self._run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                  "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.crt")

    def start(self):
        tls = [f"--ssl-cert={self.folder}/server.crt", f"--ssl-key={self.folder}/server.key"] if self.tls else []
        with open(self.folder / "log", "ab") as log:
            command = [program("mariadbd", "mysqld"), *OPTIONS, f"--datadir={self.folder}/data", f"--socket={self.socket}",
                       f"--port={self.port}", f"--pid-file={self.folder}/pid", f"--tmpdir={self.folder}", *tls]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._as_user())
        end = time.monotonic() + 60
        while not self._accepts():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("MariaDB did not start:\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.02)

    def _accepts(self):
        with contextlib.closing(socket.socket()) as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self, how=signal.SIGTERM):
        """SIGKILL: as after a crash."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def client(self, database=""):
        """A command line that reads statements."""
        return [program("mariadb", "mysql"), "--no-defaults", "-N", "-B", "-u", "root", "-S", str(self.socket), "-D", database or "mysql"]

    def sql(self, text, database=""):
        """What the client prints, without decoration."""
        return self._run(*self.client(database), "-e", text).strip()

    def settings(self, **more):
        """The keys of a datasource, over TCP."""
        return {"connector": "mysql", "host": "127.0.0.1", "port": self.port, "user": "mtg", "password": PASSWORD,
                "database": "shop", **more}


def main(words):
    if len(words) < 2 or words[0] != "run":
        print(__doc__, file=sys.stderr)
        return 2
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with MySqlServer() as server:
        return subprocess.run(words[1:], env={**os.environ, "MT_SERVER": json.dumps(server.settings())}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
