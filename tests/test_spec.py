"""Specs: what is read, and that a wrong file is told all its problems with line and suggestion."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, RootModel
from ruamel.yaml import YAML

from roxham import _yaml
from roxham.errors import SourceMissing, SpecError, UnitError, UnknownName, raise_problems
from roxham.spec import (
    Dated,
    Number,
    Spec,
    check_names,
    load_csv,
    load_yaml,
    parse_csv,
    parse_yaml,
    problem_at,
    read_text,
)


class Fare(Spec):
    kind: Literal["fare"]
    place: str
    fare: str
    from_: date
    until: date | None = None


class Law(Spec):
    kind: Literal["law"]
    instrument: str
    share: float | None = Field(default=None, ge=0, le=1)


class Scenario(Spec):
    name: str
    amendments: tuple[Annotated[Fare | Law, Field(discriminator="kind")], ...] = ()
    services: Mapping[str, Number] = {}
    steps: Sequence[Dated] = ()
    count: int = 0
    open_: bool = True
    either: float | list[float] = 0.0


class Row(Spec):
    id: str
    from_: date
    value: float
    low: float | None = None
    note: str = ""


GOOD = """\
name: Ontario
amendments:
  - {kind: fare, place: lacolle, fare: 0 CAD, from: 2023-03-25}
  - kind: law
    instrument: stca
services:
  ON: {value: 120, unit: persons / day, status: measured, source: "irb; ircc"}
steps:
  - {from: 2017-01-01, value: 1, unit: beds, status: assumed, low: 0, high: 2}
"""


def said(text: str, model: Any = Scenario) -> list[str]:
    """The problems of a text, one string each."""
    with pytest.raises(SpecError) as caught:
        parse_yaml(text, model, file="f.yaml")
    return str(caught.value).splitlines()


# What is read.


def test_a_good_file_is_read() -> None:
    scenario = parse_yaml(GOOD, Scenario)
    fare, law = scenario.amendments
    assert isinstance(fare, Fare)
    assert fare.from_ == date(2023, 3, 25)
    assert isinstance(law, Law)
    assert scenario.services["ON"].sources == ("irb", "ircc")
    assert scenario.steps[0].from_ == date(2017, 1, 1)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("ON: yes", {"ON": "yes"}),
        ("2017: 1", {"2017": 1}),
        ("a: [1, 0x1F, -2, 1.5, 1e3, .5, 1_000, 012]", {"a": [1, "0x1F", -2, 1.5, 1000.0, 0.5, "1_000", 12]}),
        ("a: [true, False, ~, null, '', 'true', \"1\"]", {"a": [True, False, None, None, "", "true", "1"]}),
        ("a: !!str 1", {"a": "1"}),
        ("a: 2023-03-25", {"a": "2023-03-25"}),
        ("a: 12:30", {"a": "12:30"}),
        ("%YAML 1.1\n---\nNO: on", {"NO": "on"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a:", {"a": None}),
        ("- |\n  two\n  lines\n", ["two\nlines\n"]),
    ],
)
def test_yaml_is_read_as_plain_data(text: str, data: object) -> None:
    assert _yaml.parse(text) == data


NAMES = st.text("abcdefgNOéß_- 0123", min_size=1, max_size=8).filter(str.strip)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e6, 1e6) | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, PLAIN, min_size=1, max_size=4))
def test_what_an_independent_writer_writes_reads_the_same(data: dict[str, Any]) -> None:
    written = io.StringIO()
    YAML(typ="safe", pure=True).dump(data, written)
    assert _yaml.parse(written.getvalue()) == data


def test_a_file_may_hold_a_mapping_or_list_of_specs(tmp_path: Path) -> None:
    path = tmp_path / "numbers.yaml"
    path.write_text("a: {value: 1, unit: beds, status: measured, source: x}\n", encoding="utf-8")
    assert load_yaml(path, dict[str, Number])["a"].value == 1
    assert load_yaml(path, RootModel[dict[str, Number]]).root["a"].value == 1
    path.write_text("- {value: 1, unit: beds, status: measured, source: x}\n", encoding="utf-8")
    assert load_yaml(path, list[Number])[0].unit == "beds"


def test_where_a_spec_stood_is_no_part_of_what_it_is() -> None:
    one, other = parse_yaml(GOOD, Scenario, file="a"), parse_yaml("# moved\n\n" + GOOD, Scenario, file="b")
    assert one == other
    assert hash(one.amendments) == hash(other.amendments)
    assert "_where" not in repr(one) + str(one.model_dump())
    assert pickle.loads(pickle.dumps(one)) == one


def test_specs_are_frozen_and_may_be_made_in_code() -> None:
    step = Dated(from_=date(2020, 1, 1), value=1, unit="beds", status="measured", source="x")
    with pytest.raises(pydantic.ValidationError):
        step.value = 2
    assert step.model_copy(update={"value": 2.0}).value == 2


# What is refused, and how.


def test_all_problems_of_a_file_are_told_at_once_in_its_order() -> None:
    text = """\
