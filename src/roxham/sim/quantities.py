"""Quantities as text that amendments hold: a capacity, beds, a fare, a number of the case, each with its unit."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from roxham.errors import UnitError
from roxham.sim.numbers import LARGEST
from roxham.units import parse_money, parse_quantity

__all__ = ["Beds", "Capacity", "Factor", "Fare", "Value"]


def _capacity(value: str) -> str:
    """Check text such as ``120 persons / day`` or ``16 days``; never negative, never without its unit."""
    if parse_quantity(value).value < 0:
        raise UnitError(f'negative capacity "{value}": a capacity is zero or more')
    return _possible(value)


def _beds(value: str) -> str:
    """Check text such as ``500 beds``; taking beds away is ``add: -200 beds``."""
    if parse_quantity(value).unit not in ("bed", "beds"):
        raise UnitError(f'"{value}" does not count beds; write it as, for example, "500 beds"')
    return _possible(value)


def _fare(value: str) -> str:
    """Check text such as ``0 CAD2017``."""
    if parse_money(value).value < 0:
        raise UnitError(f'negative fare "{value}": a fare is zero or more')
    return _possible(value)


def _possible(value: str) -> str:
    """Refuse a number that no case can have, such as 1e300 beds."""
    if abs(parse_quantity(value).value) > LARGEST:
        raise UnitError(f'"{value[:40]}" is not a number that a case can have')
    return value


def _value(value: object) -> object:
    """Check a number, or text such as ``2500 CAD2017``; the unit is compared with the case's own later."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UnitError(f"{str(value).lower()} is not a number with its unit")
    number = value if not isinstance(value, str) else _bare(value)
    if not abs(number) <= LARGEST:
        raise UnitError(f"{str(value)[:40]} is not a number that a case can have")
    return value if isinstance(value, str) else float(value)


def _bare(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return parse_quantity(text).value


Capacity = Annotated[str, BeforeValidator(_capacity)]
Beds = Annotated[str, BeforeValidator(_beds)]
Fare = Annotated[str, BeforeValidator(_fare)]
Value = Annotated[float | str, BeforeValidator(_value)]
Factor = Annotated[float, Field(ge=0.0, le=1e6)]
