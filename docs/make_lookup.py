"""Write the pages of docs/look-up from what the program itself knows: metrics, parameters, amendments, calibration.

    python docs/make_lookup.py

`tests/test_docs.py` fails when a page is not what this script would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

FOLDER = Path(__file__).resolve().parent / "look-up"
CASE = "canada_us"
SAID = "<!-- Written by docs/make_lookup.py: change the source, not this page. -->"
RULES = {
    "flow": "sums over months and over places",
    "stock": "a year has the value of its last month; sums over places",
    "mean": "the ratio of two sums, over months and over places",
}
BY = {
    "segment": "stretch of border or port", "province": "province", "reception": "reception place",
    "all": "`all` only",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; bars inside a cell are escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines]


def metrics() -> str:
    """The page of metrics, from the register."""
    from roxham.sim.metrics import METRICS

    page = [
        "# Metrics", "", SAID, "",
        "Every quantity that a run reports is registered once, with its unit and how it sums. `summary.csv` holds each",
        "by place and by period (`YYYY-MM`, `YYYY`, `all`).", "",
        *(f"- **{kind}**: {rule}." for kind, rule in RULES.items()), "",
    ]
    rows = [
        [f"`{one.name}`", one.label_en, one.label_fr, one.unit, one.kind, BY[one.by]] for one in METRICS.values()
    ]
    return "\n".join([*page, *table(["name", "what", "en français", "unit", "kind", "by"], rows)]) + "\n"


def parameters() -> str:
    """The page of behavioural parameters: value, range, how known, and what calibration made of it."""
    from roxham.sim.corridor import load

    corridor = load(CASE)
    estimated = corridor.posterior("main").note["estimated"]
    page = [
        "# Parameters of choice and behaviour", "", SAID, "",
        f"From `parameters.yaml` and `calibration/main/note.yaml` of the case `{CASE}`. A value is measured or derived",
        "(then it has a source), estimated, or *assumed* within its range. Where *calibrated* is empty, every draw",
        "of a run takes the parameter from its range: calibration could say nothing about it.", "",
    ]
    rows = []
    for name, one in corridor.parameters.items():
        fit = estimated.get(name)
        known = "estimated (starting value assumed)" if fit else one.status
        found = f"{fit['central']:g} ({number(fit['q05'])} to {number(fit['q95'])})" if fit else ""
        why = "; ".join(part for part in (one.note, f"source: {one.source}" if one.source else "") if part)
        rows.append([
            f"`{name}`", one.title.en, f"{one.value:g}", one.unit, f"{number(one.low)} to {number(one.high)}", known,
            found, why,
        ])
    head = ["name", "what", "value", "unit", "range", "how known", "calibrated (90 %)", "why"]
    return "\n".join([*page, *table(head, rows)]) + "\n"


def calibration() -> str:
    """The page of what calibration found: parameters, facts and what cannot be told apart."""
    from roxham.sim.corridor import load

    note = load(CASE).posterior("main").note
    rows = [
        [f"`{name}`", f"{number(one['prior_mean'])} ± {number(one['prior_sd'])}", number(one["central"]),
         f"{number(one['q05'])} to {number(one['q95'])}", f"{one['variance_left']:.0%}"]
        for name, one in note["estimated"].items()
    ]
    facts = [
        [one["fact"], f"{one['seen']:,g}", f"{one['model']:,g}", f"{one['residual_sd']:+.1f}"] for one in note["facts"]]
    page = [
        "# What calibration found", "", SAID, "",
        f"Data to {note['data_to']}, {note['draws']} draws, seed {note['seed']}. `roxham calibrate` makes it again.",
        "",
        "## Estimated", "",
        "*Variance left* is the variance of the draws over that of the prior: near 0 the data decided, near 100 % they",
        "said nothing.", "",
        *table(["parameter", "prior", "central", "90 % of draws", "variance left"], rows), "",
        "## What the parameters had to explain", "",
        "Off is the log ratio of model and seen, in standard errors that hold what the model leaves out.", "",
        *table(["fact", "seen", "model", "off"], facts), "",
        "## What cannot be told apart", "",
    ]
    apart = [f"- `{one['a']}` and `{one['b']}`: correlation {one['correlation']:+.2f}"
             for one in note["cannot_be_told_apart"]]
    return "\n".join([*page, *(apart or ["No two parameters correlate beyond 0.5."])]) + "\n"


def number(value: float | None) -> str:
    """A number of three figures, or nothing."""
    return "" if value is None else "0" if abs(value) < 1e-6 else f"{float(f'{value:.3g}'):g}"


def amendments() -> str:
    """The page of amendments: every kind, its keys, the names it may use, and the scenarios that use it."""
    from roxham.lab.scenario import list_scenarios, load_study
    from roxham.sim.amend import Amendment, _Dated
    from roxham.sim.corridor import load

    names = load(CASE).names()
    page = [
        "# Amendments", "", SAID, "",
        "A scenario is an ordered list of amendments. Every amendment has a `kind` and these keys:", "",
        *keys(_Dated, ()), "",
        "Names are checked when a scenario is loaded; what is wrong is told with file, line and the nearest name.", "",
    ]
    used: dict[str, list[str]] = {}
    for scenario in list_scenarios(CASE):
        for change in load_study(scenario, case=CASE).scenario(scenario).amendments:
            used.setdefault(change.kind, []).append(scenario)
    for model in (get_args(part)[0] for part in get_args(get_args(Amendment)[0])):
        kind = get_args(model.model_fields["kind"].annotation)[0]
        page += [f"## `kind: {kind}`", "", str(model.__doc__).strip(), "", *keys(model, _Dated.model_fields), ""]
        allowed = names.allowed({"kind": kind})
        for key, (_, choices) in allowed.items():
            listed = sorted(choices)
            if kind == "reading":
                continue
            if len(listed) > 40:
                page += [f"`{key}`: any place of `map/places.csv` or stretch of `map/segments.csv`.", ""]
            else:
                page += [f"`{key}`: {', '.join(f'`{one}`' for one in listed)}.", ""]
        if kind == "reading":
            rows = [[f"`{one}`", ", ".join(f"`{value}`" for value in values)] for one, values in names.switches.items()]
            page += [*table(["switch", "readings"], rows), ""]
        if kind in used:
            page += [f"Used by the scenarios {', '.join(f'`{one}`' for one in dict.fromkeys(used[kind]))}.", ""]
    return "\n".join(page).rstrip() + "\n"


def keys(model: Any, but: Iterable[str]) -> list[str]:
    """The keys of one kind of amendment."""
    rows = [
        [f"`{field.alias or name.rstrip('_')}`", "needed" if field.is_required() else "", field.description or ""]
        for name, field in model.model_fields.items() if name not in but and name != "kind"
    ]
    return table(["key", "", "what"], rows)


PAGES = {"metrics.md": metrics, "parameters.md": parameters, "amendments.md": amendments,
         "calibration.md": calibration}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{FOLDER.name}/{name}\n")


if __name__ == "__main__":
    main()
