"""A file of expected answers: agreement, each disagreement, and everything that is wrong in the file at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from roxham.cli import main

HERE = Path(__file__).parent
ONE = """\
vignettes:
- id: first
  as_of: 2023-04-02
  facts: {entry_at: 2023-04-01T22:00, entry_place: between_poe_land, claim_at: 2023-04-02T09:00,
          claim_place: between_poe_intercept}
  expect: {outcome: ineligible_return_to_US, grounds: ["A101(1)(e)"], prra: barred}
"""


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return left.value.code or 0, printed.out, printed.err


@pytest.fixture
def check(tmp_path, capsys):
    def run(text, *more):
        path = tmp_path / "people.yaml"
        path.write_text(text, encoding="utf-8")
        return call(capsys, "check", "--expect", path, *more)

    return run


@pytest.mark.parametrize(("name", "count"), [("vignettes.yaml", 94), ("vignettes_more.yaml", 215)])
def test_the_invented_people_agree(capsys, name, count):
    assert call(capsys, "check", "--expect", HERE / name) == (0, f"{count} people: every answer is as expected\n", "")


def test_agreement_as_data(check):
    status, out, _ = check(ONE, "--json")
    told = json.loads(out)
    assert (status, told["people"], told["agree"], told["disagreements"]) == (0, 1, 1, [])


def test_a_disagreement_is_told_with_the_provision(check):
    status, out, _ = check(ONE.replace("ineligible_return_to_US", "eligible").replace("barred", "available"))
    assert status == 1
    assert all(word in out for word in ("1 of 1", "first", "outcome", "prra", "barred", "A101(1)(e)"))


def test_a_disagreement_as_data(check):
    status, out, _ = check(ONE.replace('["A101(1)(e)"]', "[]"), "--json")
    wanted = {"id": "first", "key": "grounds", "expected": "none", "got": "A101(1)(e)",
              "provision": "A101(1)(e); R159.4(1.1)"}
    assert (status, json.loads(out)["disagreements"]) == (1, [wanted])


def test_an_amended_law_answers_otherwise(check):
    unlimited = ONE.replace("2023-04-02T09:00", "2027-05-02T09:00").replace("2023-04-01T22", "2027-01-01T22")
    unlimited = unlimited.replace("as_of: 2023-04-02", "as_of: 2027-05-02")
    scenario = "  scenario: {between_poe_limit_days: null, entries_from: 2027-01-01}\n"
    assert "outcome" in check(unlimited)[1]
    status, out, _ = check(unlimited + scenario, "--json")
    assert (status, json.loads(out)["disagreements"]) == (0, [])


def test_an_alternative_is_tried_under_every_rival_reading(check):
    assert check(ONE + "  alternative: {outcome: suspended}\n")[0] == 1
    named = "  alternative: {outcome: ineligible_return_to_US, readings: {day14: protocol}}\n"
    assert check(ONE + named)[0] == 0


def test_everything_wrong_in_a_file_is_told_at_once(check):
    text = ONE.replace("between_poe_land", "between_poe_lnd").replace("outcome: inel", "outcome: unel")
    text = text.replace("prra", "pra").replace("A101(1)(e)", "A101(1)(z)") + "  titel: x\n  readings: {day41: x}\n"
    status, out, said = check("defaults: {came_from_uss: true}\n" + text + "- {id: first}\n- {id: second, facts: 3}\n")
    assert (status, out) == (2, "")
    lines = said.strip().split("\n")
    for line, word in ((1, 'did you mean "came_from_us"'), (5, 'did you mean "between_poe_land"'), (7, "unel"),
                       (7, 'did you mean "prra"'), (7, "A101(1)(z)"), (8, 'did you mean "title"'),
                       (9, 'did you mean "day14"'), (10, "stands twice"), (10, '"expect"'), (11, "names and values")):
        assert any(f"people.yaml:{line}:" in one and word in one for one in lines), (line, word, lines)


@pytest.mark.parametrize("text", ["- 1\n", "vignettes: 3\n", "vignettes: [1]\n", "defaults: 1\nvignettes: []\n",
                                  ONE + "  scenario: {stca_suspended: {from: 2027-01-15}}\n",
                                  ONE + "  scenario: {entries_from: soon}\n",
                                  ONE + "  alternative: {outcome: eligible, readings: 1}\n",
                                  ONE.replace('["A101(1)(e)"]', "A101(1)(e)")])
def test_a_file_of_another_shape_is_refused(check, text):
    status, out, said = check(text)
    assert (status, out) == (2, "")
    assert "people.yaml" in said


def test_one_thing_is_checked_at_a_time(check, capsys, tmp_path):
    assert "give either" in call(capsys, "check")[2]
    status, _, said = check(ONE, tmp_path / "people.yaml")
    assert (status, "not both" in said) == (2, True)
    assert "--reading" in check(ONE, "--reading", "day14=protocol")[2]
