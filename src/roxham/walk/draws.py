"""Random numbers inside the kernel: Philox4x32-10 by counter, and exact binomial numbers from them.

A stream is opened on a day, a phase of the day and an entity (who decides, where); its numbers depend on nothing else,
so neither threads nor what happens elsewhere shift them. The generator is that of `roxham.streams` (Salmon et al.
2011); binomial numbers come by inversion where few are expected and by the method BTRS of Hoermann (1993, "The
generation of binomial random variates", J. Stat. Comput. Simul. 46) otherwise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from roxham.walk.machine import inlined, machine_code

__all__ = ["binomial", "fill_words", "fresh_dice", "open_stream", "uniform", "word"]

Dice = NDArray[np.uint64]
Words = NDArray[np.uint32]

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_12 = np.uint64(12)
_24 = np.uint64(24)
_ONE = np.uint64(1)
_NONE = np.uint64(0)
_FOUR = np.uint64(4)
_TO_UNIT = 2.0**-52
BY_COIN = 3  # people up to whom each throws a coin of their own, of 32 bits
COIN = 2.0**-32
FEW_FACTORS = 1024  # people up to whom the chance of nobody is multiplied out: to the last digits but few
_FEW = 10.0  # people expected, below which a binomial number is found by inversion

# Where things stand in the dice: the key, the counter, how many words are left, and the words.
_KEY, _PLACE, _LEFT, _WORDS = 0, 2, 6, 8


def fresh_dice(key: int) -> Dice:
    """Return dice with a key of 64 bits, to be opened before they are thrown."""
    dice = np.zeros(12, dtype=np.uint64)
    dice[_KEY], dice[_KEY + 1] = key & 0xFFFFFFFF, key >> 32
    return dice


@inlined
def open_stream(dice: Dice, day: int, phase: int, entity: int) -> None:
    """Begin the stream of an entity in a phase of a day."""
    named = np.uint64(entity)
    dice[_PLACE] = np.uint64(phase) << _24
    dice[_PLACE + 1] = named & _LOW
    dice[_PLACE + 2] = named >> _32
    dice[_PLACE + 3] = np.uint64(day)
    dice[_LEFT] = _NONE


@inlined
def _stir(k0: np.uint64, k1: np.uint64, c0: np.uint64, c1: np.uint64, c2: np.uint64,
          c3: np.uint64) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the four words of a block: ten rounds of Philox over its counter."""
    for _ in range(10):
        product0 = _M0 * c0
        product1 = _M1 * c2
        c0 = (product1 >> _32) ^ c1 ^ k0
        c1 = product1 & _LOW
        c2 = (product0 >> _32) ^ c3 ^ k1
        c3 = product0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@machine_code
def _block(dice: Dice) -> None:
    """Fill the four words of the next block."""
    dice[8], dice[9], dice[10], dice[11] = _stir(dice[0], dice[1], dice[2], dice[3], dice[4], dice[5])
    dice[_PLACE] += _ONE
    dice[_LEFT] = _FOUR


@machine_code
def fill_words(dice: Dice, many: int, out: Words) -> None:
    """Fill an array with the next words of a fresh stream, several blocks at once where the processor has vectors.

    The array must have room for `many` rounded up to a multiple of four; a block's words stand a quarter of that apart.
    """
    blocks = (many + 3) // 4
    first, second, third, fourth = out[:blocks], out[blocks:2 * blocks], out[2 * blocks:3 * blocks], out[3 * blocks:]
    k0, k1, c0, c1, c2, c3 = dice[0], dice[1], dice[2], dice[3], dice[4], dice[5]
    for block in range(blocks):
        w0, w1, w2, w3 = _stir(k0, k1, (c0 + np.uint64(block)) & _LOW, c1, c2, c3)
        first[block], second[block] = np.uint32(w0), np.uint32(w1)
        third[block], fourth[block] = np.uint32(w2), np.uint32(w3)
    dice[_PLACE] += np.uint64(blocks)


@inlined
def word(dice: Dice) -> np.uint64:
    """Return the next 32 random bits."""
    if dice[_LEFT] == _NONE:
        _block(dice)
    dice[_LEFT] -= _ONE
    drawn: np.uint64 = dice[_WORDS + np.int64(dice[_LEFT])]
    return drawn


@inlined
def uniform(dice: Dice) -> float:
    """Return the next number between 0 and 1, never 0 or 1 themselves, in steps of 2^-52."""
    high = word(dice)
    return (np.float64(((high << _32) | word(dice)) >> _12) + 0.5) * _TO_UNIT


@machine_code
def binomial(dice: Dice, people: int, chance: float) -> int:
    """Return how many of some people something befalls that befalls each with a chance."""
    if people <= 0 or chance <= 0.0:
        return 0
    if chance >= 1.0:
        return people
    if people <= BY_COIN:
        found = 0
        for _ in range(people):
            if (np.float64(word(dice)) + 0.5) * COIN < chance:
                found += 1
        return found
    p = chance if chance <= 0.5 else 1.0 - chance
    found = _by_inversion(dice, people, p) if people * p < _FEW else _by_rejection(dice, people, p)
    return found if chance <= 0.5 else people - found


@inlined
def _power(base: float, times: int) -> float:
    """Return a number multiplied by itself some times, by squares: a third of the time of a logarithm and back."""
    found = 1.0
    while times > 0:
        if times & 1:
            found *= base
        base *= base
        times >>= 1
    return found


@machine_code
def _by_inversion(dice: Dice, n: int, p: float) -> int:
    odds = p / (1.0 - p)
    first = _power(1.0 - p, n) if n < FEW_FACTORS else math.exp(n * math.log1p(-p))
    while True:
        u, x, mass = uniform(dice), 0, first
        while u > mass and x < n:
            u -= mass
            x += 1
            mass *= odds * (n + 1 - x) / x
            if mass < 1e-300 and u > mass:
                break
        if u <= mass:
            return x


@inlined
def _tail(k: float) -> float:
    """The correction of Stirling's formula for log(k!)."""
    if k < 10:
        return math.lgamma(k + 1.0) - ((k + 0.5) * math.log(k + 1.0) - (k + 1.0) + 0.9189385332046727)
    k1 = k + 1.0
    return (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / (k1 * k1)) / (k1 * k1)) / k1


@machine_code
def _by_rejection(dice: Dice, n: int, p: float) -> int:
    """Hoermann's BTRS."""
    spread = math.sqrt(n * p * (1.0 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = n * p + 0.5
    alpha = (2.83 + 5.1 / b) * spread
    mode = math.floor((n + 1) * p)
    ratio = p / (1.0 - p)
    while True:
        u, v = uniform(dice) - 0.5, uniform(dice)
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + c)
        if us >= 0.07 and v <= 0.92 - 4.2 / b:
            return int(k)
        if k < 0 or k > n:
            continue
        v = math.log(v * alpha / (a / (us * us) + b))
        bound = (
            (mode + 0.5) * math.log((mode + 1.0) / (ratio * (n - mode + 1.0)))
            + (n + 1.0) * math.log((n - mode + 1.0) / (n - k + 1.0))
            + (k + 0.5) * math.log(ratio * (n - k + 1.0) / (k + 1.0))
            + _tail(mode) + _tail(n - mode) - _tail(k) - _tail(n - k)
        )
        if v <= bound:
            return int(k)
