"""What a process that draws is given on its way: ears closed to an interrupt while it starts, memory that it keeps."""

from __future__ import annotations

import ctypes
import functools
import platform
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker

#: Numbers of glibc's settings (malloc.h).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


@contextmanager
def deaf() -> Iterator[None]:
    """Start processes that no interrupt reaches, not even while they read their modules; this one hears it after.

    A process inherits what is blocked; on Windows, where nothing can be, it is left as it is. Python's own tracker of
    shared resources, which starts before the first process, lets interrupts through again, so it is started first.

    >>> with deaf():
    ...     pass
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@functools.cache
def keep_memory() -> None:
    """Let this process keep the memory of one draw for the next, where the C library is glibc.

    A worker of Dask gives every large array back to the system at once; taking it again costs more than the draw.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 32 << 20)
        library.mallopt(_TRIM_THRESHOLD, 256 << 20)
