"""From a question to a study: levers, YAML or names become scenarios.

What levers say is written as YAML and read by the same loader as ``roxham run`` reads a file with, so a question has
the same checks and the same numbers as the file that the page shows.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roxham.app.levers import both
from roxham.app.said import idle, lever_of, said, title_of, value_of
from roxham.app.shapes import Both, Lever, Named, Question, ScenarioSaid, Setting
from roxham.errors import Problem, SpecError, UnknownName, did_you_mean, raise_problems

if TYPE_CHECKING:
    from roxham.app.ground import Ground
    from roxham.lab.scenario import Study
    from roxham.sim.amend import Amendment

FILE = "scenario.yaml"
ASKED = "as-you-ask"


@dataclass(frozen=True)
class Asked:
    """A question that can be run: its study, and the amendments of each scenario as YAML."""

    question: Question
    study: Study

    @property
    def said(self) -> list[ScenarioSaid]:
        """The scenarios in words and as files."""
        from roxham.sim.amend import describe

        return [
            ScenarioSaid(
                name=one.name,
                title=Both(en=one.title.en, fr=one.title.fr),
                amendments=[describe(change) for change in one.amendments],
                yaml=scenario_yaml(one),
            )
            for one in self.study.scenarios
        ]


def ask(question: Question, ground: Ground) -> Asked:
    """Make the study of a question.

    Raises SpecError or UnknownName with every problem, each with its line where there is YAML.
    """
    given = [name for name in ("settings", "yaml", "scenarios") if getattr(question, name)]
    if len(given) > 1:
        raise SpecError(f"give at most one of settings, yaml and scenarios, not {' and '.join(given)}")
    _check_size(question, ground)
    if question.yaml:
        study = _of_yaml(question.yaml, ground)
    elif question.scenarios:
        study = _of_names(question.scenarios, ground)
    else:
        study = _of_settings(question.settings, ground)
    study = study.between(question.from_, question.to)
    _check_study(study, question.draws, ground)
    return Asked(question, study)


def _check_size(question: Question, ground: Ground) -> None:
    limits = ground.settings.limits
    if question.draws > limits.draws:
        raise SpecError(f"draws: {question.draws} is more than this server gives ({limits.draws})")


def _check_study(study: Study, draws: int, ground: Ground) -> None:
    limits, covers = ground.settings.limits, ground.corridor.info.covers
    problems = []
    if len(study.scenarios) > limits.scenarios:
        problems.append(f"{len(study.scenarios)} scenarios are more than this server runs at once ({limits.scenarios})")
    tasks = len(study.scenarios) * draws
    if tasks > limits.tasks:
        problems.append(f"{len(study.scenarios)} scenarios of {draws} draws are {tasks}, and this server gives at most "
                        f"{limits.tasks}: ask for fewer draws or scenarios")  # fmt: skip
    if any(len(one.amendments) > limits.amendments for one in study.scenarios):
        problems.append(f"a scenario has at most {limits.amendments} amendments here")
    if study.from_ < covers.from_ or study.to > covers.to:
        problems.append(f"the case covers {covers.from_} to {covers.to}, and the question {study.from_} to {study.to}")
    if problems:
        raise SpecError(list(problems))


# ---------------------------------------------------------------- three ways of asking
def _of_settings(settings: Sequence[Setting], ground: Ground) -> Study:
    from roxham.lab.scenario import Scenario, check_names
    from roxham.spec import parse_yaml

    flagship = ground.flagship
    moved = [one for one in settings if not idle(one, ground.levers)]
    if not moved:
        base = flagship.baseline
        return replace(flagship, name=base.name, title=base.title, why=base.why, scenarios=(base,))
    same = next((one for one in ground.told.scenarios if _same(one, moved, ground.levers)), None)
    if same is not None:
        return _of_names([same.name], ground)
    changes = [_amendment(one, ground.levers) for one in moved]
    title = title_of([said(one, ground.levers) for one in moved])
    text = _yaml({"name": ASKED, "title": title.model_dump(), "amendments": changes})
    scenario = parse_yaml(text, Scenario, file=FILE)
    study = replace(flagship, name=ASKED, title=scenario.title, why="", scenarios=(flagship.baseline, scenario))
    check_names(study, ground.corridor.names())
    return study


def _same(named: Named, moved: Sequence[Setting], levers: Mapping[str, Lever]) -> bool:
    """True where a scenario of the case moves the same levers."""
    return named.as_levers and [one for one in named.settings if not idle(one, levers)] == list(moved)


def _of_names(names: Sequence[str], ground: Ground) -> Study:
    """Scenarios of the case beside its baseline; a study's name stands for all of its scenarios."""
    from roxham.lab.scenario import list_scenarios, list_studies, load_pair, load_study

    case = ground.settings.case
    studies, known = list_studies(case), list_scenarios(case)
    problems = [
        Problem(f'"{name}" is neither a scenario nor a study of this case', hint=did_you_mean(name, (*known, *studies)))
        for name in names
        if name not in known and name not in studies
    ]
    raise_problems(problems, UnknownName)
    if len(names) == 1:
        return load_study(names[0], case=case, names=ground.corridor.names())
    if any(name in studies for name in names):
        raise SpecError("a study stands alone: give its name, or names of scenarios")
    flagship = ground.flagship
    wanted = [name for name in dict.fromkeys(names) if name != flagship.baseline.name]
    loaded = [load_pair(flagship.baseline.name, name, case=case, names=ground.corridor.names()).scenarios[1]
              for name in wanted]  # fmt: skip
    title = both("several", count=str(len(loaded) + 1))
    words = type(flagship.title)(en=title.en, fr=title.fr)
    name = "-".join(["chosen", *wanted])[:60].rstrip("-")
    return replace(flagship, name=name, title=words, why="", scenarios=(flagship.baseline, *loaded))


