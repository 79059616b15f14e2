"""A study of two or three invented scenarios on a corridor that is only a handful of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np

from roxham.errors import RunError
from roxham.lab.scenario import Scenario, Study
from roxham.sim.amend import Amendment, Names, amendment, check_amendments
from roxham.sim.case import Words
from roxham.sim.metrics import Cells, Outcome

NAMES = Names(
    crossings=frozenset({"roxham_road", "lacolle"}),
    services=frozenset({"rpd"}),
    receptions=frozenset({"montreal_hotels", "cornwall"}),
    switches={"late_bar_if_suspended": ("kept", "falls")},
)


@dataclass(frozen=True)
class HandfulCorridor:
    """Stands in for a corridor where only the laboratory around it is tested."""

    id: str = "handful"
    hash: str = "0" * 64
    amendments: tuple[Amendment, ...] = ()
    info: Any = field(default_factory=lambda: SimpleNamespace(currency="CAD"))
    reception: Any = field(default_factory=lambda: SimpleNamespace(persons_per_room=SimpleNamespace(value=2.5)))

    def names(self) -> Names:
        return NAMES

    def amend(self, amendments: Sequence[Amendment]) -> HandfulCorridor:
        check_amendments(amendments, NAMES)
        return replace(self, amendments=(*self.amendments, *amendments))


def handful_draw(corridor: HandfulCorridor, *, seed: int, draw: int, from_: date, to: date) -> Outcome:
    """Give numbers that depend on the seed, the draw and the amendments, and on nothing else."""
    months = np.arange(np.datetime64(from_, "M"), np.datetime64(to, "M") + 1)
    random = np.random.default_rng([seed, draw])
    factor = 2.0 ** len(corridor.amendments)
    entries = np.floor(random.gamma(2.0, 50.0, (2, len(months))) * factor)
    beds = np.cumsum(entries, axis=1) / 3
    waits, decided = random.gamma(2.0, 100.0, (1, len(months))) * factor, np.full((1, len(months)), 4.0)
    decided[0, 0] = 0.0
    if seed == 13:
        raise RunError("thirteen is refused")
    return Outcome(
        months=tuple(str(month) for month in months),
        cells=(
            Cells("entries_irregular", ("roxham_road", "lacolle"), entries),
            Cells("persons_in_beds", ("montreal_hotels", "cornwall"), beds),
            Cells("persons_without_bed", ("montreal_hotels", "cornwall"), beds / 10),
            Cells("wait_days_rpd", ("all",), waits, decided),
        ),
    )


def handful_study(*, scenarios: int = 3) -> Study:
    twice = amendment(name="twice", kind="capacity", service="rpd", multiply=2)
    listed = (
        Scenario(name="as-it-was", title=Words(en="As it was", fr="Tel que ce fut")),
        Scenario(name="twice", title=Words(en="Twice", fr="Deux fois"), amendments=(twice,)),
        Scenario(name="again", title=Words(en="Again", fr="Encore")),
    )
    words = Words(en="A handful", fr="Une poignée")
    return Study("handful", words, listed[:scenarios], date(2017, 11, 1), date(2018, 2, 28))
