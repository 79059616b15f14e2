"""Where a store of runs stands: a folder of this machine, or any other target that fsspec can reach.

A file takes its place whole or not at all: by rename on a disk, by one put on an object store. Nothing is ever changed
in place.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from roxham.errors import Problem, RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAFTS = "drafts"
#: A draft that is older was left behind by a process that was killed.
DRAFT_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Entry:
    """One file of a store: its path below the root, its size in bytes, and when it was written (seconds since 1970)."""

    path: str
    size: int
    written: float


class Ground(Protocol):
    """What a store needs of the place where it stands; paths are below its root, with slashes."""

    url: str

    def files(self, folder: str) -> list[Entry]:
        """Every file in a folder and below it; none where there is no such folder."""

    def names(self, folder: str) -> list[str]:
        """Names of what stands in a folder, sorted; none where there is no such folder."""

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The content of files; those that are not there are left out."""

    def draft(self) -> Path:
        """A path of this machine, not yet taken, where a file can be filled before `adopt`."""

    def adopt(self, draft: Path, path: str) -> None:
        """Give a filled draft its place, whole; what stood there is replaced."""

    def remove(self, path: str) -> None:
        """Take a file away; it may be gone already."""


def open_ground(url: str | Path) -> Ground:
    """Stand on a folder, or on any other target by its address (`s3://bucket/runs`, `memory://runs`).

    Raises RunError when the address is of a kind that nothing installed here can reach.

    >>> open_ground("memory://runs").names("")
    []
    """
    text = os.fspath(url)
    if "://" not in text or text.startswith("file://"):
        return Folder(Path(text.removeprefix("file://")).expanduser().absolute())
    return Remote(text)


def explain(error: Exception, url: str) -> RunError:
    """Say what is wrong with a store, and what to do."""
    code = getattr(error, "errno", None)
    said = str(getattr(error, "strerror", None) or error) or type(error).__name__
    if code in (errno.ENOSPC, errno.EDQUOT) or "No space left" in said:
        told = "the disk is full; free some space, run `roxham runs prune`, or choose another place with --store"
        return RunError(Problem(f"{told}. Every draw that was kept before is intact", url))
    if code in (errno.EACCES, errno.EPERM, errno.EROFS) or "Permission denied" in said:
        told = "the store cannot be written; choose another place with --store or ROXHAM_STORE, or run with --no-store"
        return RunError(Problem(told, url))
    if code in (errno.ENOTDIR, errno.EEXIST):
        return RunError(Problem("a file stands in the way of this folder; choose another place with --store", url))
    return RunError(Problem(f"the store cannot be reached ({said}); choose another place with --store", url))


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what the system, or the client of an object store, says about a store into one clear error."""
    try:
        yield
    except _failures() as error:
        raise explain(error, url) from error


def _failures() -> tuple[type[Exception], ...]:
    """Errors of the system, and of the clients of object stores that are loaded."""
    names = {"botocore.exceptions": ("BotoCoreError", "ClientError"), "aiohttp": ("ClientError",)}
    found: list[type[Exception]] = [OSError]
    for module, listed in names.items():
        found += [getattr(sys.modules[module], name) for name in listed if module in sys.modules]
    return tuple(found)


class Folder:
    """A store in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = str(root)

    def files(self, folder: str) -> list[Entry]:
        entries: list[Entry] = []
        for path in sorted((self.root / folder).rglob("*")):
            try:
                held = path.stat()
            except FileNotFoundError:
                continue
            if path.is_file():
                entries.append(Entry(path.relative_to(self.root).as_posix(), held.st_size, held.st_mtime))
        return entries

    def names(self, folder: str) -> list[str]:
        with told(self.url):
            try:
                return sorted(os.listdir(self.root / folder))
            except (FileNotFoundError, NotADirectoryError):
                return []

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        with told(self.url):
            for path in paths:
                try:
                    found[path] = (self.root / path).read_bytes()
                except FileNotFoundError:
                    continue
        return found

    def draft(self) -> Path:
        with told(self.url):
            (self.root / DRAFTS).mkdir(parents=True, exist_ok=True)
            return self.root / DRAFTS / f"{os.getpid()}-{time.time_ns():x}-{os.urandom(4).hex()}"

    def adopt(self, draft: Path, path: str) -> None:
        target = self.root / path
        with told(self.url):
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.replace(target)

    def remove(self, path: str) -> None:
        target = self.root / path
        with told(self.url):
            target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.root or folder.parent == self.root:
                return
            try:
                folder.rmdir()  # only when empty
            except OSError:
                return

    def sweep(self) -> None:
        """Take away the drafts of processes that ended long ago."""
        for name in self.names(DRAFTS):
            path = self.root / DRAFTS / name
            try:
                if abs(time.time() - path.stat().st_mtime) > DRAFT_SECONDS:
                    path.unlink()
            except OSError:
                continue


