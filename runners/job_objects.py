"""Windows: one job object for each process that the runner starts, so that its descendants end with it.

Windows has no process groups to kill and no way to look at another process's environment. A job object holds whatever
its first process starts, however far down; and the system ends all of them when the runner itself is gone.
"""

from __future__ import annotations

import subprocess
import sys

MEMORY = 2 * 2**30
"""Bytes that each process of a job may have, as `supervise` allows elsewhere."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    _KILL_ON_CLOSE, _PROCESS_MEMORY = 0x2000, 0x100
    _EXTENDED_LIMITS = 9
    _SET_QUOTA_AND_TERMINATE = 0x0101

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("process_time", wintypes.LARGE_INTEGER),
            ("job_time", wintypes.LARGE_INTEGER),
            ("flags", wintypes.DWORD),
            ("least_working_set", ctypes.c_size_t),
            ("most_working_set", ctypes.c_size_t),
            ("active_processes", wintypes.DWORD),
            ("affinity", ctypes.c_size_t),
            ("priority", wintypes.DWORD),
            ("scheduling", wintypes.DWORD),
        )

    class _Limits(ctypes.Structure):
        _fields_ = (
            ("basic", _BasicLimits),
            ("counters", ctypes.c_ulonglong * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process_memory", ctypes.c_size_t),
            ("peak_job_memory", ctypes.c_size_t),
        )

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    _kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
    _jobs: dict[int, int] = {}

    def enclose(process: subprocess.Popen[bytes]) -> None:
        """Put a process that has just been started, and all that it will start, into a job of its own.

        Raises OSError where the system refuses: the run could then leave processes behind.
        """
        job = _kernel.CreateJobObjectW(None, None)
        limits = _Limits()
        limits.basic.flags, limits.process_memory = _KILL_ON_CLOSE | _PROCESS_MEMORY, MEMORY
        handle = _kernel.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, process.pid)
        try:
            if not (
                job
                and handle
                and _kernel.SetInformationJobObject(job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits))
                and _kernel.AssignProcessToJobObject(job, handle)
            ):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            if handle:
                _kernel.CloseHandle(handle)
        _jobs[process.pid] = job

    def end(process: subprocess.Popen[bytes]) -> None:
        """End every process of the job that ``process`` was put into."""
        job = _jobs.pop(process.pid, None)
        if job is not None:
            _kernel.TerminateJobObject(job, 1)
            _kernel.CloseHandle(job)
