"""Turn what pydantic found wrong into problems with file, line, column and a suggestion."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from roxham._yaml import Items, Position, Row
from roxham.errors import Problem, RoxhamError, did_you_mean

__all__ = ["Refused", "cause_of", "problems_of"]

_QUOTED = re.compile(r"'([^']*)'")
_Loc = tuple[int | str, ...]

# What was wanted, for the kinds of pydantic errors that say so at length.
_WANTED = {
    **dict.fromkeys(("float_parsing", "float_type"), "a number"),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), "a whole number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "true or false"),
    **dict.fromkeys(("model_type", "dict_type", "mapping_type", "model_attributes_type"), "a mapping"),
    **dict.fromkeys(("list_type", "tuple_type", "iterable_type", "sequence_str"), "a list"),
    "finite_number": "a finite number",
    "string_type": "text",
}


class Refused(str):
    """A value that was refused before pydantic saw it, and why; as text it never passes for a value."""

    def __new__(cls, error: RoxhamError) -> Refused:
        refused = super().__new__(cls, f"refused: {error}")
        refused.error = error
        return refused

    error: RoxhamError


def cause_of(one: Any) -> Any:
    """Return the error of our own behind one pydantic error, or whatever else caused it, or None."""
    given = one["input"]
    return given.error if isinstance(given, Refused) else one.get("ctx", {}).get("error")


def problems_of(error: ValidationError, data: Any, model: Any, file: str | None) -> list[Problem]:
    """List every problem of a validation in the order of the file.

    `data` is what was checked (as `roxham._yaml` read it), `model` the type that it was checked against.
    """
    found: list[Problem] = []
    for one in error.errors(include_url=False):
        line, column = _place(one, data)
        cause = cause_of(one)
        if isinstance(cause, RoxhamError):
            name = _name(one["loc"], data)
            for problem in cause.problems:
                told = problem if problem.line else _named(problem, name)
                found.append(told.at(file, line, column))
        else:
            message, hint = _message(one, data, model)
            found.append(Problem(message, file, line, column, hint))
    return sorted(dict.fromkeys(found), key=lambda problem: (problem.line or 0, problem.column or 0))


def _named(problem: Problem, name: str) -> Problem:
    if not name:
        return problem
    return Problem(f"{name}: {problem.message}", problem.file, problem.line, problem.column, problem.hint)


def _message(one: Any, data: Any, model: Any) -> tuple[str, str | None]:
    """Return what to say about one pydantic error, and the word that was probably meant."""
    kind, loc, given, ctx = one["type"], one["loc"], one["input"], one.get("ctx", {})
    name = _name(loc, data)
    if kind == "missing":
        parent = _name(loc[:-1], data, mapping=True)
        return f'the key "{loc[-1]}" is missing' + (f" in {parent}" if parent else ""), None
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        known = sorted(_keys(_models_at(model, loc[:-1])))
        hint = did_you_mean(str(loc[-1]), known)
        said = f'unknown key "{loc[-1]}"'
        return (said if hint or not known else f"{said}; known are {', '.join(known)}"), hint
    if kind == "union_tag_not_found":
        return _prefix(name, f"the key {_plain(ctx['discriminator'])} is missing"), None
    if kind == "union_tag_invalid":
        key, word = _plain(ctx["discriminator"]), str(ctx["tag"])
        choices = _QUOTED.findall(ctx["expected_tags"])
        said = f'{key} "{word}" is not one of {", ".join(choices)}'
        return _prefix(name, said), did_you_mean(word, choices)
    if kind in ("literal_error", "enum"):
        choices = _QUOTED.findall(ctx["expected"])
        said = f"{_said(given)} is not one of {', '.join(choices)}"
        return _prefix(name, said), did_you_mean(str(given), choices)
    return _prefix(name, _plain_message(kind, one["msg"], given)), None


def _plain_message(kind: str, message: str, given: Any) -> str:
    """Say in our own words what pydantic says of a single value."""
    if given is None:
        return "it is empty, and must not be"
    said = _said(given) if isinstance(given, str | int | float) else "this"
    if kind in _WANTED:
        return f"{said} is not {_WANTED[kind]}"
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if message.startswith("Input should be "):
        return f"{said} must be {message.removeprefix('Input should be ')}"
    return f"{message} ({said})" if said != "this" else message


def _said(given: Any) -> str:
    said = str(given) if len(str(given)) <= 60 else f"{str(given)[:57]}..."
    return f'"{said}"' if isinstance(given, str) else said


def _plain(word: str) -> str:
    return f'"{_tag_key(word)}"'


def _tag_key(word: Any) -> str:
    """Return the key that tells alternatives apart, as pydantic names it: quoted, or as a function of that name."""
    return str(word).strip("'").removesuffix("()")


def _prefix(name: str, message: str) -> str:
    return f"{name}: {message}" if name else message


def _name(loc: _Loc, data: Any, *, mapping: bool = False) -> str:
    """Say where in the data a location is, without the parts that only pydantic knows.

    With `mapping`, the location must be that of a mapping.
    """
    said, here = "", data
    for part in _steps(loc, data):
        here = _inner(here, part)
        if mapping and not isinstance(here, dict | list):
            break
        said += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if said else part
    return said


def _steps(loc: _Loc, data: Any) -> list[int | str]:
    """Return the parts of a location that are keys or indices of the data; the others are type labels."""
    if not loc:
        return []
    part, rest = loc[0], loc[1:]
    skipping = _steps(rest, data)
    if not _holds(data, part):
        return skipping
    entering = [part, *_steps(rest, _inner(data, part))]
    reaches_end = bool(skipping) and skipping[-1] == loc[-1]
    return skipping if reaches_end and len(skipping) >= len(entering) else entering


def _inner(data: Any, part: int | str) -> Any:
    return data[str(part)] if isinstance(data, dict) else data[part]


def _holds(data: Any, part: int | str) -> bool:
    if isinstance(data, dict):
        return str(part) in data
    return isinstance(data, list) and isinstance(part, int) and 0 <= part < len(data)


def _place(one: Any, data: Any) -> tuple[int | None, int | None]:
    """Return line and column of one pydantic error."""
    given = one["input"]
    if one["type"] in ("missing", "union_tag_not_found") and isinstance(given, Row | Items) and given.where:
        return given.where.line, given.where.column
    here, at = data, _own_place(data)
    for part in _steps(one["loc"], data):
        where = getattr(here, "where", None)
        if where is not None:
            places = where.keys if one["type"] == "extra_forbidden" else where.values
            at = places.get(str(part), at)
        here = _inner(here, part)
    if one["type"] == "union_tag_invalid" and isinstance(here, Row) and here.where:
        at = here.where.values.get(_tag_key(one["ctx"]["discriminator"]), at)
    return at


def _own_place(data: Any) -> Position | tuple[None, None]:
    where = getattr(data, "where", None)
    return (where.line, where.column) if where is not None else (None, None)


def _models_at(model: Any, loc: _Loc) -> list[type[BaseModel]]:
    """Return the models that may stand at a location of a type, to know which keys they have."""
    here = list(_flat(model))
    for part in loc:
        tagged = [one for one in here if _is_tagged(one, part)]
        if tagged and len(here) > 1:  # a type label: it names the one alternative that was meant
            here = tagged
        else:
            here = [inner for one in here for inner in _inside(one, part)] or here
    return [one for one in here if _is_model(one)]


def _inside(kind: Any, part: int | str) -> list[Any]:
    if _is_model(kind):
        for name, info in kind.model_fields.items():
            if part in (name, info.alias):
                return list(_flat(info.annotation))
        return []
    values = get_args(kind)
    if get_origin(kind) is None or not values:
        return []
    return [inner for value in values for inner in _flat(value)]


def _flat(kind: Any) -> Iterator[Any]:
    """Yield the alternatives of a type, without Annotated and Union around them."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _flat(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(kind):
            yield from _flat(one)
    elif _is_model(kind) and "root" in kind.model_fields:
        yield from _flat(kind.model_fields["root"].annotation)
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_tagged(kind: Any, tag: int | str) -> bool:
    if not _is_model(kind):
        return False
    fields = kind.model_fields.values()
    return kind.__name__ == tag or any(tag in get_args(info.annotation) for info in fields)


def _keys(models: Sequence[type[BaseModel]]) -> Iterable[str]:
    return {info.alias or name for model in models for name, info in model.model_fields.items()}
