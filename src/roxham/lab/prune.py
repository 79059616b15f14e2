"""Keeping a store small, and whole: which runs and draws to take away, and the taking away."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from roxham.errors import Problem, UnitError
from roxham.lab.runs import by_shelf
from roxham.lab.shelf import folder_of
from roxham.lab.vault import STUDIES

if TYPE_CHECKING:
    from roxham.lab.ground import Entry
    from roxham.lab.kept import Kept
    from roxham.lab.vault import Vault

#: Draws of no kept run are left alone for so long: they may be those of a run that has just begun.
GRACE_SECONDS = 3600.0
_AGE = re.compile(r"(\d+)\s*(h|d|w|hours?|days?|weeks?)", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_HOURS = {"h": 1, "d": 24, "w": 168}
_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def age(text: str) -> timedelta:
    """Read an age.

    Raises UnitError when the text is none.

    >>> age("30d").days, age("2 weeks").days
    (30, 14)
    """
    found = _AGE.fullmatch(text.strip())
    if not found:
        raise UnitError(f'"{text}" is not an age; write for example "12h", "30d" or "8w"')
    return timedelta(hours=int(found[1]) * _HOURS[found[2][0].lower()])


def size(text: str) -> int:
    """Read a number of bytes.

    Raises UnitError when the text is none.

    >>> size("5GB"), size("1.5 MB")
    (5000000000, 1500000)
    """
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise UnitError(f'"{text}" is not a size; write for example "500MB" or "5GB"')
    return int(float(found[1]) * _BYTES[found[2].lower()])


@dataclass(frozen=True)
class Pruning:
    """What is to be taken away: runs, and the draws that only they need; the bytes of these, and of what stays."""

    runs: tuple[Kept, ...]
    shelves: tuple[str, ...]
    files: int
    freed: int
    left: int


def plan_pruning(
    vault: Vault, *, older_than: timedelta | None = None, keep: int | None = None, to: int | None = None,
    now: datetime | None = None,
) -> Pruning:
    """Choose what to take away; a run goes when any of the three says so, the oldest first.

    Draws that a remaining run needs stay. A run that says it was kept in the future (a clock was set back) is young.

    Args:
        older_than: runs kept longer ago than this go.
        keep: at most so many of the latest runs stay.
        to: runs go until the store takes at most so many bytes.
    """
    now = now or datetime.now().astimezone()
    runs = list(vault.studies())  # the latest first
    gone = [one for one in runs if older_than is not None and now - datetime.fromisoformat(one.created) > older_than]
    if keep is not None:
        gone += [one for one in runs[keep:] if one not in gone]
    files = by_shelf(vault)
    stay = [one for one in runs if one not in gone]
    while to is not None and stay and _bytes(files, _needed(files, stay)) > to:
        gone.append(stay.pop())
    loose = set(files) - {key for one in stay for key in one.shelves}
    moment = now.timestamp()
    of_gone = {key for one in gone for key in one.shelves}
    shelves = sorted(key for key in loose if key in of_gone or _idle(files[key], moment))
    freed = _bytes(files, set(shelves))
    count = sum(len(files[key]) for key in shelves)
    return Pruning(tuple(gone), tuple(shelves), count, freed, _bytes(files, set(files)) - freed)


def prune(vault: Vault, pruning: Pruning, *, progress: Callable[[int, int], None] | None = None) -> None:
    """Take away what was planned: the runs first, so that none is left without its draws and unaware of it.

    Raises RunError when the store cannot be written.
    """
    for one in pruning.runs:
        vault.ground.remove(f"{STUDIES}/{one.id}.json")
    files = by_shelf(vault)
    for count, key in enumerate(pruning.shelves, start=1):
        for entry in files.get(key, ()):
            vault.ground.remove(entry.path)
        if progress is not None:
            progress(count, len(pruning.shelves))


def check_store(
    vault: Vault, name: str | None = None, *, progress: Callable[[int, int], None] | None = None
) -> list[Problem]:
    """Verify every file of a store, or of one run, by its hash; give those that were altered, cut short or disagree.

    Args:
        progress: called with (shelves verified, shelves in all).

    Raises UnknownName when there is no such run.
    """
    problems = [] if name else vault.unread()
    keys = tuple(dict.fromkeys(vault.study(name).shelves)) if name else vault.keys()
    for count, key in enumerate(keys, start=1):
        problems += vault.open_shelf(key).check()
        if progress is not None:
            progress(count, len(keys))
    return problems


def mend_store(vault: Vault, name: str | None = None) -> list[str]:
    """Take away every file that `check_store` names, and give their paths; their draws are computed again when needed.

    Raises RunError when the store cannot be written.
    """
    keys = tuple(dict.fromkeys(vault.study(name).shelves)) if name else vault.keys()
    taken: list[str] = []
    if name is None:
        for problem in vault.unread():
            if problem.file and "altered" in problem.message:
                taken.append(problem.file.removeprefix(f"{vault.url}/"))
    for key in keys:
        shelf = vault.open_shelf(key)
        shelf.check()
        taken += [f"{folder_of(key)}/{one}" for one in shelf.bad]
    for path in taken:
        vault.ground.remove(path)
    return taken


def _needed(files: dict[str, list[Entry]], runs: list[Kept]) -> set[str]:
    return {key for one in runs for key in one.shelves} & set(files)


def _bytes(files: dict[str, list[Entry]], keys: set[str]) -> int:
    return sum(entry.size for key in keys for entry in files[key])


def _idle(entries: list[Entry], now: float) -> bool:
    """Whether nothing was put here lately; a time in the future (a clock was set back) is not lately."""
    return not any(0 <= now - entry.written < GRACE_SECONDS for entry in entries)
