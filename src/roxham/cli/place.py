"""The command of the transfer desk: where today's families go, why, and what another rule or a choice would cost."""

from __future__ import annotations

from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import Gather, day, language, progress, show_json, show_table
from roxham.cli.study import Json, Language

if TYPE_CHECKING:
    from roxham.lab.place import Morning, Placed
    from roxham.sim.placement import Plan

_PARTS = {
    "without_bed": ("nights without a bed", "nuits sans lit"), "waiting": ("nights waited", "nuits d'attente"),
    "beds": ("beds", "lits"), "ties": ("away from relatives", "loin des proches"),
    "distance": ("distance", "distance"), "fairness": ("fairness", "équité"),
}
_SAID = {
    "compare": ("The same morning by each rule (CAD; less is better)",
                "Le même matin selon chaque règle (CAD; moins, c'est mieux)"),
    "cost": ("cost", "coût"), "persons placed": ("persons placed", "personnes placées"),
    "persons without a bed": ("persons without a bed", "personnes sans lit"),
    "no place": ("no place tonight", "aucun lieu ce soir"), "persons": ("persons", "personnes"),
    "override": ("What each choice made at the desk costs beside the plan without it",
                 "Ce que coûte chaque choix fait au guichet, comparé au plan sans lui"),
    "moved": ("other persons moved", "autres personnes déplacées"),
    "without": ("more without a bed", "de plus sans lit"), "all": ("all together", "tous ensemble"),
    "province": ("Persons placed by province", "Personnes placées par province"),
    "province_word": ("province", "province"), "choice": ("choice", "choix"),
    "no": ("not followed", "non suivi"), "person": ("person", "personne"),
    "hidden": ("Small counts are not told, nor a count from which one could be found.",
               "Les petits nombres sont tus, comme ceux qui les révéleraient."),
    "assumed": ("Prices are judgements with ranges (docs/do/place.md); --weights changes them. A proposal: people at "
                "the desk decide.",
                "Les prix sont des jugements avec des étendues (docs/do/place.md); --weights les change. Une "
                "proposition : les personnes au guichet décident."),
}


def place(
    families: Annotated[Path, typer.Argument(help="CSV of families waiting: id, persons, and what they need.")],
    places: Annotated[Path, typer.Argument(help="CSV of places: place, province, free_beds, cost_per_night, ...")],
    rule: Annotated[str, typer.Option("--rule", help="as-is, greedy, optimal or look-ahead.")] = "optimal",
    date: Annotated[str | None, typer.Option("--date", help="Day of the plan, YYYY-MM-DD; today if not given.")] = None,
    forecast: Annotated[
        Path | None, typer.Option("--forecast", help="CSV of families expected by day, for look-ahead.")
    ] = None,
    weights: Annotated[Path | None, typer.Option("--weights", help="YAML of prices other than the usual.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the plan as CSV; else nothing is kept.")] = None,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Where each waiting family goes today, with a reason, beside other rules.

    Families stay together, and nobody is sent where school, access, language or another need is not met. Each row has
    an opaque id: files with names, dates of birth, documents, phones or addresses are refused. Nothing is kept unless
    --out is given.

    \b
    roxham place families.csv places.csv --rule optimal
    roxham place families.csv places.csv --rule look-ahead --forecast arrivals.csv --date 2030-03-04 --out plan.csv
    """
    from roxham.errors import SpecError
    from roxham.lab.place import LOOK_AHEAD, place_families
    from roxham.sim.placement.write import write_whole

    morning = _read(families, places, rule, date, forecast, weights, lang)
    if rule == LOOK_AHEAD and forecast is None:
        raise SpecError("--rule look-ahead needs --forecast: a CSV of the families expected")
    with progress("plan", hidden=json):
        try:
            placed = place_families(morning, rule)
        except SpecError as error:
            raise SpecError([one.at(str(families)) for one in error.problems]) from None
    if json:
        show_json(placed.to_dict())
    else:
        _show(placed, lang)
    if out is not None:
        write_whole(out, placed.csv(lang))
        typer.echo(f"{len(placed.plan.lines)} -> {out.name}", err=True)


def _read(
    families: Path, places: Path, rule: str, date: str | None, forecast: Path | None, weights: Path | None, lang: str
) -> Morning:
    from roxham.lab.place import read_morning
    from roxham.sim.placement.plan import check_rule

    gather = Gather()
    gather.do(language, lang)
    gather.do(check_rule, rule)
    when = gather.do(day, date, "--date") or Date.today()
    morning = gather.do(read_morning, families, places, when, forecast=forecast, weights=weights)
    gather.done()
    assert morning is not None
    return morning


def _show(placed: Placed, lang: str) -> None:
    french = lang == "fr"
    plans, plan, prices = placed.plans, placed.plan, placed.prices
    typer.echo(f"{plan.date}  {placed.rule}\n")
    for line in plan.lines:
        where = f"{line.place} ({line.province})" if line.place else _SAID["no place"][french]
        people = _SAID["persons" if line.persons > 1 else "person"][french]
        typer.echo(f"{line.id}  {line.persons} {people}  -> {where}\n    {line.reason.text(lang)}")
    typer.echo("")
    rows = [[_SAID[name][french], *(str(getattr(one, key)) for one in plans.values())]
            for name, key in (("persons placed", "placed"), ("persons without a bed", "without_bed"))]
    rows += [[_PARTS[part][french], *(_money(one.costs[part], lang) for one in plans.values())] for part in _PARTS]
    rows.append([_SAID["cost"][french], *(_money(one.cost, lang) for one in plans.values())])
    show_table(_SAID["compare"][french], ("", *plans), rows, note=_SAID["assumed"][french])
    if prices:
        told = [[_SAID["all"][french] if one.id == "all" and not one.override else one.id, one.override,
                 _money(one.cost, lang) if one.followed or one.id == "all" else _SAID["no"][french],
                 str(one.persons_moved), str(one.persons_without_bed)] for one in prices]
        heads = ("id", _SAID["choice"][french], _SAID["cost"][french], _SAID["moved"][french], _SAID["without"][french])
        show_table(_SAID["override"][french], heads, told)
    _provinces(plan, french)


def _provinces(plan: Plan, french: bool) -> None:
    from roxham.sim.placement.write import by_province

    counts = by_province(plan)
    rows = [[name, "-" if count is None else str(count)] for name, count in counts.items()]
    show_table(_SAID["province"][french], (_SAID["province_word"][french], _SAID["persons"][french]), rows,
               note=_SAID["hidden"][french] if None in counts.values() else "")


def _money(value: float, lang: str) -> str:
    from roxham.show.text import number

    return number(value, "fr" if lang == "fr" else "en")
