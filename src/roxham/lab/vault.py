"""The store of runs: every draw that was ever computed, kept once, under what it is a draw of.

A shelf holds the draws of one scenario of one case, with one seed, between two days, by one version of the code; so the
baseline of one study serves every other. Files are immutable, named by their own hash, and put in place whole; what
stands in a shelf's folder is its index, so nothing can fall out of step with it. A file that was altered or cut short
is left out, named, and its draws are computed again.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roxham.errors import Problem, RunError, UnknownName, did_you_mean
from roxham.lab.ground import Folder, Ground, open_ground, write_file
from roxham.lab.identity import fingerprint, model_hash
from roxham.lab.shelf import ABOUT, SHELVES, STORE, STORE_FILE, Shelf, canonical, folder_of, sha
from roxham.sim.amend import amendments_hash

if TYPE_CHECKING:
    from roxham.lab.bench import Model
    from roxham.lab.scenario import Scenario, Study
    from roxham.sim.corridor import Corridor

SHELF, KEPT = "roxham-shelf/1", "roxham-kept/1"
STUDIES, PROBE = "studies", "drafts/probe"
ID_LENGTH = 12


def default_place() -> str:
    """Where runs are kept unless another place is said: ROXHAM_STORE, or the user's folder for data of programs."""
    told = os.environ.get("ROXHAM_STORE", "").strip()
    if told:
        return told
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return str(base / "roxham" / "runs")


