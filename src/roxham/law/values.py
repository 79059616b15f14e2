"""Read one value, or one column of values, of a fact: text, dates and codes in, integers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import LawError, Problem, did_you_mean
from roxham.law.expr import NAT, Column
from roxham.law.facts import BY_COUNTRY, NO_COUNTRY, NOT_SAID, Fact, country_code

DAY = 86_400
UNKNOWN_WORDS = ("unknown", None)
_NOON = DAY // 2
_EPOCH = date(1970, 1, 1).toordinal()


def read(fact: Fact, value: Any) -> Column:
    """Return what was given for a fact as a column of integers, or raise LawError."""
    value = plain(value)
    if isinstance(value, np.ndarray):
        return Column.of(_array(fact, value), NAT if fact.kind in ("moment", "day", "days", "number") else -1)
    number = _READERS[fact.kind](fact, value)
    return Column.of(number, NAT if fact.kind in ("moment", "day", "days", "number") else -1)


def plain(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
        return value.item()
    return value


def _yesno(fact: Fact, value: Any) -> int:
    if isinstance(value, str):
        value = value.strip().lower()
    known = {True: 1, False: 0, "yes": 1, "no": 0, "true": 1, "false": 0, "unknown": -1, None: -1, -1: -1}
    if not isinstance(value, str | int | None) or value not in known:
        raise LawError(f"must be yes, no or unknown, not {value!r}")
    return known[value]


def _named(fact: Fact, value: Any) -> int:
    if value in UNKNOWN_WORDS:
        return -1
    if isinstance(value, int) and not isinstance(value, bool) and -1 <= value < len(fact.values):
        return value
    if value not in fact.values:
        hint = did_you_mean(str(value), fact.values)
        raise LawError(Problem(f'"{value}" is not one of {", ".join(fact.values)}', hint=hint))
    return fact.values.index(value)


def _set(fact: Fact, value: Any) -> int:
    if value in UNKNOWN_WORDS:
        return -1
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    out = 0
    for one in (value,) if isinstance(value, str) else value:
        out |= 1 << _named(fact, one)
    return out


def moment(value: Any) -> int:
    """Return the seconds since 1970 of a civil date and time; a date without a time is taken at noon."""
    if value in UNKNOWN_WORDS:
        return NAT
    if isinstance(value, str):
        value = _parse(value)
    if isinstance(value, np.datetime64):
        return int(np.asarray(_array_moment(np.atleast_1d(value)))[0])
    if isinstance(value, datetime):
        return (value.toordinal() - _EPOCH) * DAY + value.hour * 3600 + value.minute * 60 + value.second
    if isinstance(value, date):
        return (value.toordinal() - _EPOCH) * DAY + _NOON
    raise LawError(f"must be a date and time such as 2024-06-03T22:00, not {value!r}")


def day(value: Any) -> int:
    """Return the days since 1970-01-01 of a civil date."""
    seconds = moment(value)
    return NAT if seconds == NAT else seconds // DAY


def _parse(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise LawError(f'"{text}" is not a date and time such as 2024-06-03T22:00') from None


def _country(fact: Fact, value: Any) -> int:
    if value == "unknown":
        return -1
    if value is None or value == "none":
        return NO_COUNTRY
    return value if isinstance(value, int) else country_code(value)


def _number(fact: Fact, value: Any) -> int:
    if value in UNKNOWN_WORDS:
        return NAT
    if isinstance(value, bool) or not isinstance(value, int | float) or int(value) != value:
        raise LawError(f"must be a whole number or unknown, not {value!r}")
    return int(value)


_READERS: Mapping[str, Callable[[Fact, Any], int]] = {
    "yesno": _yesno,
    "value": _named,
    "set": _set,
    "moment": lambda fact, value: moment(value),
    "day": lambda fact, value: day(value),
    "days": lambda fact, value: day(value),
    "country": _country,
    "countries": _country,
    "number": _number,
}


def _array(fact: Fact, value: NDArray[Any]) -> NDArray[np.integer]:
    if value.dtype.kind in "OU":
        if fact.values and fact.kind == "value":
            return _array_named(fact, value)
        names, index = np.unique(value.astype(str), return_inverse=True)
        read_one = np.array([_READERS[fact.kind](fact, name) for name in names], dtype=np.int64)
        return read_one[index].reshape(value.shape)
    if fact.kind in ("moment", "day", "days"):
        if value.dtype.kind != "M":
            raise LawError(f"a column of dates must be datetime64, not {value.dtype}")
        seconds = _array_moment(value)
        return seconds if fact.kind == "moment" else _array_day(value)
    if value.dtype.kind == "b":
        return value.view(np.int8)
    if value.dtype.kind == "f" and fact.kind == "number":
        return np.where(np.isnan(value), NAT, np.nan_to_num(value)).astype(np.int64)
    if value.dtype.kind not in "iu":
        raise LawError(f"a column must hold whole numbers (codes), not {value.dtype}")
    top = {"yesno": 1, "value": len(fact.values) - 1, "set": (1 << len(fact.values)) - 1}.get(fact.kind)
    least = NOT_SAID if fact.name in BY_COUNTRY else -1
    if top is not None and value.size and not (int(value.min()) >= least and int(value.max()) <= top):
        raise LawError(f"codes must lie between -1 (unknown) and {top}")
    return value


def _array_named(fact: Fact, value: NDArray[Any]) -> NDArray[np.int8]:
    out = np.full(value.shape, -2, dtype=np.int8)
    for number, name in enumerate(fact.values):
        out[value == name] = number
    out[value == "unknown"] = -1
    if value.size and int(out.min()) == -2:
        _named(fact, str(value[out == -2].flat[0]))
    return out


def _array_moment(value: NDArray[Any]) -> NDArray[np.int64]:
    if value.dtype == np.dtype("datetime64[D]"):
        days = value.astype(np.int64)
        return np.where(days == NAT, NAT, np.where(days == NAT, 0, days) * DAY + _NOON)
    return value.astype("datetime64[s]").astype(np.int64)


def _array_day(value: NDArray[Any]) -> NDArray[np.int64]:
    return value.astype("datetime64[D]").astype(np.int64)
