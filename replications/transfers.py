"""People sent on from Quebec: the rule fitted on two published counts, a later count predicted.

    python replications/transfers.py

From 30 June 2022 the federal government sent claimants on from Roxham Road to hotels in other provinces. Published are
running totals: 520 by 11 July 2022, 7,131 by 26 February 2023, 10,580 by 26 February 2024; and that of 505 people who
came by the road in three days of February 2023, 475 were sent on.

The rule is a share of those who cross between ports into Quebec and claim at the border, in three dated steps: one
from 30 June 2022, one from 12 July 2022 (the day after the first count), and 475/505 from 11 February 2023 on, with no
end, for none was published. The first two are fitted, by least squares, on 520 and 7,131 and on nothing else. Then the
rule is applied to the arrivals of the model up to 26 February 2024, and the sum stands beside 10,580.

Whose arrivals? Those of the calibration `holdout`, which saw no figure after February 2023: prediction is out of
sample in the rule and in the arrivals. The same with the calibration `main`, which saw the claims of 2023 and 2024,
is printed and labelled.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
from _table import INFERRED, Input, Line, Replication
from numpy.typing import NDArray

from roxham.evidence.tables import read_table
from roxham.sim.corridor import Corridor, load
from roxham.sim.housing import under_the_rule
from roxham.sim.run import begin, carry_out

Floats = NDArray[np.float64]
CASE, SEED, DRAWS = "canada_us", 1, 64
FIRST, LAST = date(2022, 6, 1), date(2024, 2, 29)
START, SECOND, LATE, CLOSED = (np.datetime64(d) for d in ("2022-06-30", "2022-07-12", "2023-02-11", "2023-03-25"))
#: Last day of each published running total out of Quebec.
JULY, ONTARIO, QUEBEC = (np.datetime64(d) for d in ("2022-07-11", "2023-02-26", "2024-02-26"))
#: Fraction of 10,580 that the prediction may be off, as set before it was made.
TOLERANCE = 0.15
OUT = "transferred_from_quebec"
SECOND_SHARE, LATE_SHARE = "share from 12 July 2022", "share from 11 February 2023"
TO_FALLS, TO_WINDSOR = "share sent to Niagara Falls", "share sent to Windsor"
EVENLY = "arrivals of a month spread over its days"


def published(measure: str, place: str, end: np.datetime64) -> float:
    """A figure of the case's table of evidence."""
    return next(float(row["value"]) for row in read_table(CASE, "reception")
                if (row["measure"], row["place"], row["period_end"]) == (measure, place, str(end)))


@dataclass(frozen=True)
class Arrivals:
    """People under the rule (and others at Quebec's land border who need a bed), per day, mean over the draws."""

    days: NDArray[np.datetime64]
    crossed: Floats
    at_ports: Floats

    def sent(self, share: Floats, until: np.datetime64, *, since: np.datetime64 = START) -> float:
        """People sent on from one day to another, both included, under a share by day."""
        on = (self.days >= since) & (self.days <= until)
        return float((self.crossed * share)[on].sum())


@cache
def arrivals(calibration: str, draws: int = DRAWS) -> Arrivals:
    """What the model lets arrive, by a calibration shipped with the case."""
    corridor, length = load(CASE), (LAST - FIRST).days + 1
    crossed, at_ports = np.zeros(length), np.zeros(length)
    for draw in range(draws):
        flow = carry_out(begin(corridor, seed=SEED, draw=draw, from_=FIRST, to=LAST, calibration=calibration))
        claims, concerned = flow.heard(), under_the_rule(flow)
        size = flow.people().size[claims.row]
        quebec = claims.province == corridor.province_index(corridor.reception.transfer.of)
        port = quebec & (claims.office == 0) & ~concerned & (claims.later["bed_place"] >= 0)
        crossed += np.bincount(claims.day[concerned], size[concerned], flow.n_days) / draws
        at_ports += np.bincount(claims.day[port], size[port], flow.n_days) / draws
    return Arrivals(flow.days, crossed, at_ports)


def late_share() -> float:
    """475 of 505: what is published, over the people who came."""
    day = np.datetime64("2023-02-13")
    return published("transferred_of_505_arrivals", "Quebec to other provinces", day) / 505


def rule(first: float, second: float, days: NDArray[np.datetime64]) -> Floats:
    """The share of each day under the dated rule."""
    return np.select([days < START, days < SECOND, days < LATE], [0.0, first, second], late_share())


def fit(came: Arrivals) -> tuple[float, float]:
    """The two shares that give back 520 and 7,131, by least squares between 0 and 1."""
    from scipy.optimize import least_squares

    goals = [(JULY, published(OUT, "Ontario hotels", JULY)),
             (ONTARIO, published(OUT, "Ontario", ONTARIO))]

    def off(shares: Floats) -> Floats:
        share = rule(shares[0], shares[1], came.days)
        return np.array([came.sent(share, day) / count - 1 for day, count in goals])

    found = least_squares(off, x0=[0.5, 0.5], bounds=(0.0, 1.0), xtol=1e-12)
    return float(found.x[0]), float(found.x[1])


def to_place(corridor: Corridor, place: str) -> float:
    """Share of those sent on who go to a place."""
    to = corridor.reception.transfer.to
    return to[place].value / sum(number.value for number in to.values())


