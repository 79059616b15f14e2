"""The public surface: which names there are, that each can be had, and that none costs much before it is used."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import roxham
from roxham.errors import RoxhamError

SURFACE = [
    "Corridor",
    "EvidenceError",
    "LawError",
    "METRICS",
    "Metric",
    "RoxhamError",
    "RunError",
    "Scenario",
    "SourceMissing",
    "SpecError",
    "Streams",
    "Study",
    "UnitError",
    "UnknownName",
    "__version__",
    "cases",
    "check",
    "compare",
    "explain",
    "load",
    "load_study",
    "plan",
    "rooms",
    "run",
]

HEAVY = {"duckdb", "jinja2", "matplotlib", "numba", "ruamel.yaml", "scipy"}


def python(code: str) -> str:
    """Run code in a fresh Python that finds this very package, and return what it printed."""
    source = str(Path(roxham.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": source},
    )
    return done.stdout


def test_the_surface_is_this_one() -> None:
    assert sorted(roxham.__all__) == SURFACE
    assert len(SURFACE) <= 30
    assert set(roxham._PUBLIC) == set(SURFACE) - {"__version__"}
    assert set(dir(roxham)) == set(SURFACE)


@pytest.mark.parametrize("name", SURFACE)
def test_every_name_can_be_had(name: str) -> None:
    value = getattr(roxham, name)
    assert value is getattr(roxham, name)
    if name.endswith("Error") or name in {"UnknownName", "SourceMissing"}:
        assert issubclass(value, RoxhamError)
    if callable(value):
        assert value.__doc__


def test_a_name_that_is_not_there_is_answered_with_the_one_that_was_meant() -> None:
    with pytest.raises(AttributeError, match="no attribute 'compair'; did you mean 'compare'"):
        _ = roxham.compair  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"no attribute '__path_to_nowhere__'$"):
        _ = roxham.__path_to_nowhere__  # type: ignore[attr-defined]


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", roxham.__version__)


def test_importing_roxham_loads_nothing_heavy() -> None:
    loaded = python("import sys, roxham; print(*sys.modules)").split()
    assert not (HEAVY | {"numpy", "pydantic"}) & set(loaded)


def test_the_command_line_loads_nothing_heavy_before_a_command_runs() -> None:
    loaded = python("import sys, roxham.cli; print(*sys.modules)").split()
    assert not HEAVY & set(loaded)


def test_importing_roxham_takes_less_than_half_a_second() -> None:
    code = "import time; t = time.perf_counter(); import roxham; print(time.perf_counter() - t)"
    assert min(float(python(code)) for _ in range(3)) < 0.5
