"""Commands that show a walk or pass it on: a map, a film, and a study of what reaches the border."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import Gather, default_jobs, interruptible, language, month, progress, show_json
from roxham.cli.study import Case, Jobs, Json, Language
from roxham.cli.walk import Law, Observed, Place, Settings, as_mode
from roxham.errors import Problem, RunError

if TYPE_CHECKING:
    from roxham.show.text import Language as Tongue
    from roxham.walk import Folder, Walk

Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same walk.")]
Draws = Annotated[int, typer.Option("--draws", min=1, help="Replicates; the map shows their middle.")]
Which = Annotated[str, typer.Option("--mode", help="flee, documented or roxham (destinations only).")]


def draw_map(
    folder: Place,
    out: Annotated[Path, typer.Option("--out", help="The picture: .svg, .png or .pdf.")] = Path("map.svg"),
    on: Annotated[str | None, typer.Option("--on", help="The day, year-month-day; the last one otherwise.")] = None,
    mode: Which = "documented",
    draws: Draws = 20,
    seed: Seed = 1,
    law: Law = None,
    observed: Observed = None,
    settings: Settings = None,
    jobs: Jobs = 0,
    lang: Language = "en",
) -> None:
    """Draw people in places and on roads on one day, camps with their 90 % band.

    \b
    roxham walk map mali2012 --out mali.svg
    roxham walk map mali2012 --on 2012-06-01 --mode roxham --out june.png --lang fr
    """
    from roxham.show.plot import to_svg
    from roxham.show.text import say
    from roxham.show.walk_map import map_figure

    if out.suffix not in (".svg", ".png", ".pdf"):
        raise RunError(Problem("the file must end in .svg, .png or .pdf", str(out)))
    made, tongue = _made(folder, mode, draws, seed, law, observed, settings, jobs, lang)
    number = made.people.shape[1] - 1 if on is None else (_day(on) - made.folder.start).days
    figure = map_figure(made, on=number, language=tongue)
    _prepare(out)
    if out.suffix == ".svg":
        title = say("walk_on", tongue, day=made.dates[number].isoformat())
        out.write_text(to_svg(figure, "walk", title), encoding="utf-8", newline="\n")
    else:
        figure.savefig(out, dpi=150)
    typer.echo(str(out))


def film(
    folder: Place,
    out: Annotated[Path, typer.Option("--out", help="The film: .gif.")] = Path("film.gif"),
    mode: Which = "documented",
    draws: Draws = 20,
    seed: Seed = 1,
    law: Law = None,
    observed: Observed = None,
    settings: Settings = None,
    jobs: Jobs = 0,
    lang: Language = "en",
) -> None:
    """Film where people are, from the first day to the last, sixty frames at most.

    \b
    roxham walk film mali2012 --out mali.gif
    """
    from roxham.show.walk_map import write_film

    if out.suffix != ".gif":
        raise RunError(Problem("the file must end in .gif", str(out)))
    made, tongue = _made(folder, mode, draws, seed, law, observed, settings, jobs, lang)
    _prepare(out)
    with interruptible(), progress("film", hidden=False) as report:
        typer.echo(str(write_film(made, out, language=tongue, progress=report)))


def couple(
    grown: Annotated[Path, typer.Argument(help="The folder of the grown conflict.")],
    was: Annotated[Path, typer.Option("--against", help="The folder of the conflict as it was.")],
    group: Annotated[str, typer.Option("--group", help="The nationality group of the case that follows.")],
    begins: Annotated[str, typer.Option("--begins", help="The corridor's month of the walk's first, year-month.")],
    share: Annotated[float, typer.Option(min=0, max=1, help="How much of the pressure follows; assumed.")] = 0.5,
    delay: Annotated[int, typer.Option("--delay-months", min=0, help="From setting out to the hub; assumed.")] = 8,
    out: Annotated[Path, typer.Option("--out", help="Folder for the study and its scenarios.")] = Path("coupled"),
    draws: Draws = 20,
    seed: Seed = 1,
    case: Case = "canada_us",
    jobs: Jobs = 0,
    lang: Language = "en",
    json: Json = False,
) -> None:
    """Turn a grown conflict into a study of the border: who sets out more presses more, months later.

    Both folders are walked; the study holds the baseline, your share, and the ends of its range.

    \b
    roxham walk couple sudan-grown --against sudan --group sudan --begins 2022-01 --out coupled
    roxham run coupled/sudan-grown.study.yaml --draws 5
    """
    from roxham.lab.coupling import Coupling, study_of, write_study
    from roxham.lab.scenario import check_names
    from roxham.show.text import say
    from roxham.sim.case import Words
    from roxham.sim.corridor import load

    gather = Gather()
    first = gather.do(month, begins, "--begins")
    gather.do(language, lang)
    gather.done()
    walks = [_made(one, "documented", draws, seed, None, None, None, jobs, lang)[0] for one in (was, grown)]
    coupling = Coupling(group, date.fromisoformat(f"{first}-01"), share, delay)
    name = "-".join(part for part in "".join(one if one.isalnum() else " " for one in grown.name.lower()).split())
    words = {tongue: say("walk_coupled", tongue, group=group, walk=grown.name) for tongue in ("en", "fr")}
    study = study_of(name, coupling, *walks, title=Words(**words), case=case)
    check_names(study, load(case).names())
    path = write_study(study, out)
    months = len(study.scenarios[-1].amendments)
    if json:
        show_json({"study": path, "scenarios": [one.name for one in study.scenarios], "months": months,
                   "assumed": {"share": share, "delay_months": delay}})
    else:
        typer.echo(say("walk_coupled_told", language(lang), scenarios=len(study.scenarios), months=months, file=path))


def _made(
    folder: Path, mode: str, draws: int, seed: int, law: Path | None, observed: Path | None, settings: Path | None,
    jobs: int, lang: str,
) -> tuple[Walk, Tongue]:
    from roxham.walk import read_folder
    from roxham.walk import run as walk_people

    gather = Gather()
    tongue = gather.do(language, lang)
    read: Folder | None = gather.do(read_folder, folder, observed=observed, settings=settings)
    gather.done()
    assert read is not None
    assert tongue is not None
    with interruptible(), progress("walk", hidden=False) as report:
        made = walk_people(read, mode=as_mode(mode), replicates=draws, seed=seed, links=mode != "roxham", law=law,
                           jobs=jobs or default_jobs(), progress=report)
    return made, tongue


def _day(text: str) -> date:
    from roxham.units import parse_date

    return parse_date(text)


def _prepare(out: Path) -> None:
    """Make the folder of a file; raise RunError when it cannot be."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(Problem(f"the folder cannot be made: {error.strerror}", str(out.parent))) from None
