"""Write the Trust pages from stored runs: docs/trust/trust.md, experiments.md, sensitivity.md and identifiability.md.

    roxham experiments --out docs/trust/experiments
    roxham sensitivity --paths 4 --out src/roxham/cases/canada_us/sensitivity.csv
    python docs/make_trust.py

The pages say what the stored numbers say; nothing here runs a forecast.
"""

from __future__ import annotations

import csv
import textwrap
from collections.abc import Sequence
from pathlib import Path

from roxham.evidence.tables import case_folder
from roxham.forecast.calibrate import make_problem
from roxham.forecast.experiments import experiments
from roxham.forecast.identify import Identified, identify
from roxham.forecast.sensitivity import HEADLINES, factors, read, top
from roxham.forecast.shipped import END, START
from roxham.sim.corridor import load
from roxham.sim.metrics import METRICS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "trust"
STORED = FOLDER / "experiments"
CASE = "canada_us"
WRITTEN = "<!-- Written by docs/make_trust.py from stored runs. -->"
MODELS = {
    "corridor": "the corridor", "ensemble": "counts alone, told the rule", "seasonal_walk": "seasonal log random walk"}
ROAD = "claims/QC/land_border"
Row = dict[str, str]

NOT_SEPARATED = {
    "2020":
    "The order of 21 March came within days of the stop of travel, so fewer set out and more were kept out at once. "
    "One step of the pressure (assumed, one standard deviation a factor of 2.7) stands for the first. The data before "
    "the day hold no closed road: the two behavioural numbers that decide who still comes, `b_heard` and "
    "`avoid_cost`, are "
    "hardly told by them, and the prior speaks. That the order would last was not known: each path lets it end "
    "with the "
    "chance that the forecasts use (4 % a month), and with one chance in two the renewals let people with a relative "
    "through at ports. Airports, inland and Ontario follow the counts alone, which are told that travel stops.",
    "2021":
    "The road opened on 21 November, the United States to travellers on 8 November, Canada on 7 September. While "
    "the road was closed, the pressure shows only through those with a relative who claimed at ports; how many others "
    "waited for each of them must be inferred. What the law did and what the restart of travel did cannot be "
    "told apart.",
    "2023":
    "Only the law changed, so this is the cleanest of the three. The structure of the model was written after it, "
    "although its numbers are fitted before it: a test that is not wholly blind.",
}


CAUSES = {
    "2020":
    "Likely cause of the misses: the closure lasted the whole year, where the paths let it end in any month, and "
    "airports and inland offices kept fewer claims than the assumed shares.",
    "2021":
    "Likely cause of the width: the pressure behind a closed road is read from few claims at ports, and a restart of "
    "travel may bring back a third or three times what was (assumed).",
    "2023":
    "Likely cause of the misses: claims at airports tripled within months. Nothing in the months known announced it; "
    "the baseline, which carries the growth of 2022 on, came nearer.",
}


def compared(name: str) -> str:
    """The corridor beside the counts alone, and how wide its bands are."""
    rows = {row["model"]: row for row in mine(table("scores"), name) if row["series"] == "all"}
    road = {row["model"]: row for row in mine(table("scores"), name) if row["series"] == ROAD}
    own, alone = rows["corridor"], rows["ensemble"]
    said = (f"WIS beside the counts alone, told the rule: all cells {number(own['wis'])} against "
            f"{number(alone['wis'])}; Quebec's land border {number(road['corridor']['wis'])} against "
            f"{number(road['ensemble']['wis'])}.")  # fmt: skip
    if float(own["covered_80"]) > 0.95:
        said += f" The 80 % bands held {share(own['covered_80'])}: too wide."
    return said


