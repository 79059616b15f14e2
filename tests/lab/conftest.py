"""Fixtures of the laboratory's tests: a small study and its result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # worker processes import the stand-in by its name

if TYPE_CHECKING:
    from roxham.lab.scenario import Study
    from roxham.lab.summary import StudyResult


@pytest.fixture
def study() -> Study:
    from handful import handful_study

    return handful_study()


@pytest.fixture
def corridor() -> Any:
    from handful import HandfulCorridor

    return HandfulCorridor()


@pytest.fixture
def result(study: Study, corridor: Any) -> StudyResult:
    from handful import handful_draw

    from roxham.lab.ensemble import run_study

    return run_study(study, corridor, draws=5, seed=3, model=handful_draw)
