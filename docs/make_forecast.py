"""Write docs/trust/forecast.md, its picture, and the past scores that the ensemble weighs its models by.

    python docs/make_forecast.py            # some minutes on two cores
    python docs/make_forecast.py --draft    # own models only, no sweep: for looking at the page

Every score stands beside its baseline. Origins before 2022 chose the settings; those from 2022 on only test.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from roxham.evidence.tables import case_folder
from roxham.forecast.ahead import forecast
from roxham.forecast.alarms import THRESHOLD, Alarms, judge_alarms, judge_last_seen
from roxham.forecast.backtest import Backtest, backtest, outcomes
from roxham.forecast.baselines import REFERENCE
from roxham.forecast.ensemble import ENSEMBLE, write_past
from roxham.forecast.foretell import CORRIDOR
from roxham.forecast.member import CorridorModel
from roxham.forecast.models import own_models, predict_cells
from roxham.forecast.regimes import LEVELS
from roxham.forecast.report import (
    SPLIT,
    Line,
    beside,
    by_horizon,
    by_model,
    by_series,
    by_year,
    headline,
    pit_shares,
    scored,
)
from roxham.forecast.score import covered, wis
from roxham.forecast.vintage import View
from roxham.show.fan import fan_figure
from roxham.show.plot import to_svg

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "trust" / "forecast.md"
PICTURE = PAGE.with_name("forecast-2023-03-31.svg")
CASE = "canada_us"
BLIND = "level_no_rules"
ROAD, WHOLE = "claims/QC/land_border", "claims/CA/total"
EVERY = 3
SHOWN = (CORRIDOR, ENSEMBLE, "level", "steady_value", "last_value", REFERENCE)
WANTED = {"1-3": 0.05, "4-12": 0.15}
HEAD = "| {first} | WIS | baseline | skill | hardest baseline | skill | CRPS skill | q95 skill | 50 % | 80 % | 95 % |"
RULE = "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"


def table(first: str, lines: tuple[Line, ...]) -> list[str]:
    """A table of scores."""
    return [HEAD.format(first=first), RULE, *(row(line) for line in lines), ""]


def row(line: Line) -> str:
    """One line of a table."""
    inside = " | ".join(f"{part:.1%}" for part in line.coverage)
    return (
        f"| {line.label} | {line.wis:,.0f} | {line.baseline_wis:,.0f} | {line.skill:+.1%} | "
        f"{line.hardest} | {line.skill_hardest:+.1%} | {1 - line.crps / line.baseline_crps:+.1%} | "
        f"{line.skill95:+.1%} | {inside} |"
    )


def alarm_row(one: Alarms, name: str) -> str:
    """One line of the table of alarms."""
    before = "–" if one.months_before != one.months_before else f"{one.months_before:.1f}"
    return f"| {name} | {one.rises} | {one.warned} | {before} | {one.false_a_year:.1f} |"


def verdicts(lines: dict[str, Line]) -> list[str]:
    """What was wanted, and whether it came."""
    said = []
    for when in ("all", "tested"):
        for horizons, wanted in WANTED.items():
            line = lines[f"{when} {horizons}"]
            met = "met" if line.skill >= wanted else "missed"
            said.append(f"- Skill over the seasonal log random walk, {when} origins, {horizons} months: "
                        f"{line.skill:.1%} (wanted {wanted:.0%}: {met}).")  # fmt: skip
        line = lines[f"{when} 1-12"]
        off = max(abs(part - band) for part, band in zip(line.coverage, (0.5, 0.8, 0.95), strict=True))
        said.append(f"- Bands of 50, 80 and 95 %, {when} origins: held {', '.join(f'{p:.1%}' for p in line.coverage)} "
                    f"(wanted within 5 points: {'met' if off <= 0.05 else 'missed'}).")  # fmt: skip
        said.append(f"- Loss of the 0.95 quantile, {when} origins: {line.skill95:.1%} better than the baseline's "
                    f"(wanted 15 %: {'met' if line.skill95 >= 0.15 else 'missed'}).")  # fmt: skip
    return said


def worst(result: Backtest, count: int = 8) -> list[str]:
    """The forecasts that were furthest off on their own scale, one a series and target year."""
    own, seen = result.quantiles[result.of(ENSEMBLE)], result.observed
    scores = wis(np.log(own + 5), np.log(seen + 5), LEVELS)
    names = [result.series.index(name) for name in scored(result)]
    order = [(o, h, s) for o, h, s in np.argwhere(np.isfinite(scores)) if s in names]
    found: dict[tuple[str, str], str] = {}
    for o, h, s in sorted(order, key=lambda key: -scores[tuple(key)]):
        month = np.datetime64(result.origins[o], "M") + h + 1
        key = (result.series[s], str(month)[:4])
        if key not in found and len(found) < count:
            low, middle, high = (own[o, h, s, k] for k in (1, 11, 21))
            found[key] = (f"| `{result.series[s]}` | {result.origins[o]} | {month} | {middle:,.0f} "
                          f"({low:,.0f} to {high:,.0f}) | {seen[o, h, s]:,.0f} |")  # fmt: skip
    return ["| series | origin | month | median (95 % band) | came |", "| --- | --- | --- | ---: | ---: |",
            *found.values(), ""]  # fmt: skip


def alarms(result: Backtest) -> list[str]:
    """The table of alarms, before and from the split."""
    out = ["| alarm from | rises | warned of | months before | false a year, one series |",
           "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    names = scored(result)
    for threshold in (0.2, THRESHOLD, 0.5):
        for model in (ENSEMBLE, REFERENCE):
            out.append(alarm_row(judge_alarms(result, model, names, threshold), f"{model}, chance {threshold:.0%}"))
    out.append(alarm_row(judge_last_seen(result, names), "the last months known had risen so"))
    return [*out, ""]


def delays() -> list[str]:
    """Scores of the models that need no extra under other delays of publication."""
    out = ["| delay | horizons | WIS | baseline | skill | 50 % | 80 % | 95 % |",
           "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for lag in (30, None, 90):
        lines = {line.label: line for line in headline(backtest(CASE, members=own_models(), lag_days=lag, jobs=2))}
        for horizons in WANTED:
            line = lines[f"all {horizons}"]
            inside = " | ".join(f"{part:.1%}" for part in line.coverage)
            name = "house rule" if lag is None else f"{lag} days"
            out.append(f"| {name} | {horizons} | {line.wis:,.0f} | {line.baseline_wis:,.0f} | {line.skill:+.1%} "
                       f"| {inside} |")  # fmt: skip
    return [*out, ""]


def ceiling(result: Backtest, lines: dict[str, Line]) -> list[str]:
    """What the data do not give, in words made from the numbers."""
    test = lines["tested 1-12"]
    whole = {line.label: line for line in by_series(result, from_=SPLIT)}[result.series[-1]]
    models = {line.label: line for line in by_model(result, from_=SPLIT)}
    best = min((line for name, line in models.items() if name not in (ENSEMBLE, BLIND)), key=lambda line: line.wis)
    return [CEILING.format(
        year=SPLIT[:4], hardest=test.hardest, does="saves" if test.skill_hardest >= 0 else "loses",
        share=abs(test.skill_hardest), whole=whole, best=best, ensemble=models[ENSEMBLE], blind=models[BLIND],
        level=models["level"])]  # fmt: skip


def corridor(result: Backtest) -> list[str]:
    """The corridor model beside the others, at every third origin."""
    other = backtest(CASE, members=own_models()[:1], others=[CorridorModel()], every=EVERY, jobs=2)
    both = beside(result, other, CORRIDOR)
    out = [CORRIDOR_WORDS.format(count=len(both.origins), fits=CorridorModel().fits, year=SPLIT[:4])]
    for series in ([ROAD], [WHOLE], None):
        name = "all scored series" if series is None else f"`{series[0]}`"
        for when, span in (("origins before", {"until": SPLIT}), ("origins from", {"from_": SPLIT})):
            lines = {line.label: line for line in by_model(both, series=series, **span)}
            out += table(f"{name}, {when} {SPLIT[:4]}", tuple(lines[model] for model in SHOWN))
    return [*out, mixed(both)]


def mixed(both: Backtest) -> str:
    """Whether the corridor would have helped the ensemble on the road before the split, and what came after it."""
    k = both.series.index(ROAD)
    own, one = (both.quantiles[both.of(name)][:, :, k] for name in (ENSEMBLE, CORRIDOR))
    half = np.exp((np.log(own + 5) + np.log(one + 5)) / 2) - 5
    early = np.array([month < SPLIT for month in both.origins])
    seen = both.observed[:, :, k]
    scores = [float(np.nanmean(wis(q, seen, LEVELS)[rows])) for rows in (early, ~early) for q in (half, own)]
    inside = [float(covered(one[rows], seen[rows], LEVELS, 0.8)[np.isfinite(seen[rows])].mean())
              for rows in (early, ~early)]  # fmt: skip
    words = "it did not help there" if scores[0] >= scores[1] else "it would help, but takes a quarter of a minute"
    return MIXED.format(words=words, year=SPLIT[:4], early=scores[0], early_own=scores[1], late=scores[2],
                        late_own=scores[3], inside=inside)  # fmt: skip


def page(result: Backtest, sweep: list[str], own: list[str]) -> str:
    """The whole page."""
    lines = {line.label: line for line in headline(result)}
    places = " ".join(f"{share:.1%}" for share in pit_shares(result))
    return "\n".join([
        "# Forecasts: how wrong are we?", "", "<!-- Written by docs/make_forecast.py from a backtest. -->", "",
        HOW.format(first=result.origins[0], last=result.origins[-1]),
        "## What was wanted", "", *verdicts(lines), "",
        *table("origins, horizons", tuple(lines.values())),
        "## By horizon", "", *table("months", by_horizon(result)),
        "## By year of origin", "", *table("year", by_year(result)),
        "## By series, all origins", "", *table("series", by_series(result)),
        "## By series, origins from 2022 on", "", *table("series", by_series(result, from_=SPLIT)),
        "## Every model", "", *table("all origins", by_model(result)),
        *table("from 2022 on", by_model(result, from_=SPLIT)),
        "## The corridor model as a forecaster", "", *own, "",
        "## Where outcomes fell", "",
        f"Share of outcomes in each tenth of the forecast (10 % each would be honest): {places}.", "",
        "## Alarms", "", ALARMS, *alarms(result),
        "## Other delays of publication", "", DELAYS, *sweep,
        "## What we got right", "", RIGHT,
        "## What we got wrong", "", "The forecasts furthest off, on the scale of ratios:", "", *worst(result),
        "## What the data cannot give", "", *ceiling(result, lines),
        "## What nobody can know", "", NOBODY,
    ])  # fmt: skip


HOW = """\
Every month's end from {first} to {last}, horizons of 1 to 12 months; Quebec and Ontario by office, and the national
sum. **Pseudo-real-time**: the files hold one vintage, so a month counts as published on day 15 of the second month
after it. Horizon 1 is the month after the day of the forecast, so it lies three months after the last count known.