@dataclass(frozen=True)
class Kept:
    """A study that was run: what it asks, of which case, by which code, and the shelves that hold its draws.

    ``id`` is the first twelve digits of the hash of all this; ``created`` says when it was first kept.
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


class Vault:
    """A store of runs on a folder, or on any other target that fsspec reaches.

    >>> vault = Vault("memory://doctest")
    >>> vault.studies()
    ()
    """

    def __init__(self, url: str | Path | None = None) -> None:
        self.ground: Ground = open_ground(url if url is not None else default_place())
        self._check_format()
        if isinstance(self.ground, Folder):
            self.ground.sweep()

    @property
    def url(self) -> str:
        """Where the store stands."""
        return self.ground.url

    def shelf(
        self, corridor: Corridor, scenario: Scenario, *, seed: int, from_: date, to: date, model: Model | None = None
    ) -> Shelf:
        """The shelf of one scenario; `corridor` is the one that the study starts from, not yet amended by the scenario.

        Args:
            model: what makes a draw; the simulator when not given.

        Raises RunError when the model or the corridor cannot be told apart by its content.
        """
        about = {
            "format": SHELF,
            "case": corridor.id,
            "case_hash": corridor.hash,
            "corridor": fingerprint(corridor),
            "code": model_hash(model),
            "amendments": [change.to_dict() for change in scenario.amendments],
            "amendments_hash": amendments_hash(scenario.amendments),
            "seed": seed,
            "from": from_.isoformat(),
            "to": to.isoformat(),
        }
        return Shelf(self.ground, canonical(about))

    def probe(self) -> None:
        """Raise RunError when nothing can be written here, before anybody waits for a result that cannot be kept."""
        write_file(self.ground, PROBE, b"")
        self.ground.remove(PROBE)

    def keep_study(self, study: Study, corridor: Corridor, seed: int, draws: int, model: Model | None = None) -> str:
        """Keep what a study asks, so that it can be opened again by its id; return the id.

        The same study of the same case with the same seed, draws and code has the same id.
        """
        from roxham import __version__
        from roxham.lab.store import study_entry

        days = {"from_": study.from_, "to": study.to}
        shelves = [self.shelf(corridor, one, seed=seed, model=model, **days) for one in study.scenarios]
        asked = {
            "format": KEPT,
            "study": study_entry(study),
            "case": corridor.id,
            "case_hash": corridor.hash,
            "code": model_hash(model),
            "seed": seed,
            "draws": draws,
            "shelves": [shelf.key for shelf in shelves],
        }
        content = canonical(asked)
        name = sha(content)[:ID_LENGTH]
        if f"{name}.json" not in self.ground.names(STUDIES) or self._kept(name) is None:
            for shelf in shelves:
                shelf.label()
            created = datetime.now(UTC).isoformat(timespec="seconds")
            told = {"asked": asked, "version": __version__, "created": created}
            text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
            write_file(self.ground, f"{STUDIES}/{name}.json", text.encode())
        return name

    def studies(self) -> tuple[Kept, ...]:
        """Every study that was kept and can be read, the latest first."""
        names = [name.removesuffix(".json") for name in self.ground.names(STUDIES) if name.endswith(".json")]
        found = self.ground.read([f"{STUDIES}/{name}.json" for name in names])
        kept = [_read_kept(name, found.get(f"{STUDIES}/{name}.json")) for name in names]
        return tuple(sorted((one for one in kept if one), key=lambda one: (one.created, one.id), reverse=True))

    def study(self, name: str) -> Kept:
        """One kept study by its id, or by the first digits of it.

        Raises UnknownName when there is none, or several; RunError when its file was altered.
        """
        known = [one.removesuffix(".json") for one in self.ground.names(STUDIES) if one.endswith(".json")]
        found = [one for one in known if one.startswith(name)] if re.fullmatch(r"[0-9a-f]{4,12}", name) else []
        if len(found) != 1:
            said = f"{len(found)} runs begin with it" if found else f"no run of the store {self.url} has this id"
            hint = did_you_mean(name, known) if not found else None
            raise UnknownName(Problem(f'"{name}": {said}; `roxham runs` lists them', hint=hint))
        kept = self._kept(found[0])
        if kept is None:
            said = "this file was altered or cut short; `roxham runs check --mend` takes it away: run the study again"
            raise RunError(Problem(said, f"{self.url}/{STUDIES}/{found[0]}.json"))
        return kept

    def open_shelf(self, key: str) -> Shelf:
        """A shelf by its key; raise RunError when what it is a shelf of cannot be read."""
        path = f"{folder_of(key)}/{ABOUT}"
        content = self.ground.read([path]).get(path, b"")
        if sha(content) != key:
            raise RunError(Problem("what this shelf holds cannot be read", f"{self.url}/{path}"))
        return Shelf(self.ground, content)

    def keys(self) -> tuple[str, ...]:
        """Keys of all shelves."""
        return tuple(key for two in self.ground.names(SHELVES) for key in self.ground.names(f"{SHELVES}/{two}"))

    def _kept(self, name: str) -> Kept | None:
        path = f"{STUDIES}/{name}.json"
        return _read_kept(name, self.ground.read([path]).get(path))

    def _check_format(self) -> None:
        content = self.ground.read([STORE_FILE]).get(STORE_FILE)
        if content is None:
            return
        try:
            said = json.loads(content)["format"]
        except (ValueError, KeyError, TypeError):
            return  # written again with the next draw
        if said != STORE:
            told = f"this store has the format {said}, and this version of Roxham reads {STORE}"
            raise RunError(Problem(f"{told}; choose another place with --store", self.url))


def _read_kept(name: str, content: bytes | None) -> Kept | None:
    """A kept study; None when its file is gone or was altered."""
    from roxham.lab.store import read_study_entry

    try:
        held: dict[str, Any] = json.loads(content or b"")
        asked = held["asked"]
        if sha(canonical(asked))[:ID_LENGTH] != name:
            return None
        return Kept(
            id=name, study=read_study_entry(asked["study"]), case=str(asked["case"]),
            case_hash=str(asked["case_hash"]), code=str(asked["code"]), version=str(held["version"]),
            seed=int(asked["seed"]), draws=int(asked["draws"]), shelves=tuple(asked["shelves"]),
            created=str(held["created"]))
    except (ValueError, KeyError, TypeError):
        return None
