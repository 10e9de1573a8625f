"""The real programs on a temporary tenants folder: what the system tests and benchmarks are made of.

Nothing here sleeps for a result: wait_for() polls a condition with a deadline, and says what it waited for.
"""
import contextlib
import datetime
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

BIN = pathlib.Path(os.environ.get("MT_BIN", pathlib.Path(__file__).resolve().parents[2] / "build/dev/bin"))
SOURCE = pathlib.Path(os.environ.get("MT_SOURCE", pathlib.Path(__file__).resolve().parents[2]))


def wait_for(what, condition, seconds=20.0):
    """The first true value of condition(), asked again and again."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.005)


def freeze(pid):
    """SIGSTOP, and until it has reached every thread: kill() comes back before the last one stands."""
    os.kill(pid, signal.SIGSTOP)
    def stands(task):
        return (task / "stat").read_text().rpartition(")")[2].split()[0] == "T"
    wait_for("the process to stand", lambda: all(map(stands, pathlib.Path(f"/proc/{pid}/task").iterdir())))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Sandbox:
    """A tenants folder, and at most one gateway on it (port 0). Use as a context manager: it leaves nothing running."""

    def __init__(self, bin_folder=BIN):
        self.bin = pathlib.Path(bin_folder)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-"))
        self.tenants = self.folder / "tenants"
        self.env = {**os.environ, "MTG_TENANTS": str(self.tenants), "NO_COLOR": "1"}
        self.env.pop("MTG_SOCKET", None)
        self.gateway = None
        self.errors = None
        self.port = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(Exception):
            self.stop()
        if self.gateway and self.gateway.poll() is None:
            self.gateway.kill()
            self.gateway.wait()
        if self.errors:
            self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- programs

    def run(self, program, *arguments, expect=0, stdin=None):
        """Runs mtg or mtm and answers the finished process; `expect` is its exit code, or None for any."""
        done = subprocess.run([self.bin / program, *arguments], env=self.env, cwd=self.folder, capture_output=True, text=True,
                              timeout=90, input=stdin)
        if expect is not None and done.returncode != expect:
            raise AssertionError(f"{program} {' '.join(arguments)}: exit {done.returncode}, wanted {expect}\n"
                                 f"{done.stdout}\n{done.stderr}\n{self.log()}")
        return done

    def mtm(self, *arguments, **options):
        return self.run("mtm", *arguments, **options)

    def mtg(self, *arguments, **options):
        return self.run("mtg", *arguments, **options)

    def data(self, program, *arguments):
        """`data` of what the program prints with --json."""
        document = json.loads(self.run(program, *arguments, "--json").stdout)
        assert document["ok"] is True, document
        return document["data"]

    # --- the gateway

    def start(self, *options, port=0):
        """Starts the gateway as a foreground child and waits until it serves."""
        if self.errors:
            self.errors.close()
        self.errors = open(self.folder / "gateway.stderr", "ab")
        self.gateway = subprocess.Popen([self.bin / "mtg", "start", "--listen", f"127.0.0.1:{port}", *options], env=self.env,
                                        cwd=self.folder, stdout=self.errors, stderr=self.errors)
        wait_for("the gateway to serve", self._serves, 30)
        return self

    def _serves(self):
        if self.gateway.poll() is not None:
            raise AssertionError(f"mtg start: exit {self.gateway.returncode}\n{self.log()}")
        status = self.run("mtg", "status", "--json", expect=None)
        if status.returncode:
            return False
        self.port = int(json.loads(status.stdout)["data"]["listen"][0].rpartition(":")[2])
        return True

    def stop(self):
        if self.gateway and self.gateway.poll() is None:
            self.gateway.send_signal(signal.SIGTERM)
            self.gateway.wait(60)
        if self.gateway:  # another process may have taken over from that one
            self.run("mtg", "stop", expect=None)
        return self.gateway.returncode if self.gateway else None

    def log(self):
        with contextlib.suppress(OSError):
            return (self.folder / "gateway.stderr").read_text(errors="replace")[-6000:]
        return ""

    def tenant(self, name):
        """What the gateway knows of one tenant, or None."""
        rows = [row for row in self.data("mtm", "list") if row["id"] == name]
        return rows[0] if rows else None

    def pid(self, name):
        row = self.tenant(name)
        return row and row["pid"]

    def ready_seconds(self, name):
        """For how long the tenant's worker has been ready; 0 in every other state."""
        row = self.tenant(name)
        if not row or row["state"] != "ready":
            return 0.0
        since = datetime.datetime.fromisoformat(row["since"].replace("Z", "+00:00"))
        return (datetime.datetime.now(datetime.timezone.utc) - since).total_seconds()

    # --- requests

    def request(self, method, path, body=None, headers=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            return ask(connection, method, path, body, headers)
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)


def ask(connection, method, path, body=None, headers=None):
    headers = dict(headers or {})
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
        headers.setdefault("content-type", "application/json")
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


class Load:
    """GETs of one path in a loop on kept-alive connections, in the background; counts what is not 200."""

    def __init__(self, port, path, connections=2):
        self.port, self.path = port, path
        self.good, self.failures = 0, []
        self._halt = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        wait_for("the first answers under load", lambda: self.good or self.failures)
        return self

    def __exit__(self, *_):
        self._halt.set()
        for thread in self._threads:
            thread.join(30)

    def more(self, count=50):
        """Waits until `count` more requests have been answered."""
        start = self.good + len(self.failures)
        wait_for(f"{count} more requests under load", lambda: self.good + len(self.failures) >= start + count)

    def _run(self):
        connection = None
        while not self._halt.is_set():
            try:
                connection = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
                answer = ask(connection, "GET", self.path)
                with self._lock:
                    if answer.status == 200:
                        self.good += 1
                    else:
                        self.failures.append(repr(answer))
                if answer.headers.get("connection") == "close":
                    connection = None
            except Exception as error:  # whatever it is, a client saw it
                connection = None
                with self._lock:
                    self.failures.append(repr(error))
        if connection:
            connection.close()


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def edit_json(path, change):
    """What a user's editor does: reads, changes, writes a new file in place of the old one."""
    document = json.loads(path.read_text())
    change(document)
    temporary = path.with_suffix(".tmp~")
    temporary.write_text(json.dumps(document, indent=2))
    os.replace(temporary, path)
