"""Load and check frozen specs from YAML and CSV, and tell every problem of a file at once, with its place.

A spec is a frozen pydantic model that refuses unknown keys. Each mapping or row of a file remembers where
it stood, so a check made long after loading (a place that the case does not declare) still names file,
line and column.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from roxham._files import read_limited
from roxham._problems import Refused, cause_of, problems_of
from roxham._yaml import Row, Where, parse
from roxham.errors import Problem, SourceMissing, SpecError, UnitError, did_you_mean
from roxham.units import parse_date

__all__ = [
    "Dated",
    "Number",
    "Spec",
    "Status",
    "check_data",
    "check_names",
    "load_csv",
    "load_yaml",
    "parse_csv",
    "parse_yaml",
    "problem_at",
    "read_text",
]

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

Status = Literal["measured", "derived", "estimated", "assumed"]

MAX_CSV_BYTES = 50_000_000  # a judgement: a hundred times the largest case file


class Spec(BaseModel):
    """A frozen record of a file: unknown keys are errors, and it knows where it stood.

    A field whose name is a Python keyword ends in an underscore; its key in the file does not (`from_`
    is read from "from"). A date is read only from year-month-day, a number never from true or false.

    >>> class Place(Spec):
    ...     name: str
    ...     from_: date
    >>> parse_yaml("{name: Lacolle, from: 2023-03-25}", Place).from_
    datetime.date(2023, 3, 25)
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        validate_by_alias=True,
        validate_by_name=True,
        alias_generator=lambda name: name.removesuffix("_"),
    )

    @model_validator(mode="wrap")
    @classmethod
    def _remember(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if isinstance(data, dict):
            data = _refuse_wrong_kinds(cls, data)
        spec = handler(data)
        if isinstance(data, Row) and data.where is not None:
            spec.__dict__["_where"] = data.where  # beside the fields: no part of equality or of dumps
        return spec


class Number(Spec):
    """A value with its unit and its standing: measured, derived, estimated or assumed.

    An assumed number needs the range low to high around it; every other number needs a source (ids of
    `sources.yaml` joined with ";"). Raises SourceMissing inside a SpecError otherwise.

    >>> number = parse_yaml("{value: 6, unit: utility, status: assumed, low: 3, high: 9}", Number)
    >>> number.value, number.low, number.high
    (6.0, 3.0, 9.0)
    """

    value: float
    unit: str
    status: Status
    low: float | None = None
    high: float | None = None
    source: str | None = None
    note: str | None = None

    @field_validator("unit")
    @classmethod
    def _has_unit(cls, unit: str) -> str:
        if not unit.strip():
            raise UnitError('a number needs a unit; write "1" for a bare count or share')
        return unit.strip()

    @model_validator(mode="after")
    def _stands(self) -> Self:
        check_standing(self.value, self.status, self.low, self.high, self.source)
        return self

    @property
    def sources(self) -> tuple[str, ...]:
        """The ids of its sources, in order."""
        return tuple(part.strip() for part in (self.source or "").split(";") if part.strip())


class Dated(Number):
    """One step of a step function of time: the number holds from this date until the next step."""

    from_: date


def check_standing(
    value: float, status: str, low: float | None, high: float | None, source: str | None
) -> None:
    """Raise SourceMissing or SpecError when a number's range or source does not suit its status."""
    if status == "assumed" and (low is None or high is None):
        raise SourceMissing("an assumed number needs low and high")
    if status != "assumed" and not (source or "").strip(" ;"):
        raise SourceMissing(f"a {status} number needs a source; without one it is assumed, with low and high")
    if (low is not None and value < low) or (high is not None and value > high):
        raise SpecError(f"the value {value:g} is outside its range {_range(low, high)}")


def load_yaml(path: str | Path, model: type[T]) -> T:
    """Read a YAML file as this model, or as a `dict[str, model]` or `list[model]`.

    Raises SpecError with all problems of the file, each with line, column and a suggestion.
    """
    return parse_yaml(read_text(path), model, file=str(path))


def parse_yaml(text: str, model: type[T], *, file: str | None = None) -> T:
    """Read YAML text as this model; `file` names it in problems.

    >>> parse_yaml("{value: 6, unit: beds, status: asumed, low: 3, hihg: 9}", Number, file="beds.yaml")
    Traceback (most recent call last):
    ...
    roxham.errors.SpecError: beds.yaml:1:32: status: "asumed" is not one of ... (did you mean "assumed"?)
    beds.yaml:1:48: unknown key "hihg" (did you mean "high"?)
    """
    return check_data(parse(text, file), model, file=file)


def check_data(data: Any, model: type[T], *, file: str | None = None) -> T:
    """Return data that was read before (by `roxham._yaml.parse`) as this model; raise as `parse_yaml` does."""
    try:
        checked: T = _adapter(model).validate_python(data)
    except ValidationError as error:
        raise _spec_error(problems_of(error, data, model, file), error) from None
    return checked


def load_csv(path: str | Path, model: type[M]) -> list[M]:
    """Read a CSV file with a header, one model per row; an empty cell is the field's default or None.

    Raises SpecError with all problems: columns missing or unknown, and every bad row with its line.
    """
    return parse_csv(read_text(path, limit=MAX_CSV_BYTES), model, file=str(path))


def parse_csv(text: str, model: type[M], *, file: str | None = None) -> list[M]:
    """Read CSV text, one model per row; `file` names it in problems."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    problems: list[Problem] = []
    rows: list[M] = []
    adapter = _adapter(model)
    try:
        header = [name.strip() for name in next(reader, [])]
        problems += _check_header(header, model, file)
        if problems:
            raise SpecError(problems)
        optional = {_key(name, info) for name, info in model.model_fields.items() if not info.is_required()}
        line = reader.line_num + 1
        for cells in reader:
            at, line = line, reader.line_num + 1
            if not cells:
                continue
            if len(cells) != len(header):
                said = f"the row has {len(cells)} cells, the header {len(header)}"
                problems.append(Problem(said, file, at))
                continue
            row = Row(_cells(header, cells, optional))
            row.where = Where(file, at)
            try:
                rows.append(adapter.validate_python(row))
            except ValidationError as error:
                problems += problems_of(error, row, model, file)
    except csv.Error as error:
        problems.append(Problem(f"this is not CSV: {error}", file, reader.line_num))
    if problems:
        raise SpecError(problems)
    return rows


def problem_at(spec: object, key: str | None, message: str, hint: str | None = None) -> Problem:
    """Return a problem that names where a key of a spec stood in its file, as far as that is known."""
    where: Where | None = getattr(spec, "__dict__", {}).get("_where")
    if where is None:
        return Problem(message, hint=hint)
    place = where.values.get((key or "").removesuffix("_"), (where.line, where.column))
    return Problem(message, where.file, *place, hint)


def check_names(
    used: Iterable[str | tuple[object, str]],
    declared: Collection[str],
    what: str,
    *,
    within: str = "this case",
    file: str | None = None,
) -> list[Problem]:
    """List the names used that are not declared; raise them with `raise_problems(..., UnknownName)`.

    A use is a name, or a spec and the field of it that holds one name, several names or None. `what`
    says what kind of thing is named.

    >>> print(check_names(["lacole"], ["lacolle", "coutts"], "place")[0])
    "lacole" is not a place in this case (did you mean "lacolle"?)
    """
    problems: list[Problem] = []
    for use in used:
        spec, key = (None, None) if isinstance(use, str) else use
        held: Any = use if key is None else getattr(spec, key)
        names: list[str] = [] if held is None else [held] if isinstance(held, str) else list(held)
        for name in names:
            if name in declared:
                continue
            hint = did_you_mean(name, declared)
            article = "an" if what[:1] in "aeiou" else "a"
            message = f'"{name}" is not {article} {what} in {within}'
            if hint is None and len(declared) <= 20:
                message += f"; known are {', '.join(sorted(declared))}"
            problems.append(problem_at(spec, key, message, hint).at(file))
    return problems


def read_text(path: str | Path, *, limit: int = 4_000_000) -> str:
    """Read a UTF-8 text file; raise SpecError when it is missing, unreadable, too large or not UTF-8."""
    file = str(path)
    if "\0" in file:
        raise SpecError(Problem("this is not the name of a file", file.replace("\0", "?")[:200]))
    try:
        return read_limited(path, limit).decode("utf-8-sig")
    except FileNotFoundError:
        near = did_you_mean(Path(path).name, _names_beside(Path(path)))
        raise SpecError(Problem("there is no such file", file, hint=near)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SpecError(Problem("the file is not UTF-8 text", file, line)) from None
    except OSError as error:
        raise SpecError(Problem(f"the file cannot be read: {error.strerror}", file)) from None


def _names_beside(path: Path) -> list[str]:
    try:
        return sorted(one.name for one in path.parent.iterdir())
    except OSError:
        return []


def _adapter(model: Any) -> TypeAdapter[Any]:
    return _cached_adapter(model)


@functools.lru_cache(maxsize=256)
def _cached_adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def _refuse_wrong_kinds(model: type[BaseModel], data: dict[str, Any]) -> dict[str, Any]:
    """Mark what pydantic would quietly convert: a number read as a date, true read as 1."""
    refused: dict[str, Refused] = {}
    for key, kinds in _scalar_kinds(model):
        value = data.get(key)
        if kinds == {date} and isinstance(value, str | int | float):
            try:
                parse_date(value)
            except UnitError as error:
                refused[key] = Refused(error)
        elif isinstance(value, bool) and bool not in kinds:
            refused[key] = Refused(SpecError(f"{str(value).lower()} is not a number"))
    if not refused:
        return data
    marked = Row({**data, **refused})
    marked.where = getattr(data, "where", None)
    return marked


@functools.lru_cache(maxsize=512)
def _scalar_kinds(model: type[BaseModel]) -> tuple[tuple[str, frozenset[Any]], ...]:
    """Return the keys of the fields that hold only dates, numbers or truth values, and which of these."""
    found: list[tuple[str, frozenset[Any]]] = []
    for name, info in model.model_fields.items():
        kinds = frozenset(get_args(info.annotation) or (info.annotation,)) - {type(None)}
        if kinds <= {date, int, float, bool}:
            found += [(key, kinds) for key in {name, _key(name, info)}]
    return tuple(found)


def _spec_error(problems: list[Problem], error: ValidationError) -> SpecError:
    """Return the narrowest error class that fits all problems."""
    kinds = {type(cause_of(one)) for one in error.errors(include_url=False)}
    kind = kinds.pop() if len(kinds) == 1 else SpecError
    return kind(problems) if issubclass(kind, SpecError) else SpecError(problems)


def _key(name: str, info: Any) -> str:
    return str(info.alias or name)


def _cells(
    header: Sequence[str], cells: Sequence[str], optional: Collection[str]
) -> Iterable[tuple[str, str | None]]:
    for name, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if text:
            yield name, text
        elif name not in optional:
            yield name, None


def _check_header(header: Sequence[str], model: type[BaseModel], file: str | None) -> list[Problem]:
    keys = {_key(name, info): info for name, info in model.model_fields.items()}
    if not header:
        return [Problem(f"the file is empty; its header must be {','.join(keys)}", file)]
    missing = [key for key, info in keys.items() if info.is_required() and key not in header]
    problems = [Problem(f'the column "{key}" is missing', file, 1) for key in missing]
    for place, name in enumerate(header):
        if name in header[:place]:
            problems.append(Problem(f'the column "{name}" stands twice', file, 1))
        elif name not in keys:
            problems.append(Problem(f'unknown column "{name}"', file, 1, hint=did_you_mean(name, keys)))
    return problems


def _range(low: float | None, high: float | None) -> str:
    ends = ["" if end is None else f"{end:g}" for end in (low, high)]
    return " to ".join(ends)
