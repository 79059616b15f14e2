"""Mornings at transfer desks, held in memory under random ids that end; nothing is written anywhere."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from roxham.app.problem import Refused

if TYPE_CHECKING:
    from roxham.lab.place import Morning

MINUTES = 60
MOST = 128
EACH = 16


@dataclass
class Desk:
    """One morning, whose it is, and when it was last asked for."""

    morning: Morning
    client: str
    used: float


@dataclass
class Desks:
    """All mornings held now. One ends when nobody has asked for it for an hour, when it is closed, or with the server.

    An address that opens more than a few loses the one it used longest ago; where too many are held for all together,
    the next one is asked to come back.
    """

    clock: Callable[[], float] = time.monotonic
    held: dict[str, Desk] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, morning: Morning, client: str) -> str:
        """Hold a morning and return its id; raise Refused when too many are held."""
        with self.lock:
            self._sweep()
            own = sorted((desk.used, name) for name, desk in self.held.items() if desk.client == client)
            for _, name in own[: max(len(own) - EACH + 1, 0)]:
                del self.held[name]
            if len(self.held) >= MOST:
                raise Refused(429, "Many desks are open at once; please try again later.", {"Retry-After": "60"})
            name = secrets.token_urlsafe(18)
            self.held[name] = Desk(morning, client, self.clock())
            return name

    def find(self, name: str) -> Morning:
        """The morning of an id; raise Refused where there is none any more."""
        with self.lock:
            self._sweep()
            if name not in self.held:
                raise Refused(404, "This desk has ended; nothing of it was kept. Open the files again.")
            self.held[name].used = self.clock()
            return self.held[name].morning

    def close(self, name: str) -> None:
        """Forget a morning."""
        with self.lock:
            self.held.pop(name, None)

    def _sweep(self) -> None:
        ended = [name for name, desk in self.held.items() if self.clock() - desk.used > 60 * MINUTES]
        for name in ended:
            del self.held[name]
