#!/usr/bin/env python3
"""A PostgreSQL server for tests: a cluster of its own in a temporary folder, on a free port and a UNIX socket.

    postgresql.py run COMMAND…    starts one, tells COMMAND of it in MT_SERVER, and removes it

Exit 77 (skipped) with the reason where there is no server program. The system's own cluster is never touched.
"""
import contextlib
import glob
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
# Data of tests need not survive a power cut.
OPTIONS = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50", "shared_buffers=16MB",
           "autovacuum=off", "logging_collector=off"]


def programs():
    """The folder of initdb and postgres, or None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    if found:
        return pathlib.Path(found[-1]).parent
    path = shutil.which("postgres")
    return pathlib.Path(path).resolve().parent if path else None


def why_not():
    """Why there can be no server here, or None."""
    return None if programs() else "PostgreSQL is not installed (apt-get install postgresql)"


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgreSqlServer:
    """Use as a context manager. The superuser is `mtg` with PASSWORD over TCP, without one over the socket."""

    def __init__(self, tls=False):
        self.tls = tls
        self.bin = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-pg-"))
        # The server refuses to be root.
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self.port = free_port()
        self.process = None

    def __enter__(self):
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self.user:
            for path in (self.folder, password):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "mtg", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                  "--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={password}")
        os.chmod(self.folder, 0o755)
        if self.tls:
            self._make_certificate()
        self.start()
        self.sql("CREATE DATABASE shop")
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _as_user(self):
        if not self.user:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _run(self, program, *arguments):
        done = subprocess.run([self.bin / program, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=60, **self._as_user())
        if done.returncode:
            raise AssertionError(f"{program}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def _make_certificate(self):
        """server.crt, signed by itself, for the address that settings() names."""
        done = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "server.key", "-out", "server.crt"],
                              cwd=self.folder, capture_output=True, text=True, timeout=60, **self._as_user())
        assert done.returncode == 0, done.stderr
        os.chmod(self.folder / "server.key", 0o600)

    def start(self):
        tls = ["ssl=on", f"ssl_cert_file={self.folder}/server.crt", f"ssl_key_file={self.folder}/server.key"] if self.tls else []
        options = [word for option in OPTIONS + tls for word in ("-c", option)]
        with open(self.folder / "log", "ab") as log:
            command = [self.bin / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-h", "127.0.0.1",
                       "-k", str(self.folder), *options]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._as_user())
        probe = [self.bin / "pg_isready", "-q", "-U", "mtg", "-h", str(self.folder), "-p", str(self.port)]
        end = time.monotonic() + 60
        while subprocess.run(probe).returncode:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError("PostgreSQL did not start:\n" + (self.folder / "log").read_text()[-3000:])
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: connections are closed at once; SIGQUIT: as after a crash."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    def sql(self, text, database="postgres"):
        """What psql prints, without decoration."""
        return self._run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", str(self.folder), "-p", str(self.port),
                         "-U", "mtg", "-d", database, "-c", text).strip()

    def settings(self, **more):
        """The keys of a datasource, over TCP."""
        return {"connector": "postgresql", "host": "127.0.0.1", "port": self.port, "user": "mtg", "password": PASSWORD,
                "database": "shop", **more}


def main(words):
    if len(words) < 2 or words[0] != "run":
        print(__doc__, file=sys.stderr)
        return 2
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with PostgreSqlServer() as server:
        return subprocess.run(words[1:], env={**os.environ, "MT_SERVER": json.dumps(server.settings())}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
