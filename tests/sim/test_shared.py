"""What scenarios of one draw share is made once, and changes no number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

import roxham
from roxham.lab.bench import Bench, Table, amended, simulator
from roxham.lab.scenario import load_study
from roxham.sim import journey, shared
from roxham.sim.shared import content
from roxham.streams import Streams


@pytest.fixture(scope="module")
def bench() -> Bench:
    corridor = roxham.load("canada_us")
    asked = load_study("roxham-road")
    study = replace(asked, scenarios=asked.scenarios[::2], from_=date(2022, 7, 1), to=date(2023, 6, 30))
    return Bench(amended(study, corridor), study, 7, simulator())


@pytest.fixture(autouse=True)
def _nothing_held() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    shared._HELD.draw, shared._HELD.made = None, {}


def as_bytes(table: Table) -> tuple[bytes, bytes, object, bytes]:
    assert table.lines is not None
    return table.values.tobytes(), table.weights.tobytes(), table.lines.keys, table.lines.value.tobytes()


def test_every_scenario_is_the_same_alone_and_after_others(bench: Bench) -> None:
    every = range(len(bench.corridors))
    alone = {}
    for k in every:
        forget()
        alone[k] = as_bytes(bench.run(k, 1))
    forget()
    for order in (every, reversed(every)):
        for k in order:
            assert as_bytes(bench.run(k, 1)) == alone[k], bench.study.scenarios[k].name


def test_people_whom_no_amendment_touches_are_made_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(*arguments: Any) -> Any:
        made.append(arguments[1])
        return arrivals(*arguments)

    arrivals = journey.arrivals
    monkeypatch.setattr(journey, "arrivals", counted)
    for k in range(3):
        bench.run(k, 1)
    assert sorted(made) == ["airport", "corridor", "inland", "land_port"]
    bench.run(0, 2)
    assert len(made) == 8


def test_another_draw_or_another_content_is_made_anew() -> None:
    made = [shared.shared(Streams(7, draw), content(np.zeros(size)), object) for draw in (0, 1) for size in (2, 3)]
    assert len(set(made)) == 4


@pytest.mark.parametrize(("one", "other"), [
    (np.zeros(2), np.zeros(3)), (np.zeros(2), np.zeros(2, dtype=np.float32)), (np.array([0.0]), np.array([-0.0])),
    ({"a": 1}, {"a": 2}), (1, 1.0), (None, 0), ("ab", "a")])
def test_what_differs_in_anything_is_told_apart(one: object, other: object) -> None:
    assert content(one) != content(other)
    assert content(one, other) != content(other, one)
