"""What one claimant costs the federal government: the Parliamentary Budget Officer's report of 2018, rebuilt.

    python replications/pbo_2018.py

On 29 November 2018 the Officer published what a person who crossed between ports costs the federal government from
interception to acceptance or removal: 14,321, 15,483 and 16,666 CAD on average for those who came in 2017-18, 2018-19
and 2019-20, on 23,755 people each year; 9,915 when accepted at the first hearing and 33,738 when every appeal is used
and the person is removed. He gave longer waits under fixed capacity as the reason for the rise.

Here claims stand in the line of the Refugee Protection Division, first come, first served, with the capacity that it
was funded for; the wait of each cohort comes out of that line, and the health cover of those days makes the rise. Three
unit costs were never published and are set so that the three figures of 2017-18 come out (`fit`); those lines are no
test. The two later years and the totals are the test: nothing was set with them, except that the daily cost of health
cover, assumed in the case, was chosen by people who knew that the rise existed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from _table import INFERRED, Input, Line, Replication
from numpy.typing import NDArray

from roxham.evidence.fill import filled_entries
from roxham.evidence.series import load_series
from roxham.evidence.tables import read_table
from roxham.sim.corridor import Corridor, load
from roxham.sim.service import serve

CASE = "canada_us"
COHORTS = {"2017-18": "2017-04-01", "2018-19": "2018-04-01", "2019-20": "2019-04-01"}
FIRST, LAST = np.datetime64("2017-01-01"), np.datetime64("2027-01-01")
FUNDED_FROM = np.datetime64("2018-04-01")
SPENT = ("police_interception", "claim_intake", "eligibility_decision", "work_permit")
#: The unit costs that were set so that the figures of 2017-18 come out.
FITTED = ("claim_intake", "appeal", "removal")
TOTALS = {"2017-18": 340.2e6, "2018-19": 367.8e6, "2019-20": 395.9e6}
PUBLISHED_LAST = 16_666
#: Inferred inputs at the ends of what they could be, to show how far the test hangs on them.
CHANGES: tuple[tuple[str, dict[str, float]], ...] = (
    ("capacity 26,000", {"funded capacity from April 2018": 26_000}),
    ("capacity 35,000", {"funded capacity from April 2018": 35_000}),
    ("health cover 2.50 a day", {"cost of health": 2.5}),
    ("health cover 9 a day", {"cost of health": 9.0}),
)
AUDITOR = "https://torontosun.com/opinion/columnists/furey-ag-report-shows-federal-asylum-processing-system-is-a-mess"
TOTALS_AT = "https://torontosun.com/news/national/illegal-border-processing-costs-alone-to-exceed-1-billion-pbo-report"


def published(measure: str, start: str = "2017-04-01") -> float:
    """A figure of the Officer's report, as the case's table of evidence has it."""
    return next(float(row["value"]) for row in read_table(CASE, "reception")
                if (row["measure"], row["period_start"]) == (measure, start))


def of_irb(measure: str, end: str, division: str = "RPD") -> float:
    """A figure of the board, as the case's table of evidence has it."""
    return next(float(row["value"]) for row in read_table(CASE, "irb")
                if (row["division"], row["measure"], row["period_end"]) == (division, measure, end))


def crossers(measure: str) -> float:
    """Claims of irregular crossers by outcome, February 2017 to June 2019 (the table nearest to the report)."""
    return next(float(row["value"]) for row in read_table(CASE, "claims_by_country")
                if (row["country"], row["period"], row["measure"]) == ("total", "2017-02 to 2019-06", measure))


def price(corridor: Corridor, item: str) -> float:
    """A unit cost of the case in dollars of 2017."""
    spec = corridor.costs
    one = spec.items[item]
    return one.value * spec.deflators[int(one.unit[-4:])].value / spec.deflators[2017].value


