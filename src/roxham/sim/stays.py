"""How long a family stays in its beds: whole nights from one uniform number, with the mean of the place kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.case import StaySpec

Floats = NDArray[np.float64]
#: Longer than any stay that ends within a run.
LONGEST = 36_500


def nights(mean: Floats, spec: StaySpec, uniform: Floats) -> NDArray[np.int32]:
    """Whole nights of each stay, 1 or more, with the given mean (days) for each family.

    `fixed` rounds the mean; `exponential` leaves with the same chance every day (nights are geometric, so the mean
    is exact); `lognormal` has the coefficient of variation of the spec, 1 where it gives none.

    >>> half = np.array([0.5, 0.5])
    >>> nights(np.array([30.0, 60.0]), StaySpec(), half).tolist()
    [21, 42]
    >>> nights(np.array([30.0, 60.0]), StaySpec(shape="fixed"), half).tolist()
    [30, 60]
    """
    if spec.shape == "fixed":
        stay = np.rint(mean)
    elif spec.shape == "lognormal":
        from scipy.special import ndtri

        spread = np.log1p((1.0 if spec.cv is None else spec.cv.value) ** 2)
        middle = np.log(np.maximum(mean - 0.5, 0.01)) - spread / 2
        stay = 1 + np.floor(np.exp(middle + np.sqrt(spread) * ndtri(uniform)))
    else:
        chance = 1 / np.maximum(mean, 1.0)
        stay = np.ceil(np.log1p(-uniform) / np.log1p(-np.minimum(chance, 1 - 1e-12)))
    return np.clip(stay, 1, LONGEST).astype(np.int32)


def factors(spec: StaySpec, sizes: Floats) -> Floats:
    """What the mean stay is multiplied by for each size of party, from 1 up; the mean over persons stays as it was.

    `sizes` are the shares of parties of each size.

    >>> factors(StaySpec(), np.array([0.5, 0.5])).tolist()
    [1.0, 1.0]
    """
    persons = sizes * np.arange(1, sizes.shape[0] + 1)
    weigh = np.full(sizes.shape[0], 1.0 if spec.family is None else spec.family.value)
    weigh[0] = 1.0 if spec.single is None else spec.single.value
    return np.asarray(weigh * persons.sum() / (weigh * persons).sum(), dtype=np.float64)
