"""What every request of the laboratory stands on: the case, its levers, the store, and who computes."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.app.levers import groups, levers_of
from roxham.app.settings import Settings
from roxham.app.shapes import Both, Bounds, Lever, Levers, Named
from roxham.errors import RoxhamError, RunError

if TYPE_CHECKING:
    from roxham.app.asking import Asked
    from roxham.lab.bench import Table, Task
    from roxham.lab.executor import Executor
    from roxham.lab.scenario import Study
    from roxham.lab.vault import Vault
    from roxham.sim.corridor import Corridor

#: What is said where nothing is to be kept beyond the server's life.
NOWHERE = "none"
#: Draws that are read from the store at a time.
AT_ONCE = 20


class Ground:
    """One case, ready to be asked; everything heavy is made when it is first needed, and once."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._corridor: Corridor | None = None

    @cached_property
    def scratch(self) -> Path:
        """A folder of the server's own, which goes with it."""
        return Path(tempfile.mkdtemp(prefix="roxham-app-"))

    @property
    def corridor(self) -> Corridor:
        """The case as it was; who asks while it is being read waits for it."""
        from roxham.sim.corridor import load

        with self._lock:
            if self._corridor is None:
                self._corridor = load(self.settings.case)
                self._corridor.posterior()
            return self._corridor

    @cached_property
    def flagship(self) -> Study:
        """The case's first study: its baseline and its days are those of every question."""
        from roxham.lab.scenario import list_studies, load_study

        return load_study(list_studies(self.settings.case)[0], case=self.settings.case)

    @cached_property
    def levers(self) -> Mapping[str, Lever]:
        """All levers by id."""
        return levers_of(self.corridor)

    @cached_property
    def told(self) -> Levers:
        """Levers and named scenarios, as the page is given them."""
        from roxham.app.asking import settings_of
        from roxham.lab.scenario import list_scenarios, list_studies, load_pair, load_study

        case, base = self.settings.case, self.flagship.baseline.name
        scenarios, used = [], set()
        for name in list_scenarios(case):
            one = self.flagship.baseline if name == base else load_pair(base, name, case=case).scenarios[1]
            settings = settings_of(one.amendments, self.levers)
            used |= {setting.lever for setting in settings or ()}
            title = Both(en=one.title.en, fr=one.title.fr)
            scenarios.append(Named(name=name, title=title, why=one.why.strip(), source=one.source or "",
                                   settings=settings or [], as_levers=settings is not None))  # fmt: skip
        studies = []
        for name in list_studies(case):
            study = load_study(name, case=case)
            studies.append(Named(name=name, title=Both(en=study.title.en, fr=study.title.fr), why=study.why.strip()))
        levers = [lever.model_copy(update={"main": _is_main(lever, used)}) for lever in self.levers.values()]
        covers, limits = self.corridor.info.covers, self.settings.limits
        bounds = Bounds(draws=limits.draws, scenarios=limits.scenarios, amendments=limits.amendments,
                        first=covers.from_, last=covers.to)  # fmt: skip
        return Levers(case=self.corridor.id, levers=levers, groups=groups(), scenarios=scenarios, studies=studies,
                      from_=self.flagship.from_, to=self.flagship.to, limits=bounds)  # fmt: skip

    @cached_property
    def vault(self) -> Vault:
        """Where draws and studies are kept."""
        from roxham.lab.vault import Vault

        asked = self.settings.store or os.environ.get("ROXHAM_STORE", "").strip()
        own = str(self.scratch / "runs")
        try:
            vault = Vault(own if asked == NOWHERE else asked or None)
            vault.probe()
        except RunError:
            if asked:
                raise
            vault = Vault(own)  # the usual store cannot be written: results go with the server
        return vault

    def kept(self, study: str) -> Asked | None:
        """A study that the store keeps, as the question that asks it; None where it keeps none of that id."""
        from roxham.app.asking import Asked, question_of_study

        try:
            kept = self.vault.study(study)
        except RoxhamError:
            return None
        if kept.id != study or kept.case != self.corridor.id:
            return None
        question = question_of_study(kept.study, draws=kept.draws, seed=kept.seed, ground=self)
        return Asked(question, kept.study)

    def shelved(self, study: str) -> Iterator[tuple[Task, Table]]:
        """The draws of a kept study, from the shelves that it was drawn into."""
        kept = self.vault.study(study)
        for scenario, key in enumerate(kept.shelves):
            try:
                shelf = self.vault.open_shelf(key)
                held = sorted(shelf.held().intersection(range(kept.draws)))
            except RoxhamError:
                return
            for first in range(0, len(held), AT_ONCE):
                for draw, table in shelf.get(held[first : first + AT_ONCE]).items():
                    yield (scenario, draw), table

    @cached_property
    def executor(self) -> Executor:
        """Who draws; stays warm until the server ends."""
        from roxham.lab.executor import open_executor

        return open_executor(self.settings.executor or f"processes:{self.settings.workers}", jobs=self.settings.workers)

    def check(self) -> None:
        """Raise RunError or UnknownName where case, store or executor cannot be opened, before anybody asks."""
        from roxham.lab.scenario import case_folder

        case_folder(self.settings.case)
        _ = self.vault, self.executor

    def close(self) -> None:
        """Let the workers go and take the server's own folder away."""
        if "executor" in self.__dict__:
            self.executor.close()
        if "scratch" in self.__dict__:
            shutil.rmtree(self.scratch, ignore_errors=True)


def _is_main(lever: Lever, used: set[str]) -> bool:
    """Shown first: what the case's own scenarios move, and what stands for a whole group."""
    return lever.id in used or lever.place in ("all", "share", "free_tickets")
