"""What the law of each destination lets people expect there, from a file: dated chances, each with its source.

A destination whose law offers nothing draws less, one that lets people stay draws more. How far people heed it is the
file's own `heed`, a number with a range: there is no measurement of it that would hold for all conflicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from roxham.errors import SpecError, UnknownName, did_you_mean, raise_problems
from roxham.spec import Dated, Number, Spec, load_yaml, problem_at
from roxham.walk.folder import Folder

__all__ = ["Prospects", "read_prospects"]

Real = NDArray[np.float64]

CHANCE, POWER = "chance", "power"


class Prospect(Dated):
    """The chance that somebody who reaches a country may stay under its law, from a day until the next row of it."""

    country: str = Field(min_length=1, description="a country of locations.csv")

    @model_validator(mode="after")
    def _a_chance(self) -> Self:
        if self.unit != CHANCE or not 0 <= self.value <= 1:
            told = f"not {self.value:g} {self.unit}"
            raise SpecError(f'a prospect is a number from 0 to 1 with the unit "{CHANCE}", {told}')
        return self


class Prospects(Spec):
    """What a law file of a walk holds: how far people heed the law, and the prospect of each country by date."""

    heed: Number = Field(description="the power of the prospect in a place's pull: 0 nobody minds, 1 in proportion")
    prospects: tuple[Prospect, ...] = ()

    @model_validator(mode="after")
    def _a_power(self) -> Self:
        if self.heed.unit != POWER or self.heed.value < 0:
            raise SpecError(f'"heed" is 0 or more with the unit "{POWER}"')
        return self

    def weight(self, folder: Folder, place: Sequence[int] | NDArray[np.int64]) -> Real:
        """Return what multiplies the pull of each destination, by day: shape (days, destinations).

        A country without a row weighs 1, as does every country before its first row. Raises UnknownName with every
        country that the folder does not have.
        """
        known = set(folder.places.country)
        raise_problems(
            (problem_at(one, "country", f'"{one.country}" is not a country of the folder',
                        did_you_mean(one.country, known))
             for one in self.prospects if one.country not in known),
            UnknownName,
        )
        out = np.ones((folder.days, len(place)))
        country = np.array(folder.places.country)[np.asarray(place, dtype=np.int64)]
        for one in sorted(self.prospects, key=lambda row: row.from_):
            first = min(max((one.from_ - folder.start).days, 0), folder.days)
            out[first:, country == one.country] = one.value**self.heed.value
        return out


def read_prospects(path: str | Path) -> Prospects:
    """Read a law file of a walk.

    Raises SpecError with every problem of the file, each with line, column and a suggestion.
    """
    return load_yaml(path, Prospects)