class Remote:
    """A store on any other target that fsspec reaches; one put gives a file its place."""

    def __init__(self, url: str) -> None:
        import fsspec

        self.url = url
        self._scratch: Path | None = None
        try:
            self._fs, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            told = f"this kind of address needs another package ({error}); for s3:// install roxham[s3]"
            raise RunError(Problem(told, url)) from error
        except ValueError as error:
            told = f"nothing here can reach this kind of address ({error}); write a folder, or for example s3://bucket/runs"
            raise RunError(Problem(told, url)) from error
        self._root = root.rstrip("/")

    def files(self, folder: str) -> list[Entry]:
        with told(self.url):
            try:
                found: dict[str, dict[str, Any]] = self._fs.find(self._at(folder), detail=True)
            except FileNotFoundError:
                return []
        return [Entry(self._below(path), int(info.get("size") or 0), _written(info)) for path, info in found.items()]

    def names(self, folder: str) -> list[str]:
        with told(self.url):
            self._fs.invalidate_cache()
            try:
                listed = self._fs.ls(self._at(folder), detail=False)
                return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in listed)
            except FileNotFoundError:
                return []

    def read(self, paths: Sequence[str]) -> dict[str, bytes]:
        if not paths:
            return {}
        with told(self.url):
            at = {self._at(path): path for path in paths}
            found = self._fs.cat(list(at), on_error="return")
            if isinstance(found, bytes):
                found = {next(iter(at)): found}
        kept: dict[str, bytes] = {}
        for where, content in found.items():
            if isinstance(content, bytes):
                kept[at[where]] = content
            elif not isinstance(content, FileNotFoundError | KeyError):
                raise explain(content, self.url) from content
        return kept

    def draft(self) -> Path:
        if self._scratch is None or not self._scratch.is_dir():
            self._scratch = Path(tempfile.mkdtemp(prefix="roxham-"))
        return self._scratch / os.urandom(8).hex()

    def adopt(self, draft: Path, path: str) -> None:
        with told(self.url):
            self._fs.pipe_file(self._at(path), draft.read_bytes())
            draft.unlink()

    def remove(self, path: str) -> None:
        with told(self.url):
            try:
                self._fs.rm_file(self._at(path))
            except FileNotFoundError:
                return

    def sweep(self) -> None:
        """Take away the scratch folder of this process."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}".rstrip("/")

    def _below(self, path: str) -> str:
        return path[len(self._root) :].lstrip("/") if path.startswith(self._root) else path


def _written(info: dict[str, Any]) -> float:
    """When a file was written, by whichever name the target gives it; 0 where it does not say."""
    for name in ("mtime", "LastModified", "last_modified", "created"):
        value = info.get(name)
        if isinstance(value, int | float):
            return float(value)
        if value is not None and hasattr(value, "timestamp"):
            return float(value.timestamp())
    return 0.0


def write_file(ground: Ground, path: str, content: bytes) -> None:
    """Put a small file in its place, whole."""
    draft = ground.draft()
    with told(ground.url):
        try:
            draft.write_bytes(content)
            ground.adopt(draft, path)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def at_hand(ground: Ground, path: str, content: bytes) -> Iterator[Path]:
    """A path of this machine that holds the content of a file."""
    if isinstance(ground, Folder):
        yield ground.root / path
        return
    copy = ground.draft()
    with told(ground.url):
        copy.write_bytes(content)
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)
