"""The shipped corridor, loaded once for all tests of the simulation."""

from __future__ import annotations

import pytest

from roxham.sim.corridor import Corridor, load


@pytest.fixture(scope="session")
def corridor() -> Corridor:
    return load("canada_us")
