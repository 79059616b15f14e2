"""The draws of a study put in place by number as they come, and a result of what is there at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from roxham.errors import RunError
from roxham.lab.bench import Table, Task
from roxham.lab.limits import memory_limit
from roxham.lab.lines import Lines
from roxham.lab.scenario import Study
from roxham.lab.summary import Numbers, StudyResult

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor


class Gathered:
    """The arrays of a study, filled draw by draw, in any order.

    >>> from roxham.lab.bench import Table
    >>> from roxham.lab.scenario import load_study
    >>> import roxham
    >>> study = load_study("as-it-was", case="toy")
    >>> gathered = Gathered(study, roxham.load("toy"), draws=3, seed=7)
    >>> table = Table(("2030-01",), (("heard", "all"),), np.ones((1, 1)), np.zeros((0, 1)))
    >>> gathered.put((0, 0), table), gathered.put((0, 2), table), gathered.whole
    (None, None, 1)
    """

    def __init__(self, study: Study, corridor: Corridor, *, draws: int, seed: int) -> None:
        self.study, self.corridor, self.seed = study, corridor, seed
        self.there = np.zeros((len(study.scenarios), draws), dtype=np.bool_)
        self.first: Table | None = None
        self.values: Numbers = np.zeros((0, 0, 0, 0))
        self.weights: Numbers = np.zeros((0, 0, 0, 0))
        self.lines: dict[Task, Lines] = {}

    @property
    def whole(self) -> int:
        """How many draws, from the first on, have come for every scenario."""
        missing = np.flatnonzero(~self.there.all(axis=0))
        return int(missing[0]) if missing.size else self.there.shape[1]

    def put(self, task: Task, table: Table) -> None:
        """Put the table of one draw of one scenario in its place.

        Raises RunError when it holds other metrics, places or months than the others, or memory is too small for all.
        """
        if self.first is None:
            self.first = table
            self._check_memory(table)
            self.values = np.zeros((*self.there.shape, *table.values.shape))
            self.weights = np.zeros((*self.there.shape, *table.weights.shape))
        if (table.cells, table.months) != (self.first.cells, self.first.months):
            raise RunError("two scenarios report different metrics, places or months and cannot be compared")
        self.values[task] = table.values
        self.weights[task] = table.weights
        if table.lines is not None:
            self.lines[task] = table.lines
        self.there[task] = True

    def result(self, draws: int | None = None) -> StudyResult:
        """The result of the first draws, as many as have come for every scenario.

        Args:
            draws: only so many of them.

        Raises RunError when not even the first draw of every scenario has come.
        """
        from roxham import __version__

        count = min(self.whole, draws or self.whole)
        if self.first is None or not count:
            raise RunError("not even the first draw of every scenario was made")
        room = self.corridor.reception.persons_per_room
        return StudyResult(
            study=self.study,
            case=self.corridor.id,
            case_hash=self.corridor.hash,
            version=__version__,
            seed=self.seed,
            months=self.first.months,
            cells=self.first.cells,
            values=self.values[:, :count],
            weights=self.weights[:, :count],
            persons_per_room=room.value if room is not None else None,
            currency=self.corridor.info.currency,
            lines={task: lines for task, lines in self.lines.items() if task[1] < count},
        )

    def _check_memory(self, table: Table) -> None:
        """Raise RunError, before any time is lost, when this machine cannot hold all draws."""
        need = self.there.size * (table.values.nbytes + table.weights.nbytes)
        have = memory_limit()
        if need > have:
            scenarios, draws = self.there.shape
            raise RunError(
                f"{scenarios} scenarios of {draws:,} draws take {need / 1e9:.1f} GB and this machine has "
                f"{have / 1e9:.1f} GB to give: ask for at most {int(draws * have / need):,} draws, or fewer scenarios")
