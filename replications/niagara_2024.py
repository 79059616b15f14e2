"""The hotels of Niagara Falls, February 2023 to February 2024: the bill, the beds, and where the two do not fit.

    python replications/niagara_2024.py

Published for the year to 1 February 2024: 4,896 people came, they stayed 113 days on average at 208 CAD per person and
day; a newspaper put the bill at 115 million CAD. On 1 February 2024, 2,787 beds were leased and 2,018 used.

The bill is the product of the three. By Little's law the same arrivals and stay make a mean of 1,516 persons, a quarter
fewer than the 2,018 beds used. Both can be true if 113 days are the nights spent so far, stays still running cut at the
year's end: then a whole stay is longer, and more people are there on the last day than in the mean. How long, is
solved for here. At the end stands what a run of the corridor gives for Niagara Falls.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from _table import INFERRED, Input, Line, Replication

from roxham.evidence.tables import read_table
from roxham.sim.corridor import load
from roxham.sim.reception import Housed
from roxham.sim.run import begin, carry_out

CASE, PLACE = "canada_us", "niagara_falls"
SEED, DRAWS = 1, 32
FIRST, LAST = date(2022, 1, 1), date(2024, 2, 29)
YEAR, END = np.datetime64("2023-02-01"), np.datetime64("2024-02-01")
DAYS = 365
STAY, CAME, THERE = "average stay", "when people came", "people there on 1 February 2023"
OVERFLOW, BEFORE = "people sent from other places in Ontario", "beds before 11 February"


def published(measure: str, place: str = "Niagara Falls") -> float:
    """A figure of the case's table of evidence."""
    return next(float(row["value"]) for row in read_table(CASE, "reception")
                if (row["measure"], row["place"]) == (measure, place))


def on_last_day(stay: float, people: float, days: float = DAYS) -> float:
    """Persons there after some days when people came evenly into empty beds and stays are exponential.

    >>> round(on_last_day(113, 4896, 10_000) / (4896 / 10_000 * 113), 6)
    1.0
    """
    return float(people / days * stay * (1 - np.exp(-days / stay)))


def nights_so_far(stay: float, days: float = DAYS) -> float:
    """Mean nights within those days of each person who came in them."""
    return float(stay - stay * stay / days * (1 - np.exp(-days / stay)))


def full_stay(used: float, people: float) -> float:
    """The mean of whole stays that leaves `used` persons there on the last day."""
    from scipy.optimize import brentq

    return float(brentq(lambda stay: on_last_day(stay, people) - used, 1, 2_000))


@dataclass(frozen=True)
class Falls:
    """Niagara Falls in the run, mean over the draws: the year's arrivals and nights, and persons on three days."""

    came: float
    from_quebec: float
    nights: float
    first_day: float
    february: float
    last_day: float
    beds: float


@cache
def simulated(draws: int = DRAWS) -> Falls:
    """What the corridor gives, calibration `main`."""
    corridor, found = load(CASE), []
    for draw in range(draws):
        flow = carry_out(begin(corridor, seed=SEED, draw=draw, from_=FIRST, to=LAST))
        housed = flow.served[f"beds: {PLACE}"]
        assert isinstance(housed, Housed)
        year = (flow.days >= YEAR) & (flow.days < END)
        inside = (housed.entered >= 0) & year[housed.entered]
        sent = inside & (flow.heard().later["sent_on"][flow.lodged[PLACE]] == 1)
        persons, beds = housed.occupied_persons, corridor.beds(PLACE, flow.days)
        on = [persons[flow.days == day][0] for day in (YEAR, np.datetime64("2023-02-19"), END)]
        found.append([housed.persons[inside].sum(), housed.persons[sent].sum(), persons[year].sum(), *on,
                      beds[year].mean()])
    return Falls(*np.mean(found, axis=0).tolist())


