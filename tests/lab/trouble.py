"""Models that take their time, fail, or take their process with them; a worker imports them by name."""

from __future__ import annotations

import os
import signal
import time
from datetime import date
from pathlib import Path
from typing import Any

from handful import handful_draw

from roxham.errors import RunError
from roxham.sim.metrics import Outcome


def slow_draw(corridor: Any, *, seed: int, draw: int, from_: date, to: date, seconds: float = 0.05) -> Outcome:
    """The handful, after a while."""
    time.sleep(seconds)
    return handful_draw(corridor, seed=seed, draw=draw, from_=from_, to=to)


def signed_draw(corridor: Any, *, seed: int, draw: int, from_: date, to: date, folder: str) -> Outcome:
    """The handful, after leaving the number of its process in a folder."""
    (Path(folder) / f"{os.getpid()}").touch()
    return slow_draw(corridor, seed=seed, draw=draw, from_=from_, to=to)


def first_time_bad(corridor: Any, *, seed: int, draw: int, from_: date, to: date, folder: str) -> Outcome:
    """Fails the first time that it is asked for a draw."""
    if not _asked_before(folder, corridor, draw):
        raise ZeroDivisionError("the first time goes wrong")
    return handful_draw(corridor, seed=seed, draw=draw, from_=from_, to=to)


def draw_two_bad(corridor: Any, *, seed: int, draw: int, from_: date, to: date) -> Outcome:
    """Fails in draw 2 of the scenario with an amendment, whenever it is asked."""
    if draw == 2 and corridor.amendments:
        raise RunError("two is refused")
    return handful_draw(corridor, seed=seed, draw=draw, from_=from_, to=to)


def draw_two_deadly(
    corridor: Any, *, seed: int, draw: int, from_: date, to: date, folder: str, always: bool = False
) -> Outcome:
    """Kills its process in draw 2 of the scenario with an amendment: once, or always."""
    if draw == 2 and corridor.amendments and (always or not _asked_before(folder, corridor, draw)):
        os.kill(os.getpid(), signal.SIGKILL)
    return slow_draw(corridor, seed=seed, draw=draw, from_=from_, to=to, seconds=0.01)


def _asked_before(folder: str, corridor: Any, draw: int) -> bool:
    mark = Path(folder) / f"{len(corridor.amendments)}-{draw}"
    if mark.exists():
        return True
    mark.touch()
    return False
