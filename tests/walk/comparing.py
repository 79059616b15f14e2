"""How samples of walks are compared: what several tests share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["by_holm"]


def by_holm(chances: NDArray[np.float64]) -> float:
    """Return the least chance after Holm's correction for how many there are."""
    return float(np.min(np.sort(chances) * np.arange(len(chances), 0, -1), initial=1.0))
