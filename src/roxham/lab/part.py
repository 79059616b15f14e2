"""Parts of a store: immutable Parquet files that hold draws of one scenario, number by number.

A part has one row for each cell and month, and one for each line and month that is not zero. A row says what it counts
by a number that is made from the name alone, so that files of different writers go together; the names stand beside the
parts, each once.
"""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError
from roxham.lab.bench import Table
from roxham.lab.lines import Lines
from roxham.sim.breakdown import Key
from roxham.sim.metrics import METRICS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: What a row is: a cell that is a sum or a stock; a cell that is a mean, with its count; a line of one of them.
CELL, MEAN, LINE = "cell", "mean", "line"
#: How many draws are read together at most, so that memory stays small.
TOGETHER = 4
#: Rows are written in groups of a multiple of this; the first group holds the cells of the first draw.
GROUP = 2048

Numbers = NDArray[Any]
_THREAD = threading.local()


class Name(NamedTuple):
    """What a row counts."""

    row: str
    key: Key


@functools.cache
def number_of(name: Name) -> int:
    """The number that stands for a name in every part, from its SHA-256; below zero for a line, so that cells are
    found without the lines.
    """
    text = json.dumps([name.row, *name.key], ensure_ascii=False).encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1
    return ~number if name.row == LINE else number


@functools.cache
def _cell(metric: str, place: str) -> Name:
    return Name(MEAN if METRICS[metric].kind == "mean" else CELL, Key("", metric, place, "", ""))


def month_number(label: str) -> int:
    """Months since the year 0.

    >>> month_number("2017-11"), month_label(24214)
    (24214, '2017-11')
    """
    year, month = label.split("-")
    return int(year) * 12 + int(month) - 1