def _of_yaml(text: str, ground: Ground) -> Study:
    """A scenario or a study as somebody wrote it; a study may name scenarios of the case, never files."""
    from roxham.lab.scenario import load_study

    case = ground.settings.case
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(text, encoding="utf-8", newline="\n")
        try:
            return load_study(path, case=case, names=ground.corridor.names())
        except SpecError as error:
            raise type(error)([replace(one, file=FILE) for one in error.problems]) from None


# ---------------------------------------------------------------- levers
def _amendment(setting: Setting, levers: Mapping[str, Lever]) -> dict[str, Any]:
    """One setting as the keys of an amendment."""
    lever = lever_of(setting.lever, levers)
    value = value_of(setting, lever)
    kind, _, name = lever.id.partition(".")
    made = _KINDS[kind](name, value, lever)
    if made.get("action") == "starts" and setting.from_ is None:
        raise SpecError(f"{lever.id}: `starts` needs its day, `from`")
    days = {"from": setting.from_, "until": setting.until}
    return {"name": said(setting, levers).en, **made, **{key: one.isoformat() for key, one in days.items() if one}}


def _pressed(name: str, value: Any, lever: Lever) -> dict[str, Any]:
    what, _, which = name.partition(".")
    return {"kind": "pressure", **({what: which} if which else {}), "multiply": value}


#: Each prefix of a lever's id, and the amendment that it makes.
_KINDS: dict[str, Any] = {
    "law": lambda name, value, _: {"kind": "law", "instrument": name, "action": value},
    "parameter": lambda name, value, _: {"kind": "law", "parameter": name, "value": value},
    "reading": lambda name, value, _: {"kind": "reading", "switch": name, "value": value},
    "crossing": lambda name, value, _: {"kind": "crossing", "place": name, "open": value == "open"},
    "police": lambda name, value, _: {"kind": "police", "place": name, "presence": value},
    "fare": lambda name, value, _: {"kind": "fare", "free_tickets": value == "given"},
    "transfer": lambda name, value, _: {"kind": "transfer", "share": value},
    "beds": lambda name, value, _: {"kind": "beds", "place": name,
                                    **({"multiply": value} if name == "all" else {"add": f"{value} beds"})},
    "capacity": lambda name, value, _: {"kind": "capacity", "service": name, "multiply": value},
    "pressure": _pressed,
    "number": lambda name, value, lever: {"kind": "number", "number": name,
                                          "set": f"{value} {lever.unit.en}" if lever.unit else value},
}  # fmt: skip


