"""The law of the shipped case, read once, and the invented people it is tested on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from roxham._yaml import parse
from roxham.law import LawBook, LawChange, load_law

HERE = Path(__file__).parent
LAW = Path(__file__).parents[2] / "src" / "roxham" / "cases" / "canada_us" / "law"


@dataclass(frozen=True)
class Vignette:
    """One invented person and what the law says of them."""

    id: str
    facts: Mapping[str, Any]
    expect: Mapping[str, Any]
    changes: tuple[LawChange, ...]
    readings: Mapping[str, str]
    alternative: Mapping[str, Any] | None = None
    then: Mapping[str, str] = field(default_factory=dict)
    cite: str = ""
    edge: bool = False


def read_vignettes(name: str = "vignettes.yaml") -> tuple[dict[str, Any], list[Vignette]]:
    """Return the defaults and the people of a file of vignettes."""
    data = parse((HERE / name).read_text(encoding="utf-8"))
    people = []
    for one in data["vignettes"]:
        changes, readings = scenario(one.get("scenario", {}))
        facts = {**data["defaults"], **one["facts"], "as_of": one["as_of"]}
        people.append(Vignette(one["id"], facts, one["expect"], changes, {**readings, **one.get("readings", {})},
                               one.get("alternative"), one.get("then", {}), one.get("cite", ""), "edge" in one))
    return data["defaults"], people


def scenario(given: Mapping[str, Any]) -> tuple[tuple[LawChange, ...], dict[str, str]]:
    """Return the changes of the law and the readings that a vignette asks for."""
    changes, readings = [], {}
    if "stca_suspended" in given:
        span = {key: date.fromisoformat(value) for key, value in given["stca_suspended"].items()}
        changes.append(LawChange(instrument="stca", action="void", from_=span["from"], until=span["to"]))
        readings["late_bar_if_suspended"] = given["late_irregular_bar"]
    if "entries_from" in given:
        start = date.fromisoformat(given["entries_from"])
        changes.append(LawChange(parameter="between_poe_limit_days", value=None, from_=start))
    return tuple(changes), readings


@pytest.fixture(scope="session")
def book() -> LawBook:
    return load_law(LAW)


@pytest.fixture(scope="session")
def law_folder() -> Path:
    return LAW


@pytest.fixture(scope="session")
def vignettes() -> list[Vignette]:
    return read_vignettes()[1]


@pytest.fixture(scope="session")
def vignette_defaults() -> dict[str, Any]:
    return read_vignettes()[0]


@pytest.fixture(scope="session")
def more() -> list[Vignette]:
    return read_vignettes("vignettes_more.yaml")[1]
