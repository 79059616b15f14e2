"""Commands about one person or party: check against the law, and the story of a simulated party."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.cli.console import Gather, interruptible, language, show_json, show_table
from roxham.cli.study import Case, Json, Language
from roxham.errors import LawError, Problem, RoxhamError, SpecError, raise_problems

if TYPE_CHECKING:
    from roxham.law import LawBook, Person


def check(
    facts: Annotated[Path | None, typer.Argument(help="A YAML file with the facts of one person.")] = None,
    expect: Annotated[
        Path | None, typer.Option("--expect", help="A YAML file of people with the answers expected of the law.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask at the terminal for the facts still needed.")] = False,
    lang: Language = "en",
    case: Case = "canada_us",
    reading: Annotated[
        list[str] | None, typer.Option("--reading", help="A rival reading, SWITCH=VALUE; may be repeated.")
    ] = None,
    json: Json = False,
) -> None:
    """One person's claim against the law of a day.

    Tells the outcome, every ground with its citation, and what is unknown. A fact that is not known is written as
    unknown; a fact left out takes its usual value. Nothing that is read here is stored. It is a model of the law,
    not legal advice.

    With --expect, a file of people and expected answers is decided, and each answer that differs is told; the exit
    status is then 1.

    With --ask, questions are asked at the terminal until the answer no longer depends on what is unknown; "unknown",
    "?" and "inconnu" are answers too.

    \b
    roxham check facts.yaml
    roxham check facts.yaml --lang fr
    roxham check facts.yaml --reading late_bar_if_suspended=falls --json
    roxham check --expect people.yaml
    roxham check --ask --lang fr

    \b
    facts.yaml:
      entry_at: 2023-04-01T22:00
      entry_place: between_poe_land
      claim_at: 2023-04-02T09:00
      claim_place: between_poe_intercept

    \b
    people.yaml:
      defaults: {came_from_us: true}
      vignettes:
      - id: first
        as_of: 2023-04-02
        facts: {entry_at: 2023-04-01T22:00, entry_place: between_poe_land,
                claim_at: 2023-04-02T09:00, claim_place: between_poe_intercept}
        expect: {outcome: ineligible_return_to_US, grounds: ["A101(1)(e)"]}
    """
    from roxham.lab.scenario import case_folder
    from roxham.law import load_law

    gather = Gather()
    gather.do(language, lang)
    gather.do(_one_way, facts, expect, ask, reading)
    readings = gather.do(_readings, reading or [])
    folder = gather.do(case_folder, case)
    given = gather.do(_told, facts) if facts and not expect and not ask else None
    gather.done()
    book = load_law((folder or Path()) / "law")
    if expect is not None:
        _expected(book, expect, json=json)
    elif ask:
        _asked(book, readings or {}, lang=lang, json=json)
    elif given is not None and facts is not None:
        _answer(book, facts, given, {**given.readings, **(readings or {})}, lang=lang, json=json)


def _one_way(facts: Path | None, expect: Path | None, ask: bool, reading: list[str] | None) -> None:
    """Raise SpecError unless there is one thing to check."""
    given = [facts is not None, expect is not None, ask].count(True)
    if given != 1:
        raise SpecError("give either a file of facts, --expect FILE or --ask" + (", not both" if given else ""))
    if expect is not None and reading:
        raise SpecError("--reading goes with a file of facts; in a file of expected answers each person names readings")


def _told(path: Path) -> Person:
    from roxham.law.person import person_from_yaml

    return person_from_yaml(path)


def _answer(book: LawBook, path: Path, given: Person, readings: dict[str, str], *, lang: str, json: bool) -> None:
    from roxham.law.explain import explain

    try:
        answer = explain(book, given.facts, readings)
    except RoxhamError as error:
        raise type(error)([problem.at(str(path)) for problem in error.problems]) from None
    if json:
        show_json(answer.to_dict())
    else:
        typer.echo(answer.text(lang))


def _asked(book: LawBook, readings: dict[str, str], *, lang: str, json: bool) -> None:
    """Ask until the answer is settled, then explain it; questions go to standard error."""
    from roxham.law.ask import BEFORE, Interview
    from roxham.law.explain import explain

    interview = Interview(book, readings)
    typer.echo(f"{BEFORE[lang]}\n", err=True)
    with interruptible():
        while (question := interview.next()) is not None:
            typer.echo(f"{question.text(lang)}\n> ", nl=False, err=True)
            line = sys.stdin.readline()
            if not line:
                raise RoxhamError("the answers ended while facts were still needed; nothing is decided")
            try:
                interview.answer(question, line)
            except LawError as error:
                for problem in error.problems:
                    typer.echo(str(problem), err=True)
    answer = explain(book, interview.facts(), readings)
    if json:
        show_json(answer.to_dict())
    else:
        typer.echo(answer.text(lang))


def _expected(book: LawBook, path: Path, *, json: bool) -> None:
    """Compare the answers of the law with those expected in a file; leave with status 1 where they differ."""
    from roxham.law.expect import disagreements, read_vignettes

    people = read_vignettes(path, book)[1]
    found = disagreements(book, people)
    wrong = len({one.id for one in found})
    if json:
        listed = [{"id": one.id, "key": one.key, "expected": one.expected, "got": one.got,
                   "provision": one.provision} for one in found]
        show_json({"people": len(people), "agree": len(people) - wrong, "disagreements": listed,
                   "checked_to": dict(book.checked_to)})
    elif found:
        rows = [(one.id, one.key, one.expected, one.got, one.provision) for one in found]
        show_table(f"{wrong} of {len(people)} people: the law answers otherwise than expected",
                   ("id", "key", "expected", "got", "decided by"), rows)
    else:
        typer.echo(f"{len(people)} people: every answer is as expected")
    if found:
        raise typer.Exit(1)


def tell_story(
    study: str, *, party: int, seed: int, draw: int, case: str, from_: str | None, to: str | None, lang: str,
    tree: bool, json: bool,
) -> None:
    """Tell what one simulated party did, and why."""
    from roxham.cli.study import prepare
    from roxham.sim.why import trees
    from roxham.sim.why import why as tell

    gather = Gather()
    gather.do(language, lang)
    work = prepare(study, case=case, from_=from_, to=to, gather=gather)
    scenario = work.study.scenarios[-1] if len(work.study.scenarios) <= 2 else work.study.baseline
    corridor = work.corridor.amend(scenario.amendments)
    first, last = work.study.from_, work.study.to
    steps = tell(corridor, party=party, seed=seed, draw=draw, from_=first, to=last, lang=lang)
    found = trees(corridor, party=party, seed=seed, draw=draw, from_=first, to=last) if tree else []
    if json:
        told = [{"date": day, **one.to_dict()} for day, one in found]
        head = {"scenario": scenario.name, "party": party, "seed": seed, "draw": draw, "steps": steps}
        show_json({**head, "decisions": told} if tree else head)
        return
    typer.echo(f"{scenario.name}, party {party} (seed {seed}, draw {draw}): invented by the model, nobody real\n")
    for step in steps:
        typer.echo(f"{step['date']}  {step['step']}: {step['what']}")
        if step.get("citation"):
            typer.echo(f"            {step['citation']}")
    for day, one in found:
        typer.echo(f"\n{day}\n{one.text(lang)}")


def _readings(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    raise_problems(
        (Problem(f'--reading: "{switch}" needs a value: SWITCH=VALUE') for switch, _, value in pairs if not value),
        SpecError,
    )
    return {switch: value for switch, _, value in pairs}
