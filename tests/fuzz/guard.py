"""What a file may never make Roxham do: write elsewhere, start a program, open a connection, load code, take long."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

SECONDS = 2.0  # of this process's own time, so that a busy machine is no fault of a file
STUCK = 30.0  # of the clock: for a file that waits for something instead of working

_WRITES = {
    "os.rename": (0, 1), "os.remove": (0,), "os.mkdir": (0,), "os.rmdir": (0,), "os.link": (0, 1),
    "os.symlink": (0, 1), "os.truncate": (0,), "os.chmod": (0,), "os.chown": (0,), "os.utime": (0,),
    "shutil.rmtree": (0,), "shutil.move": (0, 1), "shutil.copyfile": (1,), "tempfile.mkstemp": (0,),
    "tempfile.mkdtemp": (0,),
}  # fmt: skip
_NEVER = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "socket.connect",
    "socket.bind", "pickle.find_class", "webbrowser.open", "pty.spawn",
)  # fmt: skip
_FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class TooSlow(BaseException):
    """A file that took longer than a file may."""


class Guard:
    """Hears of everything that this process asks of the system while it is on, and notes what is not allowed."""

    def __init__(self) -> None:
        self.root: str | None = None
        self.faults: list[str] = []
        sys.addaudithook(self._heard)

    @contextmanager
    def watching(self, root: Path) -> Iterator[list[str]]:
        """Allow writing below a folder only; give the list of what else was tried."""
        self.faults, self.root = [], os.path.realpath(root) + os.sep
        try:
            yield self.faults
        finally:
            self.root = None

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if self.root is None:
            return
        if event == "open":
            path, mode, flags = (*given, None, None)[:3]
            writing = isinstance(flags, int) and flags & _FOR_WRITING
            if writing and isinstance(path, str | bytes) and not self._inside(path):
                self.faults.append(f"opened {path!r} for writing ({mode}, {flags})")
        elif event in _WRITES:
            self.faults += [f"{event} {given!r}" for at in _WRITES[event]
                            if isinstance(given[at], str | bytes) and not self._inside(given[at])]  # fmt: skip
        elif event in _NEVER:
            self.faults.append(f"{event} {given!r}"[:200])

    def _inside(self, path: str | bytes) -> bool:
        root, self.root = self.root, None  # what is asked of the system to find this out is no concern
        real = os.path.realpath(os.fsdecode(path))
        self.root = root
        return root is not None and (real.startswith(root) or real == os.devnull or real == root.rstrip(os.sep))


def _too_slow(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TooSlow


def watch_the_time() -> None:
    """Raise TooSlow in this process when a file takes too long; to be called once."""
    signal.signal(signal.SIGPROF, _too_slow)
    signal.signal(signal.SIGALRM, _too_slow)


@contextmanager
def in_time() -> Iterator[None]:
    """Let what is done within take only as long as a file may."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
