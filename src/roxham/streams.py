"""Named streams of random numbers: the same person draws the same number whatever else happens.

A number depends on (seed, draw, process, entity, step) and on nothing else: not on the order of the
work, the number of workers, or how many numbers other processes took. Two scenarios that share a seed
therefore differ only by their amendments.

The generator is Philox4x32 with 10 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers:
as easy as 1, 2, 3", SC11, 2011). The key is a hash of (seed, draw, process); the counter holds the
entity in its low and the step in its high 64 bits.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roxham.errors import SpecError

__all__ = ["Streams", "triangular"]

# Multipliers and key increments of Philox4x32 (Salmon et al. 2011, section 3.3 and Random123 1.14).
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF_WORD = np.uint64(32)
_DROP = np.uint64(12)
_STEP_OF_52_BITS = 2.0**-52
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Streams:
    """The random numbers of one draw of a study.

    `seed` names the study's numbers, `draw` the repetition; both are whole numbers from 0 up.

    >>> import numpy as np
    >>> streams = Streams(seed=7, draw=0)
    >>> few = streams.uniform("choice", np.array([5, 9], dtype=np.uint64))
    >>> many = streams.uniform("choice", np.arange(10, dtype=np.uint64))
    >>> bool(few[0] == many[5] and few[1] == many[9])
    True
    """

    seed: int
    draw: int

    def __post_init__(self) -> None:
        for name, value in (("seed", self.seed), ("draw", self.draw)):
            if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 0:
                raise SpecError(f"{name} must be a whole number from 0 up, not {value!r}")

    def uniform(
        self, process: str, entity: NDArray[np.uint64], step: int | NDArray[np.uint64] = 0
    ) -> NDArray[np.float64]:
        """Draw one number per entity, uniform in the open interval from 0 to 1.

        `entity` holds whole numbers that name a person, party or place; `step` a repetition (a day, an
        attempt), one for all or one per entity. The result has the shape of `entity`; it never holds
        0 or 1 exactly, and is a multiple of 2^-53.
        """
        entities = _as_counter(entity, "entity")
        steps = _as_counter(step, "step")
        shape = entities.shape
        if steps.shape not in ((), shape):
            raise SpecError(f"step has shape {steps.shape}, entity has shape {shape}")
        flat_steps = np.full(entities.size, steps) if steps.shape == () else steps.ravel()
        out = np.empty(entities.size, dtype=np.float64)
        key = self.key(process)
        _kernel()(
            np.ascontiguousarray(entities.ravel()),
            np.ascontiguousarray(flat_steps),
            np.uint64(key & 0xFFFFFFFF),
            np.uint64(key >> 32),
            out,
        )
        return out.reshape(shape)

    def normal(
        self, process: str, entity: NDArray[np.uint64], step: int | NDArray[np.uint64] = 0
    ) -> NDArray[np.float64]:
        """Draw one standard normal number per entity, by the inverse of its distribution function.

        A larger uniform always gives a larger normal, so scenarios stay coupled. Unit: standard
        deviations.
        """
        from scipy.special import ndtri

        return np.asarray(ndtri(self.uniform(process, entity, step)), dtype=np.float64)

    def generator(self, process: str) -> np.random.Generator:
        """Return NumPy's own generator keyed by the name, for vectors of parameters.

        Its numbers depend on the order in which they are taken, so use it once, in one place, per name.

        >>> a, b = (Streams(seed=7, draw=3).generator("prior").normal(size=2) for _ in range(2))
        >>> bool((a == b).all())
        True
        """
        return np.random.Generator(np.random.Philox(key=self._digest("generator", process, size=16)))

    def key(self, process: str) -> int:
        """Return the 64-bit key of a process in this draw."""
        return self._digest("uniform", process, size=8)

    def _digest(self, use: str, process: str, *, size: int) -> int:
        said = f"roxham\x1f{use}\x1f{int(self.seed)}\x1f{int(self.draw)}\x1f{process}".encode()
        return int.from_bytes(hashlib.blake2b(said, digest_size=size).digest(), "little")


def _as_counter(values: int | NDArray[np.uint64], name: str) -> NDArray[np.uint64]:
    """Return whole numbers from 0 up as unsigned 64-bit integers."""
    array = np.asarray(values)
    if array.dtype.kind == "u":
        return array.astype(np.uint64, copy=False)
    if array.dtype.kind != "i" and array.size:
        raise SpecError(f"{name} must hold whole numbers, not {array.dtype}")
    if array.size and int(array.min()) < 0:
        raise SpecError(f"{name} must not be negative; its smallest value is {array.min()}")
    return array.astype(np.uint64)


def _fill(
    entity: NDArray[np.uint64],
    step: NDArray[np.uint64],
    key0: np.uint64,
    key1: np.uint64,
    out: NDArray[np.float64],
) -> None:
    """Fill `out` from the first two words of one Philox block per entity; compiled by numba."""
    for i in range(entity.shape[0]):
        c0 = entity[i] & _LOW
        c1 = entity[i] >> _HALF_WORD
        c2 = step[i] & _LOW
        c3 = step[i] >> _HALF_WORD
        k0 = key0
        k1 = key1
        for _ in range(_ROUNDS):
            product0 = _M0 * c0
            product1 = _M1 * c2
            c0 = (product1 >> _HALF_WORD) ^ c1 ^ k0
            c1 = product1 & _LOW
            c2 = (product0 >> _HALF_WORD) ^ c3 ^ k1
            c3 = product0 & _LOW
            k0 = (k0 + _W0) & _LOW
            k1 = (k1 + _W1) & _LOW
        bits = ((c1 << _HALF_WORD) | c0) >> _DROP
        out[i] = (np.float64(bits) + 0.5) * _STEP_OF_52_BITS


_Kernel = Callable[
    [NDArray[np.uint64], NDArray[np.uint64], np.uint64, np.uint64, NDArray[np.float64]], None
]


@functools.cache
def _kernel() -> _Kernel:
    """Compile the generator on first use; later processes read it from numba's cache."""
    import numba

    compiled: _Kernel = numba.njit("void(u8[::1], u8[::1], u8, u8, f8[::1])", cache=True, nogil=True)(_fill)
    return compiled


def triangular(u: NDArray[np.float64], low: NDArray[np.float64], mode: NDArray[np.float64], high: NDArray[np.float64]
               ) -> NDArray[np.float64]:
    """Draws from triangular distributions by inverting them at uniform numbers; no range gives the mode itself.

    >>> import numpy as np
    >>> one = np.ones(1)
    >>> triangular(0.5 * one, 0 * one, one, 2 * one).tolist()
    [1.0]
    """
    width = np.where(high > low, high - low, 1.0)
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1 - u) * width * (high - mode))
    return np.where(high > low, np.where(u < (mode - low) / width, rising, falling), mode)
