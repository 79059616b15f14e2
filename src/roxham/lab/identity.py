"""What makes a result this one and no other: the case as loaded, and the code that computes.

Two results are the same only when both are; a change of either, however small, gives another hash.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import inspect
import platform
import weakref
from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from roxham.errors import RunError

if TYPE_CHECKING:
    from roxham.lab.bench import Model

PACKAGE = Path(__file__).resolve().parents[1]
#: The modules that a draw is made with, from the files of a case to the table; folders count with all they hold.
COMPUTING = (
    "sim", "law", "people.py", "world.py", "streams.py", "units.py", "spec.py", "_yaml.py", "_files.py", "_problems.py",
    "_geo.py", "_map.py", "lab/bench.py", "lab/lines.py",
)
#: Fields of a corridor that say where it comes from, not what it is.
ELSEWHERE = frozenset({"folder", "origin"})

_SEEN: dict[int, tuple[weakref.ref[Any], str]] = {}


@functools.cache
def code_hash() -> str:
    """SHA-256 of the source of everything that computes a draw, with the versions of NumPy and Numba.

    >>> len(code_hash())
    64
    """
    import importlib.metadata

    digest = hashlib.sha256()
    for path in code_files():
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("numba", "numpy")]
    digest.update("\n".join([*versions, platform.machine().lower()]).encode())
    return digest.hexdigest()


def code_files() -> tuple[Path, ...]:
    """The source files behind `code_hash`, sorted."""
    found: list[Path] = []
    for name in COMPUTING:
        path = PACKAGE / name
        found.extend(path.rglob("*.py") if path.is_dir() else [path] * path.is_file())
    return tuple(sorted(found))


def model_hash(model: Model | None = None) -> str:
    """SHA-256 of what turns a corridor into an outcome: the simulator's code, or that and the file of another model.

    Raises RunError when the source of the model cannot be read: its results can be computed, but not kept.
    """
    from roxham.lab.bench import simulator

    if model is None or model is simulator():
        return code_hash()
    parts = [code_hash()]
    made: Any = model
    while isinstance(made, functools.partial):
        parts.append(repr((made.args, sorted(made.keywords.items()))))
        made = made.func
    try:
        source = Path(inspect.getsourcefile(made) or "").read_text(encoding="utf-8")
    except (OSError, TypeError) as error:
        said = "the source of this model cannot be read, so its results cannot be kept; run without a store"
        raise RunError(said) from error
    parts += [made.__module__.rsplit(".", 1)[-1], made.__qualname__, source]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def fingerprint(thing: Any) -> str:
    """SHA-256 of what a corridor, or any other frozen thing, holds; where it was read from does not matter.

    Raises RunError when something in it cannot be told apart by its content.

    >>> fingerprint({"a": 1.0}) == fingerprint({"a": 1.0}), fingerprint([1]) == fingerprint([1.0])
    (True, False)
    """
    held = _SEEN.get(id(thing))
    if held is not None and held[0]() is thing:
        return held[1]
    digest = hashlib.sha256()
    for piece in _pieces(thing):
        digest.update(piece)
        digest.update(b"\0")
    found = digest.hexdigest()
    try:
        _SEEN[id(thing)] = (weakref.ref(thing), found)
    except TypeError:
        return found
    return found


def _pieces(thing: Any) -> Iterator[bytes]:
    """The content of a thing, piece by piece, each with its kind."""
    kind = type(thing)
    if thing is None or kind in (bool, int, float, str):
        yield f"{kind.__name__}:{thing!r}".encode()
    elif isinstance(thing, np.ndarray):
        yield f"array:{thing.dtype.str}:{thing.shape}".encode()
        yield from _pieces(thing.tolist()) if thing.dtype.hasobject else [thing.tobytes()]
    elif isinstance(thing, bytes | date | Path | enum.Enum | np.generic | frozenset | set | Set):
        yield f"{kind.__name__}:{_plain(thing)}".encode()
    elif isinstance(thing, Mapping):
        yield f"mapping:{len(thing)}".encode()
        for key, value in thing.items():
            yield from _pieces(key)
            yield from _pieces(value)
    elif isinstance(thing, list | tuple):
        yield f"{kind.__name__}:{len(thing)}".encode()
        for value in thing:
            yield from _pieces(value)
    elif callable(thing) and hasattr(thing, "__qualname__"):
        yield f"named:{thing.__module__}.{thing.__qualname__}".encode()
    else:
        yield f"made:{kind.__qualname__}".encode()
        for name, value in _parts(thing):
            if name not in ELSEWHERE:
                yield name.encode()
                yield from _pieces(value)


def _plain(thing: Any) -> str:
    if isinstance(thing, Path):
        return thing.name
    if isinstance(thing, Set):
        return ",".join(sorted(fingerprint(one) for one in thing))
    return repr(thing)


def _parts(thing: Any) -> list[tuple[str, Any]]:
    if is_dataclass(thing):
        return [(field.name, getattr(thing, field.name)) for field in fields(thing)]
    if hasattr(type(thing), "model_fields") or isinstance(thing, SimpleNamespace):
        return list(vars(thing).items())
    said = f"a {type(thing).__qualname__} cannot be told apart by its content, so results with it cannot be kept"
    raise RunError(said)
