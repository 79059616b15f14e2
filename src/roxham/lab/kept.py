"""A study that was run, kept as a small file: what it asks, of which case, by which code, and where its draws are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RoxhamError, RunError, SpecError
from roxham.lab.shelf import KEY, canonical, sha
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
        created, room = str(held["created"]), held.get("persons_per_room")
        whole &= datetime.fromisoformat(created).tzinfo is not None and (room is None or float(room) > 0)
    except (ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        said = "this file was altered or cut short; `roxham runs check --mend` takes it away: run the study again"
        raise RunError(Problem(said, file))
    if asked.get("format") != KEPT:
        said = f"this run was kept by {by} in the format {asked.get('format')}; this version reads {KEPT}: use {by}"
        raise RunError(Problem(said, file))
    try:
        study, shelves = read_study_entry(asked["study"]), tuple(str(key) for key in asked["shelves"])
        if len(shelves) != len(study.scenarios) or not all(KEY.fullmatch(key) for key in shelves):
            raise SpecError("it does not name one place of draws for each scenario")
        return Kept(
            id=name, study=study, case=str(asked["case"]), case_hash=str(asked["case_hash"]), code=str(asked["code"]),
            version=str(held["version"]), seed=int(asked["seed"]), draws=int(asked["draws"]), shelves=shelves,
            created=created, persons_per_room=room, currency=str(held.get("currency", MONEY)))
    except (RoxhamError, KeyError, TypeError, ValueError, AttributeError) as error:
        said = f"this run was kept by {by}, and this version does not know all that it asks ({error})"
        raise RunError(Problem(said, file)) from error
