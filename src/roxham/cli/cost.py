"""The command that costs a cohort: everybody who crosses between ports in a fiscal year, to the end of the claim."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from roxham.cli.console import Gather, interruptible, language, progress, show_json, show_table
from roxham.cli.study import Case, Json, Language, Quiet, Seed
from roxham.errors import Problem, RunError, UnknownName, did_you_mean

if TYPE_CHECKING:
    from roxham.lab.cohort import Band, CohortCost, CostLine
    from roxham.sim.corridor import Corridor

WORDS: dict[str, tuple[str, str]] = {
    "title": ("What those who crossed in {cohort} cost: {scenario}", "Ce qu'ont coûté les personnes entrées en "
              "{cohort} : {scenario}"),
    "item": ("item", "poste"), "payer": ("payer", "payeur"), "year": ("fiscal year", "exercice"),
    "total": ("total, million {unit}", "total, millions {unit}"),
    "each": ("per person, {unit}", "par personne, {unit}"),
    "band": ("90 % band", "intervalle de 90 %"),
    "all": ("all", "tout"),
    "federal": ("federal", "fédéral"), "provincial": ("provincial", "provincial"), "municipal": ("cities", "villes"),
    "crossed": ("People who crossed between ports, {first} to {last}: {persons}.",
                "Personnes entrées entre les points d'entrée, du {first} au {last} : {persons}."),
    "wait": ("Days from claim to first decision: {wait}. Claims not over when the run ends: {open}.",
             "Jours de la demande à la première décision : {wait}. Demandes non closes à la fin : {open}."),
    "range": ("Federal cost of one person, lodging apart: {average}; accepted at the first hearing {least}; every "
              "appeal, then removed {most}.",
              "Coût fédéral d'une personne, hors hébergement : {average}; asile à la première audience {least}; tous "
              "les appels, puis renvoi {most}."),
    "basis": ("Bands over {draws} draws; {unit} of {base}. After the case's last day nobody new comes, and services go "
              "on as on that day.",
              "Intervalles sur {draws} tirages; {unit} de {base}. Après le dernier jour du cas, personne n'arrive et "
              "les services continuent comme ce jour-là."),
}
BY: tuple[Literal["item"], Literal["payer"], Literal["year"]] = ("item", "payer", "year")


def cost(
    cohort: Annotated[str, typer.Option("--cohort", help="The fiscal year in which they crossed, such as 2017-18.")],
    by: Annotated[str, typer.Option("--by", help="Lines by item, payer or year (of spending).")] = "item",
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="A scenario of the case, or a YAML file; as it was otherwise.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws of chance.")] = 10,
    seed: Seed = 7,
    case: Case = "canada_us",
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """What people who cross between ports in a fiscal year cost, to the end of each claim.

    Everybody is followed through the lines of the run: desk, hearing, appeal, court, removal, beds and the days of
    waiting. Costs come by item and payer, in total and per person, with 90 % bands over draws.

    \b
    roxham cost --cohort 2017-18
    roxham cost --cohort 2022-23 --by payer --scenario protocol-never
    roxham cost --cohort 2017-18 --by year --lang fr
    """
    from roxham.lab.cohort import cohort_cost
    from roxham.lab.ensemble import check_seed
    from roxham.sim.cohort import FiscalYear

    gather = Gather()
    gather.do(language, lang)
    gather.do(check_seed, seed)
    gather.do(FiscalYear.parse, cohort)
    gather.do(_by, by)
    corridor, name = _amended(scenario, case, gather)
    with interruptible(), progress(f"{cohort}: draws", hidden=quiet or json) as report:
        found = cohort_cost(corridor, cohort, scenario=name, draws=draws, seed=seed, progress=report)
    if json:
        show_json(found.to_dict(_by(by)))
    elif not quiet:
        _show(found, by, language(lang) == "fr")


def _by(by: str) -> Literal["item", "payer", "year"]:
    """Read how lines are grouped; raise UnknownName for anything else."""
    for known in BY:
        if by == known:
            return known
    raise UnknownName(Problem(f'--by: "{by}" is not item, payer or year', hint=did_you_mean(by, BY)))


def _amended(scenario: str | None, case: str, gather: Gather) -> tuple[Corridor, str]:
    """The corridor under a scenario, and its name; every problem told at once."""
    from roxham.lab.scenario import load_study
    from roxham.sim.corridor import load

    corridor = gather.do(load, case)
    known = corridor.names() if corridor is not None else None
    study = gather.do(load_study, scenario, case=case, names=known) if scenario is not None else None
    gather.done()
    if corridor is None:
        raise RunError("the case could not be loaded")
    if study is None:
        return corridor, "as-it-was"
    for one in study.scenarios:
        if one.name == study.name:
            return corridor.amend(one.amendments), one.name
    names = ", ".join(one.name for one in study.scenarios)
    raise RunError(f'--scenario: "{scenario}" is a study; name one of its scenarios: {names}')


def _show(found: CohortCost, by: str, french: bool) -> None:
    """Print the table and what it stands on."""
    from roxham.sim.cohort import LEAST, MOST

    unit = found.currency

    def say(key: str, **values: object) -> str:
        return WORDS[key][french].format(**values)

    columns = [say(by), *([say("payer")] if by != "payer" else []), say("total", unit=unit), say("band"),
               say("each", unit=unit), say("band")]
    rows = [_row(line, found, by, french) for line in found.lines(_by(by))]
    show_table(say("title", cohort=found.cohort, scenario=found.scenario), columns, rows)
    first, last = found.covered
    typer.echo(say("crossed", first=first, last=last, persons=_told(found.persons, french)))
    share = f"{100 * found.open[1]:.1f} %"
    typer.echo(say("wait", wait=_told(found.wait, french), open=share.replace(".", ",") if french else share))
    typer.echo(say("range", average=_told(found.average("federal", lodging=False), french),
                   least=_told(found.path(LEAST), french), most=_told(found.path(MOST), french)))
    typer.echo(say("basis", draws=found.draws, unit=unit, base=found.base_year))


def _row(line: CostLine, found: CohortCost, by: str, french: bool) -> list[str]:
    """The cells of a line."""
    title = found.items[line.name].title if line.name in found.items else None
    name = (title.fr if french else title.en) if title is not None else _word(line.name, french)
    payer = [_word(line.payer, french)] if by != "payer" else []
    million: Band = (line.total[0] / 1e6, line.total[1] / 1e6, line.total[2] / 1e6)
    return [name, *payer, _number(million[1], french, 1), _ends(million, french, 1),
            _number(line.per_person[1], french), _ends(line.per_person, french)]


def _word(name: str, french: bool) -> str:
    """A payer, the total, or a fiscal year as it stands."""
    key = "all" if name == "total" else name
    return WORDS[key][french] if key in WORDS else name


def _number(value: float, french: bool, decimals: int = 0) -> str:
    from roxham.show.text import number

    return number(value, "fr" if french else "en", decimals)


def _ends(band: Band, french: bool, decimals: int = 0) -> str:
    from roxham.show.text import span

    return span(_number(band[0], french, decimals), _number(band[2], french, decimals), "fr" if french else "en")


def _told(band: Band, french: bool) -> str:
    """The middle of a band with its ends, or a dash where there is none."""
    if math.isnan(band[1]):
        return "\u2013"
    return f"{_number(band[1], french)} ({_ends(band, french)})"
