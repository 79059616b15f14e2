"""Commands about the months to come: forecast, score, backtest."""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps as dump
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roxham.cli.console import Gather, day, default_jobs, interruptible, language, progress, show, show_json, show_table
from roxham.cli.study import Case, Jobs, Json, Language, Quiet
from roxham.errors import Problem, RunError

if TYPE_CHECKING:
    from roxham.forecast.ahead import Forecast
    from roxham.forecast.backtest import Backtest
    from roxham.forecast.newer import Newer
    from roxham.forecast.report import Line
    from roxham.lab.rooms import Rooms
    from roxham.show.text import Language as Tongue

Lag = Annotated[
    int | None,
    typer.Option("--lag-days", help="Days from a month's end to its publication, 30 to 90, not the house rule."),
]


def forecast(
    as_of: Annotated[str | None, typer.Option("--as-of", help="The day; nothing published later is used.")] = None,
    series: Annotated[
        list[str] | None, typer.Option("--series", help="For example claims/QC/land_border; may be repeated.")
    ] = None,
    horizon: Annotated[int, typer.Option("--horizon", min=1, max=12, help="Months after the month of the day.")] = 12,
    lag_days: Lag = None,
    newer: Annotated[
        Path | None, typer.Option("--newer", help="CSV of the same counts that goes on where the case's own ends.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the quantiles, the fans and the words.")] = None,
    archive: Annotated[
        Path | None, typer.Option("--archive", help="Folder that keeps the forecast until its outcome is known.")
    ] = None,
    case: Case = "canada_us",
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Claims and irregular entries in the months to come, with bands and an early warning.

    Uses what was known on the day: a month counts as published on day 15 of the second month after it
    (pseudo-real-time). Every forecast stands beside its naive baseline. --archive keeps it for `roxham score`.

    \b
    roxham forecast --as-of 2025-01-31 --series claims/QC/land_border --horizon 6
    roxham forecast --as-of 2025-01-31 --out fans --lang fr
    roxham forecast --archive kept
    """
    from roxham.forecast.ahead import forecast as make
    from roxham.forecast.hub import archive as keep

    gather = Gather()
    tongue, known = gather.do(language, lang), gather.do(day, as_of, "--as-of")
    gather.done()
    more = _newer(newer, case) if newer is not None else None
    made = make(case, as_of_day=known, series=series, horizon=horizon, lag_days=lag_days, newer=more)
    kept = keep(made, archive) if archive is not None else ()
    rooms = _rooms(made)
    if out is not None:
        _write(made, rooms, out)
    if json:
        show_json(_as_data(made, rooms))
    elif not quiet:
        _show(made, rooms, tongue or "en", kept)


def _newer(file: Path, case: str) -> Newer:
    """A newer file of the case's counts, checked."""
    from roxham.forecast.newer import read_newer

    if not file.is_file():
        raise RunError(Problem("there is no such file", str(file)))
    return read_newer(file.read_bytes(), case, name=str(file))


def _rooms(made: Forecast) -> Rooms | None:
    """Rooms by place where the forecast holds a province whole and the case has places."""
    from roxham.forecast.beds import rooms_needed

    try:
        return rooms_needed(made)
    except RunError:
        return None


def _show(made: Forecast, rooms: Rooms | None, tongue: Tongue, kept: Sequence[Path]) -> None:
    from roxham.evidence.tables import case_folder
    from roxham.show.fan import forecast_table, missing_words, warning_words
    from roxham.show.table import place_names, rooms_table
    from roxham.show.text import say

    show(forecast_table(made, tongue))
    typer.echo(warning_words(made, tongue))
    if rooms is not None:
        show(rooms_table(rooms, tongue, place_names(case_folder(made.case), tongue), peaks=True))
        typer.echo(say("forecast_rooms_note", tongue))
    if made.missing:
        typer.echo(missing_words(made.missing, tongue), err=True)
    for path in kept:
        typer.echo(say("forecast_kept", tongue, path=path))


def _as_data(made: Forecast, rooms: Rooms | None) -> dict[str, Any]:
    from roxham.forecast.hub import as_data

    return as_data(made) | {"rooms": rooms.to_dict() if rooms is not None else None}


def _write(made: Forecast, rooms: Rooms | None, out: Path) -> None:
    """Write the folder: hubverse quantiles, the baseline's, a fan per series as SVG and PNG, words in two languages."""
    from roxham.forecast.baselines import REFERENCE
    from roxham.forecast.hub import to_csv
    from roxham.show.fan import fan_figure, series_words, warning_words
    from roxham.show.plot import to_svg
    from roxham.show.text import LANGUAGES, month, say

    if out.exists() and not out.is_dir():
        raise RunError(Problem("this is a file; choose a folder", str(out)))
    out.mkdir(parents=True, exist_ok=True)
    (out / "forecast.csv").write_text(to_csv(made), encoding="utf-8", newline="\n")
    (out / "baseline.csv").write_text(to_csv(made, REFERENCE), encoding="utf-8", newline="\n")
    for tongue in LANGUAGES:
        (out / f"warning.{tongue}.txt").write_text(warning_words(made, tongue) + "\n", encoding="utf-8", newline="\n")
        for series in made.draws:
            name = f"fan-{series.replace('/', '-')}.{tongue}"
            figure = fan_figure(made, series, language=tongue)
            then = month(made.months[-1], tongue)
            words = say("forecast_alt", tongue, series=series_words(series, tongue), then=then)
            svg = to_svg(figure, name.replace(".", "-"), words)
            (out / f"{name}.svg").write_text(svg, encoding="utf-8", newline="\n")
            figure.savefig(out / f"{name}.png", dpi=150)
    if rooms is not None:
        _write_rooms(rooms, out / "rooms.csv")


def _write_rooms(rooms: Rooms, path: Path) -> None:
    from roxham._csv import write_csv

    lines = [need.to_dict() for need in rooms.needs]
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, lines, list(lines[0]))


