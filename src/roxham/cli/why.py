"""The command `why`: why two runs differ, or why one simulated party did what it did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from roxham.cli.console import Gather, interruptible, language, progress, show, show_json
from roxham.cli.person import tell_story
from roxham.cli.study import Case, From, Json, Language, Period, Place, Seed, To
from roxham.errors import Problem, RunError, UnknownName, did_you_mean

if TYPE_CHECKING:
    from roxham.lab.because import Because, Grouping
    from roxham.sim.corridor import Corridor

AMENDMENT = "amendment"
PICTURES = (".png", ".svg", ".pdf")


def why(
    what: Annotated[list[str] | None, typer.Argument(
        metavar="METRIC RUN_A RUN_B | [SCENARIO]",
        help="A metric and two runs, each FOLDER or FOLDER:SCENARIO; or, for a party, a scenario.")] = None,
    period: Period = "all",
    place: Place = "all",
    by: Annotated[str, typer.Option("--by", help="cause, step, rule, place, or amendment (runs again).")] = "cause",
    lines: Annotated[int, typer.Option("--lines", min=1, help="How many lines are told one by one.")] = 12,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Draws that --by amendment runs again.")] = 3,
    plot: Annotated[Path | None, typer.Option("--plot", help="Also draw it: a file .png, .svg or .pdf.")] = None,
    party: Annotated[int | None, typer.Option("--party", min=0, help="Number of a simulated party.")] = None,
    seed: Seed = 7,
    draw: Annotated[int, typer.Option("--draw", min=0, help="Which draw of chance, for a party.")] = 0,
    case: Case = "canada_us",
    from_: From = None,
    to: To = None,
    lang: Language = "en",
    tree: Annotated[
        bool, typer.Option("--tree", help="For a party: the cited tree of each decision, and what would turn it.")
    ] = False,
    json: Json = False,
) -> None:
    """Why two runs differ; or what one simulated party did, and why.

    With a metric and two runs: which step, service, rule or payer made the difference, in lines that add up to it
    exactly. A run is the folder that `roxham run` wrote, with a scenario after a colon; a folder alone is its baseline.
    With --by amendment the draws are run again with every subset of what the second scenario adds.

    With --party: the life of one party, step by step. It is invented by the model: nobody real is described.

    \b
    roxham why heard out/roxham-road out/roxham-road:protocol-never
    roxham why wait_days_rpd out/a out/b --period 2022 --lang fr
    roxham why cost_federal out/a out/b --by step --plot why.svg
    roxham why heard out/a out/a:protocol-never --by amendment --draws 2
    roxham why --party 12
    roxham why protocol-never --party 12 --tree --lang fr
    """
    given = list(what or ())
    if _is_story(given, party):
        tell_story(given[0] if given else "as-it-was", party=party or 0, seed=seed, draw=draw, case=case,
                   from_=from_, to=to, lang=lang, tree=tree, json=json)
        return
    gather = Gather()
    spoken = gather.do(language, lang) or "en"
    gather.do(_check, given, by, plot)
    gather.done()
    metric, a, b = given
    answer, corridor = _answer(metric, a, b, period=period, place=place, by=by, draws=draws, hidden=json)
    _show(answer, corridor, spoken, lines=lines, plot=plot, json=json)


def _is_story(given: list[str], party: int | None) -> bool:
    """Whether one party is meant: --party, or at most a scenario; a metric alone is not a scenario."""
    from roxham.sim.metrics import METRICS

    if party is not None and len(given) > 1:
        raise RunError("--party tells of one party: give at most a scenario, or leave --party out to compare two runs")
    return party is not None or (len(given) <= 1 and not any(name in METRICS for name in given))


def _check(given: list[str], by: str, plot: Path | None) -> None:
    """Tell everything that is wrong with the request at once."""
    from roxham.lab.because import GROUPINGS
    from roxham.sim.metrics import METRICS

    problems = []
    if given[0] not in METRICS:
        problems.append(Problem(f'"{given[0]}" is not a metric', hint=did_you_mean(given[0], METRICS)))
    if len(given) != 3:
        problems.append(Problem(f"give a metric and two runs: roxham why {given[0]} out/a out/b; "
                                "two scenarios of one run are out/a:one and out/a:two"))
    known = (*GROUPINGS, AMENDMENT)
    if by not in known:
        problems.append(Problem(f'--by: "{by}" is not one of {", ".join(known)}', hint=did_you_mean(by, known)))
    if plot is not None and plot.suffix not in PICTURES:
        problems.append(Problem(f"--plot: {plot} should end in one of {', '.join(PICTURES)}"))
    if problems:
        raise UnknownName(problems)


def _answer(
    metric: str, a: str, b: str, *, period: str, place: str, by: str, draws: int, hidden: bool
) -> tuple[Because, Corridor | None]:
    from roxham.lab.amended import by_amendment
    from roxham.lab.because import because

    answer = because(metric, a, b, place=place, period=period)
    corridor = _corridor(answer)
    if by == AMENDMENT:
        with interruptible(), progress("runs with some of the amendments", hidden=hidden) as report:
            return by_amendment(answer, corridor, draws=draws, progress=report), corridor
    return answer.grouped(cast("Grouping", by)), corridor


def _corridor(answer: Because) -> Corridor | None:
    """The case of the runs, where it is at hand: it gives the names of what it holds."""
    from roxham.lab.store import read_manifest
    from roxham.sim.corridor import cases, load

    case = str(read_manifest(answer.a.folder)["case"])
    return load(case) if case in cases() else None


def _show(
    answer: Because, corridor: Corridor | None, lang: str, *, lines: int, plot: Path | None, json: bool
) -> None:
    from roxham.show.because import Words, because_chart, because_table
    from roxham.show.text import say

    spoken = language(lang)
    words = Words.of(corridor, spoken)
    if json:
        show_json(answer.to_dict())
    elif not answer.items:
        typer.echo(say("because_none", spoken))
    else:
        show(because_table(answer, words, most=lines))
    if plot is not None:
        try:
            because_chart(answer, words, most=lines).savefig(plot)
        except OSError as error:
            raise RunError(Problem(f"the picture cannot be written: {error.strerror}", str(plot))) from None
