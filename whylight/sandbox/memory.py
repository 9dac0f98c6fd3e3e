"""Limits of memory where resource limits know none: Windows and macOS."""

from __future__ import annotations

import ctypes
import os
import sys
import threading

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_PROCESS_MEMORY = 0x100  # JOB_OBJECT_LIMIT_PROCESS_MEMORY
_POLL_S = 0.02

OUT_OF_MEMORY = 70
"""Exit status of a process that took more memory than it may."""


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("smallest_working_set", ctypes.c_size_t),
        ("largest_working_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class JobLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION; 144 bytes on a 64-bit system."""

    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


def limit_memory_by_job(memory_mb: int) -> bool:
    """Limit what this process may commit by a job object of its own (Windows).

    An allocation beyond it fails. Returns whether the limit is in force. Job objects of a process nest since
    Windows 8, so that one which the user's own tools have set stays.
    """
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.CreateJobObjectW.restype = kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p)
        kernel.SetInformationJobObject.argtypes = (
            ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32
        )  # fmt: skip
        kernel.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
        limits = JobLimits(process_memory=memory_mb * 2**20)
        limits.basic.flags = _PROCESS_MEMORY
        size = ctypes.sizeof(limits)
        job = kernel.CreateJobObjectW(None, None)  # kept open as long as the process lives
        return bool(
            job
            and kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), size)
            and kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess())
        )
    return False


def watch_memory(memory_mb: int) -> None:
    """End this process once its resident memory has exceeded a limit (macOS).

    A thread looks fifty times a second, so that more may be taken for a moment; it says "MemoryError" on
    standard error and ends the process with `OUT_OF_MEMORY`.
    """
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes

    def watch() -> None:
        wait = threading.Event()
        while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= memory_mb * 2**20:
            wait.wait(_POLL_S)
        os.write(2, b"MemoryError: more memory than this process may take\n")
        os._exit(OUT_OF_MEMORY)

    threading.Thread(target=watch, name="memory", daemon=True).start()
