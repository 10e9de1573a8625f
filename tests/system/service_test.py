"""The gateway as a service: what it tells the manager that started it, and the sockets it takes from it."""
import contextlib
import ctypes
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from sandbox import Sandbox, alive, wait_for  # noqa: E402


def stop_thread(tid):
    """This thread alone, which SIGSTOP cannot do."""
    seize, interrupt, any_thread = 0x4206, 0x4207, 0x40000000
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    for request in (seize, interrupt):
        if ptrace(request, tid, None, None) != 0:
            raise unittest.SkipTest("ptrace: " + os.strerror(ctypes.get_errno()))
    os.waitpid(tid, any_thread)


class Manager:
    """The end of NOTIFY_SOCKET that systemd has. It reads all the time: the kernel keeps ten messages, a second of pings."""

    def __init__(self, box):
        self.path = str(box.folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.messages = queue.Queue()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        while message := self.socket.recv(4096):
            self.messages.put(message)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join()
        self.socket.close()

    def next(self):
        """The next message but pings, as {name: value}."""
        end = time.monotonic() + 30
        while True:
            message = dict(line.split("=", 1) for line in self.messages.get(timeout=end - time.monotonic()).decode().splitlines())
            if message != {"WATCHDOG": "1"}:
                return message

    def wait_for_ping(self):
        while self.messages.get(timeout=30) != b"WATCHDOG=1":
            pass


class Service(unittest.TestCase):
    def setUp(self):
        self.box = Sandbox()
        self.addCleanup(self.box.__exit__)
        self.manager = Manager(self.box)
        self.addCleanup(self.manager.close)
        self.box.env["NOTIFY_SOCKET"] = self.manager.path

    def test_it_tells_when_it_is_ready_reloads_and_ends(self):
        box = self.box
        box.env["WATCHDOG_USEC"] = "200000"
        (box.folder / "mtg.json").write_text("{}")
        box.mtm("add", "foo")
        box.start()
        ready = self.manager.next()
        self.assertEqual(ready, {"READY": "1", "MAINPID": str(box.gateway.pid)})
        for _ in range(3):
            self.manager.wait_for_ping()
        box.gateway.send_signal(signal.SIGHUP)
        self.assertEqual(set(self.manager.next()), {"RELOADING", "MONOTONIC_USEC"})
        self.assertEqual(self.manager.next(), ready)
        (box.folder / "mtg.json").write_text('{"listen": 7}')
        box.mtg("reload", expect=6)
        self.assertEqual(self.manager.next()["RELOADING"], "1")
        self.assertEqual(self.manager.next(), ready)  # what was in force stays
        (box.folder / "mtg.json").write_text("{}")
        self.assertEqual(box.get("/foo").status, 200)
        box.mtg("restart")
        self.assertEqual(self.manager.next()["RELOADING"], "1")
        self.assertEqual(self.manager.next()["READY"], "1")
        self.manager.wait_for_ping()  # of the process that took over
        self.assertEqual(box.get("/foo").status, 200)
        box.mtg("stop")
        self.assertEqual(self.manager.next(), {"STOPPING": "1"})

    def test_a_supervisor_that_hangs_pings_no_more_and_what_is_started_in_its_place_serves(self):
        box = self.box
        box.env["WATCHDOG_USEC"] = "200000"
        box.mtm("add", "foo")
        box.start()
        self.manager.wait_for_ping()
        self.assertEqual(box.get("/foo").status, 200)
        worker = box.pid("foo")
        stop_thread(box.gateway.pid)  # the one with the supervisor's loop
        self.assertEqual(box.get("/foo").status, 200)  # the others would hide it
        with contextlib.suppress(queue.Empty):
            while self.manager.messages.get(timeout=0.05):  # sent before
                pass
        self.assertRaises(queue.Empty, self.manager.messages.get, timeout=0.2)
        box.gateway.send_signal(signal.SIGABRT)  # as systemd does when WATCHDOG_USEC have gone by
        self.assertEqual(box.gateway.wait(10), -signal.SIGABRT)
        wait_for("the worker to be gone", lambda: not alive(worker), 5)
        box.start()
        self.assertEqual(box.get("/foo").status, 200)

    def test_a_tenant_hears_nothing_of_the_manager(self):
        self.box.mtm("add", "foo")
        self.box.env["WATCHDOG_USEC"] = "30000000"
        self.box.start()
        self.assertEqual(self.box.get("/foo").status, 200)
        with open(f"/proc/{self.box.pid('foo')}/environ", "rb") as file:
            environment = file.read()  # what the process was started with, before it was told whose worker it is
        names = {variable.partition(b"=")[0] for variable in environment.split(b"\0") if variable}
        self.assertIn(b"PATH", names)
        self.assertLessEqual(names, {b"PATH", b"LANG", b"TZ", b"NODE_ENV", b"MTG_GATEWAY_PID", b"MTG_SANDBOX", b"MTG_TENANT",
                                     b"MTG_REVISION"})

    def test_one_that_does_not_start_is_never_ready(self):
        (self.box.folder / "mtg.json").write_text('{"lsten": 7}')
        self.box.mtg("start", expect=6)
        self.assertRaises(queue.Empty, self.manager.messages.get, timeout=0.2)

    def start_with(self, *sockets, options=()):
        """Starts the gateway as systemd does: the sockets are descriptors 3, 4, …, and LISTEN_PID is its own number."""
        box = self.box
        script = "".join(f"exec {3 + i}<&{fd.fileno()} {fd.fileno()}<&-; " for i, fd in enumerate(sockets))
        script += f"export LISTEN_FDS={len(sockets)} LISTEN_PID=$$; exec \"$@\""
        box.gateway = subprocess.Popen(["bash", "-c", script, "bash", box.bin / "mtg", "start", *options], env=box.env, cwd=box.folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, pass_fds=[fd.fileno() for fd in sockets])
        self.addCleanup(box.gateway.stderr.close)

    def listener(self):
        fd = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(fd.close)
        # Away from the descriptors that it becomes over there.
        moved = socket.socket(fileno=os.dup(fd.fileno()))
        while moved.fileno() < 10:
            self.addCleanup(moved.close)
            moved = socket.socket(fileno=os.dup(fd.fileno()))
        self.addCleanup(moved.close)
        return moved

    def test_it_takes_the_sockets_that_the_manager_opened_and_keeps_them_over_a_restart(self):
        box = self.box
        box.mtm("add", "foo")
        first, second = self.listener(), self.listener()
        ports = {fd.getsockname()[1] for fd in (first, second)}
        self.start_with(first, second)
        self.assertEqual(self.manager.next()["READY"], "1")
        for _ in range(2):
            listen = {int(address.rpartition(":")[2]) for address in box.data("mtg", "status")["listen"]}
            self.assertEqual(listen, ports)
            for box.port in ports:
                for _ in range(8):  # whichever thread takes it
                    self.assertEqual(box.get("/foo").status, 200)
            box.mtg("restart")

    def test_a_socket_of_another_kind_is_refused_by_name(self):
        pair = socket.socketpair()
        for end in pair:
            self.addCleanup(end.close)
        end = pair[0]
        while end.fileno() < 10:
            end = socket.socket(fileno=os.dup(pair[0].fileno()))
            self.addCleanup(end.close)
        self.start_with(end)
        self.assertEqual(self.box.gateway.wait(30), 2)
        self.assertIn(b"descriptor 3 of LISTEN_FDS is no listening TCP socket", self.box.gateway.stderr.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
