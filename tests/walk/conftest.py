"""What tests of walks share: the eight conflicts, to be changed, and a small folder to break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CASES = HERE / "cases"

SMALL = {
    "input_csv/locations.csv": "#name,region,country,lat,lon,location_type,conflict_date,pop\n"
    "Zone,east,Home,1,1,conflict_zone,0,1000\nTown,east,Home,1,2,town,,500\n"
    "Camp,west,Away,1,3,camp,,400\nFar,west,Away,1,4,camp,,0\n",
    "input_csv/routes.csv": "#name1,name2,distance,forced_redirection\nZone,Town,50,0\nTown,Camp,60,0\nTown,Far,90,0\n",
    "input_csv/closures.csv": "#closure_type,name1,name2,closure_start,closure_end\ncountry,Home,Away,0,2\n",
    "input_csv/conflicts.csv": "#Day,Zone,Town\n" + "".join(f"{day},1,0\n" for day in range(8)),
    "input_csv/sim_period.csv": "StartDate,2020-01-01\nLength,8\n",
    "source_data/data_layout.csv": "total,refugees.csv\nCamp,camp.csv\nFar,far.csv\n",
    "source_data/refugees.csv": "2020-01-01,10\n2020-01-08,150\n",
    "source_data/camp.csv": "2020-01-01,10\n2020-01-04,50\n2020-01-08,90\n",
    "source_data/far.csv": "2020-01-01,0\n2020-01-08,60\n",
    "simsetting.yml": "move_rules:\n  max_move_speed: 200\n  avoid_short_stints: True\nspawn_rules:\n"
    "  conflict_spawn_decay: [1.0, 0.5]\noptimisations:\n  hasten: 1\n",
}


def write(folder: Path, files: dict[str, str | bytes | None]) -> Path:
    """Write the files of a folder; None leaves one out."""
    for name, text in files.items():
        if text is None:
            continue
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def write_folder() -> Callable[[Path, dict[str, Any]], Path]:
    """Give the function that writes the files of a folder."""
    return write


@pytest.fixture
def small(tmp_path: Path) -> Callable[..., Path]:
    """Write the small folder with some of its files changed: name -> text, bytes, or None to leave it out."""

    def make(changes: dict[str, Any] | None = None) -> Path:
        folder = tmp_path / f"walk{len(list(tmp_path.iterdir()))}"
        return write(folder, {**SMALL, **(changes or {})})

    return make


@pytest.fixture
def case(tmp_path: Path) -> Callable[[str], Path]:
    """Copy one of the eight conflicts, to be changed."""

    def copy(name: str) -> Path:
        shutil.copytree(CASES / name, tmp_path / name)
        return tmp_path / name

    return copy
