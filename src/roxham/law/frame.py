"""People given as a data frame (pandas, Polars or alike): its columns as the arrays that `decide` reads.

Neither library is imported: a frame is whatever has `columns` and gives, by name, columns that have `to_numpy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from roxham.errors import LawError, Problem, raise_problems
from roxham.law.expr import NAT
from roxham.law.facts import FACTS, Fact
from roxham.law.values import read

_BLANKS = ("NAType", "NaTType")


class Frame(Protocol):
    """A data frame: names of columns, and a column by name."""

    @property
    def columns(self) -> Any: ...

    def __getitem__(self, name: str, /) -> Any: ...


def columns_of(facts: Mapping[str, Any] | Frame) -> Mapping[str, Any]:
    """Return facts as a mapping of arrays; a mapping is returned as it is.

    Names (`"land_poe"`), codes, dates and yes/no are read cell by cell where a column is not of one plain type; a
    blank cell is unknown. Raises LawError, with every column at once, for a cell that cannot be read.

    >>> class Small(dict):
    ...     columns = property(list)
    >>> class Column(list):
    ...     def to_numpy(self):
    ...         return np.array(self, dtype=object)
    >>> told = columns_of(Small(entry_place=Column(["land_poe", None]), came_from_us=Column([True, "unknown"])))
    >>> [one.tolist() for one in told.values()]
    [[0, -1], [1, -1]]
    """
    if not hasattr(facts, "columns"):
        return facts
    out: dict[str, Any] = {}
    problems: list[Problem] = []
    for name in map(str, facts.columns):
        try:
            values = np.asarray(facts[name].to_numpy())
            out[name] = _column(FACTS[name], values) if name in FACTS else values
        except LawError as error:
            problems += [Problem(f"{name}: {one.message}", hint=one.hint) for one in error.problems]
    raise_problems(problems, LawError)
    return out


def _column(fact: Fact, values: NDArray[Any]) -> NDArray[Any]:
    """Return a column as numbers or dates: as it is where it holds nothing else, read cell by cell otherwise."""
    if fact.kind == "records":
        raise LawError("a column cannot hold lists of records: make the columns with roxham.law.stack")
    if values.dtype.kind == "M" and np.datetime_data(values.dtype)[0] != "D":
        return values.astype("datetime64[s]")
    if values.dtype.kind in "biuM":
        return values
    known: dict[Any, int] = {}
    codes = np.array([_cell(fact, cell, known) for cell in values.tolist()], dtype=np.int64)
    if fact.kind == "moment":
        return codes.astype("datetime64[s]")
    if fact.kind in ("day", "days"):
        return codes.astype("datetime64[D]")
    return np.where(codes == NAT, np.nan, codes) if fact.kind == "number" and (codes == NAT).any() else codes


def _cell(fact: Fact, cell: Any, known: dict[Any, int]) -> int:
    """Return one cell as a number; cells that are alike are read once."""
    if isinstance(cell, list | tuple | dict | set | np.ndarray):
        raise LawError("a cell cannot hold a list: make the columns with roxham.law.stack")
    if cell is None or type(cell).__name__ in _BLANKS or (isinstance(cell, float) and cell != cell):
        cell = "unknown"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    key = (type(cell), cell)
    if key not in known:
        known[key] = int(np.asarray(read(fact, cell).value))
    return known[key]


__all__ = ["Frame", "columns_of"]