def inputs(corridor: Corridor) -> tuple[Input, ...]:
    """Everything that goes in."""
    claims = load_series(CASE, "claims_all_total").values
    year = sum(claims[f"2017-{month:02d}"] for month in range(1, 13))
    decided = of_irb("finalized", "2017-12-31")
    referred = of_irb("intake_referred", "2017-12-31")
    refused = crossers("rejected") / (crossers("accepted") + crossers("rejected"))
    prices = tuple(
        Input(f"cost of {item}", price(corridor, item), "CAD of 2017",
              INFERRED if one.source is None else one.source,
              "set so that the figures of 2017-18 come out" if item in FITTED else one.note or "")
        for item in (*SPENT, "hearing", "health", "appeal", "removal") for one in [corridor.costs.items[item]])
    return (
        Input("people in each cohort", published("irregular_migrants"), "people", "pbo_2018"),
        Input("claims pending at the end of 2016", of_irb("pending", "2017-12-31") - referred + decided, "claims",
              "irb_rpd_2017", "43,250 pending at the end of 2017 less referred plus decided"),
        Input("age of the oldest of them", 294, "days", INFERRED, "they came at the rate at which they were decided"),
        Input("share of claims referred", referred / year, "share", "irb_rpd_2017;ircc_claims_monthly"),
        Input("claims a year from April 2018", sum(claims[m] for m in _fiscal(claims)), "claims", INFERRED,
              "as in 2017-18, month by month: the Officer holds the crossers of each year at that number"),
        Input("decisions a year until March 2018", decided, "claims a year", "irb_rpd_2017"),
        Input("funded capacity from April 2018", 32_000, "claims a year", AUDITOR,
              "that the Officer holds it fixed to the end is in his report; this number is the Auditor General's"),
        Input("share refused of claims decided", refused, "share", "irb_crossers_2019"),
        Input("share abandoned or withdrawn", 0.12, "share", "irb_crossers_2022", "6,763 of 56,280 finalized"),
        Input("share of refusals appealed", 0.88, "share", "irb_rad_2019"),
        Input("share of appeals allowed", corridor.parameters["appeal_allowed_share"].value, "share", INFERRED,
              "assumed in the case, 0.2 to 0.4"),
        Input("days of an appeal", 12 * 365.25 / 12, "days", "irb_plan_2020", "close to one year"),
        Input("days from the last refusal to removal", 180, "days", INFERRED, "no figure; 0 to 365"),
        Input("share of those finally refused who are removed", 0.3, "share", INFERRED, "no figure; 0.1 to 0.6"),
        Input("rise of prices between the cohorts", 0, "a year", INFERRED,
              "whether the Officer raised prices is not in what could be read; with 2 % a year: +1.9 and +3.6 %"),
        *prices,
    )


def _fiscal(claims: dict[str, float]) -> list[str]:
    """The months of 2017-18."""
    return [month for month in sorted(claims) if "2017-04" <= month <= "2018-03"]


def waits(given: dict[str, float]) -> dict[str, float]:
    """Mean days from referral to decision of those who crossed in each fiscal year, out of the division's line.

    Claims of a month come evenly over its days; within a cohort months count by the people who crossed in them.
    """
    claims, share = load_series(CASE, "claims_all_total").values, given["share of claims referred"]
    crossed = {month: cell.persons for month, cell in filled_entries(CASE)[0].items()}
    months = np.arange(np.datetime64("2017-01"), np.datetime64("2020-04"))
    arrived, of = [], []
    for k, month in enumerate(months):
        first, last = (int((edge.astype("datetime64[D]") - FIRST).astype(int)) for edge in (month, month + 1))
        persons = round(claims[_like(str(month))] * share)
        arrived.append(first + np.floor((np.arange(persons) + 0.5) * (last - first) / persons))
        of.append(np.full(persons, k))
    oldest, before = given["age of the oldest of them"], round(given["claims pending at the end of 2016"])
    old = -1 - np.floor(np.arange(before)[::-1] * oldest / before)
    line = np.concatenate([old, *arrived]).astype(np.int32)
    served = serve(line, np.ones(line.size, dtype=np.int32), _capacity(given), horizon=int((LAST - FIRST).astype(int)))
    wait, month_of = served.stayed[before:], np.concatenate(of)
    mean = np.bincount(month_of, weights=wait) / np.bincount(month_of)
    out = {}
    for cohort, start in COHORTS.items():
        k = int((np.datetime64(start, "M") - months[0]).astype(int))
        weight = np.array([crossed[_like(str(month))] for month in months[k:k + 12]])
        out[cohort] = float((mean[k:k + 12] * weight).sum() / weight.sum())
    return out


def _like(month: str) -> str:
    """The month whose claims stand for this one: itself until March 2018, then the same month of 2017-18."""
    return month if month <= "2018-03" else f"{2017 if month[5:] >= '04' else 2018}{month[4:]}"


def _capacity(given: dict[str, float]) -> NDArray[np.float64]:
    """Claims that the division decides on each day."""
    days = np.arange(FIRST, LAST)
    early, late = given["decisions a year until March 2018"] / 365, given["funded capacity from April 2018"] / 365.25
    return np.where(days < FUNDED_FROM, early, late)


@dataclass(frozen=True)
class Claimant:
    """Federal cost of one claimant who waits so many days: on average, at the least and at the most."""

    average: float
    least: float
    most: float


