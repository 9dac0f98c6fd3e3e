"""Confine this process: memory, files, and on Linux network and writing.

Called at the start of a child process, before anything of a stranger is read. Linux: resource limits, a
seccomp filter that refuses sockets of the internet, and Landlock for writing. macOS: resource limits, and a
thread that watches the memory. Windows: a job object's limit of memory.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from whylight.sandbox.memory import limit_memory_by_job, watch_memory

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LANDLOCK_CREATE_RULESET, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT_SELF = 444, 445, 446
_LANDLOCK_RULE_PATH_BENEATH, _LANDLOCK_VERSION = 1, 1

# Rights to write, remove and make files and folders (linux/landlock.h); reading stays free.
_WRITE_FILE, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _MAKE_SYM, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 12, 1 << 13, 1 << 14
_MAKE_OTHERS = (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11)  # devices, sockets, pipes
_WRITING = _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SYM | _MAKE_OTHERS

# Per machine: the audit architecture, and the numbers of socket and io_uring_setup.
_MACHINES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}
_AF_INET, _AF_INET6, _AF_NETLINK, _AF_PACKET = 2, 10, 16, 17
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _X32_BIT = 0x7FFF0000, 0x00050000 | 13, 0x40000000  # 13: EACCES


def confine(memory_mb: int, open_files: int, file_mb: int, writable: Iterable[Path]) -> tuple[str, ...]:
    """Confine this process for the rest of its life; return the limits in force.

    They are some of `memory`, `files`, `network`, `writing`.

    Args:
        memory_mb: megabytes that it may allocate.
        open_files: files that it may hold open.
        file_mb: megabytes of the largest file that it may write.
        writable: existing folders below which it may write, where the system can limit that.
    """
    done: list[str] = []
    if sys.platform == "win32":
        return ("memory",) if limit_memory_by_job(memory_mb) else ()
    import resource

    if sys.platform == "linux":
        # Private memory that can be written: libraries and mapped files do not count.
        _lower(resource.RLIMIT_DATA, memory_mb * 2**20)
    else:
        watch_memory(memory_mb)
    done.append("memory")
    _lower(resource.RLIMIT_NOFILE, open_files)
    _lower(resource.RLIMIT_FSIZE, file_mb * 2**20)
    _lower(resource.RLIMIT_CORE, 0)
    done.append("files")
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        with suppress(OSError):
            if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
                if _refuse_network(libc):
                    done.append("network")
                if _refuse_writing(libc, writable):
                    done.append("writing")
    return tuple(done)


def _lower(kind: int, limit: int) -> None:
    """Lower a resource limit, never raise it."""
    import resource

    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


def _refuse_network(libc: ctypes.CDLL) -> bool:
    """Refuse sockets of the internet by seccomp; return whether it is in force."""
    machine = _MACHINES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        return False
    architecture, socket, io_uring = machine

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("<HBBI", code, if_true, if_false, value)

    families = (_AF_INET, _AF_INET6, _AF_NETLINK, _AF_PACKET)
    program = [
        step(_LOAD, 4),  # the architecture of the call
        step(_JUMP_EQUAL, architecture, 1, 0),
        step(_RETURN, _REFUSE),  # calls of another one (32 bits) have other numbers
        step(_LOAD, 0),  # the number of the call
        step(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        step(_RETURN, _REFUSE),
        step(_JUMP_EQUAL, io_uring, 0, 1),  # which could open sockets, too
        step(_RETURN, _REFUSE),
        step(_JUMP_EQUAL, socket, 1, 0),
        step(_RETURN, _ALLOW),
        step(_LOAD, 16),  # its first argument, the family
        *(step(_JUMP_EQUAL, family, len(families) - at, 0) for at, family in enumerate(families)),
        step(_RETURN, _ALLOW),
        step(_RETURN, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))

    filter_ = Program(len(program), ctypes.cast(code, ctypes.c_void_p))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0) == 0)


def _refuse_writing(libc: ctypes.CDLL, writable: Iterable[Path]) -> bool:
    """Allow writing below some folders, by Landlock; return whether it is in force."""
    version = libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION)
    if version < 1:
        return False
    handled = _WRITING | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    rules = ctypes.create_string_buffer(struct.pack("<Q", handled))
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    try:
        for path in (*writable, Path("/dev/null")):
            rights = handled
            if not path.is_dir():
                rights &= _WRITE_FILE | _TRUNCATE
            try:
                folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                rule = ctypes.create_string_buffer(struct.pack("<Qi", rights, folder))
                libc.syscall(_LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)
            finally:
                os.close(folder)
        return bool(libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)
