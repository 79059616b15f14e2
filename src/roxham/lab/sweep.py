"""Sweeps written out: every sample becomes a scenario with a readable name, in an order that never changes.

In a grid the last item varies fastest. A Latin hypercube cuts the range of each item into as many parts of equal chance
as there are samples and uses each part once (McKay, Beckman and Conover 1979, doi 10.2307/1268522; `scipy.stats.qmc`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from roxham.errors import Problem, SpecError, UnitError, UnknownName, did_you_mean, raise_problems
from roxham.lab.design import MAX_SCENARIOS, Item, Scenario, Setting, StudyFile, Sweep
from roxham.sim.amend import Amendment, Names, amendment, unknown_names, wrong_numbers
from roxham.sim.case import Words
from roxham.sim.numbers import Held
from roxham.spec import problem_at
from roxham.units import parse_quantity

__all__ = ["expand", "points"]

Value = bool | float | str
Point = tuple[Value | None, ...]
MAX_NAME = 80
#: Keys that any amendment may be given, whether it has them or not.
_DAYS = ("from", "until")


@dataclass(frozen=True)
class _Axis:
    """One item of a sweep as the case knows it: the number that it sets, and the unit of its bare values."""

    item: Item
    held: Held | None = None
    unit: str = ""

    @property
    def key(self) -> str:
        return self.item.key or "set"

    @property
    def ends(self) -> tuple[float, float]:
        low, high = self.item.low, self.item.high
        if self.held is not None and self.item.range is not None:
            low, high = self.held.low, self.held.high
        return (low if low is not None else 0.0), (high if high is not None else 0.0)

    def at(self, share: float) -> Value:
        """The value at a place of the range, 0 to 1, or of the list of values; six digits of it."""
        if self.item.values is not None:
            return self.item.values[min(int(share * len(self.item.values)), len(self.item.values) - 1)]
        low, high = self.ends
        if self.item.scale == "log":
            return _round(math.exp(math.log(low) + share * (math.log(high) - math.log(low))))
        return _round(low + share * (high - low))

    def listed(self) -> tuple[Value, ...]:
        """All values of a grid, in order, each once."""
        if self.item.values is not None:
            return tuple(dict.fromkeys(self.item.values))
        steps = self.item.steps or 2
        return tuple(dict.fromkeys(self.at(step / (steps - 1)) for step in range(steps)))


def expand(scenarios: Sequence[Scenario], file: StudyFile, names: Names) -> list[Scenario]:
    """Vary the scenarios of a study over its sweep, then put all of them into each of its worlds.

    The baseline stays as it is; a scenario that is varied gives way to its variants. Raises SpecError (UnknownName when
    only names are wrong) with every problem of the sweep.
    """
    made = list(scenarios)
    if file.sweep is not None:
        axes = _axes(file.sweep, scenarios, names)
        chosen = _chosen(file.sweep, scenarios, axes)
        _check_size(file.sweep, axes, len(chosen), len(scenarios))
        made = [scenarios[0]]
        for scenario in scenarios:
            if scenario.name in chosen:
                made += _variants(scenario, file.sweep, axes, names)
            elif scenario is not scenarios[0]:
                made.append(scenario)
    if file.worlds is not None:
        axes = _axes(file.worlds, scenarios, names, worlds=True)
        _check_size(file.worlds, axes, len(made), len(made))
        made += list(_in_worlds(tuple(made), file.worlds, axes, names))
    return made


def points(sweep: Sweep, axes: Sequence[_Axis]) -> list[Point]:
    """The samples of a sweep, one value an item; None where an item stays as it is."""
    if sweep.method == "grid":
        return list(product(*(axis.listed() for axis in axes)))
    if sweep.method == "one":
        return [tuple(value if place == k else None for k in range(len(axes)))
                for place, axis in enumerate(axes) for value in axis.listed()]  # fmt: skip
    from scipy.stats import qmc

    generator = np.random.default_rng(sweep.seed)
    sampler = qmc.LatinHypercube(len(axes), seed=generator)
    return [tuple(axis.at(float(share)) for axis, share in zip(axes, row, strict=True))
            for row in sampler.random(sweep.samples or 2)]  # fmt: skip


# ------------------------------------------------------------------ what a sweep is about
def _axes(sweep: Sweep, scenarios: Sequence[Scenario], names: Names, *, worlds: bool = False) -> list[_Axis]:
    """The items of a sweep with the numbers of the case; every problem at once."""
    problems: list[Problem] = []
    axes: list[_Axis] = []
    labels: list[str] = []
    unknown_only = True
    for item in sweep.of:
        try:
            axes.append(_axis(item, scenarios, names, worlds=worlds))
        except SpecError as error:
            problems += error.problems
            unknown_only &= isinstance(error, UnknownName)
        if _slug(item.label) in labels:
            problems.append(problem_at(item, "name", f'two items are called "{item.label}"; give each its own name'))
            unknown_only = False
        labels.append(_slug(item.label))
    raise_problems(problems, UnknownName if unknown_only else SpecError)
    return axes


def _axis(item: Item, scenarios: Sequence[Scenario], names: Names, *, worlds: bool) -> _Axis:
    if item.number is not None:
        for key, message, hint in unknown_names({"kind": "number", "number": item.number}, names):
            raise UnknownName(problem_at(item, key, message, hint))
        held = names.numbers[item.number]
        if item.range is not None and (held.low is None or held.high is None or held.low >= held.high):
            raise SpecError(problem_at(item, "range", f"the case gives no range for {item.number}; give low and high"))
        axis = _Axis(item, held, held.unit)
        if item.scale == "log" and axis.ends[0] <= 0:
            raise SpecError(problem_at(item, "scale", f"'scale: log' needs a range above zero, not {axis.ends[0]:g}"))
        return axis
    if worlds:
        said = "a world is what nobody knows: it varies numbers, not amendments"
        raise SpecError(problem_at(item, "amendment", said))
    there = {change.name: change for scenario in scenarios for change in scenario.amendments}
    change = there.get(item.amendment or "")
    if change is None:
        hint = did_you_mean(item.amendment or "", there)
        raise UnknownName(problem_at(item, "amendment", f'no scenario has an amendment "{item.amendment}"', hint))
    held_keys = change.to_dict()
    known = [key for key in held_keys if key not in ("name", "kind", "note", "source")]
    if item.key not in (*known, *_DAYS):
        hint = did_you_mean(item.key or "", [*known, *_DAYS])
        said = f'the amendment "{change.name}" has no key "{item.key}"; it has {", ".join(known)}'
        raise UnknownName(problem_at(item, "key", said, hint))
    return _Axis(item, None, item.unit or _unit_of(held_keys.get(item.key or "")))


def _unit_of(text: object) -> str:
    """The unit of a quantity as an amendment has it, so that a sweep may give bare numbers."""
    try:
        return parse_quantity(text).unit if isinstance(text, str) else ""
    except UnitError:
        return ""


def _chosen(sweep: Sweep, scenarios: Sequence[Scenario], axes: Sequence[_Axis]) -> list[str]:
    """Names of the scenarios to vary: those named; those with the amendments; all but the baseline; the baseline."""
    known = [scenario.name for scenario in scenarios]
    strange = [(place, name) for place, name in enumerate(sweep.scenarios) if name not in known]
    raise_problems(
        (problem_at(sweep, "scenarios", f'"{name}" is not a scenario of this study', did_you_mean(name, known))
         for _, name in strange), UnknownName)  # fmt: skip
    if sweep.scenarios:
        return [name for name in known if name in sweep.scenarios]
    wanted = {axis.item.amendment for axis in axes if axis.item.amendment is not None}
    if wanted:
        return [one.name for one in scenarios if wanted & {change.name for change in one.amendments}]
    return known[1:] or known


def _check_size(sweep: Sweep, axes: Sequence[_Axis], varied: int, scenarios: int) -> None:
    """Refuse a sweep with more scenarios than a study may have, before any of them is made."""
    counts = [len(axis.listed()) for axis in axes] if sweep.method != "latin" else []
    samples = {"grid": math.prod(counts), "one": sum(counts), "latin": sweep.samples or 0}[sweep.method]
    total = samples * varied + scenarios
    if total > MAX_SCENARIOS:
        said = (f"{samples:,} samples of {varied} scenarios make {total:,}, and a study has at most {MAX_SCENARIOS:,}; "
                "take fewer values, or method: latin with fewer samples")  # fmt: skip
        raise SpecError(problem_at(sweep, "of", said))


# ------------------------------------------------------------------ scenarios
def _variants(scenario: Scenario, sweep: Sweep, axes: Sequence[_Axis], names: Names) -> list[Scenario]:
    """One scenario for each sample, of the items that concern it."""
    own = {change.name for change in scenario.amendments}
    mine = [axis for axis in axes if axis.item.number is not None or axis.item.amendment in own]
    samples = points(sweep, axes if sweep.method == "latin" else mine)
    if sweep.method == "latin":
        samples = [tuple(v for v, axis in zip(point, axes, strict=True) if axis in mine) for point in samples]
    digits = len(str(len(samples)))
    made: list[Scenario] = []
    for place, point in enumerate(samples, start=1):
        changes, values = _at(mine, point, list(scenario.amendments), names)
        ends = [f"{_slug(axis.item.label)}-{_slug(_bare(value))}"
                for axis, value in zip(mine, point, strict=True) if value is not None]  # fmt: skip
        name = "-".join([scenario.name, *ends])
        if sweep.method == "latin" or len(name) > MAX_NAME:
            name = f"{scenario.name}-{place:0{digits}d}"
        made.append(scenario.model_copy(update={
            "name": name, "title": _title(scenario.title, values, {axis.item.label: axis.item for axis in mine}),
            "amendments": tuple(changes), "setting": Setting(option=name, values=values)}))  # fmt: skip
    return made


def _in_worlds(options: Sequence[Scenario], sweep: Sweep, axes: Sequence[_Axis], names: Names) -> Iterator[Scenario]:
    """Every option in every world: what the world is comes first, then what the option changes."""
    samples = points(sweep, axes)
    digits = len(str(len(samples)))
    for place, point in enumerate(samples, start=1):
        world = f"w{place:0{digits}d}"
        changes, values = _at(axes, point, [], names)
        for option in options:
            before = option.setting.values if option.setting is not None else {}
            setting = Setting(option=option.option, world=world, values={**before, **values})
            title = Words(en=f"{option.title.en}, world {place}", fr=f"{option.title.fr}, monde {place}")
            yield option.model_copy(update={
                "name": f"{option.name}-{world}", "title": title, "amendments": (*changes, *option.amendments),
                "setting": setting})  # fmt: skip


def _at(
    axes: Sequence[_Axis], point: Point, changes: list[Amendment], names: Names
) -> tuple[list[Amendment], dict[str, str]]:
    """The amendments with every item at its value of a sample, and these values in words."""
    values: dict[str, str] = {}
    for axis, value in zip(axes, point, strict=True):
        if value is not None:
            changes = _with(changes, axis, value, names)
            values[axis.item.label] = _said(value, axis)
    return changes, values


def _with(changes: list[Amendment], axis: _Axis, value: Value, names: Names) -> list[Amendment]:
    """The amendments with one item at one value."""
    item = axis.item
    bare = isinstance(value, float) and (not axis.unit or axis.unit in ("1", "share") or axis.key == "multiply")
    given: Any = f"{value:.12g} {axis.unit}" if isinstance(value, float) and not bare else value
    try:
        if item.number is None:
            return [amendment(**{**one.to_dict(), axis.key: given}) if one.name == item.amendment else one
                    for one in changes]  # fmt: skip
        keys = {"kind": "number", "name": f"{item.label} {_bare(value)}", "number": item.number, axis.key: given}
        change = amendment(**keys)
        for _, message, hint in wrong_numbers(keys, names):
            raise SpecError(Problem(message, hint=hint))
        return [*changes, change]
    except SpecError as error:
        told = [problem_at(item, "values", problem.message, problem.hint) for problem in error.problems]
        raise type(error)(told) from None


# ------------------------------------------------------------------ words
def _title(title: Words, values: Mapping[str, str], items: Mapping[str, Item]) -> Words:
    """The title of a scenario with the values that it takes, in both languages."""
    def words(french: bool) -> str:
        parts = []
        for label, value in values.items():
            given = items[label].title
            name = label if given is None else given.fr if french else given.en
            parts.append(f"{name} {re.sub(r'(?<=[0-9])[.](?=[0-9])', ',', value) if french else value}")
        return "; ".join(parts)

    return Words(en=f"{title.en} ({words(False)})", fr=f"{title.fr} ({words(True)})")


def _said(value: Value, axis: _Axis) -> str:
    counted = isinstance(value, float) and not isinstance(value, bool) and axis.key != "multiply"
    return f"{_bare(value)} {axis.unit if counted and axis.unit not in ('1', 'share') else ''}".strip()


def _bare(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.12g}" if isinstance(value, float) else value


def _round(value: float) -> float:
    return float(f"{value:.6g}")


def _slug(text: str) -> str:
    """Words as they may stand in a name: small letters, digits, hyphens, and points before digits.

    >>> _slug("500 beds"), _slug("-1.5"), _slug("costs.items.hearing"), _slug("1e+06")
    ('500-beds', 'minus-1.5', 'costs-items-hearing', '1e06')
    """
    text = re.sub(r"(?<=[0-9]e)[+]", "", text.strip().lower())
    text = re.sub(r"^[-−](?=[.]?[0-9])", "minus-", text)
    text = re.sub(r"[^a-z0-9.]+|[.](?![0-9])|(?<![0-9])[.]", "-", text)
    return text.strip("-") or "x"
