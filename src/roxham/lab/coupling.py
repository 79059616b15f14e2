"""From a walk to the corridor: an origin conflict grows, and months later more people of a nationality reach a border.

Two walks over the same country, one as it was and one grown, give the people who set out in each month. What sets out
more, in units of the mean month as it was, raises the pressure of a nationality group some months later. How much of
the group's pressure follows (`share`) and how much later (`delay_months`) has not been measured for any conflict here:
both are assumed, and a study of a coupling runs the ends of the first beside its middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from roxham.errors import Problem, RunError, SpecError
from roxham.lab.scenario import Scenario, Study, list_studies, load_study
from roxham.sim.amend import Amendment, amendment
from roxham.sim.case import Words

if TYPE_CHECKING:
    from roxham.walk import Walk

__all__ = ["DELAY_MONTHS", "SHARE", "Coupling", "departures", "study_of", "write_study"]

SHARE = (0.2, 0.5, 1.0)  # assumed: how much of a group's pressure follows departures, in proportion
DELAY_MONTHS = (3, 8, 24)  # assumed: from setting out to reaching a hub near the border
STILL = 0.005  # a change of pressure smaller than this is none


@dataclass(frozen=True, slots=True)
class Coupling:
    """Which group follows which walk, from when on, how strongly and how late.

    `begins` is the month of the corridor that the first month of the walk stands for. `share` is 0 where nothing
    follows and 1 where the group's pressure grows in proportion to departures.
    """

    group: str
    begins: date
    share: float = SHARE[1]
    delay_months: int = DELAY_MONTHS[1]
    hub: str = "all"

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or self.delay_months < 0:
            told = f"not {self.share:g} and {self.delay_months}"
            raise SpecError(f"a coupling's share lies from 0 to 1 and its delay is 0 months or more, {told}")

    def amendments(self, was: Walk, grown: Walk) -> tuple[Amendment, ...]:
        """Return one amendment of the group's pressure for each month that changes it.

        Raises RunError when nobody sets out in the walk as it was.
        """
        before, after = departures(was), departures(grown)
        usual = float(before.mean())
        if usual <= 0:
            raise RunError(Problem("nobody sets out in the walk as it was", file=str(was.folder.path)))
        months = min(len(before), len(after))
        factor = np.maximum(1.0 + self.share * (after[:months] - before[:months]) / usual, 0.0)
        note = (f"assumed: {self.share:g} of the pressure follows departures (range {SHARE[0]:g} to {SHARE[2]:g}), "
                f"{self.delay_months} months later (range {DELAY_MONTHS[0]} to {DELAY_MONTHS[2]})")
        return tuple(
            amendment(
                name=f"{self.group} after {grown.folder.path.name}, month {number + 1}", kind="pressure",
                group=self.group, hub=self.hub, multiply=round(float(times), 4), note=note,
                from_=_month(self.begins, number + self.delay_months).isoformat(),
                until=_last_day(self.begins, number + self.delay_months).isoformat())
            for number, times in enumerate(factor) if abs(times - 1.0) >= STILL
        )


def departures(walk: Walk) -> NDArray[np.float64]:
    """Return the people who set out in each month of a walk: the mean of its replicates, whole months only.

    A month of a walk is a twelfth of a year of days from its first day. Who is on the road counts when the walk kept
    its links.
    """
    everybody = walk.people.sum(axis=2).mean(axis=0)
    if walk.links.size:
        everybody = everybody + walk.links.sum(axis=2).mean(axis=0)
    months = max(math.floor(len(everybody) * 12 / 365.25), 1)
    ends = np.minimum(np.round(np.arange(1, months + 1) * 365.25 / 12).astype(np.int64), len(everybody)) - 1
    return np.asarray(np.maximum(np.diff(everybody[ends], prepend=everybody[0]), 0.0), dtype=np.float64)


def study_of(
    name: str, coupling: Coupling, was: Walk, grown: Walk, *, title: Words, case: str | Path = "canada_us"
) -> Study:
    """Return a study: the case's baseline, then the coupling as weak, as assumed and as strong as its range allows.

    Raises SpecError for a case without a study, RunError when nobody sets out in the walk as it was.
    """
    listed = list_studies(case)
    if not listed:
        raise SpecError(f"the case {case} has no study to give a baseline")
    frame = load_study(listed[0], case=case)
    shares = sorted({SHARE[0], coupling.share, SHARE[2]})
    scenarios = [frame.baseline]
    for share in shares:
        one = Coupling(coupling.group, coupling.begins, share, coupling.delay_months, coupling.hub)
        words = Words(en=f"{title.en}, {share:.0%} follows", fr=f"{title.fr}, {share:.0%} suit".replace("%", " %"))
        scenarios.append(Scenario(
            name=f"{name}-{round(100 * share)}", title=words, amendments=one.amendments(was, grown),
            why="How many reach the border months after an origin conflict grows? The share that follows is assumed."))
    return Study(name, title, tuple(scenarios), frame.from_, frame.to,
                 "An origin conflict grows; what reaches the border depends on a share that nobody has measured.")


def write_study(study: Study, folder: str | Path) -> Path:
    """Write a study and its scenarios as YAML files that `roxham run` reads; the baseline stays the case's own.

    Raises RunError when the folder cannot be written.
    """
    from ruamel.yaml import YAML

    target = Path(folder)
    yaml = YAML()
    yaml.width = 120
    entry: dict[str, Any] = {
        "name": study.name, "title": study.title.model_dump(), "why": study.why, "from": study.from_, "to": study.to,
        "scenarios": [scenario.name for scenario in study.scenarios],
    }
    try:
        target.mkdir(parents=True, exist_ok=True)
        for scenario in study.scenarios[1:]:
            with (target / f"{scenario.name}.yaml").open("w", encoding="utf-8", newline="\n") as file:
                yaml.dump(_entry(scenario), file)
        path = target / f"{study.name}.study.yaml"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yaml.dump(entry, file)
    except OSError as error:
        raise RunError(Problem(f"cannot be written: {error.strerror}", file=str(target))) from None
    return path


def _entry(scenario: Scenario) -> dict[str, Any]:
    keys = scenario.model_dump(mode="json", exclude={"amendments"}, exclude_none=True)
    return keys | {"amendments": [change.to_dict() for change in scenario.amendments]}


def _month(first: date, later: int) -> date:
    years, month = divmod(first.month - 1 + later, 12)
    return date(first.year + years, month + 1, 1)


def _last_day(first: date, later: int) -> date:
    return date.fromordinal(_month(first, later + 1).toordinal() - 1)