def rebuild(draws: int = DRAWS) -> Replication:
    """The table of published counts beside those of the rule."""
    came, saw = arrivals("holdout", draws), arrivals("main", draws)
    first, second = fit(came)
    share = rule(first, second, came.days)

    def line(what: str, end: str, place: str, because: str = "", *, part: float = 1.0) -> Line:
        day = np.datetime64(end)
        ours = part * came.sent(share, day)
        return Line(what, "people", published(OUT, place, day), ours, because, fitted=not because)

    corridor = load(CASE)
    window = (came.days >= LATE) & (came.days <= np.datetime64("2023-02-13"))
    three = came.sent(share, np.datetime64("2023-02-13"), since=LATE)
    total = published(OUT, "Quebec to other provinces", QUEBEC)
    falls, windsor = (to_place(corridor, place) for place in ("niagara_falls", "windsor_hotels"))
    ontario = "Ontario (Niagara Falls, Windsor, Cornwall)"
    lines = (
        line("sent on by 11 July 2022", "2022-07-11", "Ontario hotels"),
        line("sent on by 26 February 2023", "2023-02-26", "Ontario"),
        Line("crossed, 11 to 13 February 2023", "people", 505, float(came.crossed[window].sum()), EVENLY),
        Line("of them sent on", "people", late_share() * 505, three, EVENLY),
        line("to Niagara Falls by 13 February 2023", "2023-02-13", "Niagara Falls", TO_FALLS, part=falls),
        line("to Windsor by 16 February 2023", "2023-02-16", "Windsor", TO_WINDSOR, part=windsor),
        line("to Ontario by 20 February 2023 (some)", "2023-02-20", ontario, SECOND_SHARE),
        line("to Niagara Falls by 26 February 2023", "2023-02-26", "Niagara Falls", part=falls),
        line("sent on by 26 February 2024: PREDICTED", "2024-02-26", "Quebec to other provinces", LATE_SHARE),
        Line("the same, arrivals that saw 2023-24", "people", total, saw.sent(share, QUEBEC), LATE_SHARE),
    )
    return Replication("People sent on from Quebec", _inputs(corridor, came, first, second), lines,
                       _notes(came, share, total))


def _inputs(corridor: Corridor, came: Arrivals, first: float, second: float) -> tuple[Input, ...]:
    """Everything that went in."""
    everybody = np.ones_like(came.crossed)
    seen = "calibration `holdout` of the case, data to February 2023"

    def people(when: str, since: np.datetime64, until: np.datetime64) -> Input:
        told = seen if until <= ONTARIO else f"predicted: {seen}"
        return Input(f"people who crossed, {when}", came.sent(everybody, until, since=since), "people", INFERRED, told)

    return (
        Input("share from 30 June 2022", first, "of those who cross", INFERRED, "fitted on 520"),
        Input(SECOND_SHARE, second, "of those who cross", INFERRED,
              "fitted on 7,131; one share for seven months, in which the transfers grew"),
        Input(LATE_SHARE, late_share(), "of those who cross", "chch_niagara_2023",
              "475 of 505 in three days, kept to the end; nobody published one"),
        people("30 June to 11 July 2022", START, JULY),
        people("12 July 2022 to 10 February 2023", SECOND, LATE - 1),
        people("11 to 26 February 2023", LATE, ONTARIO),
        people("27 February to 24 March 2023", ONTARIO + 1, CLOSED - 1),
        people("25 March 2023 to 26 February 2024", CLOSED, QUEBEC),
        Input(TO_FALLS, to_place(corridor, "niagara_falls"), "of those sent on", "ctv_transfers_2023",
              "4,313 of 7,131, over the whole time; on other days more went to Windsor and Cornwall"),
        Input(TO_WINDSOR, to_place(corridor, "windsor_hotels"), "of those sent on",
              "windsor_2023;windsor_star_2023", "between 618 by mid-February and more than 1,100 by mid-March"),
        Input(EVENLY, 1, "way of counting", INFERRED, "no daily counts but for a few days"),
    )


def _notes(came: Arrivals, share: Floats, total: float) -> tuple[str, ...]:
    """What other forms of the rule would have given; none of them was used."""
    ontario = came.sent(share, ONTARIO)
    closed = came.sent(share, CLOSED - 1)
    after = (came.days >= CLOSED) & (came.days <= QUEBEC)
    ports = came.sent(share, QUEBEC) + late_share() * float(came.at_ports[after].sum())
    before = came.sent(np.ones_like(share), LATE - 1)
    one = (ontario - came.sent(share, ONTARIO, since=LATE)) / before * came.sent(np.ones_like(share), JULY)
    return (
        "Other forms, shown and not used:",
        f"  the rule ends when the road closes: {closed:,.0f} ({closed / total - 1:+.1%});",
        f"  people at ports who need a bed are sent on too: {ports:,.0f} ({ports / total - 1:+.1%});",
        f"  one share from 30 June 2022 to 10 February 2023, fitted on 7,131 alone: {one:,.0f} by 11 July 2022.",
    )


def main() -> None:
    sys.stderr.write(f"running {2 * DRAWS} draws of June 2022 to February 2024 ...\n")
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