def month_label(number: int) -> str:
    """The month as year and month."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def connection() -> DuckDBPyConnection:
    """The connection of this thread, for reading and writing parts."""
    import duckdb

    held: DuckDBPyConnection | None = getattr(_THREAD, "connection", None)
    if held is None:
        held = _THREAD.connection = duckdb.connect(config={"threads": 1})
    return held


def names_of(table: Table) -> list[Name]:
    """What the rows of a table count, in order: its cells, then its lines."""
    lines = table.lines.keys if table.lines is not None else ()
    return [*(_cell(*cell) for cell in table.cells), *(Name(LINE, key) for key in lines)]


def numbers_of(table: Table) -> list[int]:
    """The numbers of `names_of`, in its order."""
    lines = table.lines.keys if table.lines is not None else ()
    return [*(number_of(_cell(*cell)) for cell in table.cells), *map(_line_number, lines)]


@functools.cache
def _line_number(key: Key) -> int:
    return number_of(Name(LINE, key))


def write_names(names: Iterable[Name]) -> bytes:
    """Names as JSON: what each row is, then the parts of its key."""
    rows = [[name.row, *name.key] for name in names]
    return json.dumps(rows, ensure_ascii=False, separators=(",\n", ",")).encode()


def read_names(content: bytes) -> dict[int, Name]:
    """Names by number; raise RunError when the text holds none."""
    try:
        names = [Name(row, Key(*key)) for row, *key in json.loads(content)]
        return {number_of(name): name for name in names}
    except (ValueError, TypeError) as error:
        raise RunError("these are no names of a store") from error


def write_part(
    database: DuckDBPyConnection, tables: Mapping[int, Table], numbers: Mapping[int, Sequence[int]], path: Path
) -> None:
    """Write draws as one part, in their order; `numbers` holds those of `numbers_of`, draw by draw."""
    made = [_columns(draw, table, numbers[draw]) for draw, table in sorted(tables.items())]
    columns = {name: np.concatenate([one[name] for one in made]) for name in made[0]}
    where = str(path).replace("'", "''")
    group = -(-next(iter(tables.values())).values.size // GROUP) * GROUP or GROUP
    database.register("numbers", columns)
    try:
        database.execute(f"COPY numbers TO '{where}' (FORMAT parquet, COMPRESSION lz4_raw, PARQUET_VERSION v2, "
                         f"DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE {group})")
    finally:
        database.unregister("numbers")


def _columns(draw: int, table: Table, numbers: Sequence[int]) -> dict[str, Numbers]:
    cells, months = table.values.shape
    number = np.array(numbers, dtype=np.int64)
    at_month = np.array([month_number(label) for label in table.months], dtype=np.int16)
    heavy = np.zeros((cells, months))
    heavy[[k for k, (metric, _) in enumerate(table.cells) if METRICS[metric].kind == "mean"]] = table.weights
    name: list[Numbers] = [np.repeat(number[:cells], months)]
    month: list[Numbers] = [np.tile(at_month, cells)]
    value: list[Numbers] = [table.values.reshape(-1)]
    weight: list[Numbers] = [heavy.reshape(-1)]
    if table.lines is not None:
        lines = table.lines
        sparse = np.zeros(lines.value.shape)
        sparse[lines.weighted] = lines.weight
        name.append(number[cells:][lines.line])
        month.append(at_month[lines.month])
        value.append(lines.value)
        weight.append(sparse)
    rows = sum(len(part) for part in value)
    return {"draw": np.full(rows, draw, dtype=np.int32), "name": np.concatenate(name),
            "month": np.concatenate(month), "value": np.concatenate(value), "weight": np.concatenate(weight)}


def read_parts(
    database: DuckDBPyConnection, paths: Sequence[Path], names: Mapping[int, Name], *, lines: bool = True
) -> dict[int, Table]:
    """Read the draws of parts back as they were put in; no draw may stand in two of them.

    Args:
        lines: whether what the metrics are made of is wanted too.

    Raises RunError when a file is no part, or holds a number that no name belongs to.
    """
    import duckdb

    try:
        held = database.execute(
            f"SELECT draw, name, month, value, weight FROM read_parquet($paths) {'' if lines else 'WHERE name >= 0'}",
            {"paths": [str(path) for path in paths]}).fetchnumpy()
        columns = {name: np.ma.filled(column, np.nan) if np.ma.isMaskedArray(column) else np.asarray(column)
                   for name, column in held.items()}
        edges = [0, *(np.flatnonzero(np.diff(columns["draw"])) + 1).tolist(), len(columns["draw"])]
        return {
            int(columns["draw"][first]): _table({k: one[first:last] for k, one in columns.items()}, names)
            for first, last in pairwise(edges)
        }
    except (duckdb.Error, ValueError, IndexError) as error:
        raise RunError(Problem("this part cannot be read", str(paths[0]))) from error
    except KeyError as error:
        raise RunError(Problem(f"no name is known for the number {error} of this part", str(paths[0]))) from error


def _table(held: Mapping[str, Numbers], names: Mapping[int, Name]) -> Table:
    """One draw from its rows; the rows of a cell, and of a line, stand together."""
    begins = np.flatnonzero(np.diff(held["name"])) + 1
    begins = np.concatenate([[0], begins])
    named = [names[number] for number in held["name"][begins].tolist()]
    cells = next((k for k, name in enumerate(named) if name.row == LINE), len(named))
    count = int(begins[cells]) if cells < len(named) else len(held["name"])
    shape = (cells, count // cells)
    months = held["month"][: shape[1]]
    means = [k for k, name in enumerate(named[:cells]) if name.row == MEAN]
    return Table(
        months=tuple(month_label(month) for month in months.tolist()),
        cells=tuple((name.key.metric, name.key.place) for name in named[:cells]),
        values=held["value"][:count].reshape(shape).copy(),
        weights=held["weight"][:count].reshape(shape)[means],
        lines=_lines(held, named, begins, cells, months) if cells < len(named) else None,
    )


def _lines(
    held: Mapping[str, Numbers], named: Sequence[Name], begins: Numbers, cells: int, months: Numbers
) -> Lines:
    """The lines after the cells, in the order of their keys."""
    count = int(begins[cells])
    starts = begins[cells:] - count
    rows = len(held["name"]) - count
    line = np.repeat(np.arange(len(starts)), np.diff(starts, append=rows)).astype(np.uint16)
    weight = held["weight"][count:]
    weighted = np.flatnonzero(weight).astype(np.int32)
    return Lines(
        keys=tuple(name.key for name in named[cells:]),
        line=line,
        month=(held["month"][count:] - months[0]).astype(np.uint16),
        value=held["value"][count:].copy(),
        weighted=weighted,
        weight=weight[weighted],
    )


def same(one: Table, other: Table) -> bool:
    """Whether two tables hold the same names and the same numbers, bit by bit; lines count where both have them.

    What is no number is the same as any other that is none.
    """
    if (one.months, one.cells) != (other.months, other.cells):
        return False
    pairs = [(one.values, other.values), (one.weights, other.weights)]
    if one.lines is not None and other.lines is not None:
        if one.lines.keys != other.lines.keys:
            return False
        parts = ("line", "month", "value", "weighted", "weight")
        pairs += [(getattr(one.lines, name), getattr(other.lines, name)) for name in parts]
    return all(a.shape == b.shape and _bits(a) == _bits(b) for a, b in pairs)


def _bits(numbers: Numbers) -> bytes:
    plain: Numbers = np.where(np.isnan(numbers), np.nan, numbers)
    return plain.tobytes()
