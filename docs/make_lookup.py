"""Write the pages of docs/look-up from what the program itself knows: metrics, parameters, amendments, the law.

    python docs/make_lookup.py

`tests/test_docs.py` fails when a page is not what this script would write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

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
    beyond = note["month_beyond_chance"]
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
        "Off is the signed root of the likelihood ratio: the log ratio of model and seen in standard errors that hold",
        "what the model leaves out. Counts are negative binomial. Months of a window share an unknown error, and each",
        f"scatters about it, beyond chance, by {share(beyond['median'])} ({share(beyond['q05'])} to "
        f"{share(beyond['q95'])}), "
        "as the counts themselves tell.", "",
        *table(["fact", "seen", "model", "off"], facts), "",
        "## What cannot be told apart", "",
    ]
    apart = [f"- `{one['a']}` and `{one['b']}`: correlation {one['correlation']:+.2f}"
             for one in note["cannot_be_told_apart"]]
    return "\n".join([*page, *(apart or ["No two parameters correlate beyond 0.5."])]) + "\n"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.1f} %"


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
        "Names are checked when a scenario is loaded; what is wrong is told with file, line and the nearest name.",
        "A scenario may build on others with `extends`; of two amendments that set the same thing on the same days the",
        "later one holds only where the scenario says `later_wins: true`.", "",
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
            if kind == "number":
                said = "a parameter by its id, any other number by its file and its place in it: `costs.items.hearing`"
                page += [f"`{key}`: {said}; {len(listed)} in this case ([vary anything](../do/sweep.md)).", ""]
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


def law() -> str:
    """The page of the law: versions, numbers, rules with their test persons, readings, how far it was checked."""
    from roxham.law import load_law

    book = load_law(FOLDER.parents[1] / "src" / "roxham" / "cases" / CASE / "law")
    decided, people = persons_decided(book)
    checked = ", ".join(f"{act} to {day}" for act, day in book.checked_to.items())
    page = [
        "# The law, rule by rule", "", SAID, "",
        f"{book.title.en}. A is the Immigration and Refugee Protection Act, R its Regulations. Law checked: {checked}.",
        book.notice.en, "",
        "## Rule versions", "",
        "*Of* is the date of the person that *applies from* and *last day* are read against; *known from* is read",
        "against the day of the decision. The two differ where a rule was enacted backwards in time.", "",
        *law_versions(book, decided), "",
        "## Numbers with dates", "", *law_parameters(book), "",
        "## Rules", "",
        f"A rule is met when one of its ways is met. *Decides* counts the test persons of `tests/law` (of {people})",
        "whose answer would differ without that way: at most four are named. Persons that need a reform are left out",
        "of the count. *Burden* says what an answer that stays unknown becomes.", "",
        *law_rules(book, decided), "",
        "## Open points and their readings", "",
        "Choose another reading in a scenario (`kind: reading`) or with",
        "`roxham check FACTS.yaml --reading NAME=VALUE`.", "",
        *table(["name", "what is open", "readings", "taken", "citation"], [
            [f"`{one.id}`", one.label.en, ", ".join(f"`{choice}`" for choice in one.choices), f"`{one.default}`",
             one.cite] for one in book.open_points.values()]),
    ]
    return "\n".join(page) + "\n"


def law_versions(book: Any, decided: dict[str, list[str]]) -> list[str]:
    """The rule versions with their dates."""
    rows = []
    for one in book.versions.values():
        start, day = str(np.datetime64(one.start, "s")), str(np.datetime64(one.known_from, "D"))
        since = start[:10] if one.start % 86_400 == 0 else start.removesuffix(":00").replace("T", " ")
        last = "" if one.end is None else str(np.datetime64(one.end - 1, "s"))[:10]
        state = "enacted, not in force" if one.never else since
        rows.append([one.id, one.label.en, one.on, state, day, last, one.cite, told(decided[f"version {one.id}"])])
    return table(["id", "what", "of", "applies from", "known from", "last day", "citation", "decides"], rows)


def law_parameters(book: Any) -> list[str]:
    """The numbers of the law, a line for each step."""
    rows = []
    for one in book.parameters.values():
        for start, value in one.steps:
            said = "no limit" if value is None else str(np.datetime64(value, "D")) if one.unit == "date" else value
            rows.append([f"`{one.id}`", one.label.en, str(np.datetime64(start, "s"))[:10], said, one.unit, one.on,
                         one.cite])
    return table(["name", "what", "from", "value", "unit", "of", "citation"], rows)


def law_rules(book: Any, decided: dict[str, list[str]]) -> list[str]:
    """The rules and their ways, with the test persons that each decides."""
    from roxham.law.decisive import provisions
    from roxham.law.expr import Rule

    names = iter([name for name, _ in provisions(book) if not name.startswith("version ")])
    burden = {None: "", "met": "met", "not_established": "not established"}
    rows = []
    for name, rule in book.provisions.items():
        for number, clause in enumerate(rule.clauses):
            words = rule.label.en if number == 0 else ""
            way = clause.label.en if clause.label and clause.label != rule.label else ""
            if not way and len(rule.clauses) > 1 and isinstance(clause.when, Rule):
                way = book.provisions[clause.when.name].label.en
            rows.append([f"`{name}`" if number == 0 else "", words, way, clause.version or "", clause.cite,
                         burden[rule.if_unknown] if number == 0 else "", told(decided[next(names)])])
    return table(["rule", "what", "way", "version", "citation", "burden", "decides"], rows)


def told(ids: Sequence[str]) -> str:
    """How many test persons, and which: the first four."""
    return f"{len(ids)}: {', '.join(ids[:4])}{', ...' if len(ids) > 4 else ''}" if ids else ""


def persons_decided(book: Any) -> tuple[dict[str, list[str]], int]:
    """The test persons that each provision decides, by name, and how many persons were asked."""
    from roxham._yaml import parse
    from roxham.law import decide, stack
    from roxham.law.decisive import provisions

    groups: dict[tuple[tuple[str, str], ...], list[tuple[str, dict[str, Any]]]] = {}
    for name in ("vignettes.yaml", "vignettes_more.yaml"):
        data = parse((FOLDER.parents[1] / "tests" / "law" / name).read_text(encoding="utf-8"))
        for one in data["vignettes"]:
            if "scenario" not in one:
                facts = {**data["defaults"], **one["facts"], "as_of": one["as_of"]}
                groups.setdefault(tuple(one.get("readings", {}).items()), []).append((one["id"], facts))
    found: dict[str, list[str]] = {name: [] for name, _ in provisions(book)}
    for readings, people in groups.items():
        decision = decide(book, stack([facts for _, facts in people]), dict(readings))
        for name, without in provisions(book):
            other = decide(without(book), decision.people, decision.readings)
            found[name] += [people[row][0] for row in np.flatnonzero(differs(decision, other))]
    return {name: sorted(ids) for name, ids in found.items()}, sum(len(people) for people in groups.values())


def differs(one: Any, other: Any) -> Any:
    """Whose answer or consequence is not the same in two decisions."""
    out = np.zeros(len(one), dtype=np.bool_)
    for left, right in ((one, other), (one.before_burden, other.before_burden)):
        for part in ("outcome", "stca", "grounds", "exception"):
            out |= getattr(left, part) != getattr(right, part)
    for name in one.book.consequences:
        out |= one.rows(name) != other.rows(name)
    return out


PAGES = {"law.md": law, "metrics.md": metrics, "parameters.md": parameters, "amendments.md": amendments,
         "calibration.md": calibration}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{FOLDER.name}/{name}\n")


if __name__ == "__main__":
    main()
