"""Questions at the terminal: only what is still needed, asked again when it cannot be read, and never kept."""

from __future__ import annotations

import io
import json
import logging

import pytest

from roxham.cli import main
from roxham.errors import LawError
from roxham.law import FACTS, OUTCOMES, decide
from roxham.law.ask import Interview, Question, read_answer

CROSSER = {"entry_at": "2023-04-01T22:00", "entry_place": "between_poe_land", "claim_at": "2023-04-02T09:00",
           "claim_place": "between_poe_intercept"}
ORDINARY = {"nationalities": "HTI", "birth_date": "1990-01-01", "canadian_status": "none", "came_from_us": "yes",
            "prior_claim_canada": "none", "inadmissibility": "none", "accompanied_by": "none", "documents": "none"}


def interview(book, answers, otherwise):
    """Answer every question; return the questions and the interview."""
    talk, questions = Interview(book), []
    while (question := talk.next()) is not None:
        assert question not in questions
        questions.append(question)
        given = answers.get(question.fact or question.scope, otherwise)
        talk.answer(question, given.pop(0) if isinstance(given, list) else given)
    return questions, talk


def outcome(book, talk):
    return OUTCOMES[decide(book, talk.facts()).before_burden.outcome[0]]


def test_dates_and_places_come_first_and_a_crosser_is_answered(book):
    questions, talk = interview(book, CROSSER | ORDINARY, "no")
    assert [one.fact for one in questions[:4]] == list(CROSSER)
    assert outcome(book, talk) == "ineligible_return_to_US"
    assert not {"sentence_months", "danger_opinion", "covid_exempt_by_minister"} & {one.fact for one in questions}


def test_before_the_protocol_no_relative_is_asked_for(book):
    old = {"entry_at": "2019-04-01T22:00", "claim_at": "2019-04-02T09:00"}
    questions, talk = interview(book, CROSSER | ORDINARY | old, "no")
    assert outcome(book, talk) == "eligible"
    assert not [one for one in questions if one.scope == "anchors"]


def test_a_relative_settles_it(book):
    relative = {"anchors": ["yes", "no"], "anchor_relation": "frère", "anchor_in_canada": "oui", "anchor_age": "40",
                "anchor_status": "citizen", "anchor_established": "yes"}
    questions, talk = interview(book, CROSSER | ORDINARY | relative, "no")
    assert talk.lists["anchors"][0]["relation"] == "brother"
    assert outcome(book, talk) == "eligible"
    assert Question(None, "anchors", 1) not in questions


@pytest.mark.parametrize("word", ["unknown", "?", "inconnu"])
def test_unknown_is_an_answer_and_nothing_is_asked_twice(book, word):
    questions, talk = interview(book, {}, word)
    assert outcome(book, talk) == "undetermined"
    assert len(questions) < len(FACTS)


def test_what_is_left_unasked_does_not_matter(book):
    """Whatever the facts not asked for are, the outcome is the same."""
    _, talk = interview(book, CROSSER | ORDINARY, "no")
    facts, settled = talk.facts(), outcome(book, talk)
    for name in (name for name, value in facts.items() if value == "unknown" and FACTS[name].kind == "yesno"):
        for value in (True, False):
            decided = decide(book, {**facts, name: value}).before_burden
            assert OUTCOMES[decided.outcome[0]] == settled, name


@pytest.mark.parametrize(("fact", "text", "hint"), [
    ("entry_place", "between_poe_lnd", "between_poe_land"), ("came_from_us", "yess", "yes"),
    ("nationalities", "HTX", "HT"), ("entry_at", "2023-02-30", "2023-02-30"), ("sentence_months", "two", "whole"),
    ("birth_date", "", "unknown")])
def test_what_cannot_be_read_is_refused_with_a_suggestion(fact, text, hint):
    with pytest.raises(LawError, match=hint):
        read_answer(FACTS[fact], text)


def test_a_contradiction_is_refused_and_not_kept(book):
    talk = Interview(book)
    talk.answer(Question("entry_at"), "2023-04-02T10:00")
    with pytest.raises(LawError, match="before the entry"):
        talk.answer(Question("claim_at"), "2023-04-01T10:00")
    assert "claim_at" not in talk.told


def test_every_question_is_spoken_in_both_languages():
    for name, fact in FACTS.items():
        if fact.kind != "records":
            assert fact.en in Question(name).text("en").lower() or fact.en in Question(name).text("en")[1:] or \
                fact.en[1:] in Question(name).text("en")
            assert fact.fr[1:] in Question(name).text("fr")


def ask(monkeypatch, capsys, text, *more):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    with pytest.raises(SystemExit) as left:
        main(["check", "--ask", *more])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return left.value.code or 0, printed.out, printed.err


CROSSED = "2023-04-01T22:00\nbetween_poe_lnd\nbetween_poe_land\n2023-04-02T09:00\nbetween_poe_intercept\n"


def test_the_terminal_asks_again_and_explains(monkeypatch, capsys, caplog, tmp_path):
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        status, out, asked = ask(monkeypatch, capsys, CROSSED + "?\n" * 60, "--lang", "fr")
    assert status == 0
    assert asked.count("Lieu d'entrée?") == 2
    assert 'did you mean "between_poe_land"' in asked
    assert out.startswith("Issue: ")
    assert (list(tmp_path.iterdir()), caplog.records) == ([], [])


def test_the_answer_as_data(monkeypatch, capsys):
    status, out, _ = ask(monkeypatch, capsys, CROSSED + "?\n" * 60, "--json")
    assert (status, json.loads(out)["before_burden"]) == (0, "undetermined")


def test_answers_that_end_early_are_an_error(monkeypatch, capsys):
    status, out, said = ask(monkeypatch, capsys, CROSSED)
    assert (status, out) == (2, "")
    assert "the answers ended" in said


def test_asking_goes_with_no_file(monkeypatch, capsys):
    assert "not both" in ask(monkeypatch, capsys, "", "facts.yaml")[2]