def rebuild(draws: int = DRAWS) -> Replication:
    """The table of published figures beside ours."""
    people, stay, price = published("transferred_in"), published("average_stay"), published("cost_per_person_day")
    bill, used, leased = published("estimated_cost"), published("beds_used"), published("beds_leased")
    rooms, per_room = published("rooms_occupied"), load(CASE).reception.persons_per_room
    assert per_room is not None
    whole, run = full_stay(used, people), simulated(draws)
    mean = people * stay / DAYS
    lines = (
        Line("bill: people x stay x price", "million CAD", bill / 1e6, people * stay * price / 1e6, decimals=1),
        Line("beds used: mean by Little's law", "persons", used, mean, STAY),
        Line("beds used: stays that run on", "persons", used, on_last_day(whole, people), fitted=True),
        Line("nights so far, those who came", "days", stay, nights_so_far(whole), THERE, decimals=1),
        Line("bill, had the beds used been used all year", "million CAD", bill / 1e6, used * price * DAYS / 1e6, STAY,
             decimals=1),
        Line("run: people who came", "persons", people, run.came, OVERFLOW),
        Line("run: nights for each of them", "days", stay, run.nights / run.came, THERE, decimals=1),
        Line("run: bill at the published price", "million CAD", bill / 1e6, run.nights * price / 1e6, OVERFLOW,
             decimals=1),
        Line("run: there on 19 February 2023", "persons", rooms * per_room.value, run.february, BEFORE),
        Line("run: there on 1 February 2024", "persons", used, run.last_day, CAME),
    )
    cited, case = "niagara_2024", "reception.yaml of the case"
    inputs = (
        Input("people who came in the year", people, "people", cited),
        Input(STAY, stay, "days", cited, f"whole stays, or nights so far; whole stays of {whole:.0f} days leave 2,018"),
        Input("price", price, "CAD per person and day", cited),
        Input("beds used on 1 February 2024", used, "beds", cited, f"a count of one day; {leased:,.0f} leased"),
        Input("even arrivals and exponential stays", 1, "assumption", INFERRED, "no monthly counts were published"),
        Input(THERE, run.first_day, "persons", INFERRED,
              "from the run; their nights are in the year's nights but not in its arrivals"),
        Input(OVERFLOW, run.came - run.from_quebec, "people", INFERRED,
              f"from the run; no count published, overflow from June 2023 assumed in {case}"),
        Input(CAME, run.from_quebec / run.came, "share sent from Quebec", INFERRED,
              "from the run: most came before the road closed on 25 March 2023, and had left a year later"),
        Input(BEFORE, 1_156, "beds", "webjosh_niagara_rooms;cimm_feb_2024",
              "more than 600 rooms in December 2022; 951 occupied on 19 February, so 1,832 beds from 11 February"),
        Input("persons per room", per_room.value, "persons", "cimm_feb_2024", "7,800 people in 4,050 rooms"),
    )
    return Replication("The hotels of Niagara Falls", inputs, lines, _notes(run, mean, whole, leased))


def _notes(run: Falls, mean: float, whole: float, leased: float) -> tuple[str, ...]:
    """What the table leaves to say."""
    share, beds = mean / leased, run.nights / DAYS / run.beds
    before = (published("average_stay") - nights_so_far(whole)) * published("transferred_in") / on_last_day(whole, DAYS)
    room = published("cost_per_night", "IRCC hotels all Canada")
    there = f"{before:,.0f} people were there on 1 February 2023; the run has {run.first_day:,.0f}"
    return (
        f"Mean persons in the year: {mean:,.0f} by Little's law from the published figures ({share:.0%} of the beds",
        f"leased), {run.nights / DAYS:,.0f} in the run ({beds:.0%} of its beds).",
        f"Whole stays of {whole:.0f} days, 2,018 persons on the last day and 113 nights for each arrival fit if some",
        f"{there}. So the gap of 502 persons needs no error in the bill:",
        "the stay and the beds need not count the same thing.",
        "The published bill is a newspaper's estimate; its line shows what it is made of and tests nothing. Another",
        f"report puts {room:,.0f} CAD on a night in a room (all hotels, December 2023), not on a person.",
    )


def main() -> None:
    sys.stderr.write(f"running {DRAWS} draws of January 2022 to February 2024 ...\n")
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
