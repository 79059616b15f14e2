"""Tables with lines, invented, for the tests of the store; and writers that run in processes of their own."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from handful import HandfulCorridor, handful_draw, handful_study

from roxham.lab.bench import Table, stack
from roxham.lab.ground import open_ground
from roxham.lab.lines import Lines
from roxham.lab.shelf import Shelf, canonical
from roxham.lab.vault import Vault
from roxham.sim.breakdown import Key

DAYS: dict[str, Any] = {"from_": date(2017, 11, 1), "to": date(2018, 2, 28)}


def table(draw: int, *, seed: int = 3) -> Table:
    """One draw of the handful, with lines whose names differ from draw to draw."""
    made = stack(handful_draw(HandfulCorridor(), seed=seed, draw=draw, **DAYS))
    keys = tuple(Key("line", "heard", "all", "hearing", what) for what in ("a", "b", f"only in draw {draw}"))
    lines = Lines(
        keys, np.array([0, 0, 1, 2], dtype=np.uint16), np.array([0, 3, 1, 2], dtype=np.uint16),
        np.array([1.5, -2.0, 3.25, 0.1 + draw]), np.array([1, 3], dtype=np.int32), np.array([2.0, float(draw + 1)]))
    return Table(made.months, made.cells, made.values, made.weights, lines)


def shelf(vault: Vault, *, seed: int = 3) -> Shelf:
    """The shelf of the handful as it was."""
    return vault.shelf(HandfulCorridor(), handful_study().baseline, seed=seed, model=handful_draw, **DAYS)


def about() -> bytes:
    """What the shelf of the handful is a shelf of; given to other processes, which may begin after the code changed."""
    return canonical(shelf(Vault("memory://about")).about)


def write_on_and_on(url: str, ready: str, of: bytes, first: int = 0) -> None:
    """Put one draw after the other, on and on, until somebody ends this process; say when the first is there."""
    held = Shelf(open_ground(url), of)
    for draw in range(first, first + 100_000):
        held.put({draw: table(draw)})
        Path(ready).touch()


def write_rounds(url: str, rounds: int, of: bytes, barrier: Any, backwards: bool) -> None:
    """In each round, begin at the same moment as the other writer, and put the same draws."""
    for number in range(rounds):
        barrier.wait(60)
        held = Shelf(open_ground(f"{url}/{number}"), of)
        order = list(range(4))
        for draw in reversed(order) if backwards else order:
            held.put({draw: table(draw)})
