#!/usr/bin/env python3
"""Measures gateway and worker beside the real LoopBack 3 behind a Node proxy, and beside nginx with uWSGI and a page of Python.

    scripts/bench.sh --peers [--rounds N] [--seconds S] [--json FILE]

One run, one machine, rounds interleaved, 32 connections (login: 4). All get the same JSON files, the same rows and the same requests; each has a
SQLite database of its own. CPU is the run time of all processes of a peer over its completed requests, so that it does
not depend on what else the machine does; what wrk itself costs is nobody's.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, ask, wait_for  # noqa: E402
from bench import cpu_us  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

MODELS = {
    "Customer": {"name": "Customer", "base": "PersistedModel", "idInjection": True, "strict": True,
                 "properties": {"name": {"type": "string", "required": True}, "email": {"type": "string"}, "age": {"type": "number"},
                                "vip": {"type": "boolean"}, "createdAt": {"type": "date"}},
                 "relations": {"orders": {"type": "hasMany", "model": "Order", "foreignKey": "customerId"}}},
    "Order": {"name": "Order", "base": "PersistedModel", "strict": True,
              "properties": {"description": {"type": "string"}, "total": {"type": "number"}, "customerId": {"type": "number"}},
              "relations": {"customer": {"type": "belongsTo", "model": "Customer", "foreignKey": "customerId"}}},
    "Account": {"name": "Account", "base": "User"},
}
CUSTOMER = {"name": "Alice Example", "email": "alice@example.com", "age": 30, "vip": True, "createdAt": "2020-01-15T10:00:00.000Z"}
LOGIN = {"email": "ann@example.com", "password": "correct horse"}


def filter_url(path, **what):
    return f"{path}?filter={urllib.parse.quote(json.dumps(what))}"


# Name, method, path, body, connections: LoopBack hashes passwords on its only thread, 32 at once would all time out.
CASES = [
    ("GET by id", "GET", "/foo/api/Customers/17", None, 32),
    ("list of 20, where, order", "GET", filter_url("/foo/api/Customers", where={"age": {"gt": 25}}, order="name DESC", limit=20), None, 32),
    ("POST", "POST", "/foo/api/Customers", CUSTOMER, 32),
    ("include of 20 x 10", "GET", filter_url("/foo/api/Customers", where={"id": {"lte": 20}}, include="orders"), None, 32),
    ("login", "POST", "/foo/api/Accounts/login", LOGIN, 4),
]

WRK = """
init = function() wrk.headers["Content-Type"] = "application/json"; wrk.method = "%s"; wrk.body = %s end
done = function(s, latency)
  local e = s.errors
  io.stderr:write(string.format("%%d %%d %%d %%d\\n", s.requests, e.connect + e.read + e.write + e.status + e.timeout,
                  latency:percentile(50), latency:percentile(99)))
end
"""


def write_application(folder):
    """A LoopBack 3 application as JSON files, which is a tenant, too."""
    (folder / "models").mkdir(parents=True, exist_ok=True)
    files = {
        "config.json": {"restApiRoot": "/api"},
        "datasources.json": {"db": {"name": "db", "connector": "sqlite3", "file": "data/db.sqlite"}},
        "model-config.json": {"_meta": {"sources": ["./models"]}, "AccessToken": {"dataSource": "db", "public": False},
                              "ACL": {"dataSource": "db", "public": False}, "Role": {"dataSource": "db", "public": False},
                              "RoleMapping": {"dataSource": "db", "public": False},
                              **{name: {"dataSource": "db", "public": True} for name in MODELS}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2))
    for name, model in MODELS.items():
        (folder / "models" / f"{name.lower()}.json").write_text(json.dumps(model, indent=2))
    (folder / "data").mkdir(exist_ok=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Peer:
    """A server on a port, and the processes whose time it costs."""

    def __init__(self, name, port, pids):
        self.name, self.port, self.pids = name, port, pids

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            answer = ask(connection, method, path, body)
        assert answer.status == 200, (self.name, method, path, answer)
        return answer.json

    def cpu_us(self):
        return sum(cpu_us(pid) for pid in self.pids())

    def fill(self):
        for start in range(0, 1000, 50):
            self.ask("POST", "/foo/api/Customers", [{**CUSTOMER, "name": f"Customer {n}", "age": 20 + n % 50} for n in range(start, start + 50)])
        for customer in range(1, 21):
            self.ask("POST", "/foo/api/Orders", [{"description": f"Order {n}", "total": n * 10, "customerId": customer} for n in range(10)])
        self.ask("POST", "/foo/api/Accounts", LOGIN)


class Running:
    """Processes that end with the block."""

    def __init__(self, stack):
        self.stack = stack

    def start(self, *command, **options):
        process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=options.pop("stderr", None), **options)
        self.stack.callback(lambda: (process.terminate(), process.wait(20)))
        return process


def children(pid):
    """The process and its descendants."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for task in pathlib.Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
    return found


def reachable(port, path="/foo/api/Customers/count"):
    def check():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                return ask(connection, "GET", path).status < 500
        except OSError:
            return False
    return check


def start_mtg(stack):
    box = stack.enter_context(Sandbox())
    box.mtm("add", "foo")
    write_application(box.tenants / "foo")
    box.start()
    box.get("/foo/api/Customers/count")
    return Peer("mtg", box.port, lambda: [box.gateway.pid, box.pid("foo")]), box


