"""One expression tree for conditions: evaluated on columns of people or on one person.

Truth is three-valued (Kleene): `YES` 1, `UNKNOWN` 0, `NO` -1, so that *and* is the minimum, *or* the maximum and
*not* the negative. A value is a Python int while it is the same for everybody and an int8 array of one entry per
person otherwise; a node never turns the first into the second without need.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

YES, UNKNOWN, NO = 1, 0, -1
NAT = int(np.iinfo(np.int64).min)
"""Integer of an unknown moment or day (the integer of NumPy's not-a-time)."""

Tri = int | NDArray[np.int8]
Whole = int | NDArray[np.integer]


@dataclass(slots=True)
class Column:
    """One fact: an int for everybody, or an integer array with one entry per person.

    `unknown` is the code that stands for unknown; `blanks` says whether it occurs.
    """

    value: Whole
    unknown: int = -1
    blanks: bool = False
    low: int | None = None
    high: int | None = None

    @classmethod
    def of(cls, value: Whole, unknown: int = -1) -> Column:
        """Wrap a value and note whether any entry is unknown."""
        if isinstance(value, int):
            return cls(value, unknown, value == unknown, value, value)
        if value.size == 0:
            return cls(value, unknown, False, unknown, unknown)
        low, high = int(value.min()), int(value.max())
        return cls(value, unknown, low == unknown if unknown <= low else bool((value == unknown).any()), low, high)

    def bounds(self) -> tuple[int, int] | None:
        """Return the smallest and largest value when no entry is unknown, else None."""
        if self.blanks or self.low is None or self.high is None:
            return None
        return self.low, self.high


class Context(Protocol):
    """What a node may ask for: facts, other rules, what is in force, readings."""

    def fact(self, name: str) -> Column: ...

    def rule(self, name: str) -> Tri: ...

    def in_force(self, version: str, on: str | None, whole_day: bool) -> Tri: ...

    def reading(self, name: str) -> str: ...

    def parameter(self, name: str) -> tuple[str, tuple[tuple[int, int | None], ...]]: ...

    def records(self, scope: str) -> int: ...

    def enter(self, scope: str, index: int | None) -> None: ...


class Node(ABC):
    """A condition; its subclasses say how it is read."""

    __slots__ = ()

    @abstractmethod
    def value(self, context: Context) -> Tri:
        """Evaluate the condition on the people of the context."""

    def children(self) -> tuple[Node, ...]:
        """Return the conditions that this one is made of."""
        return ()

    def walk(self) -> Iterator[Node]:
        """Yield this node and everything below it."""
        yield self
        for child in self.children():
            yield from child.walk()


def both(left: Tri, right: Tri) -> Tri:
    """Return left *and* right (Kleene), as an int wherever one value serves everybody.

    >>> both(1, 0), both(-1, 0)
    (0, -1)
    """
    if isinstance(left, int):
        if left == NO:
            return NO
        if left == YES:
            return right
        return min(left, right) if isinstance(right, int) else np.minimum(np.int8(left), right)
    if isinstance(right, int):
        return both(right, left)
    return settle(np.minimum(left, right))


def either(left: Tri, right: Tri) -> Tri:
    """Return left *or* right (Kleene), as an int wherever one value serves everybody.

    >>> either(1, 0), either(-1, 0)
    (1, 0)
    """
    if isinstance(left, int):
        if left == YES:
            return YES
        if left == NO:
            return right
        return max(left, right) if isinstance(right, int) else np.maximum(np.int8(left), right)
    if isinstance(right, int):
        return either(right, left)
    return settle(np.maximum(left, right))


def settle(values: NDArray[np.int8]) -> Tri:
    """Return an int when every entry is the same definite answer, else the array unchanged."""
    if values.size:
        if int(values.max()) == NO:
            return NO
        if int(values.min()) == YES:
            return YES
    return values


def from_mask(mask: NDArray[np.bool_], column: Column) -> Tri:
    """Turn a mask of matching entries into three-valued answers, unknown where the fact is unknown."""
    out = mask.view(np.int8) * np.int8(2) - np.int8(1)
    if column.blanks:
        out[np.asarray(column.value) == column.unknown] = UNKNOWN
    return settle(out)


def compare(column: Column, low: int | None, high: int | None) -> Tri:
    """Answer whether a fact is at least `low` and below `high` (either may be absent)."""
    value = column.value
    if isinstance(value, int):
        if value == column.unknown:
            return UNKNOWN
        return YES if (low is None or value >= low) and (high is None or value < high) else NO
    bounds = column.bounds()
    if bounds is not None:
        if (low is None or bounds[0] >= low) and (high is None or bounds[1] < high):
            return YES
        if (low is not None and bounds[1] < low) or (high is not None and bounds[0] >= high):
            return NO
    mask = np.ones(value.shape, dtype=np.bool_)
    if low is not None:
        mask &= value >= low
    if high is not None:
        mask &= value < high
    return from_mask(mask, column)


@dataclass(frozen=True, slots=True)
class Always(Node):
    """A condition that holds for everybody."""

    def value(self, context: Context) -> Tri:
        return YES


@dataclass(frozen=True, slots=True)
class All(Node):
    """Every part holds."""

    parts: tuple[Node, ...]

    def value(self, context: Context) -> Tri:
        out: Tri = YES
        for part in self.parts:
            out = both(out, part.value(context))
            if isinstance(out, int) and out == NO:
                return NO
        return out

    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class Any(Node):
    """At least one part holds."""

    parts: tuple[Node, ...]

    def value(self, context: Context) -> Tri:
        out: Tri = NO
        for part in self.parts:
            out = either(out, part.value(context))
            if isinstance(out, int) and out == YES:
                return YES
        return out

    def children(self) -> tuple[Node, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The part does not hold."""

    part: Node

    def value(self, context: Context) -> Tri:
        return -self.part.value(context)

    def children(self) -> tuple[Node, ...]:
        return (self.part,)


@dataclass(frozen=True, slots=True)
class Is(Node):
    """A fact has one of the listed codes."""

    fact: str
    codes: tuple[int, ...]

    def value(self, context: Context) -> Tri:
        column = context.fact(self.fact)
        value = column.value
        if isinstance(value, int):
            if value == column.unknown:
                return UNKNOWN
            return YES if value in self.codes else NO
        bounds = column.bounds()
        if bounds is not None and bounds[0] == bounds[1]:
            return YES if bounds[0] in self.codes else NO
        mask = value == self.codes[0]
        for code in self.codes[1:]:
            mask |= value == code
        return from_mask(mask, column)


@dataclass(frozen=True, slots=True)
class Holds(Node):
    """A set-valued fact holds at least one of the listed things (bits)."""

    fact: str
    bits: int

    def value(self, context: Context) -> Tri:
        column = context.fact(self.fact)
        value = column.value
        if isinstance(value, int):
            if value == column.unknown:
                return UNKNOWN
            return YES if value & self.bits else NO
        return from_mask((value & self.bits) != 0, column)


@dataclass(frozen=True, slots=True)
class Between(Node):
    """A number or a moment is at least `low` and below `high`."""

    fact: str
    low: int | None
    high: int | None

    def value(self, context: Context) -> Tri:
        return compare(context.fact(self.fact), self.low, self.high)


@dataclass(frozen=True, slots=True)
class Below(Node):
    """A number is below a dated parameter; where the parameter is `none` there is no limit and this holds.

    `extra` is added to the parameter: 1 makes "below" into "at most".
    """

    fact: str
    parameter: str
    extra: int = 0

    def value(self, context: Context) -> Tri:
        axis, steps = context.parameter(self.parameter)
        out: Tri = NO
        for number, (start, limit) in enumerate(steps):
            low = None if number == 0 else start
            high = steps[number + 1][0] if number + 1 < len(steps) else None
            inside = compare(context.fact(axis), low, high) if low is not None or high is not None else YES
            if isinstance(inside, int) and inside == NO:
                continue
            if limit is not None:
                inside = both(inside, compare(context.fact(self.fact), None, limit + self.extra))
            out = either(out, inside)
        return out


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """Another rule, by its name."""

    name: str

    def value(self, context: Context) -> Tri:
        return context.rule(self.name)


@dataclass(frozen=True, slots=True)
class InForce(Node):
    """A rule version is in force on the person's own dates (`on` chooses another of them)."""

    version: str
    on: str | None = None
    whole_day: bool = False

    def value(self, context: Context) -> Tri:
        return context.in_force(self.version, self.on, self.whole_day)


@dataclass(frozen=True, slots=True)
class Reading(Node):
    """A named reading of the law is set to the given choice."""

    switch: str
    choice: str

    def value(self, context: Context) -> Tri:
        return YES if context.reading(self.switch) == self.choice else NO


@dataclass(frozen=True, slots=True)
class AnyRecord(Node):
    """At least one record of a list (a relative, an earlier claim abroad) meets the condition."""

    scope: str
    part: Node

    def value(self, context: Context) -> Tri:
        out: Tri = NO
        for index in range(context.records(self.scope)):
            context.enter(self.scope, index)
            out = either(out, self.part.value(context))
            context.enter(self.scope, None)
            if isinstance(out, int) and out == YES:
                return YES
        return out

    def children(self) -> tuple[Node, ...]:
        return (self.part,)
