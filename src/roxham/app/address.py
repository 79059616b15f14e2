"""Permanent addresses: a question as a short query, or the id of its study in the store, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from roxham.app.shapes import Question, Setting
from roxham.errors import Problem, SpecError, raise_problems
from roxham.units import parse_date

#: A query longer than this is replaced by the id of the study.
LONGEST = 1500
SETTING = re.compile(r"([a-z0-9_.]{1,120}):([^@]{0,80})(?:@(\d{4}-\d\d-\d\d)?(?:\.\.(\d{4}-\d\d-\d\d)?)?)?")
DIGITS = re.compile(r"\d{1,15}")
NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,9})?")


def address_of(question: Question, study: str = "") -> str:
    """The query that opens a question: short, or the id of its study in the store.

    >>> address_of(Question(settings=[Setting(lever="capacity.rpd", value=2.0)], draws=40))
    '?set=capacity.rpd:2&draws=40'
    """
    plain = question.model_dump(mode="json", exclude_defaults=True)
    pairs: list[tuple[str, str]] = [("set", _short(one)) for one in question.settings]
    pairs += [("scenario", name) for name in question.scenarios]
    pairs += [("yaml", question.yaml)] if question.yaml else []
    pairs += [(name, str(plain[name])) for name in ("from", "to", "draws", "seed") if name in plain]
    query = urlencode(pairs, quote_via=quote, safe=":@.,-_~")
    if len(query) > LONGEST and study:
        return f"?study={study}"
    return f"?{query}" if query else ""


def _short(setting: Setting) -> str:
    value = setting.value
    words = f"{value:.12g}" if isinstance(value, float) else str(value)
    days = f"@{setting.from_ or ''}" if setting.from_ or setting.until else ""
    return f"{setting.lever}:{words}{days}" + (f"..{setting.until}" if setting.until else "")


def question_of(query: Sequence[tuple[str, str]]) -> Question:
    """The question that an address asks; raises SpecError with every part that cannot be read.

    >>> question_of([("set", "law.protocol_2023:starts@2019-01-01"), ("draws", "5")]).settings[0].value
    'starts'
    """
    problems: list[Problem] = []
    found: dict[str, Any] = {"settings": [], "scenarios": []}
    for key, text in query:
        try:
            if key == "set":
                found["settings"].append(_read_setting(text))
            elif key == "scenario":
                found["scenarios"].append(text)
            elif key in ("from", "to"):
                found[key] = parse_date(text)
            elif key in ("draws", "seed"):
                found[key] = _read_count(key, text)
            elif key == "yaml":
                found[key] = text
        except SpecError as error:
            problems.extend(error.problems)
    raise_problems(problems)
    try:
        return Question(**found)
    except ValidationError as error:
        said = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
        raise SpecError(said) from None


def _read_count(key: str, text: str) -> int:
    if not DIGITS.fullmatch(text):
        raise SpecError(f'{key}: "{text[:80]}" is not a whole number')
    return int(text)


def _read_setting(text: str) -> Setting:
    parts = SETTING.fullmatch(text)
    if parts is None:
        raise SpecError(f'"{text[:80]}" does not set a lever; write it as law.protocol_2023:starts@2019-01-01')
    lever, value, first, last = parts.groups()
    read: str | float = float(value) if NUMBER.fullmatch(value) else value
    return Setting(
        lever=lever,
        value=read,
        from_=parse_date(first) if first else None,
        until=parse_date(last) if last else None,
    )