def start_loopback(stack, running, folder):
    build = ROOT / "build" / "bench" / "loopback"
    build.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "app.js", "proxy.js"):
        shutil.copy(HERE / "loopback" / name, build / name)
    if not (build / "node_modules" / ".package-lock.json").exists():
        print("Installing LoopBack 3 from npm; its SQLite is compiled, which takes some minutes", file=sys.stderr)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=build, check=True, stdout=sys.stderr)
    write_application(folder)
    socket_path, port = folder / "app.sock", free_port()
    app = running.start("node", build / "app.js", folder, socket_path, stderr=subprocess.DEVNULL, env={**os.environ, "NODE_ENV": "production"})
    wait_for("LoopBack to start", lambda: (folder / "ready").exists() or app.poll() is not None, 60)
    proxy = running.start("node", build / "proxy.js", socket_path, port)
    wait_for("LoopBack's proxy", reachable(port), 30)
    return Peer("LoopBack 3", port, lambda: [app.pid, proxy.pid])


NGINX = """
{user} worker_processes 1; daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
    {content}
}}
"""


def start_nginx(running, folder, name, content):
    (folder / f"{name}.conf").write_text(NGINX.format(folder=folder, name=name, content=content,
                                                             user="user root;" if os.geteuid() == 0 else ""))
    return running.start("nginx", "-c", folder / f"{name}.conf", stderr=subprocess.DEVNULL)


def start_uwsgi(running, folder, database):
    """nginx in front of uWSGI, and the same nginx in front of a fixed small answer: what its proxying alone costs."""
    port, uwsgi_socket = free_port(), folder / "uwsgi.sock"
    uwsgi = running.start("uwsgi", "--plugin", "python3", "--socket", uwsgi_socket, "--wsgi-file", HERE / "wsgi_customers.py", "--master",
                          "--processes", "2", "--disable-logging", "--die-on-term", stderr=subprocess.DEVNULL,
                          env={**os.environ, "CUSTOMERS_DB": str(database)})
    fixed = start_nginx(running, folder, "fixed", f"""
        server {{ listen unix:{folder}/fixed.sock; location / {{ default_type application/json; return 200 '{json.dumps({**CUSTOMER, "id": 17})}'; }} }}""")
    nginx = start_nginx(running, folder, "front", f"""
        upstream fixed {{ server unix:{folder}/fixed.sock; keepalive 64; keepalive_requests 1000000; }}
        server {{
            listen 127.0.0.1:{port};
            location /fixed {{ proxy_pass http://fixed; proxy_http_version 1.1; proxy_set_header Connection ""; }}
            location / {{ include /etc/nginx/uwsgi_params; uwsgi_pass unix:{uwsgi_socket}; }}
        }}""")
    wait_for("nginx with uWSGI", reachable(port, "/foo/api/Customers/17"), 30)
    wait_for("nginx with its fixed answer", reachable(port, "/fixed"), 30)
    assert fixed.poll() is None
    return (Peer("nginx + uWSGI", port, lambda: children(nginx.pid) + children(uwsgi.pid)),
            Peer("nginx, fixed answer", port, lambda: children(nginx.pid)))


def measure(peer, method, path, body, connections, seconds, folder):
    """CPU µs per request, requests per second, p50 and p99 in ms."""
    script = folder / "wrk.lua"
    script.write_text(WRK % (method, "nil" if body is None else json.dumps(json.dumps(body))))
    before = peer.cpu_us()
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", script, f"http://127.0.0.1:{peer.port}{path}"],
                          capture_output=True, text=True, check=True)
    requests, errors, p50, p99 = map(int, done.stderr.split()[-4:])
    assert errors == 0 and requests > 0, (peer.name, path, done.stdout, done.stderr)
    return (peer.cpu_us() - before) / requests, requests / seconds, p50 / 1e3, p99 / 1e3


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=int, default=3)
    options.add_argument("--json", type=pathlib.Path)
    options = options.parse_args()
    with contextlib.ExitStack() as stack:
        running = Running(stack)
        mtg, box = start_mtg(stack)
        work = box.folder / "peers"
        (work / "loopback").mkdir(parents=True)
        loopback = start_loopback(stack, running, work / "loopback")
        for peer in (mtg, loopback):
            peer.fill()
        uwsgi, nginx = start_uwsgi(running, work, box.tenants / "foo/data/db.sqlite")
        report = {}
        print(f"{'':26}{'':22}{'CPU us':>10}{'ratio':>8}{'req/s':>10}{'p50 ms':>9}{'p99 ms':>9}   medians of {options.rounds} x {options.seconds} s")
        for name, method, path, body, connections in CASES:
            peers = [(mtg, path), (loopback, path)]
            if name == "GET by id":
                peers += [(uwsgi, path), (nginx, "/fixed")]
            for peer, where in peers:
                peer.ask(method, where, body)
            rows = {peer.name: [] for peer, _ in peers}
            for _ in range(options.rounds):
                for peer, where in peers:
                    rows[peer.name].append(measure(peer, method, where, body, connections, options.seconds, work))
            ours = None
            for peer, _ in peers:
                cpu, rate, p50, p99 = (statistics.median(column) for column in zip(*rows[peer.name]))
                ours = ours or cpu
                print(f"{name:26}{peer.name:22}{cpu:10.1f}{cpu / ours:8.2f}{rate:10.0f}{p50:9.2f}{p99:9.2f}", flush=True)
                report.setdefault(name, {})[peer.name] = {"cpu_us": round(cpu, 1), "ratio": round(cpu / ours, 2), "per_second": round(rate),
                                                          "p50_ms": round(p50, 2), "p99_ms": round(p99, 2)}
        if options.json:
            options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
