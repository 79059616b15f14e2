"""Write docs/trust/scoreboard.md and the figures of README.md from the folder of a run of the study roxham-road.

    roxham run roxham-road --draws 20 --seed 7 --out out/roxham-road
    python docs/make_scoreboard.py out/roxham-road

What was fitted and what was tested stand apart; no score stands without its naive baseline.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from roxham.show.fit import Compared, Fit, Tested, fit, score_held_out
from roxham.show.folder import Band, RunFolder, read_folder
from roxham.sim.corridor import load

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "trust" / "scoreboard.md"
BEGIN, END = "<!-- from docs/make_scoreboard.py -->", "<!-- end -->"
HEAD = ["| | observed | model, median (90 % of draws) | off |", "| --- | ---: | ---: | ---: |"]
IN_README = ("2017", "2018", "2019", "2020", "2021", "2022", "2023", "2024-09-30", "2022-11-18+")


def row(one: Compared, name: str) -> str:
    """One line: observed, the model with its band, and how far off the median is."""
    return f"| {name} | {one.observed:,.0f} | {band(one.model)} | {one.model.q50 / one.observed - 1:+.1%} |"


def band(one: Band) -> str:
    """Median and 90 % band."""
    return f"{one.q50:,.0f} ({one.q05:,.0f} to {one.q95:,.0f})"


def name_of(one: Compared) -> str:
    """What a published total counts."""
    label = str(one.label)
    if re.fullmatch(r"\d{4}", label):
        return f"people met between ports, {label}"
    if len(label) < 10:
        return "people met between ports, January to March 2023"
    what = "hearings and appeals pending" if label.endswith("+") else "hearings pending"
    return f"{what}, {label.rstrip('+')}"


def fitted(found: Fit, *, all_rows: bool) -> list[str]:
    """The table of fit."""
    rows = [*found.entries, *found.pending]
    return [*HEAD, *(row(one, name_of(one)) for one in rows if all_rows or in_readme(one))]


def in_readme(one: Compared) -> bool:
    """Whether a line stands in the README too."""
    label = str(one.label)
    return label in IN_README or (len(label) < 10 and label.startswith("2023"))


def claims_sentence(found: Fit) -> str:
    """How near monthly claims come."""
    claims = found.claims
    if claims is None:
        return ""
    return (f"Quebec land-border claims, March 2018 to March 2023: median error {claims.median_error:.1%} over "
            f"{claims.large} months.")


def tested_sentences(tested: tuple[Tested, ...]) -> list[str]:
    """The held-out months in words."""
    lines = []
    for one in tested:
        seen = [month for month in one.months if month.observed == month.observed]
        inside = sum(month.model.q05 <= month.observed <= month.model.q95 for month in seen)
        if one.series == "claims_land_border":
            lines += [
                "Quebec land-border claims, April 2023 to December 2024, miss by "
                f"{one.model_error:,.0f} a month on average",
                f"(last year's month: {one.seasonal_error:,.0f}; the last month known: {one.last_error:,.0f}; neither "
                "knows of a treaty).",
                f"{inside} of {len(seen)} months lie in the 90 % band, but the sum comes out {abs(one.bias):.0%} "
                f"{'low' if one.bias < 0 else 'high'}.",
            ]
        else:
            months = "; ".join(
                f"{month.month}: {month.observed:,.0f} seen, {band(month.model)} foreseen, "
                f"{month.naive_seasonal:,.0f} a year before" for month in seen)
            lines.append(f"Irregular entries, months published: {months}.")
            ratio = sum(month.model.q50 for month in seen) / max(sum(month.observed for month in seen), 1.0)
            if ratio >= 1.5:
                lines.append(f"That is {ratio:.0f} times too many.")
    return lines


def page(run: RunFolder, found: Fit, tested: tuple[Tested, ...]) -> str:
    """The whole page."""
    made = f"`roxham run roxham-road --draws {run.manifest['draws']} --seed {run.manifest['seed']}`"
    return "\n".join([
        "# Scoreboard", "", "<!-- Written by docs/make_scoreboard.py from a run. -->", "",
        f"From {made}; every run writes its own in the brief and in `holdout.csv`.", "",
        "## Fit", "",
        "The pressure is inferred from irregular entries, and the desks work at the capacity that they had: agreement",
        "here is bookkeeping, not skill.", "",
        *fitted(found, all_rows=True), "", claims_sentence(found), "",
        "## Test", "",
        "Parameters and pressure fixed on data to February 2023; then the Protocol; nothing later is read.", "",
        *tested_sentences(tested), "",
        "The test is not wholly blind: [limits](limits.md) says why.",
    ]) + "\n"


def readme_block(found: Fit, tested: tuple[Tested, ...]) -> str:
    """What stands between the two marks of the README."""
    return "\n".join([
        BEGIN, "**Fit** (the pressure is inferred from these series: it shows that nothing is lost, no foresight):", "",
        *fitted(found, all_rows=False), "", claims_sentence(found), "",
        "**Test** (parameters and pressure fixed on data to February 2023, then the treaty changes):", "",
        *tested_sentences(tested), END,
    ])


def main(folder: Path) -> None:
    run = read_folder(folder)
    found, tested = fit(run, load("canada_us").folder), score_held_out(run)
    PAGE.write_text(page(run, found, tested), encoding="utf-8", newline="\n")
    readme = ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, after = text[:text.index(BEGIN)], text[text.index(END) + len(END):]
    readme.write_text(before + readme_block(found, tested) + after, encoding="utf-8", newline="\n")
    sys.stdout.write(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/roxham-road"))
