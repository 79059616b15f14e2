"""Which amendment made the difference: the runs between two scenarios, made again with some of the amendments.

With up to four amendments every subset is run, and each amendment gets the mean of what it adds over all orders (its
Shapley value); with more, what it adds in the order in which they are listed. Either way the parts add up to the
difference in every draw.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import RunError
from roxham.lab import store
from roxham.lab.because import Because, Item, Side
from roxham.lab.ensemble import Model, Progress, simulator
from roxham.lab.summary import ALL, period_slices
from roxham.sim.amend import Amendment, describe
from roxham.sim.metrics import METRICS, Outcome

if TYPE_CHECKING:
    from roxham.sim.corridor import Corridor

Numbers = NDArray[np.float64]
#: With more amendments than this, only one order is run.
ALL_ORDERS = 4


def by_amendment(
    answer: Because, corridor: Corridor | None, *, draws: int, progress: Progress | None = None,
    model: Model | None = None,
) -> Because:
    """The same difference by amendment: the second scenario must be the first one and some amendments more.

    Args:
        corridor: the case of the runs, unamended.
        draws: how many draws are run again, from the first on.
        progress: called with (runs done, runs in all).

    Raises RunError when the case is not at hand, or the first scenario is not part of the second.
    """
    if corridor is None:
        raise RunError("the case of these runs is not at hand, so they cannot be run again")
    base, full = (_amendments(side) for side in (answer.a, answer.b))
    added = [change for change in full if change not in base]
    if not added or [change for change in full if change in base] != list(base):
        raise RunError(f"{answer.b.scenario} is not {answer.a.scenario} with amendments added; "
                       "compare it with the baseline of its run")
    runs = _Runs(answer, corridor, base, full, draws, model or simulator())
    orders = list(permutations(range(len(added)))) if len(added) <= ALL_ORDERS else [tuple(range(len(added)))]
    subsets = sorted({frozenset(order[:k]) for order in orders for k in range(len(added) + 1)}, key=sorted)
    for done, subset in enumerate(subsets):
        runs.make(subset, added)
        if progress is not None:
            progress(done + 1, len(subsets))
    parts = [np.zeros(draws) for _ in added]
    for order in orders:
        for k, amendment in enumerate(order):
            parts[amendment] += runs.values[frozenset(order[: k + 1])] - runs.values[frozenset(order[:k])]
    items = [Item("", "", describe(change), "", "", "amendment", part / len(orders))
             for change, part in zip(added, parts, strict=True)]
    first, last = runs.values[frozenset()], runs.values[frozenset(range(len(added)))]
    return replace(answer, a=replace(answer.a, values=first), b=replace(answer.b, values=last),
                   items=tuple(sorted(items, key=lambda item: (-abs(item.mean), item.what))))


class _Runs:
    """The metric by draw, with every subset of amendments that was run."""

    def __init__(
        self, answer: Because, corridor: Corridor, base: tuple[Amendment, ...], full: tuple[Amendment, ...], draws: int,
        model: Model,
    ) -> None:
        self.answer, self.corridor, self.base, self.full, self.model = answer, corridor, base, full, model
        self.manifest = store.read_manifest(answer.a.folder)
        self.draws = draws
        self.values: dict[frozenset[int], Numbers] = {}

    def make(self, subset: frozenset[int], added: list[Amendment]) -> None:
        """Run the draws with some of the amendments, in the order of the scenario."""
        chosen = [added[k] for k in sorted(subset)]
        amended = self.corridor.amend([change for change in self.full if change in self.base or change in chosen])
        days: dict[str, Any] = {
            "from_": date.fromisoformat(self.manifest["from"]), "to": date.fromisoformat(self.manifest["to"])}
        seed = int(self.manifest["seed"])
        outcomes = (self.model(amended, seed=seed, draw=draw, **days) for draw in range(self.draws))
        self.values[subset] = np.array([self._value(outcome) for outcome in outcomes])

    def _value(self, outcome: Outcome) -> float:
        """The metric of one draw at the place and in the period of the question."""
        metric, place, period = self.answer.metric, self.answer.place, self.answer.period
        cells, when = outcome.cell(metric), dict(period_slices(outcome.months))[period]
        of = [k for k, name in enumerate(cells.places) if place in (ALL, name)]
        months = np.asarray(cells.value)[of].sum(axis=0)[when]
        if METRICS[metric].kind == "stock":
            return float(months[-1])
        if METRICS[metric].kind == "flow" or cells.weight is None:
            return float(months.sum())
        return float(months.sum() / np.asarray(cells.weight)[of].sum(axis=0)[when].sum())


def _amendments(side: Side) -> tuple[Amendment, ...]:
    """The amendments of a scenario, from the manifest of its run."""
    return store.read_study(side.folder).scenario(side.scenario).amendments
