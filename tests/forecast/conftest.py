"""The shipped corridor and what calibration works on, read once."""

from __future__ import annotations

from datetime import date

import pytest

from roxham.forecast.calibrate import Problem, make_problem
from roxham.sim.corridor import Corridor

START, END = date(2017, 1, 1), date(2024, 12, 31)


@pytest.fixture(scope="session")
def problem() -> Problem:
    """All data to December 2024."""
    return make_problem("canada_us", START, END, date(2024, 12, 31))


@pytest.fixture(scope="session")
def held(problem: Problem) -> Problem:
    """Data to February 2023 only."""
    return make_problem("canada_us", START, END, date(2023, 2, 28))


@pytest.fixture(scope="session")
def corridor(problem: Problem) -> Corridor:
    return problem.corridor
