"""How many immigration judges would clear the line: the Congressional Research Service's R47637 of 2023, rebuilt.

    python replications/crs_r47637.py

Report R47637 of 28 July 2023: the immigration courts of the United States had 649 judges and nearly 2 million cases
pending at the end of March 2023. Some 300 more judges would begin to reduce the backlog, of which about 1.6 million
would be left at the end of fiscal 2033; 700 more would clear it by fiscal 2032.

The courts stand here as data alone (`us_courts/`): one procedure of one stage, judges times completions a judge, an
intake. What a judge completes and what comes in are in the report, but not in the parts of it that could be read: the
first is assumed within what the courts published, the second set so that the 1.6 million come out. That line is no
test; the other two are.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
from _table import INFERRED, Input, Line, Replication

from roxham.sim.course import run_procedure, service_capacity
from roxham.sim.passage import Cases
from roxham.sim.procedure import load_procedure
from roxham.spec import Dated, Number, Spec, load_yaml
from roxham.streams import Streams

FOLDER = Path(__file__).resolve().parent / "us_courts"
DAYS = np.arange("2023-04-01", "2033-10-01", dtype="datetime64[D]")
TOGETHER = 10  # cases of the intake that share a row: the line is counted in cases all the same
CLEARED = 1_000  # fewer than this of 2 million pending is no backlog: less than a day's intake
REDUCED, CLEARING, LEFT = 300, 700, 1.6e6
#: Completions of a judge that could be: 450 and 550 around the value used, 627 as in fiscal 2019.
OTHERS = (450, 550, 627)


class Intake(Spec):
    """What comes in and who is hired (`us_courts/intake.yaml`)."""

    intake: Number
    hired_on: date
    hires: list[int]


def pending(
    intake: Intake, hired: int, *, completions: float | None = None, new: float | None = None
) -> dict[int, float]:
    """Cases pending at the end of each fiscal year (30 September) when so many judges are hired."""
    procedure, services = load_procedure(FOLDER)
    court = services["court"]
    staff = [*court.staff, Dated.model_validate({
        "from": intake.hired_on, "value": court.staff[0].value + hired, "unit": "judges", "status": "assumed",
        "low": court.staff[0].value, "high": court.staff[0].value + 1_000})]
    court = court.model_copy(update={"staff": staff})
    capacity = service_capacity(court, DAYS) * (1.0 if completions is None else completions / court.steps[0].value)
    year = intake.intake.value if new is None else new
    cases = Cases.daily(np.full(DAYS.size, year / 365.25), size=TOGETHER)
    course = run_procedure(procedure, services, cases, DAYS, Streams(1, 0), capacity={"court": capacity})
    stock = course.account.stock("pending")
    ends = {one: np.datetime64(f"{one}-09-30") for one in range(2023, 2034)}
    return {one: float(stock[int((day - DAYS[0]).astype(int))]) for one, day in ends.items()}


def set_anew(intake: Intake, completions: float) -> float:
    """New cases a year with which 1.6 million are left when a judge completes so many: a balance."""
    ours = pending(intake, REDUCED, completions=completions)[2033]
    return intake.intake.value + (LEFT - ours) * 365.25 / DAYS.size


def cleared(by_year: dict[int, float]) -> int:
    """Fiscal years from 2024 until nobody is left waiting; one more than there are if somebody is."""
    return next((year for year, left in by_year.items() if left < CLEARED), 2034) - 2023


def rebuild() -> Replication:
    """Every published figure beside ours."""
    intake = load_yaml(FOLDER / "intake.yaml", Intake)
    court = load_procedure(FOLDER)[1]["court"]
    each, judges, waiting = court.steps[0], court.staff[0], court.initial_pending
    assert waiting is not None
    runs = {hired: pending(intake, hired) for hired in intake.hires}
    falls = [hired for hired, by_year in runs.items() if by_year[2033] < by_year[2024]]
    inputs = (
        Input("judges", judges.value, "judges", "crs_r47637", judges.note or ""),
        Input("cases pending at the end of March 2023", waiting.value, "cases", "crs_r47637", waiting.note or ""),
        Input("completions of a judge", each.value, "cases a year", INFERRED, each.note or ""),
        Input("new cases", intake.intake.value, "cases a year", INFERRED, intake.intake.note or ""),
        Input("day of all hires", 2023.75, "year", INFERRED, "the first day of fiscal 2024, none lost after"),
    )
    lines = (
        Line("judges that begin to reduce it (of 100, 200, 300, 700)", "judges", REDUCED, float(min(falls)),
             "completions of a judge"),
        Line("pending at the end of fiscal 2033 with 300 more", "million cases", LEFT / 1e6,
             runs[REDUCED][2033] / 1e6, "new cases", fitted=True, decimals=2),
        Line("years until it is cleared with 700 more (by fiscal 2032)", "fiscal years", 9,
             float(cleared(runs[CLEARING])), "completions of a judge"),
    )
    notes = (
        "Pending at the end of fiscal 2033: " + ", ".join(
            f"+{hired} judges {by_year[2033] / 1e6:.2f} million" for hired, by_year in runs.items()) + ".",
        "With other completions of a judge, the intake set anew on the 1.6 million, 700 more judges clear it in fiscal "
        + ", ".join(f"{2023 + years} ({each} a year)" for each, years in _others(intake)) + ".",
        f"The 1.6 million: {load_sources()}.",
    )
    return Replication("Congressional Research Service R47637: judges and the backlog", inputs, lines, notes)


def _others(intake: Intake) -> list[tuple[int, int]]:
    """When 700 more judges clear it if a judge completes fewer or more."""
    return [(each, cleared(pending(intake, CLEARING, completions=each, new=set_anew(intake, each)))) for each in OTHERS]


def load_sources() -> str:
    """Where the figure of 2033 was read."""
    return str(load_yaml(FOLDER / "sources.yaml", dict[str, dict[str, object]])["fedweek_2023"]["url"])


def main() -> None:
    """Print the table."""
    sys.stdout.write(rebuild().text())


if __name__ == "__main__":
    main()
