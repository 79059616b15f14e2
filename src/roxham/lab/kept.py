"""A study that was run, kept as a small file: what it asks, of which case, by which code, and where its draws are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RoxhamError, RunError
from roxham.lab.shelf import canonical, sha
from roxham.lab.store import read_study_entry, study_entry
from roxham.sim.metrics import MONEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from roxham.lab.scenario import Study
    from roxham.sim.corridor import Corridor

KEPT = "roxham-kept/1"
ID_LENGTH = 12


@dataclass(frozen=True)
class Kept:
    """A study that was run. ``id`` is the first twelve digits of the hash of all that makes its numbers.

    ``shelves`` are the keys of the draws of each scenario; ``created`` says when the study was first kept.
    """

    id: str
    study: Study
    case: str
    case_hash: str
    code: str
    version: str
    seed: int
    draws: int
    shelves: tuple[str, ...]
    created: str
    persons_per_room: float | None = None
    currency: str = MONEY


def write_kept(
    study: Study, corridor: Corridor, *, code: str, seed: int, draws: int, shelves: Sequence[str]
) -> tuple[str, bytes]:
    """The id of a study, and the file that keeps it."""
    from roxham import __version__

    asked = {
        "format": KEPT,
        "study": study_entry(study),
        "case": corridor.id,
        "case_hash": corridor.hash,
        "code": code,
        "seed": seed,
        "draws": draws,
        "shelves": list(shelves),
    }
    room = corridor.reception.persons_per_room
    told = {
        "asked": asked,
        "version": __version__,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "persons_per_room": room.value if room is not None else None,
        "currency": corridor.info.currency,
    }
    return sha(canonical(asked))[:ID_LENGTH], (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def read_kept(name: str, content: bytes, file: str) -> Kept:
    """Read a study that was kept.

    Raises RunError saying why it cannot be read: altered, or kept by a version that knows more than this one.
    """
    try:
        held: dict[str, Any] = json.loads(content)
        asked = held["asked"]
        whole = sha(canonical(asked))[:ID_LENGTH] == name
        by = f"version {held['version']}"
        created = str(held["created"])
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        said = "this file was altered or cut short; `roxham runs check --mend` takes it away: run the study again"
        raise RunError(Problem(said, file))
    if asked.get("format") != KEPT:
        said = f"this run was kept by {by} in the format {asked.get('format')}; this version reads {KEPT}: use {by}"
        raise RunError(Problem(said, file))
    try:
        return Kept(
            id=name, study=read_study_entry(asked["study"]), case=asked["case"], case_hash=asked["case_hash"],
            code=asked["code"], version=str(held["version"]), seed=int(asked["seed"]), draws=int(asked["draws"]),
            shelves=tuple(asked["shelves"]), created=created, persons_per_room=held.get("persons_per_room"),
            currency=held.get("currency", MONEY))
    except (RoxhamError, KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"this run was kept by {by}, and this version does not know all that it asks ({error})"
        raise RunError(Problem(said, file)) from error
