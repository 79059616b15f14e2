"""What the scenarios of one draw have in common is made once: people whom no amendment touches, and the law's answer.

Scenarios of a study meet the same draw one after the other, in the same process. What is handed out here is what would
have been made again: it is told by the content of everything that it is made from, so it changes no number.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from roxham.streams import Streams

T = TypeVar("T")
#: How many things are held for one draw; those that come first serve most scenarios.
MOST = 8


class _Held(threading.local):
    """What was made for the draw under way, by its content, for each thread."""

    def __init__(self) -> None:
        self.draw: tuple[int, int] | None = None
        self.made: dict[str, Any] = {}


_HELD = _Held()


def shared(streams: Streams, key: str, make: Callable[[], T]) -> T:
    """What `make` gives, made once for each draw and key; nobody may change it afterwards.

    >>> streams = Streams(seed=7, draw=0)
    >>> first = shared(streams, content("a", 1.0), lambda: np.zeros(3))
    >>> shared(streams, content("a", 1.0), lambda: np.ones(3)) is first
    True
    """
    draw = (streams.seed, streams.draw)
    if _HELD.draw != draw:
        _HELD.draw, _HELD.made = draw, {}
    if key in _HELD.made:
        found: T = _HELD.made[key]
        return found
    made = make()
    if len(_HELD.made) < MOST:
        _HELD.made[key] = made
    return made


def content(*things: object) -> str:
    """A hash of arrays, numbers, words and mappings of them, by their content.

    >>> content(np.zeros(2), {"a": 1.0}) == content(np.zeros(2), {"a": 1.0}), content(1.0) == content(2.0)
    (True, False)
    """
    digest = hashlib.blake2b(digest_size=16)
    for thing in things:
        if isinstance(thing, np.ndarray):
            digest.update(f"{thing.dtype.str}{thing.shape}".encode())
            digest.update(np.ascontiguousarray(thing).tobytes())
        elif isinstance(thing, Mapping):
            digest.update(repr(sorted(thing.items())).encode())
        else:
            digest.update(repr(thing).encode())
        digest.update(b"\0")
    return digest.hexdigest()
