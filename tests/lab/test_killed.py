"""A study that is killed at any moment keeps every finished draw, none twice, and goes on to the same numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from roxham.cli import main as roxham

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parents[1] / "src")}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 and fork are of Unix")


@pytest.mark.parametrize("moments", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_a_study_survives_kill_at_random_moments(moments: int, tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "killed.py"), str(tmp_path), str(moments), "1"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    deaths, kept, ends = map(int, done.stdout.split())
    assert deaths >= moments
    assert kept == 3 * 8
    assert ends >= 1


def test_a_killed_command_goes_on_and_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    asked = ["run", "tutorial", "--case", "toy", "--draws", "20", "--quiet"]
    store = ["--store", str(tmp_path / "store")]
    command = [sys.executable, "-m", "roxham", *asked, *store, "--jobs", "2", "--out", str(tmp_path / "result")]
    first = subprocess.Popen(command, env=ENVIRONMENT)
    parts: set[Path] = set()
    while len(parts) < 5 and first.poll() is None:
        parts = set(tmp_path.glob("store/shelves/*/*/0*.parquet"))
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    assert not (tmp_path / "result").exists()
    for more, out in ((store, "result"), (["--no-store"], "unbroken")):
        with pytest.raises(SystemExit) as left:
            roxham([*asked, *more, "--jobs", "1", "--out", str(tmp_path / out)])
        assert left.value.code == 0
    assert all(part.exists() for part in parts)
    made = [(tmp_path / out / "summary.csv").read_bytes() for out in ("result", "unbroken")]
    assert made[0] == made[1]
