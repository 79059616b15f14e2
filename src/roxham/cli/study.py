"""Commands that run scenarios: run, compare, rooms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roxham.cli.console import (
    Gather,
    day,
    interruptible,
    language,
    month,
    progress,
    show,
    show_json,
    table_width,
)
from roxham.cli.keeping import NoStore, Store
from roxham.cli.ways import Executor, OnlyDraw, Until, Ways, Work, enough
from roxham.errors import RunError

if TYPE_CHECKING:
    from roxham.lab.compare import Comparison
    from roxham.lab.rooms import Rooms
    from roxham.lab.summary import StudyResult

Case = Annotated[str, typer.Option("--case", help="A case by name, or its folder.")]
Draws = Annotated[int, typer.Option("--draws", min=1, help="Draws of chance for each scenario.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same result, bit by bit.")]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="Processes; 0 is one for each core. The result is the same.")]
From = Annotated[str | None, typer.Option("--from", help="First day, year-month-day; the study's own otherwise.")]
To = Annotated[str | None, typer.Option("--to", help="Last day, year-month-day; the study's own otherwise.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show neither progress nor tables.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program instead of a table.")]
Language = Annotated[str, typer.Option("--lang", help="en or fr.")]
Place = Annotated[str, typer.Option("--place", help="A place of the case, or all.")]
Period = Annotated[str, typer.Option("--period", help="A month, a year, or all.")]

WIDTH_OF_NAMES, WIDTH_OF_METRIC = 26, 21  # characters of a comparison's columns

#: Draws of the test on held-out months, at most; its 90 % bands need no more.
DRAWS_OF_TEST = 100

#: Numbers of a result that is large: writing it takes more than some seconds.
LARGE = 10_000_000

SHOWN = (
    "entries_irregular",
    "entries_undetected",
    "heard",
    "returned_to_us",
    "wait_days_rpd",
    "nights_without_bed",
    "cost_federal",
    "exposure_index",
)


def run(
    study: Annotated[str, typer.Argument(help="A study or scenario of the case, or a YAML file.")],
    draws: Draws = 20,
    seed: Seed = 7,
    jobs: Jobs = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the result; out/STUDY otherwise.")] = None,
    case: Case = "canada_us",
    from_: From = None,
    to: To = None,
    executor: Executor = None,
    until: Until = None,
    store: Store = None,
    no_store: NoStore = False,
    only_draw: OnlyDraw = None,
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run a study, keep its result, write its brief.

    Every scenario is run with the same draws of chance; the brief comes in English and in French. Draws are kept
    in a store as they are made: a study that was cut short goes on where it was, and nothing is made twice.

    \b
    roxham run roxham-road
    roxham run roxham-road --draws 20 --seed 7 --out result --jobs 2
    roxham run my-scenario.yaml --draws 5 --from 2022-01-01 --to 2023-12-31
    roxham run roxham-road --draws 1000 --until "claims ±2%" --executor tcp://cluster:8786

    The folder then holds summary.csv, results.parquet, manifest.json, brief.en.html and brief.fr.html.
    """
    from roxham.lab import store as kept
    from roxham.lab.ensemble import check_seed

    gather, ways = Gather(), Ways(executor, store, no_store, until)
    gather.do(language, lang)
    gather.do(check_seed, seed)
    ways.check(gather)
    if out is not None:
        gather.do(kept.check_target, out)
    work = prepare(study, case=case, from_=from_, to=to, gather=gather)
    if only_draw is not None:
        _show_alone(work.make_alone(only_draw, seed), only_draw, json=json, quiet=quiet)
        return
    target = kept.check_target(out or Path("out") / work.study.name)
    test = _held_out(work, draws=min(draws, DRAWS_OF_TEST), seed=seed, hidden=quiet or json)
    result = work.run(draws=draws, seed=seed, jobs=jobs, hidden=quiet or json, ways=ways)
    _say_writing(result, target, lang, hidden=quiet or json)
    with interruptible():
        folder = kept.write(result, target, also=partial(_finish, test, work.corridor.folder))
    _show_run(result, folder, work.corridor.folder, lang, enough(result, until), json=json, quiet=quiet)


def _say_writing(result: StudyResult, target: Path, lang: str, *, hidden: bool) -> None:
    """Say that a large result is being written, which takes its time."""
    from roxham.show.text import say

    if result.values.size > LARGE and not hidden:
        typer.echo(say("writing", language(lang), folder=target), err=True)


