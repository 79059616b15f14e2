"""How long a family stays in its beds: whole nights, with the mean of the place kept, whoever stays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from roxham.sim.case import StaySpec
from roxham.sim.duration import DurationSpec, draw_days, mean_days
from roxham.streams import Streams

Floats = NDArray[np.float64]
#: Longer than any stay that ends within a run.
LONGEST = 36_500
#: Shapes that give whole days as they are declared; the others give a time, of which every night begun counts.
WHOLE = ("fixed", "empirical", "geometric")


def nights(
    mean: Floats, shape: DurationSpec | None, streams: Streams, process: str, number: NDArray[np.uint64]
) -> NDArray[np.int32]:
    """Whole nights of each stay, 1 or more, with the given mean (days) for each family.

    Without a shape people leave with the same chance every day: nights are geometric, so the mean is exact. With one,
    its durations are scaled to the mean of each family.

    >>> import numpy as np
    >>> two = np.arange(2, dtype=np.uint64)
    >>> nights(np.array([30.0, 1.0]), None, Streams(1, 0), "bed.stay", two).tolist()
    [64, 1]
    """
    if shape is None:
        luck = streams.uniform(process, number)
        chance = np.minimum(1 / np.maximum(mean, 1.0), 1 - 1e-12)
        stay = np.ceil(np.log1p(-luck) / np.log1p(-chance))
    else:
        days = draw_days(shape, streams, process, number) / mean_days(shape)
        stay = np.rint(days * mean) if shape.shape in WHOLE else 1 + np.floor(days * np.maximum(mean - 0.5, 0.0))
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
