"""What a study would take of a machine, reckoned before it is run, and refused when that is too much.

The limit is four fifths of the memory that this machine, or its container, has; ROXHAM_MEMORY raises or lowers it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from roxham.errors import RunError
from roxham.sim.corridor import Corridor
from roxham.sim.metrics import METRICS

if TYPE_CHECKING:
    from roxham.lab.scenario import Study

__all__ = ["MEMORY", "check_size", "memory_limit", "memory_needed"]

#: The environment variable that holds another limit, such as 16GB.
MEMORY = "ROXHAM_MEMORY"
SHARE = 0.8
#: Bytes, measured on summaries and their text: of a number; of a row of the summary; of the lines of one draw-month.
NUMBER, ROW, LINES = 8, 550, 6_500
#: Lines are kept of the first draws only; how many the bench says.
DRAWS_WITH_LINES = 50
_UNITS = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def check_size(study: Study, corridor: Corridor, draws: int) -> None:
    """Raise RunError, before any time is lost, when a study would take more memory than it may."""
    if not isinstance(corridor, Corridor):
        return
    months = (study.to.year - study.from_.year) * 12 + study.to.month - study.from_.month + 1
    need, have = memory_needed(len(study.scenarios), draws, months, cells_of(corridor)), memory_limit()
    if need > have:
        raise RunError(
            f"{len(study.scenarios):,} scenarios of {draws:,} draws over {months:,} months take about "
            f"{need / 1e9:.1f} GB of memory, and the limit is {have / 1e9:.1f} GB: ask for fewer draws, scenarios or "
            f"months, or raise the limit, for example with {MEMORY}={max(need / 1e9 * 1.1, 1):.0f}GB")  # fmt: skip


def memory_needed(scenarios: int, draws: int, months: int, cells: int) -> float:
    """Bytes that a study takes at its most: all draws, one scenario at work, the summary as text, and the lines.

    >>> round(memory_needed(12, 1000, 96, 300) / 1e9, 1)
    4.3
    """
    monthly = float(cells) * months
    lines = scenarios * min(draws, DRAWS_WITH_LINES) * months * LINES
    return monthly * (scenarios * (NUMBER * draws + ROW) + 4 * NUMBER * draws) + lines


def cells_of(corridor: Corridor) -> int:
    """How many numbers a month of one draw holds: metrics by place, and the counts behind means."""
    places = {
        "segment": len(corridor.world.segments) + len(corridor.choice.ports), "province": len(corridor.provinces),
        "reception": len(corridor.reception.places), "all": 1,
    }  # fmt: skip
    return sum(places[one.by] * (2 if one.kind == "mean" else 1) for one in METRICS.values())


def memory_limit() -> float:
    """Bytes that a study may take; without limit where the machine does not say how much it has.

    Raises RunError when ROXHAM_MEMORY is no amount of memory.
    """
    told = os.environ.get(MEMORY, "").strip()
    if told:
        found = re.fullmatch(r"(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?b?)", told.lower())
        if found is None or not float(found[1]):
            raise RunError(f'{MEMORY}: "{told[:40]}" is not an amount of memory; write it as, for example, 16GB')
        unit = found[2] if not found[2] or found[2].endswith("b") else f"{found[2]}b"
        return float(found[1]) * _UNITS[unit]
    return SHARE * min(_machine(), _container())


def _machine() -> float:
    if not hasattr(os, "sysconf") or "SC_PHYS_PAGES" not in os.sysconf_names:
        return float("inf")
    return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")


def _container() -> float:
    try:
        told = _CONTAINER.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return float("inf")
    return float(told) if told.isdigit() else float("inf")
