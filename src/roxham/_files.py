"""Files that somebody else may have written: read within limits, and never outside the folder they belong to."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

from roxham.errors import Problem, SpecError

__all__ = ["MAX_FILES", "check_folder", "leads_out", "parse_json", "read_limited"]

#: A folder with more entries is no case and no folder of walks: judgement, a hundred times the largest one.
MAX_FILES = 20_000
#: A longer name is none that a file can have everywhere.
LONGEST = 200
_STREAMS = ("/dev/stdin", "/dev/fd/")


def read_limited(path: str | Path, limit: int) -> bytes:
    """Read a plain file of at most so many bytes; raise SpecError for a larger one, or one that is no plain file.

    A pipe that the shell made, such as /dev/stdin, is read too. Errors of the system are raised as OSError.
    """
    file = str(path)
    if not file.startswith(_STREAMS):
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise SpecError(Problem("the file cannot be read: it is a folder", file))
        if not stat.S_ISREG(mode):
            raise SpecError(Problem("the file cannot be read: it is not a plain file", file))
    with open(path, "rb") as stream:
        held = stream.read(limit + 1)
        if len(held) > limit:
            size = max(os.fstat(stream.fileno()).st_size, len(held))
            raise SpecError(Problem(f"the file has {size:,} bytes; at most {limit:,} are read", file))
    return held


def parse_json(text: str, file: str | None = None) -> Any:
    """Read JSON text; raise SpecError with line and column when it is none, nests too deep or holds an endless number.

    >>> parse_json('{"a": [1, null]}')
    {'a': [1, None]}
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SpecError(Problem(f"this is not JSON: {error.msg}", file, error.lineno, error.colno)) from None
    except (RecursionError, ValueError):
        raise SpecError(Problem("this is not JSON that can be read: too deep, or a number without end", file)) from None


def leads_out(name: str, folder: Path) -> bool:
    """Say whether a name, or the link that it is, leads out of a folder.

    >>> leads_out("../../etc/passwd", Path(".")), leads_out("/etc/passwd", Path(".")), leads_out("mine.yaml", Path("."))
    (True, True, False)
    """
    if len(name) > LONGEST or "\0" in name:
        return True
    both = PurePath(name), PureWindowsPath(name)
    if any(path.is_absolute() or path.drive or ".." in path.parts for path in both):
        return True
    try:
        return not (folder / name).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a link to itself
        return True


def check_folder(folder: Path) -> list[Problem]:
    """List what makes a folder unfit to be read: a link that leads out of it, something that is no file, too much."""
    problems: list[Problem] = []
    for count, path in enumerate(_below(folder), start=1):
        if count > MAX_FILES:
            return [*problems, Problem(f"the folder holds more than {MAX_FILES:,} files", str(folder))]
        if path.is_symlink() and leads_out(path.relative_to(folder).as_posix(), folder):
            problems.append(Problem("this is a link that leads out of its folder; such files are not read", str(path)))
        elif not path.is_symlink() and not path.is_dir() and not path.is_file():
            problems.append(Problem("this is not a plain file", str(path)))
    return problems


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):  # links to folders are named, not followed
        for name in sorted([*folders, *files]):
            yield Path(root) / name
