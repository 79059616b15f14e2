"""Wrong facts, columns and files are told all at once, with their place and what was probably meant."""

from __future__ import annotations

import logging
import shutil

import numpy as np
import pytest

from roxham.errors import LawError, RoxhamError, SpecError
from roxham.law import Columns, check_facts, codes, country_code, decide, load_law, person_from_yaml

GOOD = {"entry_place": "land_poe", "claim_place": "land_poe", "entry_at": "2024-06-03T22:00",
        "claim_at": "2024-06-03T22:10"}

WRONG = """\
title: someone invented
facts:
  nationalities: [VEN, XXQ]
  entry_place: between_poe_lnd
  entry_at: "2024-06-03T22:00"
  claim_place: inland_office
  claim_att: "2024-06-17T10:00"
  anchors:
    - {relation: sistr, in_canda: true, status: citizen}
  stateless: maybe
as_of: 2024-13-01
"""


def test_a_good_person_is_read(tmp_path):
    path = tmp_path / "person.yaml"
    path.write_text("title: someone\nreadings: {day14: protocol}\nfacts:\n" + "".join(
        f'  {key}: "{value}"\n' for key, value in GOOD.items()) + "as_of: 2024-06-04\n", encoding="utf-8")
    person = person_from_yaml(path)
    assert person.readings == {"day14": "protocol"}
    assert person.facts == GOOD | {"as_of": "2024-06-04"}


def test_flat_files_are_read_too(tmp_path):
    path = tmp_path / "person.yaml"
    path.write_text("".join(f'{key}: "{value}"\n' for key, value in GOOD.items()), encoding="utf-8")
    assert person_from_yaml(path).facts == GOOD


def test_every_problem_of_a_person_has_its_line(tmp_path, caplog):
    path = tmp_path / "person.yaml"
    path.write_text(WRONG, encoding="utf-8")
    with caplog.at_level(logging.DEBUG), pytest.raises(LawError) as told:
        person_from_yaml(path)
    found = {(problem.line, problem.hint) for problem in told.value.problems}
    wanted = {(3, None), (4, "between_poe_land"), (7, "claim_at"), (9, "sister"), (9, "in_canada"), (10, None),
              (11, None)}
    assert wanted <= found
    assert all(problem.file == str(path) for problem in told.value.problems)
    assert not caplog.records  # nothing about a person is logged
    assert [one.name for one in tmp_path.iterdir()] == ["person.yaml"]  # nor stored


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"claim_at": "2024-06-03T21:00"}, "the claim comes before the entry"),
        ({"birth_date": "2025-01-01"}, "born after the claim"),
        ({"as_of": "2024-01-01"}, "the decision comes before the claim"),
        ({"earlier_entries": ["2025-01-01"]}, "not earlier than the entry"),
        ({"prior_claims_abroad": [{"country": "USA", "date": "2025-01-01"}]}, "not earlier than the claim in Canada"),
        ({"anchors": "a brother"}, "list of records"),
        ({"anchors": [{"status": "citizen"}]}, 'needs its "relation"'),
        ({"anchor_age": 4}, 'belongs to a record of "anchors"'),
        ({"recognized_refugee_elsewhere": {"country": "BRZ"}}, "not an ISO 3166"),
        ({"recognized_refugee_elsewhere": {"can_retrun": True}}, "not known"),
    ],
)
def test_facts_that_cannot_be(facts, said):
    assert any(said in str(problem) for problem in check_facts(GOOD | facts))


def test_unknown_is_never_a_problem():
    unknown = {"entry_place": "unknown", "entry_at": "unknown", "anchors": "unknown", "came_from_us": "unknown",
               "documents": "unknown", "nationalities": "unknown", "prior_claims_abroad": "unknown",
               "recognized_refugee_elsewhere": "unknown", "earlier_entries": "unknown", "birth_date": "unknown"}
    assert check_facts(GOOD | unknown) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"entry_plaice": "land_poe"}, "entry_plaice"),
        ({"entry_place": np.array([0, 9], dtype=np.int8)}, "codes must lie"),
        ({"entry_place": np.array([0.5, 1.0])}, "whole numbers"),
        ({"entry_place": np.array(["land_poe", "lnd_poe"])}, "lnd_poe"),
        ({"entry_at": np.array([1, 2])}, "datetime64"),
        ({"stateless": np.array([0, 1, 1]), "came_from_us": np.array([1, 1])}, "one entry per person"),
        ({"entry_at": "03/06/2024"}, "not a date"),
    ],
)
def test_wrong_columns(book, facts, said):
    with pytest.raises(LawError, match=said):
        decide(book, GOOD | facts)


def test_needed_facts_and_wrong_readings(book):
    with pytest.raises(LawError, match="entry_at"):
        decide(book, {"entry_place": "land_poe"})
    with pytest.raises(LawError) as told:
        decide(book, GOOD, {"day41": "protocol", "protocol_start": "clok"})
    assert [problem.hint for problem in told.value.problems] == ["day14", "clock"]


def test_codes_and_countries():
    assert codes("documents")["trv"] == 2
    with pytest.raises(LawError):
        codes("birth_date")
    with pytest.raises(LawError) as told:
        country_code("USS")
    assert told.value.problems[0].hint is not None
    both = Columns({**GOOD, "nationalities": np.array([[country_code("HTI"), -2], [country_code("USA"), -1],
                                                       [country_code("HTI"), -1]])})
    assert both.fact("us_national").value.tolist() == [0, 1, -1]


def test_a_law_that_does_not_hold_together_tells_all(law_folder, tmp_path):
    for path in law_folder.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    rules = tmp_path / "2_rules.yaml"
    text = rules.read_text(encoding="utf-8")
    for right, wrong in (
        ("came_from_us: true, not", "came_frm_us: true, not"),
        ("rule: designated, in_force", "rule: desginated, in_force"),
        ("[pr_visa, trv]", "[pr_visa, trw]"),
        ("version: RV14", "version: RV41"),
        ("{day14: protocol}", "{day14: protocoll}"),
        ("when: {rule: transit_under_removal}", "when: {rule: excepted}"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    rules.write_text(text, encoding="utf-8")
    with pytest.raises(LawError) as told:
        load_law(tmp_path)
    said = str(told.value)
    for word in ("came_frm_us", "desginated", "trw", "RV41", "protocoll"):
        assert word in said
    assert all(problem.line for problem in told.value.problems)


def test_an_empty_folder_is_no_law(tmp_path):
    with pytest.raises(LawError, match="no law here"):
        load_law(tmp_path)
    (tmp_path / "a.yaml").write_text("tittle: {en: a, fr: b}\n", encoding="utf-8")
    with pytest.raises(RoxhamError, match="tittle"):
        load_law(tmp_path)


def test_not_yaml_is_told_with_its_line(tmp_path):
    path = tmp_path / "person.yaml"
    path.write_text("facts: [\n", encoding="utf-8")
    with pytest.raises(SpecError):
        person_from_yaml(path)
