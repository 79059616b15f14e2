"""What scenario and study files may say: amendments, which scenarios they build on, sweeps of numbers, and worlds.

A `sweep` makes scenarios: other beds, another day, another price. `worlds` are what nobody knows: each sample of them
is run under every scenario, so that scenarios are compared within one world.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from roxham.errors import SpecError
from roxham.sim.amend import Amendment, amendments_hash
from roxham.sim.case import Words
from roxham.spec import Spec

__all__ = ["MAX_SAMPLES", "MAX_SCENARIOS", "NAME", "Item", "Scenario", "Setting", "StudyFile", "Sweep", "check_days"]

#: Small letters, digits and hyphens; a point only before a digit, so that no name is a path or an ending.
NAME = r"^[a-z0-9][a-z0-9-]*(\.[0-9][a-z0-9-]*)*$"
#: Judgement: more than a brief or a table can tell, far less than a machine can hold.
MAX_SAMPLES = 1_000
MAX_SCENARIOS = 1_000
MAX_ITEMS = 20

Given = Annotated[bool | float | str, Field(union_mode="smart")]


class Setting(Spec):
    """Where a scenario of a sweep comes from: the scenario that it varies, its world, and the values it takes."""

    option: str = Field(description="its name in every world")
    world: str = Field(default="", description="the sample of what nobody knows; empty: the case as it is")
    values: Mapping[str, str] = Field(default_factory=dict, description="item of the sweep and value")


class Item(Spec):
    """One thing that a sweep varies: a field of an amendment, or a number of the case; and the values that it takes.

    Values are listed, or spread evenly from `low` to `high`, or from end to end of the range that the case gives.
    """

    name: str | None = Field(default=None, pattern=NAME, max_length=40, description="short, for names of scenarios")
    title: Words | None = None
    amendment: str | None = Field(default=None, description="the name of an amendment of the scenarios")
    number: str | None = Field(default=None, description="a number of the case, such as b_heard")
    key: str | None = Field(default=None, description="which key of the amendment; of a number: set or multiply")
    values: tuple[Given, ...] | None = Field(default=None, min_length=1, max_length=MAX_SAMPLES)
    low: float | None = None
    high: float | None = None
    range: Literal["case"] | None = None
    steps: int | None = Field(default=None, ge=2, le=MAX_SAMPLES, description="how many values from low to high")
    scale: Literal["even", "log"] = "even"
    unit: str | None = Field(default=None, max_length=60, description="the unit of bare numbers, such as beds")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if (self.amendment is None) == (self.number is None):
            raise ValueError("give either 'amendment' with its 'key', or 'number'")
        if self.amendment is not None and self.key is None:
            raise ValueError("'amendment' needs the 'key' that is varied, such as multiply or from")
        if self.number is not None and self.key not in (None, "set", "multiply"):
            raise ValueError(f"the 'key' of a number is set or multiply, not {self.key}")
        if (self.low is None) != (self.high is None):
            raise ValueError("'low' and 'high' go together")
        ways = (self.values is not None, self.low is not None, self.range is not None)
        if sum(ways) != 1:
            raise ValueError("give exactly one of 'values', 'low' with 'high', and 'range: case'")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"'low' {self.low:g} must lie below 'high' {self.high:g}")
        if self.values is not None and self.steps is not None:
            raise ValueError("'values' are listed already: leave out 'steps'")
        if self.range is not None and (self.number is None or self.key == "multiply"):
            raise ValueError("'range: case' is the range of a 'number' that is set")
        if self.scale == "log" and (self.values is not None or (self.low is not None and self.low <= 0)):
            raise ValueError("'scale: log' needs 'low' above zero")
        return self

    @property
    def label(self) -> str:
        """What the item is called in names of scenarios."""
        if self.name is not None:
            return self.name
        return str(self.key) if self.number is None else self.number


class Sweep(Spec):
    """How items are combined: every combination, a Latin hypercube of so many samples, or one at a time."""

    method: Literal["grid", "latin", "one"] = "grid"
    samples: int | None = Field(default=None, ge=2, le=MAX_SAMPLES, description="samples of a Latin hypercube")
    seed: int | None = Field(default=None, ge=0, lt=2**63, description="the seed of a Latin hypercube")
    scenarios: tuple[str, ...] = Field(default=(), description="which scenarios are varied")
    of: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.method == "latin":
            if self.samples is None or self.seed is None:
                raise ValueError("a Latin hypercube needs 'samples' and its 'seed'")
            if any(item.steps is not None for item in self.of):
                raise ValueError("a Latin hypercube has 'samples': leave out 'steps'")
            return self
        if self.samples is not None or self.seed is not None:
            raise ValueError("'samples' and 'seed' belong to 'method: latin'")
        if any(item.values is None and item.steps is None for item in self.of):
            raise ValueError("say how many values lie from low to high: 'steps'")
        return self


class Scenario(Spec):
    """One way that things might have been: a name, a title, the reason for asking, and its amendments.

    >>> as_it_was = Scenario(name="as-it-was", title={"en": "As it was", "fr": "Tel que ce fut"})
    >>> as_it_was.amendments
    ()
    """

    name: str = Field(pattern=NAME, description="small letters, digits and hyphens; the name in every result")
    title: Words
    why: str = Field(default="", description="what the reader learns from it")
    source: str | None = Field(default=None, description="where the idea comes from")
    extends: tuple[str, ...] = Field(default=(), max_length=50, description="scenarios whose amendments come first")
    later_wins: bool = Field(default=False, description="of two amendments that set the same thing the later holds")
    amendments: tuple[Amendment, ...] = Field(default=(), max_length=500)
    setting: Setting | None = Field(default=None, description="where it stands in a sweep")

    @property
    def hash(self) -> str:
        """SHA-256 of the ordered amendments, hexadecimal."""
        return amendments_hash(self.amendments)

    @property
    def option(self) -> str:
        """Its name in every world of a sweep; its own name outside one."""
        return self.setting.option if self.setting is not None else self.name

    @property
    def world(self) -> str:
        """The world that it is run in; empty: the case as it is."""
        return self.setting.world if self.setting is not None else ""


class StudyFile(Spec):
    """What a study file holds: its days, the names (or files) of its scenarios, the baseline first, and its sweeps."""

    name: str = Field(pattern=NAME)
    title: Words
    why: str = ""
    source: str | None = None
    from_: date
    to: date
    scenarios: tuple[str, ...] = Field(min_length=1, max_length=MAX_SCENARIOS)
    sweep: Sweep | None = Field(default=None, description="what is varied to make further scenarios")
    worlds: Sweep | None = Field(default=None, description="what nobody knows: every scenario is run in every sample")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_days(self.from_, self.to)
        return self


def check_days(first: date, last: date) -> None:
    """Raise SpecError when the last day lies before the first."""
    if last < first:
        raise SpecError(f"'to' {last} lies before 'from' {first}")
