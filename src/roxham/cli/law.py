"""Commands about the law itself: its audit, what is in force on a day, what changed, one rule."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roxham.cli.console import Gather, day, language, show_json
from roxham.cli.study import Case, Json, Language
from roxham.errors import LawError, Problem, did_you_mean

if TYPE_CHECKING:
    from roxham.law import LawBook
    from roxham.law.diff import Change

law = typer.Typer(help="The law of a case: looked over, on a day, rule by rule.", no_args_is_help=True,
                  rich_markup_mode=None)


@law.command()
def audit(
    case: Case = "canada_us",
    people: Annotated[int, typer.Option("--people", min=1_000, help="How many invented people.")] = 200_000,
    population: Annotated[
        bool, typer.Option("--population", help="Also which reasons decide in one draw of the corridor, 2022-2023.")
    ] = False,
    xml: Annotated[
        list[Path] | None, typer.Option("--xml", help="A copy of an official Act or regulation; may be repeated.")
    ] = None,
    prints: Annotated[
        Path | None, typer.Option("--prints", help="Fingerprints of the text: compared if there, else written.")
    ] = None,
    json: Json = False,
) -> None:
    """Look the whole law over: dead rules, gaps, overlaps, what never decides, alone as among others.

    The people are invented and stand on the edges of the law. Exits 1 when something is found.

    \b
    roxham law audit
    roxham law audit --population --json
    roxham law audit --xml I-2.5.xml --xml SOR-2002-227.xml --prints prints.json
    """
    from dataclasses import asdict

    from roxham.law.audit import audit as look
    from roxham.law.decisive import TOLD_NOT_DECIDED

    book = _book(case)
    found = look(book, people=people)
    told: dict[str, Any] = {**asdict(found), "clean": found.clean,
                            "told_not_decided": {name: TOLD_NOT_DECIDED.get(name, "") for name in found.without_effect}}
    if population:
        told["population"] = _population(case)
    if xml:
        told["official"] = _official(book, xml, prints)
    if json:
        show_json(told)
    else:
        _show(told)
    official = told.get("official", {})
    if not found.clean or official.get("missing") or official.get("changed"):
        raise typer.Exit(1)


@law.command("on")
def on_day(
    date: Annotated[str, typer.Argument(help="A day, YYYY-MM-DD.")],
    case: Case = "canada_us",
    lang: Language = "en",
    json: Json = False,
) -> None:
    """What is in force for somebody who enters, claims and is decided on a day.

    \b
    roxham law on 2023-03-26
    """
    from roxham.law import in_force

    gather = Gather()
    gather.do(language, lang)
    when = gather.do(day, date, "DATE")
    gather.done()
    book = _book(case)
    listed = [{"version": one.id, "cite": one.cite, "what": one.label[lang]} for one in in_force(book, when)] \
        if when else []
    checked = ", ".join(f"{act} {until}" for act, until in book.checked_to.items())
    if json:
        show_json({"date": date, "in_force": listed, "checked_to": dict(book.checked_to)})
        return
    for one in listed:
        typer.echo(f"{one['version']:<6} {one['cite']:<18} {one['what']}")
    typer.echo(f"\n{'Droit vérifié au' if lang == 'fr' else 'Law checked to'}: {checked}")


@law.command()
def table(
    rule: Annotated[str, typer.Argument(help='A rule of the law, for example "R159.5(a)" or ground_e.')],
    case: Case = "canada_us",
    lang: Language = "en",
) -> None:
    """The ways in which one rule is met, each with its citation and its dates.

    \b
    roxham law table ground_e
    roxham law table "R159.5(c)" --lang fr
    """
    language(lang)
    book = _book(case)
    found = book.provisions.get(rule)
    if found is None:
        raise LawError(Problem(f'"{rule}" is not a rule of this law', hint=did_you_mean(rule, book.provisions)))
    typer.echo(f"{found.label[lang]} [{found.cite}]")
    for clause in found.clauses:
        since = f" ({clause.version})" if clause.version else ""
        typer.echo(f"  - {(clause.label or found.label)[lang]} [{clause.cite}]{since}")


@law.command()
def diff(
    date1: Annotated[str, typer.Argument(metavar="DATE1", help="The earlier day, YYYY-MM-DD.")],
    date2: Annotated[str, typer.Argument(metavar="DATE2", help="The later day, YYYY-MM-DD.")],
    case: Case = "canada_us",
    lang: Language = "en",
    json: Json = False,
) -> None:
    """What began, became known, ended or got another value after one day, up to and with another.

    \b
    roxham law diff 2023-03-24 2023-03-26
    """
    from dataclasses import asdict

    from roxham.law.diff import changes_between

    gather = Gather()
    gather.do(language, lang)
    first, last = gather.do(day, date1, "DATE1"), gather.do(day, date2, "DATE2")
    gather.done()
    book = _book(case)
    found = changes_between(book, first, last) if first and last else ()
    later = date2 > min(book.checked_to.values())
    if json:
        show_json({"from": date1, "to": date2, "changes": [asdict(one) for one in found],
                   "checked_to": dict(book.checked_to), "after_check": later})
        return
    for one in found:
        typer.echo(_changed(one, lang))
    if not found:
        typer.echo("Rien n'a changé." if lang == "fr" else "Nothing changed.")
    checked = ", ".join(f"{act} {until}" for act, until in book.checked_to.items())
    typer.echo(f"\n{'Droit vérifié au' if lang == 'fr' else 'Law checked to'}: {checked}")
    if later:
        typer.echo("La seconde date est postérieure à cette vérification: voyez les changements depuis." if lang == "fr"
                   else "The second date is after that: look for changes since.")


_KINDS = {
    "begins": ("begins", "débute"), "known": ("becomes known", "devient connue"), "ends": ("ends", "prend fin"),
    "suspended": ("is suspended", "est suspendue"), "restored": ("is restored", "reprend effet"),
    "parameter": ("changes", "change"),
}


def _changed(one: Change, lang: str) -> str:
    """Write one change of the law as a line."""
    french = lang == "fr"
    what = f"{one.day}  {one.id} {_KINDS[one.kind][french]}: {one.label[lang]}"
    if one.kind == "parameter":
        unset = "sans valeur" if french else "not set"
        words = {None: unset, "none": "aucune limite" if french else "no limit"}
        what += f": {words.get(one.before, one.before)} -> {words.get(one.after, one.after)}"
        what += f" {one.unit}" if one.unit != "date" and one.after != "none" and not french else ""
    if one.known:
        what += f" ({'connue seulement le' if french else 'known only from'} {one.known})"
    if one.applies:
        what += f" ({'rétroagit au' if french else 'reaches back to'} {one.applies})"
    return f"{what} [{one.cite}]"


def _book(case: str) -> LawBook:
    from roxham.lab.scenario import case_folder
    from roxham.law import load_law

    return load_law(case_folder(case) / "law")


def _official(book: LawBook, paths: list[Path], prints: Path | None) -> dict[str, Any]:
    """Compare with the official copies; keep the fingerprints where none are kept yet."""
    from dataclasses import asdict
    from json import JSONDecodeError, dumps, loads

    from roxham.law.official import compare_official

    kept = None
    if prints is not None and prints.exists():
        try:
            kept = loads(prints.read_text(encoding="utf-8"))
        except (JSONDecodeError, UnicodeDecodeError) as error:
            raise LawError(Problem(f"does not hold fingerprints: {error}", str(prints))) from None
        if not isinstance(kept, dict):
            raise LawError(Problem("does not hold fingerprints", str(prints)))
    found = compare_official(book, paths, kept)
    if prints is not None and kept is None:
        prints.write_text(dumps(dict(found.prints), indent=1), encoding="utf-8")
    return asdict(found)


def _population(case: str) -> dict[str, int]:
    """Count the reasons that decided in one traced draw of the corridor of 2022 and 2023."""
    from datetime import date

    import numpy as np

    from roxham.sim.corridor import load
    from roxham.sim.run import begin, carry_out
    from roxham.sim.why import decisions

    first, last = date(2022, 1, 1), date(2023, 12, 31)
    flow = carry_out(begin(load(case), seed=7, draw=0, from_=first, to=last, trace=True))
    counts: dict[str, int] = {}
    for _, decision in decisions(flow):
        names = decision.consequence_names("because")
        for code, many in zip(*np.unique(decision.consequence("because"), return_counts=True), strict=True):
            counts[names[code]] = counts.get(names[code], 0) + int(many)
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


_HEADS = {
    "dead_rules": "Rules that no table comes to",
    "dead_exceptions": "Exceptions listed but never asked for",
    "without_reason": "Settled people whom no line of the reasons meets (gaps)",
    "shadowed": "Lines that earlier lines always overtake (overlaps)",
    "never_decisive": "Grounds, exceptions and reasons that decided nobody",
    "disagreements": "People decided otherwise alone than among others",
}


def _show(told: dict[str, Any]) -> None:
    typer.echo(f"{told['people']} invented people on the edges of the law")
    for name, head in _HEADS.items():
        found = told[name]
        typer.echo(f"  {head}: {found if isinstance(found, int) else ', '.join(map(str, found)) or 'none'}")
    typer.echo("  Provisions without which nobody's answer differs:")
    for name, why in told["told_not_decided"].items():
        typer.echo(f"    {name}: {why or 'no reason known: look at it'}")
    for name, many in told.get("population", {}).items():
        typer.echo(f"  decided in the corridor of 2022-2023: {name} {many}")
    if "official" in told:
        found = told["official"]
        typer.echo(f"  Citations looked up: {found['looked_up']}")
        typer.echo(f"  Not found: {', '.join(found['missing']) or 'none'}")
        typer.echo(f"  Text changed: {', '.join(found['changed']) or 'none'}")
    typer.echo("Clean." if told["clean"] else "Something to look at.")
