"""The commands about the law and about one person: what they print, and that nothing about a person stays behind."""

from __future__ import annotations

import json
import logging
from datetime import date

import pytest

from roxham.cli import main
from roxham.sim.corridor import load
from roxham.sim.run import begin, carry_out
from roxham.sim.why import decisions

GOOD = """\
nationalities: [HTI]
entry_at: 2023-04-01T22:00
entry_place: between_poe_land
claim_at: 2023-04-02T09:00
claim_place: between_poe_intercept
anchors:
  - {relation: sister, status: citizen, established: unknown}
"""
WRONG = """\
nationalities: [VEN, XXQ]
entry_at: 2023-04-31T22:00
entry_place: between_poe_lnd
claim_at: 2023-04-02T09:00
claim_place: between_poe_intercept
anchors:
  - {relation: sistr, status: citizen}
"""


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main([str(one) for one in arguments])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return left.value.code or 0, printed.out, printed.err


@pytest.mark.parametrize("text", [GOOD, WRONG])
def test_nothing_told_about_a_person_is_stored_or_logged(tmp_path, monkeypatch, capsys, caplog, text):
    person, empty, home = tmp_path / "in" / "person.yaml", tmp_path / "empty", tmp_path / "home"
    for folder in (person.parent, empty, home):
        folder.mkdir()
    person.write_text(text, encoding="utf-8")
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.chdir(empty)
    with caplog.at_level(logging.DEBUG):
        call(capsys, "check", person)
        call(capsys, "check", person, "--json", "--lang", "fr")
    assert not caplog.records
    assert list(empty.iterdir()) == []
    assert list(home.iterdir()) == []
    assert [one.name for one in person.parent.iterdir()] == ["person.yaml"]
    assert person.read_text(encoding="utf-8") == text


def test_a_malformed_person_is_told_everything_at_once(tmp_path, capsys):
    path = tmp_path / "person.yaml"
    path.write_text(WRONG, encoding="utf-8")
    status, _, said = call(capsys, "check", path)
    assert status == 2
    lines = said.strip().split("\n")
    for line, word in ((1, "XXQ"), (2, "2023-04-31"), (3, 'did you mean "between_poe_land"'), (7, '"sister"')):
        assert any(f":{line}:" in one and word in one for one in lines), (line, word, lines)


def test_a_claim_before_entry_is_told(tmp_path, capsys):
    path = tmp_path / "person.yaml"
    path.write_text(GOOD.replace("claim_at: 2023-04-02", "claim_at: 2023-03-02"), encoding="utf-8")
    status, _, said = call(capsys, "check", path)
    assert (status, "before the entry" in said) == (2, True)


def test_a_good_person_is_answered(tmp_path, capsys):
    path = tmp_path / "person.yaml"
    path.write_text(GOOD, encoding="utf-8")
    status, out, _ = call(capsys, "check", path)
    assert status == 0
    assert "the relation is shown" in out


def test_the_audit_is_clean(capsys):
    status, out, _ = call(capsys, "law", "audit")
    assert status == 0
    assert "Clean." in out
    assert "version RV22: enacted, not in force" in out


def test_what_is_in_force_on_a_day(capsys):
    status, out, _ = call(capsys, "law", "on", "2023-03-26", "--json")
    told = {one["version"] for one in json.loads(out)["in_force"]}
    assert status == 0
    assert {"RV03", "RV11", "RV12"} <= told
    assert told.isdisjoint({"RV04", "RV09", "RV10", "RV14", "RV16", "RV22"})


def test_a_rule_as_a_table(capsys):
    status, out, _ = call(capsys, "law", "table", "ground_f", "--lang", "fr")
    assert (status, "A101(2)(a)" in out, "Grande criminalité" in out) == (0, True, True)
    status, _, said = call(capsys, "law", "table", "ground_g")
    assert (status, "is not a rule of this law" in said) == (2, True)


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_the_tree_of_a_simulated_party(capsys, lang):
    corridor = load("canada_us")
    flow = carry_out(begin(corridor, seed=7, draw=0, from_=date(2023, 3, 1), to=date(2023, 5, 31), trace=True))
    (rows, _), _ = decisions(flow)[0]
    status, out, _ = call(capsys, "why", "--party", rows[0], "--tree", "--from", "2023-03-01", "--to", "2023-05-31",
                          "--lang", lang)
    assert status == 0
    assert "[A101(1)(e)]" in out
    assert ("Pourquoi" if lang == "fr" else "Why") in out