WIS is the weighted interval score on 23 quantiles in persons a month, less is better. The baseline is the seasonal
log random walk; the *hardest baseline* is whichever of four naive forecasts scores best in that row, chosen
afterwards. Settings were chosen on origins before 2022 (*tuned*); origins from 2022 on were only *tested*.
"""
CORRIDOR_WORDS = """\
The corridor model at every third month's end ({count} origins), beside the others at the same ones. At each it is
fitted anew to what was published by then ({fits} sets of parameters by randomised maximum likelihood, the first one
central) and carried on along 800 paths; it never reads the calibrations that ship with the case. A law not announced
by the day never comes, an order in force goes on or ends with the chance that all models are told, and its starting
ranges cite nothing seen later. It speaks for Quebec's land border, and for those whom a new law moves in the months
before the counts have seen it; all other claims are those of `level`. The yearly table of irregular claims was
published in 2024, so no fit at these origins before the end of 2024 reads it, nor do those of the
[natural experiments](experiments.md).
"""
MIXED = """\
Its 80 % band on the road held {inside[0]:.0%} of the months after origins before {year}, too few, and {inside[1]:.0%}
after those from {year} on. Half of it and half of the ensemble, on the log scale, scores {early:,.0f} before {year},
where the ensemble alone scores {early_own:,.0f}, and {late:,.0f} against {late_own:,.0f} from {year} on. Only origins
before {year} may choose, and {words}: the corridor is not in the ensemble.
"""
ALARMS = """\
A rise is a month more than half above three months before, with at least 100 persons. A warning counts when it came
one to three months before.
"""
DELAYS = """\
The models that need no extra, with counts published 30 or 90 days after a month's end:
"""
RIGHT = """\
![Quebec land-border claims forecast on 31 March 2023](forecast-2023-03-31.svg)

