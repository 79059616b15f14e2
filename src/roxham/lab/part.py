"""Parts of a store: immutable Parquet files that hold draws of one scenario, number by number.

A part has one row for each cell and month, and one for each line and month that is not zero. A row names its line by a
number; what the numbers mean stands in a legend, which the draws of a scenario share.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.lab.bench import Table
from roxham.lab.lines import Lines
from roxham.sim.breakdown import Key

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: What a number stands for: a month; a cell that is a sum or stock; a cell that is a mean, with its count; a line.
MONTH, CELL, MEAN, LINE = "month", "cell", "mean", "line"
COPY = "(FORMAT parquet, COMPRESSION zstd{more})"

Name = tuple[str, Key]

_THREAD = threading.local()


def connection() -> DuckDBPyConnection:
    """The connection of this thread, for reading and writing parts."""
    import duckdb

    held: DuckDBPyConnection | None = getattr(_THREAD, "connection", None)
    if held is None:
        held = _THREAD.connection = duckdb.connect(config={"threads": 1})
    return held


def _month(label: str) -> Name:
    return MONTH, Key("", "", "", "", label)


def _cell(cell: tuple[str, str], *, mean: bool) -> Name:
    return MEAN if mean else CELL, Key("", *cell, "", "")


@dataclass
class Legend:
    """What the numbers of a part stand for; it only ever grows, so that what was written stays true."""

    names: list[Name] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = {name: k for k, name in enumerate(self.names)}

    def learn(self, names: Sequence[Name]) -> list[int]:
        """The number of each name; those not yet known are added at the end."""
        for name in names:
            if name not in self.number:
                self.number[name] = len(self.names)
                self.names.append(name)
        return [self.number[name] for name in names]

    def write(self, database: DuckDBPyConnection, path: Path) -> None:
        """Write the legend as a Parquet file: number, what it is, and the parts of its name."""
        columns: dict[str, NDArray[Any]] = {
            "number": np.arange(len(self.names), dtype=np.int32),
            "row": np.array([row for row, _ in self.names], dtype=object),
        }
        for name in Key._fields:
            columns[name] = np.array([getattr(key, name) for _, key in self.names], dtype=object)
        _copy(database, columns, "*", path)

    @classmethod
    def read(cls, database: DuckDBPyConnection, path: Path) -> Legend:
        """Read a legend back; raise RunError when the file is none."""
        rows = _query(database, f"SELECT row, {', '.join(Key._fields)} FROM read_parquet($path) ORDER BY number", path)
        return cls([(row, Key(*key)) for row, *key in rows.fetchall()])


def write_part(
    database: DuckDBPyConnection, tables: Mapping[int, Table], legend: Legend, path: Path
) -> None:
    """Write draws as one part, in the order of their numbers; the legend learns what it did not know."""
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in ("draw", "number", "month", "value", "weight")}
    for draw, table in sorted(tables.items()):
        for name, column in _columns(draw, table, legend).items():
            columns[name].append(column)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    said = "draw, number, month, value, CASE WHEN isnan(weight) THEN NULL ELSE weight END AS weight"
    _copy(database, joined, said, path, ", DICTIONARY_SIZE_LIMIT 1")


def _columns(draw: int, table: Table, legend: Legend) -> dict[str, NDArray[Any]]:
    cells, months = table.values.shape
    means = _means(table)
    at_month = np.array(legend.learn([_month(label) for label in table.months]), dtype=np.int16)
    named = [_cell(cell, mean=k in means) for k, cell in enumerate(table.cells)]
    at_cell = np.array(legend.learn(named), dtype=np.int32)
    heavy = np.full((cells, months), np.nan)
    heavy[list(means)] = table.weights
    number: list[NDArray[Any]] = [np.repeat(at_cell, months)]
    month: list[NDArray[Any]] = [np.tile(at_month, cells)]
    value: list[NDArray[Any]] = [table.values.reshape(-1)]
    weight: list[NDArray[Any]] = [heavy.reshape(-1)]
    if table.lines is not None:
        lines = table.lines
        at_line = np.array(legend.learn([(LINE, key) for key in lines.keys]), dtype=np.int32)
        number.append(at_line[lines.line])
        month.append(at_month[lines.month])
        value.append(lines.value)
        sparse = np.full(lines.value.shape, np.nan)
        sparse[lines.weighted] = lines.weight
        weight.append(sparse)
    rows = sum(len(part) for part in value)
    return {"draw": np.full(rows, draw, dtype=np.int32), "number": np.concatenate(number),
            "month": np.concatenate(month), "value": np.concatenate(value), "weight": np.concatenate(weight)}


def _means(table: Table) -> dict[int, int]:
    """Cells that are means, by their place among the weights."""
    from roxham.sim.metrics import METRICS

    means = [k for k, (metric, _) in enumerate(table.cells) if METRICS[metric].kind == "mean"]
    return {cell: k for k, cell in enumerate(means)}


def read_part(database: DuckDBPyConnection, path: Path, legend: Legend, *, lines: bool = True) -> dict[int, Table]:
    """Read the draws of a part back, as they were put in.

    Args:
        lines: whether what the metrics are made of is wanted too.

    Raises RunError when the file is no part, or names what its legend does not hold.
    """
    rows = _query(database, "SELECT draw, number, month, value, coalesce(weight, 'nan'::DOUBLE) AS weight "
                              "FROM read_parquet($path)", path)
    held = {name: np.asarray(column) for name, column in rows.fetchnumpy().items()}
    if not len(held["draw"]) or max(held["number"].max(), held["month"].max()) >= len(legend.names):
        raise RunError(Problem("this part does not go with its legend", str(path)))
    edges = np.flatnonzero(np.diff(held["draw"])) + 1
    found: dict[int, Table] = {}
    for first, last in zip([0, *edges.tolist()], [*edges.tolist(), len(held["draw"])], strict=True):
        one = {name: column[first:last] for name, column in held.items()}
        try:
            found[int(one["draw"][0])] = _table(one, legend, lines=lines)
        except ValueError as error:
            raise RunError(Problem("this part is not complete", str(path))) from error
    return found


def _table(held: Mapping[str, NDArray[Any]], legend: Legend, *, lines: bool) -> Table:
    rows = np.array([row == LINE for row, _ in legend.names])[held["number"]]
    count = int(rows.argmax()) if rows.any() else len(rows)
    months = held["month"][: int((held["number"] == held["number"][0])[:count].sum())]
    cells = held["number"][:count].reshape(-1, len(months))[:, 0]
    names = [legend.names[k] for k in cells.tolist()]
    means = [k for k, (row, _) in enumerate(names) if row == MEAN]
    shape = (len(cells), len(months))
    return Table(
        months=tuple(legend.names[k][1].what for k in months.tolist()),
        cells=tuple((key.metric, key.place) for _, key in names),
        values=held["value"][:count].reshape(shape).copy(),
        weights=held["weight"][:count].reshape(shape)[means],
        lines=_lines(held, count, months, legend) if lines and count < len(rows) else None,
    )


def _lines(held: Mapping[str, NDArray[Any]], count: int, months: NDArray[Any], legend: Legend) -> Lines:
    """The lines after the first `count` rows; each line's rows stand together, in the order of its keys."""
    number = held["number"][count:]
    begins = np.flatnonzero(np.diff(number, prepend=-1))
    line = np.repeat(np.arange(len(begins)), np.diff(begins, append=len(number))).astype(np.uint16)
    place = np.zeros(int(months.max()) + 1, dtype=np.uint16)
    place[months] = np.arange(len(months))
    weight = held["weight"][count:]
    weighted = np.flatnonzero(~np.isnan(weight)).astype(np.int32)
    keys = tuple(legend.names[k][1] for k in number[begins].tolist())
    return Lines(keys, line, place[held["month"][count:]], held["value"][count:].copy(), weighted, weight[weighted])


def same(one: Table, other: Table) -> bool:
    """Whether two tables hold the same names and the same numbers, bit by bit; lines count where both have them."""
    if (one.months, one.cells) != (other.months, other.cells):
        return False
    pairs = [(one.values, other.values), (one.weights, other.weights)]
    if one.lines is not None and other.lines is not None:
        if one.lines.keys != other.lines.keys:
            return False
        parts = ("line", "month", "value", "weighted", "weight")
        pairs += [(getattr(one.lines, name), getattr(other.lines, name)) for name in parts]
    return all(a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)


def _copy(database: DuckDBPyConnection, columns: Mapping[str, Any], said: str, path: Path, more: str = "") -> None:
    where = str(path).replace("'", "''")
    database.register("numbers", dict(columns))
    try:
        database.execute(f"COPY (SELECT {said} FROM numbers) TO '{where}' {COPY.format(more=more)}")
    finally:
        database.unregister("numbers")


def _query(database: DuckDBPyConnection, query: str, path: Path) -> Any:
    import duckdb

    try:
        return database.execute(query, {"path": str(path)})
    except duckdb.Error as error:
        raise RunError(Problem("this part cannot be read", str(path))) from error
