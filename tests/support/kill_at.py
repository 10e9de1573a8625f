"""Kills a program right before one of the system calls that change something on disk: every step is a failpoint, none is in the program."""
import ctypes
import errno
import os
import signal
import unittest

TRACEME, SYSCALL, SETOPTIONS, GET_SYSCALL_INFO = 0, 24, 0x4200, 0x420e
TRACESYSGOOD, EXITKILL = 1, 1 << 20
ENTRY = 1

# x86-64 and aarch64 number them differently; elsewhere the tests that need this are skipped.
CALLS = {
    "x86_64": {1: "write", 40: "sendfile", 74: "fsync", 75: "fdatasync", 82: "rename", 83: "mkdir", 84: "rmdir", 87: "unlink", 90: "chmod",
               91: "fchmod", 73: "flock", 258: "mkdirat", 263: "unlinkat", 306: "syncfs", 316: "renameat2"},
    "aarch64": {64: "write", 71: "sendfile", 82: "fsync", 83: "fdatasync", 34: "mkdirat", 35: "unlinkat", 38: "renameat", 53: "fchmodat",
                52: "fchmod", 32: "flock", 267: "syncfs", 276: "renameat2"},
}.get(os.uname().machine)

# What a client says to a server: each is a failpoint, too.
SENDS = {"x86_64": {44: "sendto"}, "aarch64": {206: "sendto"}}.get(os.uname().machine)

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class SyscallInfo(ctypes.Structure):
    _fields_ = [("op", ctypes.c_uint8), ("pad", ctypes.c_uint8 * 3), ("arch", ctypes.c_uint32), ("instruction_pointer", ctypes.c_uint64),
                ("stack_pointer", ctypes.c_uint64), ("number", ctypes.c_uint64), ("arguments", ctypes.c_uint64 * 6)]


def why_not():
    """Why nothing can be killed at a step here, or None."""
    if os.environ.get("MT_SANITIZE"):
        return "a sanitizer's runtime writes and locks on its own"
    pid = os.fork()
    if pid == 0:
        os._exit(0 if libc.ptrace(TRACEME, 0, None, None) == 0 else 1)
    return None if os.waitpid(pid, 0)[1] == 0 and CALLS is not None else "processes cannot be traced here"


def needed(test):
    """Decorates a test, or a class of them, that kills at a step."""
    return unittest.skipIf(why := why_not(), why)(test)


def killed_before(arguments, at, env, cwd, stdin="/dev/null", calls=CALLS):
    """Runs it and kills it before the call number `at` (from 0) of those. The call's name, or None: it came to its end before."""
    pid = os.fork()
    if pid == 0:
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (1, 2):
            os.dup2(null, descriptor)
        os.dup2(os.open(stdin, os.O_RDONLY), 0)
        os.chdir(cwd)
        libc.ptrace(TRACEME, 0, None, None)
        os.execve(arguments[0], arguments, env)
    os.waitpid(pid, 0)  # the stop at exec
    libc.ptrace(SETOPTIONS, pid, None, ctypes.c_void_p(TRACESYSGOOD | EXITKILL))
    seen, deliver = 0, 0
    while True:
        if libc.ptrace(SYSCALL, pid, None, ctypes.c_void_p(deliver)) != 0 and ctypes.get_errno() == errno.ESRCH:
            os.waitpid(pid, 0)
            return None
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status):
            return None
        stopped = os.WSTOPSIG(status)
        deliver = 0 if stopped == signal.SIGTRAP | 0x80 else stopped
        if deliver:
            continue
        info = SyscallInfo()
        libc.ptrace(GET_SYSCALL_INFO, pid, ctypes.c_void_p(ctypes.sizeof(info)), ctypes.byref(info))
        name = calls.get(info.number) if info.op == ENTRY else None
        if not name:
            continue
        if seen == at:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return name
        seen += 1
