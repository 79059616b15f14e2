"""The page `home`: one picture, doors by who you are, and what the program got right and wrong."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from roxham.app.forecast import Lang
from roxham.app.report import Bands, laws
from roxham.app.stored import stored
from roxham.app.text import say
from roxham.show.text import Language, day, number, percent, span

router = APIRouter(prefix="/api/home", tags=["home"])
#: From this share of the months on, an 80 % band did what it says (docs/trust/experiments.md).
WANTED = 0.7


class Picture(BaseModel):
    """Crossings by month: the model's bands, the months as published, and the days on which the law changed."""

    months: list[str]
    bands: Bands
    observed: dict[str, float]
    laws: list[tuple[str, str]]
    command: str


class Finding(BaseModel):
    """One experiment: its title, what came out as wanted, and what did not."""

    title: str
    right: list[str]
    wrong: list[str]


class HomeAnswer(BaseModel):
    """What the first page shows."""

    picture: Picture
    findings: list[Finding]
    forecasts: list[str]
    unknown: list[str]


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first: all of it."""
    return home(language).model_dump(mode="json")


@router.get("")
def home(lang: Lang = "en") -> HomeAnswer:
    """The picture of the first page, and the findings of the trust pages with their misses."""
    return _home(lang)


@cache
def _home(language: Language) -> HomeAnswer:
    tour, trust = stored("tour"), stored("trust")
    first = tour["steps"][0]
    picture = Picture(months=first["months"], bands=first["bands"], observed=tour["observed"], laws=laws(language),
                      command=tour["made"]["command"])  # fmt: skip
    low, middle, high = (number(value, language) for value in trust["unseen"]["posterior"])
    unknown = [
        say("home", language, "unknown_unseen", middle=middle, band=span(low, high, language)),
        say("home", language, "unknown_elsewhere"),
        say("home", language, "unknown_untried"),
    ]
    findings = [_finding(one, language) for one in trust["experiments"]]
    return HomeAnswer(picture=picture, findings=findings, forecasts=_forecasts(language), unknown=unknown)


def _finding(one: dict[str, Any], language: Language) -> Finding:
    """What an experiment got right and wrong, in words."""
    whole = one["all"]["corridor"]
    counts = {"wis": number(whole["wis"], language), "baseline": number(whole["baseline_wis"], language),
              "day": day(one["day"], language)}  # fmt: skip
    held = say("home", language, "finding_held", share=percent(whole["covered_80"], language),
               cells=number(whole["cells"], language))  # fmt: skip
    better = say("home", language, "finding_score", **counts)
    right: list[str] = []
    wrong: list[str] = []
    (right if whole["covered_80"] >= WANTED else wrong).append(held)
    (right if whole["wis"] < whole["baseline_wis"] else wrong).append(better)
    alone = one["all"]["ensemble"]
    if alone["wis"] < whole["wis"]:
        wrong.append(say("home", language, "finding_alone", wis=number(whole["wis"], language),
                         alone=number(alone["wis"], language)))  # fmt: skip
    wrong += [_miss(each, language) for each in one["series"] if each["skill"] < 0 or each["covered_80"] < 0.5]
    return Finding(title=one["title"][language], right=right, wrong=wrong)


def _miss(one: dict[str, Any], language: Language) -> str:
    """One series that an experiment missed: worse than the baseline, or too seldom in its band."""
    parts = []
    if one["skill"] < 0:
        parts.append(say("home", language, "miss_score", wis=number(one["wis"], language),
                         baseline=number(one["baseline_wis"], language)))  # fmt: skip
    if one["covered_80"] < 0.5:
        parts.append(say("home", language, "miss_band", share=percent(one["covered_80"], language)))
    _, place, office = one["series"].split("/")
    series = say("home", language, f"series_{office}", where=say("home", language, f"in_{place}"))
    return say("home", language, "miss", series=series, what="; ".join(parts))


def _forecasts(language: Language) -> list[str]:
    """How the monthly forecasts did on months that chose no setting, beside the reference and the hardest baseline."""
    tested = next(one for one in stored("scores")["headline"] if one["label"] == "tested 1-12")
    return [
        say("home", language, "forecasts_skill", skill=percent(tested["skill"], language, 1),
            wis=number(tested["wis"], language), baseline=number(tested["baseline_wis"], language)),
        say("home", language, "forecasts_hardest", skill=percent(tested["skill_hardest"], language, 1, signed=True)),
        say("home", language, "forecasts_bands", **{
            f"held{band}": percent(held, language) for band, held in zip((50, 80, 95), tested["coverage"], strict=True)
        }),
    ]  # fmt: skip