def table(name: str) -> list[Row]:
    """Read one stored table."""
    with (STORED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mine(rows: Sequence[Row], name: str) -> list[Row]:
    """The rows of one experiment."""
    return [row for row in rows if row["experiment"] == name]


def number(text: str) -> str:
    """A count with separators."""
    return f"{float(text):,.0f}"


def share(text: str) -> str:
    """A share in per cent."""
    return f"{100 * float(text):.0f} %"


def met(good: bool) -> str:
    """Whether a wanted line was met."""
    return "**met**" if good else "**missed**"


def scores_of(name: str) -> list[str]:
    """The scores of an experiment by series, and all together."""
    rows = mine(table("scores"), name)
    out = ["| series | model | WIS | of the baseline | skill | in 50 % | in 80 % | in 95 % |",
           "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for row in sorted(rows, key=lambda row: (row["series"] == "all", row["series"])):
        if row["model"] == "seasonal_walk" and row["series"] != "all":
            continue
        name_of = "all scored cells" if row["series"] == "all" else f"`{row['series']}`"
        bands = " | ".join(share(row[f"covered_{band}"]) for band in (50, 80, 95))
        out.append(f"| {name_of} | {MODELS[row['model']]} | {number(row['wis'])} | {number(row['baseline_wis'])} | "
                   f"{float(row['skill']):+.0%} | {bands} |")  # fmt: skip
    return [*out, ""]


def wanted_of(name: str) -> list[str]:
    """The wanted lines of an experiment, met or missed."""
    own = next(r for r in mine(table("scores"), name) if (r["series"], r["model"]) == ("all", "corridor"))
    out = [
        f"- 80 % band over at least 70 % of the scored cells: {share(own['covered_80'])} of {own['cells']}, "
        f"{met(float(own['covered_80']) >= 0.7)}.",
        f"- WIS below the seasonal log random walk: {number(own['wis'])} against {number(own['baseline_wis'])}, "
        f"{met(float(own['wis']) < float(own['baseline_wis']))}.",
    ]
    if name == "2023":
        row = next(r for r in mine(table("falls"), name) if r["model"] == "corridor")
        inside = float(row["q10"]) <= float(row["seen"]) <= float(row["q90"])
        out.append(f"- The fall from March to April in Quebec ({float(row['seen']):+.0%}) inside its 80 % band: "
                   f"{float(row['q50']):+.0%} ({float(row['q10']):+.0%} to {float(row['q90']):+.0%}), {met(inside)}.")
    return [*out, ""]


def months_of(name: str) -> list[str]:
    """Quebec's land border and the national sum by month: outcome, the corridor, the counts alone, the baseline."""
    rows = [row for row in mine(table("forecasts"), name) if row["series"] in (ROAD, "claims/CA/total")]
    out = []
    for series in (ROAD, "claims/CA/total"):
        out += [f"`{series}`, claims a month: median (80 % band).", "",
                "| month | outcome | the corridor | counts alone, told the rule | seasonal log random walk |",
                "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
        by = {(row["month"], row["model"]): row for row in rows if row["series"] == series}
        for month in sorted({month for month, _ in by}):
            cells = [by[month, model] for model in MODELS]
            told = " | ".join(f"{number(c['q0.5'])} ({number(c['q0.1'])} to {number(c['q0.9'])})" for c in cells)
            out.append(f"| {month} | {number(cells[0]['observed'])} | {told} |")
        out.append("")
    return out


def how(name: str, row: Row) -> str:
    """What a published point counts."""
    return next(check.how for check in experiments(CASE)[name].checks if check.id == row["check"])


def points_of(name: str) -> list[str]:
    """What was published only as sums."""
    out = ["| published | seen | median | 80 % band | |", "| --- | ---: | ---: | ---: | --- |"]
    for row in mine(table("checks"), name):
        inside = "inside" if row["inside_80"] == "True" else "**outside**"
        out.append(f"| {how(name, row)} (`{row['source']}`) | {number(row['observed'])} | {number(row['q50'])} | "
                   f"{number(row['q10'])} to {number(row['q90'])} | {inside} |")  # fmt: skip
    return [*out, ""]


def unseen_of(name: str) -> list[str]:
    """People who cross unseen: prior and posterior side by side."""
    out = ["People who cross unseen in the twelve months were never counted. Median and 90 % band before the "
           "data of the "
           "day, and after:", "", "| | 5 % | median | 95 % |", "| --- | ---: | ---: | ---: |"]  # fmt: skip
    for row in mine(table("unseen"), name):
        out.append(f"| {row['kind']} | {number(row['q0.05'])} | {number(row['q0.5'])} | {number(row['q0.95'])} |")
    return [*out, ""]


MOVED = {
    "rise at airports and inland, as seen": "rise at airports and inland over the same months a year before, as seen",
    "moved to airport": "foretold from 24 March: moved to airports",
    "moved to inland": "foretold from 24 March: moved inland, after crossing unseen",
    "moved to land_border": "foretold from 24 March: moved to ports outside Quebec",
    "all data: change between ports": "from all data to 2024: fewer met between ports than without the Protocol",
    "all data: change ports": "from all data to 2024: more at ports",
    "all data: change airports": "from all data to 2024: more at airports",
    "all data: change inland, after crossing unseen": "from all data to 2024: change inland, after crossing unseen",
}


def moved_of(name: str) -> list[str]:
    """What moved to other offices, beside what rose there."""
    rows = {row["what"]: row for row in mine(table("moved"), name)}
    if not rows:
        return []

    def band(row: Row, digits: int = 0) -> str:
        return f"{float(row['q50']):,.{digits}f} ({float(row['q05']):,.{digits}f} to {float(row['q95']):,.{digits}f})"

    part = rows["share of the rise that moved"]
    rise = float(rows["rise at airports and inland, as seen"]["q50"])
    seen = {row["month"]: float(row["observed"]) for row in mine(table("forecasts"), name)
            if (row["model"], row["series"]) == ("corridor", ROAD)}  # fmt: skip
    lost = seen["2023-03"] - seen["2023-04"]
    out = ["### Displacement, or other causes", "",
           "October 2023 to March 2024, claims or persons a month; median (90 % band).", "",
           "| | |", "| --- | ---: |"]  # fmt: skip
    for what, words in MOVED.items():
        plain = what.startswith("rise")
        out.append(f"| {words} | {number(rows[what]['q50']) if plain else band(rows[what])} |")
    out += [
        "",
        f"Of the rise the model attributes {float(part['q50']):.1%} ({float(part['q05']):.1%} to "
        f"{float(part['q95']):.1%}, "
        "from the data of 24 March) to people whom the Protocol kept from the road, and the rest to other "
        "causes, which "
        "it does not name.", "",
        f"A bound that needs no model: the road lost {lost:,.0f} claims from March to April. Had each of these people "
        f"claimed at an airport or inland instead, every month, it would be {lost / rise:.0%} of the rise; "
        f"{1 - lost / rise:.0%} had other causes even then, unless more had set out for the road than before.", "",
        "**What cannot be known.** Flying needs a visa or an entry permit, and the model's number for it "
        "(`air_visa_constant`) is assumed: no data bear on it. Who would have come by New York and the road, and flew "
        "from home instead, is outside the corridor: no count says how a claimant at an airport would otherwise have "
        "come. Nothing published tells where between the two figures the truth lies.", "",
    ]  # fmt: skip
    return out


def experiments_page() -> str:
    """The three natural experiments."""
    made = {row["experiment"]: row for row in table("made")}
    command = next(iter(made.values()))["command"]
    out = ["# Three natural experiments", "", WRITTEN, "",
           "Three times the law changed on a day and much else was as before. Each time the corridor was fitted "
           "to the months "
           "published by then, told the new law and nothing later, and asked for twelve months. "
           "**Pseudo-real-time**: month m "
           "counts as known on day 15 of month m+2, irregular entries from the month that their source covers. "
           "Nationalities, "
           "roads and fares are those of the day. The starting ranges that cite the Protocol's first days are "
           "replaced by "
           "wide ones that cite nothing (`experiments.yaml`). The yearly table of irregular claims was published "
           "in 2024: no fit here reads it, so little tells how many cross unseen. "
           "No number was tuned on these outcomes.", "",
           "The corridor speaks for Quebec's land border, for entries between ports, and for those whom the "
           "Protocol moves to "
           "other offices. All other claims come from the [forecast of the counts alone](forecast.md). The "
           "baseline is the "
           "seasonal log random walk, which is told of no law; the *counts alone* are told that a closed channel "
           "keeps "
           "12 % (3 to 50 %) of its claims, an assumption.", "",
           f"Made with `{command}`; every quantile is in `docs/trust/experiments/forecasts.csv`.", ""]  # fmt: skip
    for name, one in experiments(CASE).items():
        out += [f"## {one.title.en}", "", f"Forecast of {one.day}, months known to {made[name]['known_to']}.", ""]
        out += [*wanted_of(name), compared(name), "", *scores_of(name), CAUSES[name], "", *months_of(name)]
        out += ["### Published only as sums", "", *points_of(name), *unseen_of(name), *moved_of(name)]
        out += ["### What cannot be separated", "", NOT_SEPARATED[name], ""]
    return "\n".join(out).rstrip() + "\n"


def sensitivity_page() -> str:
    """What each headline hangs on."""
    effects = read(case_folder(CASE) / "sensitivity.csv")
    count = len(factors(load(CASE)))
    out = ["# What the headlines hang on", "", WRITTEN, "",
           f"Morris screening of {count} assumptions: each moves from the low to the high end of its range (estimated "
           "parameters over the 90 % of their draws that assumed ones leave open, following those they are "
           "fitted beside), along random paths, so at many settings of the others. "
           "*Effect* is the mean "
           "size of the change of the headline of the corridor as it was, 2017 to 2024, as a share of its value; "
           "*direction* is "
           "the mean change, in its unit. The pressure is inferred anew at each point, so that entries stay as "
           "observed: what "
           "is left is what the data do not fix. Random paths give rough sizes and a sound order of the greatest.", "",
           "| headline | assumption | file | effect | direction |", "| --- | --- | --- | ---: | ---: |"]  # fmt: skip
    for headline in HEADLINES:
        for one in top(effects, headline):
            out.append(f"| {METRICS[headline].label_en} | `{one.factor}` | {one.file} | {one.share:.0%} | "
                       f"{one.mean:+,.3g} |")
    return "\n".join([*out, "", "`roxham sensitivity --count 10` lists more; `--paths 4` makes it again.", ""])


def identifiability_page(found: Identified) -> str:
    """What the data cannot tell apart."""
    out = ["# What the data tell, and what they cannot tell apart", "", WRITTEN, "",
           "Seven parameters are estimated from fifteen facts; all else is assumed. *Left* is the posterior "
           "variance over the "
           "prior's: near 0 the data speak, near 1 the prior does.", "",
           "| parameter | prior | posterior, mean (90 %) | left | told most by "
           "|", "| --- | ---: | ---: | ---: | --- |"]
    for one in found.estimates:
        out.append(f"| `{one.name}` | {one.prior_mean:g} ± {one.prior_sd:.2g} | {one.mean:.2f} ({one.q05:.2f} to "
                   f"{one.q95:.2f}) "
                   f"| {one.variance_left:.0%} | {one.told_by} ({one.told_share:.0%}) |")  # fmt: skip
    out += ["", "## Mixtures", "",
            "Information of the data at the central fit, in units of the prior's (Fisher information of the "
            "facts). Below 1 "
            "the prior tells more than the data.", "", "| information | mixture (in prior widths) |", "| ---: | --- |"]
    for direction in found.directions:
        parts = [f"{w:+.2f} `{name}`" for name, w in direction.weights.items() if abs(w) > 0.25]
        out.append(f"| {direction.information:.2g} | {', '.join(parts)} |")
    out += ["", "## Draws that go together", "", "| | | correlation |", "| --- | --- | ---: |"]
    out += [f"| `{a}` | `{b}` | {value:+.2f} |" for a, b, value in (*found.correlated, *found.assumed_correlated)]
    weak = found.directions[-1]
    worst = max(weak.weights, key=lambda name: abs(weak.weights[name]))
    out += ["", f"In words: nothing seen tells `{worst}` (information {weak.information:.2g}). An assumed number "
                f"that goes with an "
            "estimated one moves it: other assumptions would give another estimate, with the same "
            "fit.", ""]  # fmt: skip
    return "\n".join(out)


def _right_and_wrong(name: str) -> tuple[list[str], list[str]]:
    """Lines of an experiment that came out as wanted, and those that did not."""
    good, bad = [], []
    for line in wanted_of(name):
        if line:
            (good if "**met**" in line else bad).append(line)
    for row in mine(table("checks"), name):
        text = (f"- {how(name, row)}: {number(row['observed'])}, foretold {number(row['q50'])} "
                f"(80 % band {number(row['q10'])} to {number(row['q90'])}).")  # fmt: skip
        (good if row["inside_80"] == "True" else bad).append(text)
    for row in mine(table("scores"), name):
        if row["model"] != "corridor" or row["series"] == "all":
            continue
        if float(row["skill"]) < 0:
            bad.append(f"- `{row['series']}`: WIS {number(row['wis'])}, worse than the baseline's "
                       f"{number(row['baseline_wis'])}.")  # fmt: skip
        if float(row["covered_80"]) < 0.5:
            bad.append(f"- `{row['series']}`: the 80 % band held {share(row['covered_80'])} of the months.")
    return good, bad


def wrapped(text: str) -> str:
    """A page with its paragraphs in lines of 120 characters; tables and headings as they are."""
    out = []
    for line in text.split("\n"):
        indent = "  " if line.startswith("- ") else ""
        plain = line.startswith(("|", "#", "<"))
        out += [line] if plain or len(line) <= 120 else textwrap.wrap(
            line, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return "\n".join(out).rstrip() + "\n"


def trust_page(found: Identified) -> str:
    """What we got right, what we got wrong, what nobody can know."""
    right, wrong = [], []
    for name, one in experiments(CASE).items():
        good, bad = _right_and_wrong(name)
        right += [f"**{one.title.en}**", "", *good, ""]
        wrong += [f"**{one.title.en}**", "", *bad, f"- {compared(name)} {CAUSES[name]}", ""]
    unseen = mine(table("unseen"), "2023")
    told = "; ".join(f"{r['kind']} {number(r['q0.5'])} ({number(r['q0.05'])} to {number(r['q0.95'])})" for r in unseen)
    weak = [one.name for one in found.estimates if one.variance_left > 0.3]
    out = ["# Trust", "", WRITTEN, "",
           "What the program said before it could know, beside what came. Monthly forecasts from the counts "
           "alone are scored in "
           "[forecasts](forecast.md), the three changes of the law in [three natural "
           "experiments](experiments.md), published "
           "totals in the [scoreboard](scoreboard.md).", "",
           "## What we got right", "", *right, "## What we got wrong", "", *wrong,
           "## What nobody can know", "",
           f"- How many cross unseen. In the year after 25 March 2023: {told}. No count exists; the data only "
           f"move the prior.",
           "- What the order of March 2020 did apart from the stop of travel, and the reopening of November 2021 "
           "apart from "
           "its restart.",
           "- Who, among those who claim at an airport or inland, would have walked up the road: between next to "
           "none and two in five of the rise after the Protocol ([why](experiments.md)).",
           "- " + ", ".join(f"`{name}`" for name in weak) + ": the data leave more than 30 % of the prior's variance "
           "([report](identifiability.md)).",
           "- What a law that was never tried would do to who sets out ([limits](limits.md)).", "",
           "Which assumptions each headline hangs on: [sensitivity](sensitivity.md).", ""]  # fmt: skip
    return "\n".join(out)


def main() -> None:
    """Write the four pages."""
    problem = make_problem(CASE, START, END, END)
    found = identify(problem, problem.corridor.posterior("main"))
    pages = {"experiments": experiments_page(), "sensitivity": sensitivity_page(),
             "identifiability": identifiability_page(found), "trust": trust_page(found)}  # fmt: skip
    for name, text in pages.items():
        (FOLDER / f"{name}.md").write_text(wrapped(text), encoding="utf-8")


if __name__ == "__main__":
    main()
