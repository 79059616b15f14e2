"""The lines that metrics are made of, kept beside the draws of a run: one row for each line and month that is not zero.

The file is sorted by line, so that the lines of one metric are read without the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.lab.parquet import ROWS, Columns, write_pieces
from roxham.sim.breakdown import Breakdown, Key

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """The lines of one draw where they are not zero: which line, which month, the amount, and the weight if any."""

    keys: tuple[Key, ...]
    line: NDArray[np.uint16]
    month: NDArray[np.uint16]
    value: Numbers
    weighted: NDArray[np.int32]
    weight: Numbers

    @classmethod
    def of(cls, breakdown: Breakdown) -> Self:
        """Keep what is not zero."""
        values, weights = breakdown.values, np.nan_to_num(breakdown.weights)
        line, month = np.nonzero((values != 0) | (weights != 0))
        weighted = np.flatnonzero(weights[line, month])
        return cls(breakdown.keys, line.astype(np.uint16), month.astype(np.uint16), values[line, month],
                   weighted.astype(np.int32), weights[line, month][weighted])


def write_lines(
    lines: Mapping[tuple[int, int], Lines], scenarios: Sequence[str], months: Sequence[str], path: Path
) -> None:
    """Write one row per line, scenario, draw and month, in that order; a weight only where a line has one."""
    keys = sorted({key for one in lines.values() for key in one.keys})
    number = {key: k for k, key in enumerate(keys)}
    rows = {task: np.array([number[key] for key in one.keys], dtype=np.int32)[one.line]
            for task, one in sorted(lines.items())}
    labels: dict[str, list[str]] = {name: [getattr(key, name) for key in keys] for name in Key._fields}
    named = ", ".join(f"(${name})[line + 1] AS {name}" for name in Key._fields)
    said = (f"{named}, ($scenarios)[scenario + 1] AS scenario, draw, ($months)[month + 1] AS month, "
            "value, CASE WHEN isnan(weight) THEN NULL ELSE weight END AS weight")
    pieces = (_columns(lines, rows, first, last) for first, last in _pieces(rows, len(keys)))
    write_pieces(pieces, said, {**labels, "scenarios": list(scenarios), "months": list(months)}, path)


def _pieces(rows: Mapping[tuple[int, int], NDArray[np.int32]], count: int) -> Iterator[tuple[int, int]]:
    """Ranges of lines that have about so many rows each, and together hold every line."""
    size = sum((np.bincount(of, minlength=count) for of in rows.values()), np.zeros(count, dtype=np.int64))
    piece = np.cumsum(size) // ROWS
    edges = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), count]
    yield from pairwise(edges)


def _columns(
    lines: Mapping[tuple[int, int], Lines], rows: Mapping[tuple[int, int], NDArray[np.int32]], first: int, last: int
) -> Columns:
    """The rows of some lines, sorted by line; the lines of a draw stand in their order already."""
    columns: dict[str, list[NDArray[Any]]] = {
        name: [] for name in ("line", "scenario", "draw", "month", "value", "weight")}
    for (scenario, draw), of in rows.items():
        one = lines[scenario, draw]
        here = slice(*np.searchsorted(of, (first, last)).tolist())
        mine = slice(*np.searchsorted(one.weighted, (here.start, here.stop)).tolist())
        heavy = np.full(here.stop - here.start, np.nan)
        heavy[one.weighted[mine] - here.start] = one.weight[mine]
        for name, column in (("line", of[here]), ("scenario", np.full(heavy.shape, scenario, dtype=np.int16)),
                             ("draw", np.full(heavy.shape, draw, dtype=np.int32)), ("month", one.month[here]),
                             ("value", one.value[here]), ("weight", heavy)):
            columns[name].append(column)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.argsort(joined["line"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


@dataclass(frozen=True)
class Read:
    """The lines of one metric in one scenario: sums over some months, shape (lines, draws)."""

    keys: tuple[Key, ...]
    value: Numbers
    weight: Numbers


def read_lines(
    path: Path, metric: str, scenario: str, draws: int, months: Sequence[str], *, apart: bool = False
) -> Read:
    """Sum the lines of a metric over some months, draw by draw; a weight that is nowhere is not a number.

    Args:
        apart: keep the months of a draw apart, one after the other, instead of their sum.

    Raises RunError when the file cannot be read.
    """
    import duckdb

    names = ", ".join(Key._fields)
    try:
        with duckdb.connect() as connection:
            rows = connection.execute(
                f"SELECT {names}, draw, list_position($months, month) AS at, value, "
                "coalesce(weight, 'nan'::DOUBLE) AS weight FROM read_parquet($path) "
                "WHERE metric = $metric AND scenario = $scenario AND list_contains($months, month)",
                {"path": str(path), "metric": metric, "scenario": scenario, "months": list(months)},
            ).fetchnumpy()
    except duckdb.Error as error:
        raise RunError(Problem("the lines of this run cannot be read", str(path))) from error
    if not len(rows["draw"]):
        none = np.zeros((0, draws * (len(months) if apart else 1)))
        return Read((), none, none)
    told = [np.asarray(rows[name]).tolist() for name in Key._fields]
    wide = len(months) if apart else 1
    every = [Key(*key) for key in zip(*told, strict=True)]
    keys = sorted(set(every))
    number = {key: k for k, key in enumerate(keys)}
    column = np.asarray(rows["draw"], dtype=np.int64) * wide
    column += np.asarray(rows["at"], dtype=np.int64) - 1 if apart else 0
    shape = (len(keys), draws * wide)
    at = np.array([number[key] for key in every], dtype=np.int64) * shape[1] + column
    weight = np.asarray(rows["weight"], dtype=np.float64)
    has = np.bincount(at, ~np.isnan(weight), shape[0] * shape[1]).reshape(shape).any(axis=1)
    value = np.bincount(at, np.asarray(rows["value"], dtype=np.float64), shape[0] * shape[1]).reshape(shape)
    heavy = np.bincount(at, np.nan_to_num(weight), shape[0] * shape[1]).reshape(shape).astype(np.float64)
    heavy[~has] = np.nan
    return Read(tuple(keys), value.astype(np.float64), heavy)
