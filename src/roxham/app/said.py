"""One lever that was moved: its value as the lever has it, and in words of both languages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from roxham.app.levers import AS_IT_WAS, both
from roxham.app.shapes import Both, Lever, Setting
from roxham.errors import Problem, SpecError, UnknownName, did_you_mean
from roxham.show.text import Language, day, number


def lever_of(name: str, levers: Mapping[str, Lever]) -> Lever:
    """A lever by its id; raises UnknownName with the nearest one."""
    if name not in levers:
        raise UnknownName(Problem(f'"{name}" is not a lever of this case', hint=did_you_mean(name, levers)))
    return levers[name]


def idle(setting: Setting, levers: Mapping[str, Lever]) -> bool:
    """True where a lever stands as it was, which changes nothing."""
    lever = lever_of(setting.lever, levers)
    return setting.value == AS_IT_WAS or (not isinstance(setting.value, bool) and setting.value == lever.default)


def value_of(setting: Setting, lever: Lever) -> str | float:
    """The value of a setting, read as its lever has it; raises SpecError when it cannot be."""
    value = setting.value
    known = [one.value for one in lever.choices]
    if isinstance(value, str) and value in known:
        return value
    if lever.control == "number":
        try:
            read = float(value)
        except ValueError:
            read = math.nan
        if isinstance(value, bool) or not math.isfinite(read):
            raise SpecError(Problem(f'{lever.id}: "{value}" is not a number', hint=did_you_mean(str(value), known)))
        return int(read) if read.is_integer() else read
    said = f'{lever.id}: "{value}" is not one of {", ".join(known)}'
    raise SpecError(Problem(said, hint=did_you_mean(str(value), known)))


def said(setting: Setting, levers: Mapping[str, Lever]) -> Both:
    """One setting in words, with its days."""
    lever = lever_of(setting.lever, levers)
    value = value_of(setting, lever)
    kind = lever.id.partition(".")[0]
    key = f"{kind}_said_{value}" if kind in ("law", "crossing", "fare") else f"{kind}_said"
    key = "beds_all_said" if lever.id == "beds.all" else key
    shown = Both(en=_words(value, lever, "en"), fr=_words(value, lever, "fr"))
    words, when = both(key, what=_what(lever), value=shown), _when(setting)
    return Both(en=f"{words.en} {when.en}".strip(), fr=f"{words.fr} {when.fr}".strip())


def title_of(settings: Sequence[Both]) -> Both:
    """What a question made of these settings is called."""
    if len(settings) == 1:
        return both("asked", what=settings[0])
    return both("asked_more", what=settings[0], more=str(len(settings) - 1))


def _what(lever: Lever) -> Both:
    """What a lever changes, without the words of the lever itself."""
    if lever.group not in ("beds", "police") or lever.place == "all":
        return lever.title
    mark_en, mark_fr = (": ", "\u00a0: ") if lever.group == "beds" else ("Police at ", "\u00a0: ")
    return Both(en=lever.title.en.partition(mark_en)[2], fr=lever.title.fr.partition(mark_fr)[2])


def _words(value: str | float, lever: Lever, language: Language) -> str:
    if isinstance(value, str):
        return next((one.title.fr if language == "fr" else one.title.en for one in lever.choices if one.value == value),
                    value)  # fmt: skip
    return number(value, language, 0 if float(value).is_integer() else 2, signed=lever.group == "beds" and value > 0)


def _when(setting: Setting) -> Both:
    first, last = setting.from_, setting.until
    one = first or last
    if one is None:
        return Both(en="", fr="")
    key = "when_between" if first and last else "when_from" if first else "when_until"
    days = {"day": one, "last": last or one}
    shown = {name: Both(en=day(at.isoformat(), "en"), fr=day(at.isoformat(), "fr")) for name, at in days.items()}
    return both(key, **shown)
