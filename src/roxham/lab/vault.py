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
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.errors import Problem, RunError, UnknownName, did_you_mean
from roxham.lab.ground import Folder, Ground, open_ground, write_file
from roxham.lab.identity import code_hash, fingerprint, model_hash
from roxham.lab.kept import Kept, read_kept, write_kept
from roxham.lab.shelf import ABOUT, KEY, SHELVES, STORE, STORE_FILE, Shelf, Tell, canonical, folder_of
from roxham.sim.amend import amendments_hash

if TYPE_CHECKING:
    from roxham.lab.bench import Model
    from roxham.lab.scenario import Scenario, Study
    from roxham.sim.corridor import Corridor

SHELF = "roxham-shelf/1"
#: What ROXHAM_STORE says where nothing is to be kept.
NOWHERE = "none"
STUDIES, PROBE = "studies", "drafts/probe"


def default_place() -> str:
    """Where runs are kept unless another place is said: ROXHAM_STORE, or the user's folder for data of programs.

    Where ROXHAM_STORE says `none`, they are kept in memory, as long as this process lasts.
    """
    told = os.environ.get("ROXHAM_STORE", "").strip()
    if told:
        return "memory://roxham" if told == NOWHERE else told
    home = Path.home()
    if sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return str(base / "roxham" / "runs")


class Vault:
    """A store of runs on a folder, or on any other target that fsspec reaches.

    ``tell`` is called with each file that is found altered while draws are read; these draws are left out.

    >>> vault = Vault("memory://doctest")
    >>> vault.studies()
    ()
    """

    def __init__(self, url: str | Path | None = None, *, tell: Tell | None = None) -> None:
        self._tell = tell
        self.ground: Ground = open_ground(url if url is not None else default_place())
        code_hash()  # now, so that code that is changed while this process runs is not taken for the code that runs
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
        return Shelf(self.ground, canonical(about), tell=self._tell)

    def probe(self) -> None:
        """Raise RunError when nothing can be written here, before anybody waits for a result that cannot be kept."""
        write_file(self.ground, PROBE, b"")
        self.ground.remove(PROBE)

    def keep_study(self, study: Study, corridor: Corridor, seed: int, draws: int, model: Model | None = None) -> str:
        """Keep what a study asks, so that it can be opened again by its id; return the id.

        The same study of the same case with the same seed, draws and code has the same id.
        """
        days = {"from_": study.from_, "to": study.to}
        shelves = [self.shelf(corridor, one, seed=seed, model=model, **days) for one in study.scenarios]
        keys = [shelf.key for shelf in shelves]
        name, content = write_kept(study, corridor, code=model_hash(model), seed=seed, draws=draws, shelves=keys)
        if self._kept(name) is None:
            for shelf in shelves:
                shelf.label()
            write_file(self.ground, f"{STUDIES}/{name}.json", content)
        return name

    def studies(self) -> tuple[Kept, ...]:
        """Every study that was kept and can be read, the latest first."""
        return tuple(sorted(self._all()[0], key=lambda one: (one.created, one.id), reverse=True))

    def unread(self) -> list[Problem]:
        """Why each of the other studies cannot be read."""
        return self._all()[1]

    def study(self, name: str) -> Kept:
        """One kept study by its id, by the first digits of it, or as `last`, `last~1` (the one before) and so on.

        Raises UnknownName when there is none, or several; RunError saying why when its file cannot be read.
        """
        back = re.fullmatch(r"last(?:~(\d{1,6}))?", name)
        if back:
            return self._latest(int(back[1] or 0))
        known = self._ids()
        found = [one for one in known if one.startswith(name)] if re.fullmatch(r"[0-9a-f]{4,12}", name) else []
        if len(found) != 1:
            said = f"{len(found)} runs begin with it" if found else f"no run of the store {self.url} has this id"
            hint = did_you_mean(name, known) if not found else None
            raise UnknownName(Problem(f'"{name}": {said}; `roxham runs list` lists them', hint=hint))
        path = f"{STUDIES}/{found[0]}.json"
        return read_kept(found[0], self.ground.read([path]).get(path, b""), f"{self.url}/{path}")

    def open_shelf(self, key: str) -> Shelf:
        """A shelf by its key."""
        path = f"{folder_of(key)}/{ABOUT}"
        return Shelf(self.ground, self.ground.read([path]).get(path, b""), key, self._tell)

    def keys(self) -> tuple[str, ...]:
        """Keys of all shelves."""
        names = (name for two in self.ground.names(SHELVES) for name in self.ground.names(f"{SHELVES}/{two}"))
        return tuple(name for name in names if KEY.fullmatch(name))

    def _latest(self, back: int) -> Kept:
        kept = self.studies()
        if back >= len(kept):
            raise UnknownName(Problem(f"the store holds {len(kept)} runs that can be read", self.url))
        return kept[back]

    def _ids(self) -> list[str]:
        return [name.removesuffix(".json") for name in self.ground.names(STUDIES) if name.endswith(".json")]

    def _all(self) -> tuple[list[Kept], list[Problem]]:
        paths = {name: f"{STUDIES}/{name}.json" for name in self._ids()}
        contents = self.ground.read(list(paths.values()))
        kept: list[Kept] = []
        problems: list[Problem] = []
        for name, path in paths.items():
            try:
                kept.append(read_kept(name, contents.get(path, b""), f"{self.url}/{path}"))
            except RunError as error:
                problems.extend(error.problems)
        return kept, problems

    def _kept(self, name: str) -> Kept | None:
        try:
            return self.study(name)
        except (UnknownName, RunError):
            return None

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