def _finish(test: list[dict[str, str]], case_folder: Path, draft: Path) -> None:
    """Add the test on held-out months and the briefs to the folder of a run."""
    from roxham.forecast.holdout import write_test
    from roxham.show.brief import write_briefs

    if test:
        write_test(test, draft / "holdout.csv")
    write_briefs(draft, case_folder)


def _show_run(
    result: StudyResult, folder: Path, case_folder: Path, lang: str, reached: list[str], *, json: bool, quiet: bool
) -> None:
    """Show what a run gave, and where it is."""
    from roxham.lab import store
    from roxham.lab.compare import compare as put_side_by_side

    table = put_side_by_side(result, language=lang)
    briefs = {language: folder / f"brief.{language}.html" for language in ("en", "fr")}
    if json:
        more = {"until": reached} if reached else {}
        show_json({"folder": folder, "summary": folder / store.SUMMARY, "brief": briefs, **more, **table.to_dict()})
    elif not quiet:
        _show_comparison(table, lang)
        _show_assumptions(case_folder, lang)
        if reached:
            typer.echo(f"\n{'; '.join(reached)} (n = {result.draws})")
        typer.echo(f"\nresult: {folder}\nbrief:  {briefs['en']}\n        {briefs['fr']}")


def _show_alone(made: list[tuple[str, float]], draw: int, *, json: bool, quiet: bool) -> None:
    """Show that one draw was made, scenario by scenario."""
    if json:
        show_json({"draw": draw, "seconds": dict(made)})
    elif not quiet:
        for name, seconds in made:
            typer.echo(f"{name}: {draw}: {seconds:.2f} s")


def _show_assumptions(case_folder: Path, lang: str) -> None:
    """Tell the three assumptions that each headline hangs on most, where a screening ships with the case."""
    from roxham.forecast.sensitivity import HEADLINES, read, top
    from roxham.show.text import say
    from roxham.sim.metrics import METRICS

    stored = case_folder / "sensitivity.csv"
    if not stored.is_file():
        return
    effects, tongue = read(stored), language(lang)
    typer.echo(f"\n{say('hangs_on', tongue)}")
    for headline in HEADLINES:
        label = METRICS[headline].label_fr if tongue == "fr" else METRICS[headline].label_en
        named = ", ".join(f"{one.factor} ({one.share:.0%})" for one in top(effects, headline))
        typer.echo(f"  {label}{say('colon', tongue)} {named}")


