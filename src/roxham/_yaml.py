"""Read YAML 1.2 as plain data that remembers where every key and value stood.

Only data is read: text, numbers, true, false, null, lists and mappings. Keys are always text (so ON is
Ontario, and 2017 a name); dates stay text until a field asks for a date. Tags, merge keys, duplicate
keys and files beyond the limits below are errors.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from roxham.errors import Problem, SpecError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Items", "Position", "Row", "Where", "parse"]

# Limits far above any case file, low enough that a hostile file cannot hold the machine: judgement.
MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_VALUES = 20_000  # with every alias written out

Position = tuple[int, int | None]

_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = {_TAG + name for name in ("null", "bool", "int", "float", "str", "timestamp")}
_INT = re.compile(r"[-+]?[0-9]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_HALF = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **{sign + word: float(sign + "inf") for sign in ("", "+", "-") for word in (".inf", ".Inf", ".INF")},
}


@dataclass(frozen=True, slots=True)
class Where:
    """Where a mapping or list stood: its file, line and column, and those of its keys and values."""

    file: str | None
    line: int
    column: int | None = None
    keys: Mapping[str, Position] = field(default_factory=dict)
    values: Mapping[str, Position] = field(default_factory=dict)


class Row(dict[str, Any]):
    """A mapping read from a file, which knows where it stood."""

    where: Where | None = None


class Items(list[Any]):
    """A list read from a file, which knows where it stood."""

    where: Where | None = None


def parse(text: str, file: str | None = None) -> Any:
    """Read one YAML document; raise SpecError with every problem of its form."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text) > MAX_BYTES:
        raise SpecError(Problem(f"the file is larger than {MAX_BYTES:,} characters", file=file))
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Composer = _composer()
        yaml.composer.warn_double_anchors = False  # an anchor may be given again: the nearest before an alias counts
        node = yaml.compose(text)
    except _Stop as stop:
        said, line, column = stop.args
        raise SpecError(Problem(said, file, line, column)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        place = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise SpecError(Problem(f"this is not YAML: {said}", file, *place)) from None
    except YAMLError as error:
        said = " ".join(str(error).split())
        raise SpecError(Problem(f"this is not YAML: {said}", file)) from None
    except RecursionError:
        raise SpecError(Problem(f"lists and mappings nest deeper than {MAX_DEPTH}", file)) from None
    if node is None:
        raise SpecError(Problem("the file is empty", file))
    reader = _Reader(file)
    data, _ = reader.read(node, depth=0)
    if reader.problems:
        raise SpecError(reader.problems)
    return data


@functools.cache
def _composer() -> type[Any]:
    """A composer that stops at the first node that lies too deep, or is one too many, before it costs time."""
    from ruamel.yaml.composer import Composer

    class Shallow(Composer):
        nesting, count = 0, 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.nesting, self.count = self.nesting + 1, self.count + 1
            mark = self.parser.peek_event().start_mark
            if self.nesting > MAX_DEPTH + 1:
                raise _Stop(f"lists and mappings nest deeper than {MAX_DEPTH}", mark.line + 1, mark.column + 1)
            if self.count > 2 * MAX_VALUES:  # keys and values
                raise _Stop(f"the file holds more than {MAX_VALUES:,} values", mark.line + 1, mark.column + 1)
            node = super().compose_node(parent, index)
            self.nesting -= 1
            return node

    return Shallow


class _Stop(Exception):
    """A document that is not read to its end: why, and where."""


class _Reader:
    """Turn the nodes of one document into data, gathering problems on the way."""

    def __init__(self, file: str | None) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.done: dict[int, tuple[Any, int]] = {}
        self.open: set[int] = set()

    def read(self, node: Any, depth: int) -> tuple[Any, int]:
        """Return the data of a node and how many values it holds with its aliases written out."""
        known = self.done.get(id(node))
        if known is not None:
            return known
        if id(node) in self.open:
            return self.refuse(node, "an alias refers to the list or mapping that it stands in")
        if depth > MAX_DEPTH:
            return self.refuse(node, f"lists and mappings nest deeper than {MAX_DEPTH}")
        self.open.add(id(node))
        read: tuple[Any, int]
        if node.id == "mapping":
            read = self.mapping(node, depth)
        elif node.id == "sequence":
            read = self.sequence(node, depth)
        else:
            read = self.scalar(node), 1
        self.open.discard(id(node))
        if read[1] > MAX_VALUES:
            raise SpecError(
                [*self.problems, self.problem(node, f"the file holds more than {MAX_VALUES:,} values")]
            )
        self.done[id(node)] = read
        return read

    def mapping(self, node: Any, depth: int) -> tuple[Row, int]:
        if node.tag != _TAG + "map":
            self.refuse(node, f"the tag {_short(node.tag)} is not read; write plain values")
        row, size = Row(), 1
        keys: dict[str, Position] = {}
        values: dict[str, Position] = {}
        for key_node, value_node in node.value:
            key = _joined(key_node.value) if key_node.id == "scalar" else None
            if not key:
                self.refuse(key_node, "a key must be a word or a number")
                continue
            if key == "<<" and key_node.style is None:
                self.refuse(key_node, "merge keys (<<) are not read; write the values out")
                continue
            if key in row:
                first = keys[key][0]
                self.refuse(key_node, f'the key "{key}" stands twice; the first is in line {first}')
                continue
            row[key], held = self.read(value_node, depth + 1)
            size += held
            keys[key] = _place(key_node)
            values[key] = keys[key] if _is_empty(value_node) else _place(value_node)
        row.where = Where(self.file, *_place(node), keys, values)
        return row, size

    def sequence(self, node: Any, depth: int) -> tuple[Items, int]:
        if node.tag != _TAG + "seq":
            self.refuse(node, f"the tag {_short(node.tag)} is not read; write plain values")
        items, size = Items(), 1
        values: dict[str, Position] = {}
        for index, child in enumerate(node.value):
            item, held = self.read(child, depth + 1)
            items.append(item)
            size += held
            values[str(index)] = _place(child)
        items.where = Where(self.file, *_place(node), values, values)
        return items, size

    def scalar(self, node: Any) -> Any:
        text = _joined(node.value)
        if node.tag not in _PLAIN_TAGS:
            self.refuse(node, f"the tag {_short(node.tag)} is not read; write plain values")
            return None
        if node.style is not None or node.tag == _TAG + "str":
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def refuse(self, node: Any, message: str) -> tuple[None, int]:
        self.problems.append(self.problem(node, message))
        return None, 1

    def problem(self, node: Any, message: str) -> Problem:
        return Problem(message, self.file, *_place(node))


def _joined(text: str) -> str:
    """Join the two halves of a character that JSON writes as two escapes; a half alone becomes the sign for unknown.

    A half that stayed in a text could not be written again, not even in what is said about it.
    """
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _place(node: Any) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _is_empty(node: Any) -> bool:
    return node.id == "scalar" and node.style is None and not node.value


def _short(tag: object) -> str:
    return str(tag).replace(_TAG, "!!")
