"""Stored results that travel with the package: each says by which command and version it was made."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

STORED = Path(__file__).parent / "stored"


@cache
def stored(name: str) -> dict[str, Any]:
    """One stored result: `tour`, `scores` or `trust`.

    >>> stored("scores")["made"]["command"]
    'roxham backtest'
    """
    found: dict[str, Any] = json.loads((STORED / f"{name}.json").read_text(encoding="utf-8"))
    return found
