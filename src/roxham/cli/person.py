"""Commands about one person or party: check against the law, and why a simulated party did what it did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roxham.cli.console import Gather, language, show_json
from roxham.cli.study import Case, From, Json, Language, Seed, To
from roxham.errors import Problem, RoxhamError, SpecError, raise_problems


def check(
    facts: Annotated[Path, typer.Argument(help="A YAML file with the facts of one person.")],
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

    \b
    roxham check facts.yaml
    roxham check facts.yaml --lang fr
    roxham check facts.yaml --reading late_bar_if_suspended=falls --json

    \b
    facts.yaml:
      entry_at: 2023-04-01T22:00
      entry_place: between_poe_land
      claim_at: 2023-04-02T09:00
      claim_place: between_poe_intercept
    """
    from roxham.lab.scenario import case_folder
    from roxham.law import load_law
    from roxham.law.explain import explain
    from roxham.law.person import person_from_yaml

    gather = Gather()
    gather.do(language, lang)
    given = gather.do(person_from_yaml, facts)
    readings = gather.do(_readings, reading or [])
    folder = gather.do(case_folder, case)
    gather.done()
    book = load_law((folder or Path()) / "law")
    try:
        told = {} if given is None else given.facts
        answer = explain(book, told, {**({} if given is None else given.readings), **(readings or {})})
    except RoxhamError as error:
        raise type(error)([problem.at(str(facts)) for problem in error.problems]) from None
    if json:
        show_json(answer.to_dict())
    else:
        typer.echo(answer.text(lang))


def why(
    study: Annotated[str, typer.Argument(help="A scenario of the case, or its YAML file.")] = "as-it-was",
    party: Annotated[int, typer.Option("--party", min=0, help="Number of the simulated party.")] = 0,
    seed: Seed = 7,
    draw: Annotated[int, typer.Option("--draw", min=0, help="Which draw of chance.")] = 0,
    case: Case = "canada_us",
    from_: From = None,
    to: To = None,
    lang: Language = "en",
    tree: Annotated[
        bool, typer.Option("--tree", help="The cited tree of each decision at the border, and what would turn it.")
    ] = False,
    json: Json = False,
) -> None:
    """What one simulated party did, and why.

    The party is invented by the model: nobody real is described.

    \b
    roxham why --party 12
    roxham why --party 12 --tree
    roxham why protocol-never --party 12 --seed 7 --lang fr
    """
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