def score(
    folder: Annotated[Path, typer.Argument(help="A folder that `roxham forecast --archive` filled, or a hub's.")],
    case: Case = "canada_us",
    lang: Language = "en",
    json: Json = False,
) -> None:
    """How kept forecasts did, beside the naive baseline.

    Only those whose outcome is held are scored; the others are counted. Any folder of hubverse quantile files with
    the same series will do, one folder a model.

    \b
    roxham score kept
    """
    from roxham.forecast.hub import score_archive
    from roxham.show.text import say

    tongue = language(lang)
    lines, waiting = score_archive(folder, case)
    if json:
        show_json({"scores": [vars(one) for one in lines], "waiting": waiting})
        return
    rows = [
        [f"{one.model} {one.horizon:+d}", str(one.cells), *_numbers(one.wis, one.baseline_wis), _share(one.skill),
         *_numbers(one.loss95, one.baseline_loss95), *(_share(part) for part in one.coverage)]
        for one in lines
    ]  # fmt: skip
    columns = say("score_columns", tongue).split("|")
    show_table(say("score_title", tongue), columns, rows, note=say("score_note", tongue, waiting=waiting))


def backtest(
    first: Annotated[str, typer.Option("--from", help="First month of origin.")] = "2018-01",
    last: Annotated[str, typer.Option("--to", help="Last month of origin.")] = "2025-01",
    lag_days: Lag = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for scores.json and past_scores.csv.")] = None,
    jobs: Jobs = 0,
    case: Case = "canada_us",
    lang: Language = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Forecast from every month of the past as known then, and score it.

    Weighted interval scores, skill against the seasonal log random walk and against the hardest baseline, and coverage,
    by horizon, year, series and model. Settings were chosen on origins before 2022; those from then on only test.

    \b
    roxham backtest
    roxham backtest --from 2024-01 --jobs 1 --json
    """
    from roxham.cli.console import month
    from roxham.forecast.backtest import backtest as test
    from roxham.forecast.ensemble import write_past

    gather = Gather()
    tongue = gather.do(language, lang)
    months = gather.do(month, first, "--from"), gather.do(month, last, "--to")
    gather.done()
    with interruptible(), progress("backtest: origins", hidden=quiet or json) as report:
        result = test(case, first=months[0] or first, last=months[1] or last, lag_days=lag_days,
                      jobs=jobs or default_jobs(), progress=report)  # fmt: skip
    data = _tables(result)
    plain = {name: [line.to_dict() for line in lines] for name, lines in data.items()}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "scores.json").write_text(dump(plain, indent=1) + "\n", encoding="utf-8", newline="\n")
        write_past(result.past, out / "past_scores.csv")
    if json:
        show_json(plain)
    elif not quiet:
        _show_scores(data, tongue or "en")


def _show_scores(data: dict[str, tuple[Line, ...]], tongue: Tongue) -> None:
    from roxham.show.text import say

    columns = say("backtest_columns", tongue).split("|")
    for name, lines in data.items():
        show_table(say(f"backtest_{name}", tongue), ["", *columns], [_cells(line) for line in lines])
    typer.echo(say("backtest_note", tongue))


def _tables(result: Backtest) -> dict[str, tuple[Line, ...]]:
    from roxham.forecast.report import by_horizon, by_model, by_series, by_year, headline

    return {
        "headline": headline(result),
        "horizon": by_horizon(result),
        "year": by_year(result),
        "series": by_series(result),
        "model": by_model(result),
    }


def _cells(line: Line) -> list[str]:
    return [
        line.label, *_numbers(line.wis, line.baseline_wis), _share(line.skill), line.hardest,
        _share(line.skill_hardest), _share(1 - line.crps / line.baseline_crps), _share(line.skill95),
        *(_share(part) for part in line.coverage),
    ]  # fmt: skip


def _numbers(*values: float) -> list[str]:
    return [f"{value:,.0f}" for value in values]


def _share(value: float) -> str:
    return f"{value:.1%}" if value == value else "–"