def settings_of(changes: Sequence[Amendment], levers: Mapping[str, Lever]) -> list[Setting] | None:
    """The levers that say the same as some amendments, or None where levers cannot say all of it."""
    found = []
    for change in changes:
        keys = change.to_dict()
        moved = _setting_of(keys)
        if moved is None or moved[0] not in levers:
            return None
        first, last = (date.fromisoformat(str(keys[key])) if keys.get(key) else None for key in ("from", "until"))
        setting = Setting(lever=moved[0], value=moved[1], from_=first, until=last)
        try:
            made = _amendment(setting, levers)
        except SpecError:
            return None
        hidden = ("name", "note", "source")
        if {k: v for k, v in made.items() if k not in hidden} != {k: v for k, v in keys.items() if k not in hidden}:
            return None
        found.append(setting)
    return found


def _setting_of(keys: Mapping[str, Any]) -> tuple[str, str | float] | None:
    """The lever and the value of one amendment, given as its keys."""
    kind = keys["kind"]
    if kind == "law" and keys.get("instrument"):
        return f"law.{keys['instrument']}", keys["action"]
    if kind == "law":
        return f"parameter.{keys['parameter']}", keys["value"]
    if kind == "pressure":
        named = [f"{what}.{keys[what]}" for what in ("group", "hub") if keys.get(what, "all") != "all"]
        return (f"pressure.{named[0] if named else 'all'}", keys["multiply"]) if len(named) < 2 else None
    if kind == "beds" and "add" in keys:
        return f"beds.{keys['place']}", float(str(keys["add"]).split()[0])
    simple: dict[str, tuple[str, str]] = {
        "reading": ("switch", "value"), "police": ("place", "presence"), "capacity": ("service", "multiply"),
        "beds": ("place", "multiply"),
    }  # fmt: skip
    if kind in simple:
        name, key = simple[kind]
        return (f"{kind}.{keys[name]}", keys[key]) if key in keys else None
    if kind == "crossing":
        return f"crossing.{keys['place']}", "open" if keys["open"] else "closed"
    if kind == "number" and "set" in keys:
        return f"number.{keys['number']}", float(str(keys["set"]).split()[0])
    if kind == "fare" and "free_tickets" in keys:
        return "fare.free_tickets", "given" if keys["free_tickets"] else "not_given"
    return ("transfer.share", keys["share"]) if kind == "transfer" else None


def question_of_study(study: Study, *, draws: int, seed: int, ground: Ground) -> Question:
    """The question that asks a study: levers where they say all of it, else names of the case, else YAML."""
    flagship = ground.flagship
    days = {"from_": study.from_ if study.from_ != flagship.from_ else None,
            "to": study.to if study.to != flagship.to else None}  # fmt: skip
    more: dict[str, Any] = {"draws": draws, "seed": seed, **days}
    base, *others = study.scenarios
    if base == flagship.baseline and len(others) < 2:
        settings = settings_of(others[0].amendments, ground.levers) if others else []
        if settings is not None:
            return Question(settings=settings, **more)
    names = [one.name for one in study.scenarios]
    if base == flagship.baseline and set(names) <= {one.name for one in ground.told.scenarios}:
        return Question(scenarios=names[1:], **more)
    return Question(yaml=scenario_yaml(study.scenarios[-1]), **more)


def scenario_yaml(scenario: Any) -> str:
    """A scenario as the file that `roxham run` reads."""
    told: dict[str, Any] = {"name": scenario.name, "title": {"en": scenario.title.en, "fr": scenario.title.fr}}
    told |= {key: getattr(scenario, key) for key in ("why", "source") if getattr(scenario, key)}
    return _yaml({**told, "amendments": [change.to_dict() for change in scenario.amendments]})


def _yaml(data: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer, text = YAML(typ="rt"), io.StringIO()
    writer.default_flow_style, writer.width, writer.allow_unicode = False, 110, True
    writer.dump(dict(data), text)
    return text.getvalue()
