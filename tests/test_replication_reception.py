"""The transfer rule and the hotels of Niagara Falls: what was fitted, what was predicted, and by how much it misses."""

from __future__ import annotations

import importlib
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from roxham.sim.corridor import Corridor, load

FOLDER = Path(__file__).resolve().parents[1] / "replications"


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    return load("canada_us")


@pytest.fixture(scope="module")
def transfers() -> Any:
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("transfers")
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def falls() -> Any:
    sys.path.insert(0, str(FOLDER))
    yield importlib.import_module("niagara_2024")
    sys.path.remove(str(FOLDER))


def test_the_later_count_is_predicted_within_what_was_set_before(transfers: ModuleType) -> None:
    found = transfers.rebuild()
    fitted = {line.what for line in found.lines if line.fitted}
    assert fitted == {
        "sent on by 11 July 2022", "sent on by 26 February 2023", "to Niagara Falls by 26 February 2023"}
    for line in found.lines:
        if line.fitted:
            assert abs(line.difference) < 1e-3, line
    predicted = found.line("sent on by 26 February 2024: PREDICTED")
    assert predicted.published == 10_580
    assert abs(predicted.difference) < transfers.TOLERANCE
    assert found.line("of them sent on").published == 475


def test_nothing_after_february_2023_enters_the_fit(transfers: ModuleType, corridor: Corridor) -> None:
    assert corridor.posterior("holdout").note["data_to"] == "2023-02"
    came = transfers.arrivals("holdout")
    late = came.days > transfers.ONTARIO
    other = transfers.Arrivals(came.days, np.where(late, 1e6, came.crossed), came.at_ports)
    assert transfers.fit(other) == pytest.approx(transfers.fit(came), rel=1e-9)


def test_the_shares_of_the_case_are_those_that_the_fit_gives(transfers: ModuleType, corridor: Corridor) -> None:
    first, second = transfers.fit(transfers.arrivals("holdout"))
    held = {one.from_: one for one in corridor.reception.transfer.share}
    assert held[date(2022, 6, 30)].value == pytest.approx(first, abs=0.001)
    assert held[date(2022, 7, 12)].value == pytest.approx(second, abs=0.001)
    assert held[date(2023, 2, 11)].value == pytest.approx(transfers.late_share(), abs=0.001)
    days = np.arange(transfers.START, transfers.QUEBEC + 1)
    assert np.allclose(corridor.transfer_share(days), transfers.rule(first, second, days), atol=0.001)


def test_the_bill_is_people_times_stay_times_price(falls: ModuleType) -> None:
    found = falls.rebuild()
    assert found.lines[0].ours == pytest.approx(4_896 * 113 * 208 / 1e6)
    assert abs(found.lines[0].difference) < 0.001
    mean = found.line("beds used: mean by Little's law")
    assert mean.ours == pytest.approx(4_896 / 365 * 113)
    assert mean.because == falls.STAY


def test_stays_that_run_on_leave_more_people_on_the_last_day_than_in_the_mean(falls: ModuleType) -> None:
    whole = falls.full_stay(2_018, 4_896)
    assert 113 < whole < 200
    generator = np.random.default_rng(5)
    came = generator.uniform(0, 365, 400_000)
    stay = generator.exponential(whole, came.size)
    there = (came + stay > 365).mean() * 4_896
    assert there == pytest.approx(2_018, rel=0.01)
    assert np.minimum(stay, 365 - came).mean() == pytest.approx(falls.nights_so_far(whole), rel=0.01)