A week after the Additional Protocol, with counts known only to January, the forecast put the fall into its bands: it
knew the rule, and assumed what closures leave. The naive forecasts (grey: the median of the reference) went on at the
old level.
"""
CEILING = """\
The seasonal log random walk is easy to beat: after 2020 its bands are far too wide, because a closure is in its past.
Against the hardest naive forecast from {year} on (`{hardest}`), the ensemble {does} {share:.1%}. That is the ceiling
that we reached: between changes of rule monthly claims are close to a random walk, and little but the last level and
honest bands can be known.

For the national sum from {year} on the skill is {whole.skill:+.1%} against the reference and
{whole.skill_hardest:+.1%} against `{whole.hardest}`: parts that are forecast apart and then added up do not beat a
walk fitted to the sum itself.

What the known rules are worth: a local level that is told of none (`{blind.label}`) scores {blind.wis:,.0f} from
{year} on, the same with them (`level`) {level.wis:,.0f}. Among all single models `{best.label}` is lowest
({best.wis:,.0f}; the ensemble {ensemble.wis:,.0f}). The models and weights stay as they were chosen before {year}.
"""
NOBODY = """\
A pandemic, a war, or a rule before it is announced. The booking change of March 2018 was unknown until May 2018, and
every forecast made before it missed. The effects assumed for closures and reopenings were written down in 2026, by
people who knew how 2020 to 2023 had gone: their wide ranges soften that, they do not cure it. How many people cross
unseen is not in these counts at all.
"""


@dataclass(frozen=True)
class Blind:
    """The local level without any rule of travel: what the known rules are worth."""

    name: str = BLIND

    def predict(self, view: View, leads: int) -> Mapping[str, NDArray[np.float64]]:
        """Draws of counts by series id."""
        return predict_cells(own_models()[0], replace(view, regimes={}), leads)


def picture() -> str:
    """The fan of Quebec's land border as of 31 March 2023, with what came."""
    series = "claims/QC/land_border"
    months, counts = outcomes(CASE)
    made = forecast(CASE, as_of_day=date(2023, 3, 31), series=[series])
    seen = dict(zip(months, counts[series].tolist(), strict=True))
    figure = fan_figure(made, series, seen=seen)
    words = "Forecast of Quebec land-border claims made on 31 March 2023, and what came"
    return to_svg(figure, "forecast-2023-03-31", words)


def main(arguments: list[str]) -> None:
    draft = "--draft" in arguments
    result = backtest(CASE, members=own_models() if draft else None, others=[Blind()], jobs=2)
    if not draft:
        write_past(result.past, case_folder(CASE) / "past_scores.csv")
    PICTURE.write_text(picture() + "\n", encoding="utf-8", newline="\n")
    sweep = ["Not swept in a draft.", ""] if draft else delays()
    PAGE.write_text(page(result, sweep, corridor(result)), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{PAGE}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