name: x
amendments:
  - kind: fare
    fare: 0 CAD
    from: 2023-02-31
    untill: 2023-03-01
  - kind: lawe
  - {kind: law, instrumnt: stca, share: 1.5}
  - place: lacolle
services:
  ON: {value: true, unit: "", status: measurd}
  QC: {value: 3, unit: beds, status: assumed, low: 4, high: 5}
  NB: {value: 3, unit: beds, status: assumed, low: 1}
  NS: {value: .inf, unit: beds, status: measured, source: x}
  PE:
steps:
  - {from: 2017, value: 1, unit: beds, status: derived}
count: 1.5
open: 3
sevices: {}
"""
    assert said(text) == [
        'f.yaml:3:5: the key "place" is missing in amendments[1]',
        'f.yaml:5:11: amendments[1].from: "2023-02-31" is not a day of the calendar: day is out of range for month',
        'f.yaml:6:5: unknown key "untill" (did you mean "until"?)',
        'f.yaml:7:11: amendments[2]: "kind" "lawe" is not one of fare, law (did you mean "law"?)',
        'f.yaml:8:5: the key "instrument" is missing in amendments[3]',
        'f.yaml:8:17: unknown key "instrumnt" (did you mean "instrument"?)',
        "f.yaml:8:41: amendments[3].share: 1.5 must be less than or equal to 1",
        'f.yaml:9:5: amendments[4]: the key "kind" is missing',
        "f.yaml:11:15: services.ON.value: true is not a number",
        'f.yaml:11:27: services.ON.unit: a number needs a unit; write "1" for a bare count or share',
        'f.yaml:11:39: services.ON.status: "measurd" is not one of measured, derived, estimated, assumed '
        '(did you mean "measured"?)',
        "f.yaml:12:7: services.QC: the value 3 is outside its range 4 to 5",
        "f.yaml:13:7: services.NB: an assumed number needs low and high",
        "f.yaml:14:15: services.NS.value: inf is not a finite number",
        "f.yaml:15:3: services.PE: it is empty, and must not be",
        'f.yaml:17:12: steps[1].from: 2017 is not a date; write it as year-month-day, for example "2023-03-25"',
        'f.yaml:18:8: count: 1.5 is not a whole number',
        'f.yaml:19:7: open: 3 is not true or false',
        'f.yaml:20:1: unknown key "sevices" (did you mean "services"?)',
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "f.yaml: the file is empty"),
        ("# only a comment\n", "f.yaml: the file is empty"),
        ("name: [1", "f.yaml:1:9: this is not YAML: while parsing a flow sequence expected"),
        ("name: x\nname: y", 'f.yaml:2:1: the key "name" stands twice; the first is in line 1'),
        ("<<: {name: x}", "f.yaml:1:1: merge keys (<<) are not read; write the values out"),
        ("!!python/object:x {a: 1}", "f.yaml:1:1: the tag !!python/object:x is not read"),
        ("name: !secret x", "f.yaml:1:7: the tag !secret is not read"),
        ("name: &x [*x]", "f.yaml:1:7: an alias refers to the list or mapping that it stands in"),
        ("name: *x", "f.yaml:1:7: this is not YAML: found undefined alias"),
        ("? [a]\n: 1", "f.yaml:1:3: a key must be a word or a number"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: this is not YAML: expected a single document"),
        ("\t a: 1", "f.yaml:1:1: this is not YAML"),
        ("name: \x00", "f.yaml: this is not YAML: unacceptable character"),
        ("hello", 'f.yaml: "hello" is not a mapping'),
        ("- 5", "f.yaml:1:1: this is not a mapping"),
        ("[" * 1000, "f.yaml:1:42: lists and mappings nest deeper than 40"),
        ("- " * 50 + "x", "f.yaml:1:83: lists and mappings nest deeper than 40"),
        ("x" * (_yaml.MAX_BYTES + 1), "f.yaml: the file is larger than 1,000,000 characters"),
    ],
)
def test_what_is_not_a_plain_file_is_refused(text: str, problem: str) -> None:
    assert any(one.startswith(problem) for one in said(text))


def test_aliases_that_multiply_are_refused() -> None:
    rows = ["a: &a [" + ",".join("1" * 10) + "]"]
    rows += [f"{b}: &{b} [" + ",".join([f"*{a}"] * 10) + "]" for a, b in zip("abcde", "bcdef", strict=True)]
    assert said("\n".join(rows))[0].endswith("the file holds more than 20,000 values")


def test_the_position_inside_a_tagged_union_is_found_past_a_key_named_like_the_tag() -> None:
    text = "name: x\namendments:\n- {kind: fare, fare: 0 CAD, place: p,\n   from: 2023-3-1}\n"
    assert said(text)[0].startswith("f.yaml:4:10: amendments[1].from:")


def test_every_alternative_of_a_plain_union_is_told_at_its_place() -> None:
    assert all(one.startswith("f.yaml:2:9: either:") for one in said("name: x\neither: few"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{value: 3, unit: beds, status: measured}", SourceMissing),
        ("{value: 3, unit: beds, status: measured, source: ' ; '}", SourceMissing),
        ("{value: 3, unit: beds, status: assumed}", SourceMissing),
        ("{value: 3, unit: ' ', status: measured, source: x}", UnitError),
        ("{value: 3, unit: beds, status: measured, source: x, low: 4}", SpecError),
        ("{value: 3, unit: ' ', status: measured, source: x, sorce: y}", SpecError),
    ],
)
def test_the_error_is_the_narrowest_that_fits(text: str, kind: type[SpecError]) -> None:
    with pytest.raises(SpecError) as caught:
        parse_yaml(text, Number)
    assert type(caught.value) is kind


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_no_text_does_worse_than_a_spec_error(text: str) -> None:
    for parse in (parse_yaml, parse_csv):
        with pytest.raises(SpecError) as caught:
            parse(text, Row, file="f")
        assert all(problem.file == "f" for problem in caught.value.problems)


@given(st.data())
def test_a_damaged_file_is_read_or_refused_but_never_breaks(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(GOOD)))
    cut = data.draw(st.integers(0, 12))
    put = data.draw(st.text(":{}[]&*!-# \n\t'\"x0.", max_size=4))
    text = GOOD[:at] + put + GOOD[at + cut :]
    try:
        parse_yaml(text, Scenario, file="f")
    except SpecError as error:
        lines = text.count("\n") + 2
        assert all(problem.line is None or 1 <= problem.line <= lines for problem in error.problems)


# Files.


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_bytes(b"title: ok\nname: \xe9t\xe9\n")
    with pytest.raises(SpecError, match=r"case\.yaml:2: the file is not UTF-8 text"):
        load_yaml(tmp_path / "case.yaml", Scenario)
    with pytest.raises(SpecError, match=r'there is no such file \(did you mean "case\.yaml"\?\)'):
        load_yaml(tmp_path / "csae.yaml", Scenario)
    with pytest.raises(SpecError, match="there is no such file"):
        load_yaml(tmp_path / "no" / "folder.yaml", Scenario)
    with pytest.raises(SpecError, match=r"cannot be read"):
        load_yaml(tmp_path, Scenario)
    with pytest.raises(SpecError, match="the file has 20 bytes; at most 5 are read"):
        read_text(tmp_path / "case.yaml", limit=5)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"\xef\xbb\xbfid,from,value\r\na,2020-01-01,1\r\n")
    assert load_csv(tmp_path / "rows.csv", Row) == [Row(id="a", from_=date(2020, 1, 1), value=1)]


# CSV.


def test_an_empty_cell_is_the_default_or_nothing() -> None:
    (row,) = parse_csv('id,from,value,low,note\n"a ",2020-01-01,1.5,,\n\n', Row)
    assert row == Row(id="a", from_=date(2020, 1, 1), value=1.5, low=None, note="")


def test_all_columns_missing_or_unknown_are_told() -> None:
    with pytest.raises(SpecError) as caught:
        parse_csv("id,form,id,valu\na,2020-01-01,b,1\n", Row, file="c.csv")
    assert str(caught.value).splitlines() == [
        'c.csv:1: the column "from" is missing',
        'c.csv:1: the column "value" is missing',
        'c.csv:1: unknown column "form" (did you mean "from"?)',
        'c.csv:1: the column "id" stands twice',
        'c.csv:1: unknown column "valu" (did you mean "value"?)',
    ]


def test_all_bad_rows_are_told_with_their_lines() -> None:
    text = 'id,from,value\na,2020-01-01,1\n\nb,2020-1-1,x\nc,2020-01-01\n"two\nlines",2020-01-01,nan\n,2020-01-01,1\n'
    with pytest.raises(SpecError) as caught:
        parse_csv(text, Row, file="c.csv")
    assert str(caught.value).splitlines() == [
        'c.csv:4: from: "2020-1-1" is not a date; write it as year-month-day, for example "2023-03-25"',
        'c.csv:4: value: "x" is not a number',
        "c.csv:5: the row has 2 cells, the header 3",
        'c.csv:6: value: "nan" is not a finite number',
        "c.csv:8: id: it is empty, and must not be",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "c.csv: the file is empty; its header must be id,from,value,low,note"),
        ('id,from,value\n"a,2,3\n', "this is not CSV"),
        ('id,from,value\n"a"b,2020-01-01,3\n', "this is not CSV"),
    ],
)
def test_what_is_not_csv_is_refused(text: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_csv(text, Row, file="c.csv")
    assert problem in str(caught.value)


# Names.


def test_names_that_are_not_declared_are_told_where_they_stand() -> None:
    scenario = parse_yaml(GOOD.replace("lacolle", "lacole"), Scenario, file="f.yaml")
    problems = check_names([(scenario.amendments[0], "place"), "coutts"], {"lacolle", "coutts"}, "place")
    with pytest.raises(UnknownName) as caught:
        raise_problems(problems, UnknownName)
    assert str(caught.value) == 'f.yaml:3:25: "lacole" is not a place in this case (did you mean "lacolle"?)'


def test_lists_of_names_are_checked_and_none_is_no_name() -> None:
    class Office(Spec):
        serves: tuple[str, ...]
        parent: str | None = None

    office = parse_yaml("serves: [QC, XX]", Office, file="o.yaml")
    (problem,) = check_names([(office, "serves"), (office, "parent")], ["QC", "ON"], "office", within="case toy")
    assert str(problem) == 'o.yaml:1:9: "XX" is not an office in case toy; known are ON, QC'


def test_a_problem_of_a_spec_made_in_code_has_no_place() -> None:
    number = Number(value=1, unit="beds", status="measured", source="x")
    assert str(problem_at(number, "value", "is odd")) == "is odd"
    row = parse_csv("id,from,value\na,2020-01-01,1\n", Row, file="c.csv")[0]
    assert str(problem_at(row, "from_", "is late")) == "c.csv:2: is late"
