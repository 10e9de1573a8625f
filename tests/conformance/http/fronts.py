"""The proxies that the table can be run against. Each serves /foo/ and /bar/ from foo.sock and bar.sock of every slot's folder."""
import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import time

BUILD = pathlib.Path(os.environ.get("MT_BUILD", pathlib.Path(__file__).resolve().parents[3] / "build/dev"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_port(port, process):
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{process.args[0]} does not serve") from None
            time.sleep(0.01)


class Front:
    """`folders` has one folder per slot; `ports` answers the port of each."""

    strict = False  # held to the exact statuses of the table
    seconds = 2.0   # how long a client waits for what should come

    def __init__(self, folders):
        self.processes, self.ports = [], []
        self.start(folders)

    def launch(self, *arguments, **options):
        self.processes.append(subprocess.Popen([str(each) for each in arguments], **options))
        return self.processes[-1]

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(10)


class Mtg(Front):
    """The gateway's proxy with a table of two tenants, one process per slot."""

    strict, seconds = True, 10.0

    def start(self, folders):
        for folder in folders:
            process = self.launch(BUILD / "tests/proxy_driver", 0, 1, folder, stdout=subprocess.PIPE, text=True)
            self.ports.append(int(process.stdout.readline()))

    @staticmethod
    def version():
        return "mtg"


class Nginx(Front):
    program = shutil.which("nginx") or "/usr/sbin/nginx"

    def start(self, folders):
        lines = [f"user {getpass.getuser()}; worker_processes 1; daemon off; pid {folders[0]}/nginx.pid; error_log /dev/null; events {{ worker_connections 256; }}",
                 "http { access_log off; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off;"]
        self.ports = [free_port() for _ in folders]
        for slot, (folder, port) in enumerate(zip(folders, self.ports)):
            for tenant in ("foo", "bar"):
                lines.append(f"upstream {tenant}{slot} {{ server unix:{folder}/{tenant}.sock max_fails=0; keepalive 16; }}")
            lines.append(f"server {{ listen 127.0.0.1:{port};")
            for tenant in ("foo", "bar"):
                lines.append(f'location /{tenant}/ {{ proxy_set_header Connection ""; proxy_set_header Host $http_host; '
                             f"proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://{tenant}{slot}/; }}")
            lines.append("}")
        configuration = pathlib.Path(folders[0]) / "nginx.conf"
        configuration.write_text("\n".join(lines + ["}"]))
        process = self.launch(self.program, "-c", configuration, stderr=subprocess.DEVNULL)
        wait_port(self.ports[0], process)

    @classmethod
    def version(cls):
        return subprocess.run([cls.program, "-v"], capture_output=True, text=True).stderr.strip().rpartition(" ")[2]


class HAProxy(Front):
    program = shutil.which("haproxy") or "/usr/sbin/haproxy"

    def start(self, folders):
        lines = ["global", "  nbthread 1", "defaults", "  mode http", "  timeout client 10s", "  timeout server 10s", "  timeout connect 1s",
                 "  option forwardfor", "  http-reuse always"]
        self.ports = [free_port() for _ in folders]
        for slot, (folder, port) in enumerate(zip(folders, self.ports)):
            lines += [f"frontend f{slot}", f"  bind 127.0.0.1:{port}"]
            lines += [f"  use_backend {tenant}{slot} if {{ path_beg /{tenant}/ }}" for tenant in ("foo", "bar")]
            for tenant in ("foo", "bar"):
                lines += [f"backend {tenant}{slot}", f"  http-request set-path %[path,regsub(^/{tenant}/,/)]",
                          f"  server s unix@{folder}/{tenant}.sock"]
        configuration = pathlib.Path(folders[0]) / "haproxy.cfg"
        configuration.write_text("\n".join(lines) + "\n")
        process = self.launch(self.program, "-f", configuration, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_port(self.ports[0], process)

    @classmethod
    def version(cls):
        return subprocess.run([cls.program, "-v"], capture_output=True, text=True).stdout.split()[2]


FRONTS = {"mtg": Mtg, "nginx": Nginx, "haproxy": HAProxy}