def compare(
    what: Annotated[
        list[str], typer.Argument(help="The folder of a run, or two scenarios: the first is the baseline.")
    ],
    draws: Draws = 20,
    seed: Seed = 7,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    from_: From = None,
    to: To = None,
    place: Place = "all",
    period: Period = "all",
    metric: Annotated[list[str] | None, typer.Option("--metric", help="A metric to show; may be repeated.")] = None,
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Put scenarios side by side.

    Each is told as its paired difference to the baseline, with a 90 % band.

    \b
    roxham compare out/roxham-road
    roxham compare out/roxham-road --period 2022 --metric heard --metric wait_days_rpd
    roxham compare as-it-was.yaml protocol-never.yaml --draws 10
    """
    from roxham.lab import store
    from roxham.lab.compare import HEADLINES
    from roxham.lab.compare import compare as put_side_by_side

    gather = Gather()
    gather.do(language, lang)
    if len(what) == 1 and Path(what[0]).is_dir():
        gather.done()
        result = store.read(what[0])
    elif len(what) == 2:
        work = prepare(*what, case=case, from_=from_, to=to, gather=gather)
        result = work.run(draws=draws, seed=seed, jobs=jobs, hidden=quiet or json)
    else:
        said = f"{what[0]} is not the folder of a run; " if len(what) == 1 else ""
        raise RunError(f"{said}give the folder of a run, or two scenarios")
    metrics = tuple(metric or (HEADLINES if json else SHOWN))
    table = put_side_by_side(result, metrics=metrics, place=place, period=period, language=lang)
    if json:
        show_json(table.to_dict())
    elif not quiet:
        _show_comparison(table, lang, metrics)


def rooms(
    study: Annotated[str, typer.Argument(help="The folder of a run, or a study or scenario to run.")],
    scenario: Annotated[str | None, typer.Option("--scenario", help="Which scenario; the baseline otherwise.")] = None,
    place: Annotated[list[str] | None, typer.Option("--place", help="A reception place; may be repeated.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First month, year-month.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last month, year-month.")] = None,
    persons_per_room: Annotated[float | None, typer.Option(min=0.1, help="The case's number otherwise.")] = None,
    draws: Draws = 5,
    seed: Seed = 7,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Persons, rooms and missing rooms by place.

    Counts are taken at each month's end, with 90 % bands. Without --from and --to the table shows the
    worst month of each place; --json holds every month.

    \b
    roxham rooms out/roxham-road
    roxham rooms out/roxham-road --place niagara_falls --from 2022-11 --to 2023-04
    roxham rooms transfers-off --draws 5 --json
    """
    from roxham.lab import store
    from roxham.lab.rooms import rooms as count_rooms

    gather = Gather()
    gather.do(language, lang)
    months = gather.do(month, first, "--from"), gather.do(month, last, "--to")
    if Path(study).is_dir():
        gather.done()
        result = store.read(study)
    else:
        work = prepare(study, case=case, from_=None, to=None, gather=gather)
        result = work.run(draws=draws, seed=seed, jobs=jobs, hidden=quiet or json)
        scenario = scenario or result.study.scenarios[-1 if len(result.study.scenarios) == 2 else 0].name
    table = count_rooms(
        result,
        scenario=scenario,
        places=place,
        months=(months[0] or result.months[0], months[1] or result.months[-1]),
        persons_per_room=persons_per_room,
    )
    if json:
        show_json(table.to_dict())
    elif not quiet:
        _show_rooms(table, lang, result.case, peaks=first is None and last is None)


def prepare(*names: str, case: str, from_: str | None, to: str | None, gather: Gather) -> Work:
    """Load the corridor and the study (one name) or pair of scenarios (two), telling every problem at once."""
    from roxham.lab.scenario import case_folder, load_pair, load_study, range_notes
    from roxham.sim.corridor import load
    from roxham.sim.posterior import load_posterior

    first, last = gather.do(day, from_, "--from"), gather.do(day, to, "--to")
    folder = gather.do(case_folder, case)
    if folder is None:
        gather.done()
        raise RunError("the case could not be found")
    corridor = gather.do(load, case)
    gather.do(corridor.posterior if corridor is not None else partial(load_posterior, folder / "calibration", "main"))
    known = corridor.names() if corridor is not None else None
    load_one: Any = load_study if len(names) == 1 else load_pair
    study = gather.do(load_one, *names, case=case, names=known)
    if study is not None:
        study = gather.do(study.between, first, last)
    gather.done()
    if corridor is None or study is None:
        raise RunError("the study could not be loaded")
    for note in range_notes(study.scenarios, corridor.names()):
        typer.echo(f"note: {note}", err=True)
    return Work(corridor, study)


def _held_out(work: Work, *, draws: int, seed: int, hidden: bool) -> list[dict[str, str]]:
    """The test of the model on months it did not see, for the brief; nothing for a case that holds none out."""
    from roxham.forecast.holdout import CALIBRATION, later_months

    if not (work.corridor.folder / "calibration" / CALIBRATION).is_dir():
        return []
    with interruptible(), progress("test on held-out months: draws", hidden=hidden) as report:
        return later_months(work.corridor, draws=draws, seed=seed, progress=report)


def _show_comparison(table: Comparison, lang: str, metrics: Sequence[str] = SHOWN) -> None:
    """Show as many metrics side by side as fit, and the others in further tables."""
    from roxham.show.table import comparison_table

    fit = max((table_width() - WIDTH_OF_NAMES) // WIDTH_OF_METRIC, 1)
    for first in range(0, len(metrics), fit):
        show(comparison_table(table, language(lang), metrics[first : first + fit]))


def _show_rooms(table: Rooms, lang: str, case: str, *, peaks: bool) -> None:
    """Show every month, or only the busiest month of each place."""
    from roxham.show.table import place_names, rooms_table
    from roxham.sim.corridor import cases

    folder = cases().get(case)
    names = place_names(folder, language(lang)) if folder is not None else {}
    show(rooms_table(table, language(lang), names, peaks=peaks))
