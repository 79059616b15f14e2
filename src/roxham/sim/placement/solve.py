"""The programme behind the best plan: whole counts of families, solved by HiGHS and never far from a proven bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT = 1_000  # columns up to which the whole programme is searched at once
NEAR = 3_000  # columns that stay open once the relaxed programme has been solved
ROUNDS = 60  # of settling some of the rest and solving again
LARGEST_SEARCH = 500  # nodes of the branch and bound; a count, not a time, so that answers repeat
_WHOLE = 1e-6
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Programme:
    """Columns to choose at least cost: the first `whole` in whole numbers, the others not; `matrix @ x <= bound`."""

    cost: Floats
    matrix: Any
    bound: Floats
    lower: Floats
    upper: Floats
    whole: int

    @property
    def hard(self) -> NDArray[np.bool_]:
        """Rows without a negative coefficient: more of a column can only fill them."""
        return np.asarray(self.matrix.min(axis=1).toarray().ravel() >= 0)


@dataclass(frozen=True)
class Relaxed:
    """A programme solved without whole numbers.

    Attributes:
        x: the columns; dearer: what one more of an unused column would cost beside the best.
        worth: what one more of each row's bound would save.
        cost: the least cost, which no choice in whole numbers can beat.
    """

    x: Floats
    dearer: Floats
    worth: Floats
    cost: float


def solve(task: Programme, gap: float) -> tuple[Floats | None, float]:
    """Choose the columns; return them, or None if nothing was found, and a cost that no choice can beat.

    A small programme is searched to the gap. Of a large one the relaxed programme is solved; what it settles in whole
    numbers stays, the fullest of the rest is settled next, and so on until all are whole.
    """
    if task.whole <= EXACT:
        return _search(task, gap)
    relaxed = relax(task)
    if relaxed is None:
        return None, -np.inf
    used = relaxed.x[: task.whole] > _WHOLE
    near = np.argsort(np.where(used, -1.0, relaxed.dearer[: task.whole]), kind="stable")[: max(NEAR, int(used.sum()))]
    columns = np.concatenate([np.sort(near), np.arange(task.whole, task.cost.size)])
    small = Programme(task.cost[columns], task.matrix.tocsc()[:, columns].tocsr(), task.bound, task.lower[columns],
                      task.upper[columns], near.size)
    x = np.zeros(task.cost.size)
    x[columns] = _dive(small, relaxed.x[columns])
    return x, relaxed.cost


def _dive(task: Programme, relaxed: Floats) -> Floats:
    """Settle columns in whole numbers, round after round, and solve again for the rest."""
    lower = np.maximum(task.lower, 0)
    for _ in range(ROUNDS):
        whole = relaxed[: task.whole]
        lower[: task.whole] = np.maximum(lower[: task.whole], np.floor(whole + _WHOLE))
        part = whole - lower[: task.whole]
        if part.max(initial=0) <= _WHOLE:
            break
        upper = task.upper.copy()
        for column in np.argsort(-part, kind="stable")[: int((part > _WHOLE).sum())]:
            if part[column] < 0.5 and (lower[: task.whole] > np.floor(whole + _WHOLE)).any():
                break
            lower[column] += 1
            if _holds(task, lower):
                continue
            lower[column] -= 1
            upper[column] = lower[column]
            task = Programme(task.cost, task.matrix, task.bound, task.lower, upper, task.whole)
        again = relax(Programme(task.cost, task.matrix, task.bound, lower, task.upper, task.whole))
        if again is None:
            break
        relaxed = again.x
    out = relaxed.copy()
    out[: task.whole] = lower[: task.whole]
    return out


def _holds(task: Programme, lower: Floats) -> bool:
    """Whether whole columns alone stay within the bounds of rows that only they fill."""
    used = task.matrix[:, : task.whole] @ lower[: task.whole]
    return bool((used <= task.bound + _WHOLE)[task.hard].all())


def relax(task: Programme, method: str = "highs-ds") -> Relaxed | None:
    """Solve without whole numbers; None where nothing was found."""
    from scipy.optimize import linprog

    scale = float(np.abs(task.cost).max(initial=1.0))
    answer = linprog(task.cost / scale, A_ub=task.matrix, b_ub=task.bound,
                     bounds=np.column_stack([task.lower, task.upper]), method=method)
    if answer.x is None:
        return None
    return Relaxed(answer.x, np.abs(answer.lower.marginals) * scale, -answer.ineqlin.marginals * scale,
                   float(answer.fun) * scale)


def _search(task: Programme, gap: float) -> tuple[Floats | None, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp

    scale = float(np.abs(task.cost).max(initial=1.0))
    answer = milp(
        task.cost / scale,
        integrality=np.arange(task.cost.size) < task.whole,
        bounds=Bounds(task.lower, task.upper),
        constraints=[LinearConstraint(task.matrix, ub=task.bound)],
        options={"mip_rel_gap": gap, "node_limit": LARGEST_SEARCH},
    )
    bound = getattr(answer, "mip_dual_bound", None)
    return answer.x, float(bound) * scale if bound is not None else -np.inf
