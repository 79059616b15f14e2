"""What one claimant costs the federal government: the Parliamentary Budget Officer's figures of 2018, rebuilt.

    python replications/pbo_2018.py

On 29 November 2018 the Parliamentary Budget Officer published what a person who crossed between ports costs the federal
government from interception to acceptance or removal: 14,321 CAD on average for 2017-18, 9,915 when accepted at the
first hearing, 33,738 when every appeal is used and the person is removed; and totals of 340, 368 and 396 million CAD
for 2017-18 to 2019-20. Here the same figures come from the unit costs of the case and from published shares.

How independent is it? Police, border agency and hearing costs come from what the agencies said that they spent. Intake,
appeal and removal costs were *assumed so that* the three figures of 2017-18 come near: those three lines show that the
case still holds together, not that it was right before it saw them. The two later years, the totals and the number of
people were not used to set anything; there the test is real.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from roxham.evidence.fill import filled_entries
from roxham.evidence.tables import read_table
from roxham.sim.corridor import Corridor, load

FISCAL_YEARS = ("2017-04-01", "2018-04-01", "2019-04-01")
STEPS = ("police_interception", "claim_intake", "eligibility_decision", "hearing", "work_permit")
#: The wait that the board projected in December 2018, 24 months (irb.csv).
WAIT_DAYS = 730
#: Share of those refused who are removed at federal cost; assumed, 0.1 to 0.6.
REMOVED_SHARE = 0.3
#: Health cover from refusal to the end of all appeals; assumed, 365 to 730 days.
APPEAL_DAYS = 548
#: The stated tolerance: every rebuilt figure lies within it.
TOLERANCE = 0.10


@dataclass(frozen=True)
class Line:
    """One published figure beside the rebuilt one; `fitted` says that the case was set with it in sight."""

    what: str
    unit: str
    published: float
    rebuilt: float
    fitted: bool

    @property
    def difference(self) -> float:
        """Relative difference of the rebuilt figure."""
        return self.rebuilt / self.published - 1


def cost(corridor: Corridor, item: str, year: int) -> float:
    """A unit cost of the case, in dollars of that year."""
    spec = corridor.costs
    priced = spec.items[item]
    return priced.value * spec.deflators[int(priced.unit[-4:])].value / spec.deflators[year].value


def per_claimant(corridor: Corridor, *, year: int, refused: float, appeals: float, removed: float) -> float:
    """Federal cost of one claimant over the whole process, dollars of that year."""
    first = sum(cost(corridor, item, year) for item in STEPS) + cost(corridor, "health", year) * WAIT_DAYS
    after = appeals * cost(corridor, "appeal", year) + removed * cost(corridor, "removal", year)
    return first + refused * (after + cost(corridor, "health", year) * APPEAL_DAYS)


def refused_share(case: str) -> float:
    """Share of decided claims of irregular crossers that were rejected, February 2017 to September 2022."""
    table = {
        row["measure"]: float(row["value"]) for row in read_table(case, "claims_by_country")
        if (row["country"], row["period"]) == ("total", "2017-02 to 2022-09")
    }
    return table["rejected"] / (table["accepted"] + table["rejected"])


def rebuild(case: str = "canada_us") -> list[Line]:
    """Every published figure beside the rebuilt one."""
    corridor = load(case)
    table = {(row["period_start"], row["measure"]): float(row["value"]) for row in read_table(case, "reception")}
    refused, appeals = refused_share(case), corridor.parameters["appeal_share"].value
    people = table["2017-04-01", "irregular_migrants"]
    entries, _ = filled_entries(case)
    fiscal = [f"2017-{m:02d}" for m in range(4, 13)] + [f"2018-{m:02d}" for m in range(1, 4)]
    out = [
        Line("people, 2017-18 (interceptions)", "people", people, sum(entries[m].persons for m in fiscal), False),
    ]
    for start in FISCAL_YEARS:
        year = int(start[:4])
        mean = per_claimant(corridor, year=year, refused=refused, appeals=appeals, removed=REMOVED_SHARE)
        label = f"{year}-{year + 1 - 2000}"
        seen = table[start, "federal_cost_per_irregular_claimant"], table[start, "federal_cost_irregular_migration"]
        out += [
            Line(f"average claimant, {label}", "CAD", seen[0], mean, year == 2017),
            Line(f"all claimants, {label}", "million CAD", seen[1] / 1e6, mean * people / 1e6, year == 2017),
        ]
    accepted = per_claimant(corridor, year=2017, refused=0, appeals=0, removed=0)
    longest = per_claimant(corridor, year=2017, refused=1, appeals=1, removed=1)
    out += [
        Line("accepted at the first hearing", "CAD", table["2017-04-01", "cost_per_claimant_low"], accepted, True),
        Line("every appeal, then removed", "CAD", table["2017-04-01", "cost_per_claimant_high"], longest, True),
    ]
    return out


def main() -> None:
    lines = rebuild()
    out = [f"{'':<34}{'published':>12}{'rebuilt':>10}{'off':>7}  known before?"]
    for line in lines:
        seen = "yes: set with it in sight" if line.fitted else "no"
        out.append(f"{line.what:<34}{line.published:>12,.0f}{line.rebuilt:>10,.0f}{line.difference:>+7.1%}  {seen}")
    out.append("Totals are for the Officer's 23,755 people in each year. The two later years rise here with prices")
    out.append("only; the Officer also counts longer waits, so the rebuilt figures fall behind.")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