def cost(given: dict[str, float], wait: float) -> Claimant:
    """Add up the steps and the days of a claimant, dollars of 2017."""
    def of(item: str) -> float:
        return given[f"cost of {item}"]

    begun = sum(of(item) for item in SPENT) + of("health") * wait
    appeal = of("appeal") + of("health") * given["days of an appeal"]
    removal = of("removal") + of("health") * given["days from the last refusal to removal"]
    heard = 1 - given["share abandoned or withdrawn"]
    filed = given["share of refusals appealed"]
    final = 1 - filed * given["share of appeals allowed"]
    after = filed * appeal + final * given["share of those finally refused who are removed"] * removal
    average = begun + heard * (of("hearing") + given["share refused of claims decided"] * after)
    least = begun + of("hearing")
    return Claimant(average, least, least + appeal + removal)


def fit(given: dict[str, float]) -> dict[str, float]:
    """The three unit costs with which the three figures of 2017-18 come out: costs are linear in them."""
    wait = waits(given)["2017-18"]
    names = [f"cost of {item}" for item in FITTED]

    def figures(values: NDArray[np.float64]) -> NDArray[np.float64]:
        one = cost({**given, **dict(zip(names, values.tolist(), strict=True))}, wait)
        return np.array([one.average, one.least, one.most])

    target = np.array([published("federal_cost_per_irregular_claimant"), published("cost_per_claimant_low"),
                       published("cost_per_claimant_high")])
    zero = figures(np.zeros(3))
    slope = np.array([figures(row) - zero for row in np.eye(3)]).T
    return dict(zip(FITTED, np.linalg.solve(slope, target - zero).tolist(), strict=True))


def rebuild() -> Replication:
    """Every published figure beside ours."""
    listed = inputs(load(CASE))
    given = {one.name: one.value for one in listed}
    wait = waits(given)
    entries, people = filled_entries(CASE)[0], given["people in each cohort"]
    lines = [Line("people who crossed, 2017-18", "people", people,
                  sum(cell.persons for month, cell in entries.items() if "2017-04" <= month <= "2018-03"))]
    for cohort, start in COHORTS.items():
        seen = cohort == "2017-18"
        prices = (1 + given["rise of prices between the cohorts"]) ** (int(start[:4]) - 2017)
        ours = cost(given, wait[cohort]).average * prices
        lines.append(Line(f"average claimant, {cohort}", "CAD", published("federal_cost_per_irregular_claimant", start),
                          ours, "rise of prices between the cohorts", seen))
        lines.append(Line(f"all claimants, {cohort}", "million CAD", TOTALS[cohort] / 1e6, ours * people / 1e6,
                          "rise of prices between the cohorts", seen, 1))
    first = cost(given, wait["2017-18"])
    lines += [
        Line("accepted at the first hearing", "CAD", published("cost_per_claimant_low"), first.least, fitted=True),
        Line("every appeal, then removed", "CAD", published("cost_per_claimant_high"), first.most, fitted=True),
    ]
    rise = {cohort: wait[cohort] - wait["2017-18"] for cohort in COHORTS}
    notes = (
        "Mean days from referral to decision, out of the line: "
        + ", ".join(f"{cohort} {days:,.0f}" for cohort, days in wait.items()) + ".",
        f"The published rises over {rise['2018-19']:,.0f} and {rise['2019-20']:,.0f} more days are "
        + " and ".join(
            f"{(published('federal_cost_per_irregular_claimant', COHORTS[c]) - first.average) / rise[c]:.2f}"
            for c in ("2018-19", "2019-20"))
        + f" CAD a day; the case assumes {given['cost of health']:.2f} (2.50 to 9.00) for health cover.",
        "How far it hangs on what was inferred, average of 2019-20 with the costs of 2017-18 set anew: " + "; ".join(
            f"{words} {_again(given, changed):,.0f} ({_again(given, changed) / PUBLISHED_LAST - 1:+.1%})"
            for words, changed in CHANGES) + ".",
        f"Totals are printed with a decimal at {TOTALS_AT}.",
    )
    return Replication("Parliamentary Budget Officer 2018: what a claimant costs", listed, tuple(lines), notes)


def _again(given: dict[str, float], changed: dict[str, float]) -> float:
    """The average of 2019-20 when some inputs differ and the three unit costs are set anew on 2017-18."""
    other = {**given, **changed}
    other |= {f"cost of {item}": value for item, value in fit(other).items()}
    return cost(other, waits(other)["2019-20"]).average


def main() -> None:
    """Print the table."""
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
