"""A pgbouncer for tests: on a free port, in a temporary folder, in transaction mode."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from postgresql import free_port
from sandbox import wait_for


def why_not():
    """Why there can be no pooler here, or None."""
    return None if shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin") else "pgbouncer is not installed"


class PgBouncer:
    """Use as a context manager. `users` are logins and their passwords; `databases` the lines of that section."""

    def __init__(self, databases, users, pool_size=1):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mtg-pgbouncer-"))
        self.port = free_port()
        self.process = None
        (self.folder / "users").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))
        (self.folder / "ini").write_text("\n".join([
            "[databases]", *databases, "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {self.port}", "unix_socket_dir =",
            "auth_type = scram-sha-256", f"auth_file = {self.folder}/users", "pool_mode = transaction",
            f"default_pool_size = {pool_size}", "ignore_startup_parameters = options,extra_float_digits",
            "server_reset_query_always = 0", f"logfile = {self.folder}/log", f"pidfile = {self.folder}/pid", ""]))

    def __enter__(self):
        program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
        command = [program, "-q", str(self.folder / "ini")]
        user = {}
        if os.geteuid() == 0:  # it refuses to be root
            nobody = pwd.getpwnam("nobody")
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
            user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)
        wait_for("pgbouncer to listen", self._listens)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise AssertionError("pgbouncer did not start:\n" + (self.folder / "log").read_text()[-2000:])
        with open("/proc/net/tcp") as lines:
            return any(f"0100007F:{self.port:04X} 00000000:0000 0A" in line for line in lines)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
