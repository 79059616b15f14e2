"""The API that checks a claim: the same answers as `roxham check`, question by question, and nothing kept or logged."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxham.app.serve import make_app
from roxham.app.settings import Limits, Settings
from roxham.app.text import catalogue
from roxham.cli import main
from roxham.lab.scenario import case_folder
from roxham.law import FACTS, explain, load_law
from roxham.law.expect import Vignette, read_vignettes
from roxham.law.facts import RECORDS
from roxham.law.person import person_from_text
from roxham.law.told import WORKED_OUT, answers_of, facts_yaml, key_of, question_of, retell
from roxham.show.cite import citation, in_words

PEOPLE = Path(__file__).parents[1] / "law"
BOOK = load_law(case_folder("canada_us") / "law")
VIGNETTES = [one for name in ("vignettes.yaml", "vignettes_more.yaml")
             for one in read_vignettes(PEOPLE / name, BOOK)[1] if not one.changes]
FIRST = {"entry_at": "2023-04-01T22:00", "entry_place": "between_poe_land", "claim_at": "2023-04-02T09:00",
         "claim_place": "between_poe_intercept"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_app(Settings(limits=Limits(rate=1e6, burst=10**6)))) as found:
        yield found


def check(client: TestClient, answers: dict[str, str], **more: Any) -> Any:
    answer = client.post("/api/check", json={"answers": answers, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def cli(capsys: pytest.CaptureFixture[str], path: Path) -> Any:
    with pytest.raises(SystemExit) as left:
        main(["check", str(path), "--json"])
    assert left.value.code in (0, None)
    return json.loads(capsys.readouterr().out)


def same(answer: Any, told: Any) -> None:
    """The answer of the app is that of the command, to the letter of every provision."""
    for key in ("outcome", "before_burden", "stca", "dates", "checked_to", "after_check", "readings"):
        assert answer[key] == told[key], key
    assert [one["short"] for one in answer["grounds"]] == told["grounds"]
    assert [one["short"] for one in answer["cites"]] == told["because"]["cites"]
    assert (answer["exception"] or {}).get("short") == told["exception"]
    assert {one["name"]: (one["value"], one["cite"]["short"]) for one in answer["consequences"]} == {
        name: (one["value"], one["cite"]) for name, one in told["consequences"].items()}
    assert [one["fact"] for one in answer["unknown"]] == told["unknown"]
    assert len(answer["flips"]) == len(told["flips"])
    for part in ("frame", "tree"):
        assert [_shape(one) for one in answer[part]] == [_shape(one) for one in told[part]]


def _shape(line: Any) -> Any:
    cite = line["cite"]
    return line["answer"], cite["short"] if isinstance(cite, dict) else cite or None, [
        _shape(one) for one in line["parts"]]


def some(every: int) -> list[Any]:
    """All test persons, each `every`th of them in the quick part."""
    return [pytest.param(one, id=one.id, marks=[] if number % every == 0 else [pytest.mark.slow])
            for number, one in enumerate(VIGNETTES)]


@pytest.mark.parametrize("one", some(12))
def test_a_person_told_in_answers_is_the_person_of_the_file(one: Vignette) -> None:
    told = retell(BOOK, answers_of(one.facts), one.readings)
    assert not told.wrong
    assert explain(BOOK, told.facts(), one.readings).to_dict() == explain(BOOK, one.facts, one.readings).to_dict()


@pytest.mark.parametrize("one", some(147))
def test_the_app_and_the_command_give_the_same_answer(
    one: Vignette, client: TestClient, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answers = {"answers": answers_of(one.facts), "readings": dict(one.readings)}
    standing = check(client, answers["answers"], readings=answers["readings"], finish=True)
    file = client.post("/api/check/file", json=answers).json()
    path = tmp_path / file["name"]
    path.write_text(file["text"], encoding="utf-8")
    same(standing["answer"], cli(capsys, path))
    assert standing["answer"]["outcome"] == one.expect["outcome"] or one.expect["outcome"] == "undetermined"
    again = client.post("/api/check/read", json={"text": file["text"]}).json()
    assert check(client, again["answers"], readings=again["readings"], finish=True)["answer"] == standing["answer"]


def test_every_example_is_one_of_the_test_persons(client: TestClient) -> None:
    wanted = {"couple": "V007", "couple_at_port": "V009", "sister": "V063", "no_proof": "V049", "day_14": "V104",
              "girl": "V119", "unknown_status": "V133"}
    people = {one.id: one for one in VIGNETTES}
    found = {one["id"]: one for one in client.get("/api/check/questions").json()["examples"]}
    assert set(found) == set(wanted)
    for name, number in wanted.items():
        expect, answer = people[number].expect, check(client, found[name]["answers"], finish=True)["answer"]
        got = answer["before_burden"] if expect["outcome"] == "undetermined" else answer["outcome"]
        assert got == expect["outcome"], name
        assert [one["short"] for one in answer["grounds"]] == expect["grounds"] or got == "undetermined"
        assert (answer["exception"] or {}).get("short") == expect.get("exception")


def test_one_question_at_a_time_until_the_law_needs_no_more(client: TestClient) -> None:
    asked, answers = [], {}
    usual = answers_of({})
    while (standing := check(client, answers))["question"]:
        key = standing["question"]["key"]
        assert key not in answers and standing["asked"] == asked and standing["answer"] is None
        asked.append(key)
        answers[key] = FIRST.get(key) or usual.get(key, "no")
    assert asked[:4] == list(FIRST)
    assert standing["settled"] and standing["answer"]["outcome"] == "ineligible_return_to_US"
    assert len(asked) < len(FACTS) / 2
    assert "sentence_months" not in asked


def test_an_answer_is_changed_and_the_way_goes_on_from_there(client: TestClient) -> None:
    answers = answers_of({**FIRST, "as_of": "2023-04-02"})
    assert check(client, answers)["answer"]["outcome"] == "ineligible_return_to_US"
    before = {**answers, "entry_at": "2022-12-03T14:05", "claim_at": "2022-12-03T14:20", "as_of": "2022-12-03"}
    assert check(client, before)["answer"]["outcome"] == "eligible"
    assert check(client, {**answers, "anchors.0": "yes", "anchors.1": "no"})["question"]["key"] == "anchors.0.relation"


def test_a_wrong_answer_is_told_beside_its_question_in_the_readers_language(client: TestClient) -> None:
    standing = check(client, {"entry_at": "2023-04-01T22:00", "entry_place": "land_pie"})
    assert standing["question"]["key"] == "entry_place" and standing["answer"] is None
    assert standing["wrong"][0]["hint"] == "land_poe"
    late = {"answers": {**FIRST, "claim_at": "2023-03-01T09:00"}}
    for lang, words in (("en", "the claim comes before the entry"), ("fr", "la demande précède l'entrée")):
        told = client.post("/api/check", json=late, headers={"Accept-Language": lang}).json()
        assert told["question"]["key"] == "claim_at" and words in told["wrong"][0]["message"]


def test_answers_may_be_had_before_everything_is_known(client: TestClient) -> None:
    assert check(client, {"entry_at": FIRST["entry_at"]}, finish=True)["answer"] is None
    early = check(client, FIRST, finish=True)
    assert not early["settled"] and early["question"] and early["answer"]["unknown"]
    assert {one["key"] for one in early["answer"]["unknown"] if one["key"]} <= set(FACTS)


def test_rival_readings_say_what_they_would_give(client: TestClient) -> None:
    day_14 = next(one for one in client.get("/api/check/questions").json()["examples"] if one["id"] == "day_14")
    answer = check(client, day_14["answers"])["answer"]
    (rival,) = [one for one in answer["rivals"] if one["differs"]]
    assert (rival["switch"], rival["choice"]) == ("day14", "protocol")
    other = check(client, day_14["answers"], readings={"day14": "protocol"})["answer"]
    assert other["outcome"] == rival["outcome"] != answer["outcome"]
    bad = client.post("/api/check", json={"answers": FIRST, "readings": {"day13": "protocol"}, "finish": True})
    assert bad.status_code == 422 and bad.json()["problems"][0]["hint"] == "day14"


@pytest.mark.parametrize(("key", "hint"), [
    ("entry_plaice", "entry_place"), ("anchors.0.relaton", None), ("anchors.99", None), ("anchors", None),
    ("anchor_age", None), ("entry_at.0", None), ("prior_claims_abroad.x", None), ("", None)])
def test_names_that_no_question_has_are_refused(client: TestClient, key: str, hint: str | None) -> None:
    answer = client.post("/api/check", json={"answers": {key: "yes"}})
    assert answer.status_code == 422
    assert hint is None or answer.json()["problems"][0]["hint"] == hint


@pytest.mark.parametrize("body", [
    {"answers": {"entry_at": 5}}, {"answers": []}, {"answers": {}, "name": "x"}, {"answers": {"entry_at": "x" * 3_000}},
    {"answers": {f"anchors.{n}": "no" for n in range(500)}}, "x", None, {"readings": {"day14": None}}])
def test_bodies_that_are_something_else_are_refused(client: TestClient, body: Any) -> None:
    assert client.post("/api/check", json=body).status_code == 422


def test_a_bad_file_is_told_line_by_line(client: TestClient) -> None:
    text = "entry_at: 2023-04-01T22:00\nentry_plaice: land_poe\nclaim_at: soon\nclaim_place: inland_office\n"
    answer = client.post("/api/check/read", json={"text": text})
    assert answer.status_code == 422
    found = [(one["line"], one["hint"]) for one in answer.json()["problems"]]
    assert (2, "entry_place") in found and 3 in [line for line, _ in found]
    assert client.post("/api/check/read", json={"text": "- a\n- b"}).status_code == 422
    assert client.post("/api/check/read", json={"text": "x" * 300_000}).status_code == 422


def test_nothing_told_of_a_person_reaches_a_log_or_an_answer_of_another(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "1987-06-05T04:03"
    caplog.set_level(logging.DEBUG)
    logging.getLogger("roxham.app").setLevel(logging.DEBUG)
    for answers in ({"entry_at": secret}, {"entry_at": f"{secret}zz"}, {secret: "yes"}, {"entry_at": 19870605}):
        client.post("/api/check", json={"answers": answers})
        client.post("/api/check/file", json={"answers": answers})
    client.post("/api/check/read", json={"text": f"name: {secret}"})
    client.post("/api/check", content=f'{{"answers": "{secret}'.encode())
    told = capfd.readouterr()
    server = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpx"))
    logged = server + told.out + told.err
    assert "/api/check" in server
    assert "1987" not in logged
    assert check(client, {})["asked"] == [] and "1987" not in client.get("/api/check/questions").text
    assert client.post("/api/check", json={"answers": {}}).headers["cache-control"] == "no-store"


def test_every_fact_has_its_question_and_help_in_both_languages() -> None:
    words = catalogue("check")
    for name, fact in FACTS.items():
        if fact.kind != "records":
            assert f"ask_{name}" in words and f"help_{name}" in words
    for scope in RECORDS:
        assert {f"ask_{scope}", f"ask_{scope}_more", f"help_{scope}", f"label_{scope}"} <= set(words)
    for switch, choices in BOOK.switches.items():
        assert {f"reading_{switch}_{choice}" for choice in choices} <= set(words)


def test_names_of_answers_go_there_and_back() -> None:
    answers = answers_of({**FIRST, "anchors": [{"relation": "sister"}], "prior_claims_abroad": "unknown",
                          "recognized_refugee_elsewhere": {"country": "BRA", "can_return": True}})
    assert all(key_of(question_of(key)) == key for key in answers)
    assert answers["anchors.0.relation"] == "sister" and answers["anchors.1"] == "no"
    assert answers["prior_claims_abroad.0"] == "unknown"
    assert answers["recognized_elsewhere"] == answers["can_return_there"] == "yes"
    assert not set(WORKED_OUT) & set(answers)


def test_the_file_says_what_was_told_and_that_the_rest_is_unknown() -> None:
    told = retell(BOOK, {**FIRST, "nationalities": "HTI", "came_from_us": "?"})
    person = person_from_text(facts_yaml(told.facts(), {"day14": "protocol"}))
    assert person.readings == {"day14": "protocol"}
    assert person.facts["nationalities"] == ["HTI"] and person.facts["came_from_us"] == "unknown"


@pytest.mark.parametrize(("short", "en", "fr"), [
    ("A101(1)(b.2)", "IRPA, s. 101(1)(b.2)", "LIPR, al. 101(1)b.2)"),
    ("R159.4(1.1)", "IRPR, s. 159.4(1.1)", "RIPR, par. 159.4(1.1)"),
    ("R159.5(b)(ii)", "IRPR, s. 159.5(b)(ii)", "RIPR, sous-al. 159.5b)(ii)"),
    ("A133", "IRPA, s. 133", "LIPR, art. 133"),
    ("R159.5(c), (d)", "IRPR, s. 159.5(c), (d)", "RIPR, al. 159.5c), d)"),
    ("A101(1)(e), R159.3", "IRPA, s. 101(1)(e); IRPR, s. 159.3", "LIPR, al. 101(1)e); RIPR, art. 159.3"),
    ("2019, c. 29, s. 309", "2019, c. 29, s. 309", "2019, ch. 29, art. 309"),
    ("Interpretation Act s. 6(1)", "Interpretation Act, s. 6(1)", "Loi d'interprétation, par. 6(1)"),
    ("P.C. 2020-263", "P.C. 2020-263", "C.P. 2020-263"),
    ("Protocol para. 1", "Additional Protocol, para. 1", "Protocole additionnel, par. 1"),
    ("A49(2)(b), as it read before 2026-03-26", "IRPA, s. 49(2)(b), as it read before 2026-03-26",
     "LIPR, al. 49(2)b), dans sa version antérieure au 2026-03-26"),
])
def test_citations_are_those_of_each_official_version(short: str, en: str, fr: str) -> None:
    found = citation(short)
    assert (found.en, found.fr.replace("\u00a0", " ")) == (en, fr)


def test_no_citation_of_the_law_stays_in_its_short_form() -> None:
    told = {fact.cite for fact in FACTS.values()} | {point.cite for point in BOOK.open_points.values()}
    told |= {clause.cite for rule in BOOK.provisions.values() for clause in rule.clauses}
    told |= {row.cite for rows in BOOK.consequences.values() for row in rows}
    for short in filter(None, told):
        found = citation(short)
        assert in_words(found.en, "en") == found.en and in_words(found.fr, "fr") == found.fr
        assert "public policy" not in found.fr and " s. " not in found.fr.replace("sous-al", "")


_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**20), st.floats(), st.text(max_size=8), st.just([]), st.just({}),
    st.sampled_from(["unknown", "none", "yes", "2023-04-01", "2023-04-01T22:00", "land_poe", "HTI", "mother"]),
    st.lists(st.sampled_from(["unknown", "HTI", "2023-01-01", "mother", 5, None]), max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["relation", "age", "status", "country", "date", "x"]),
                             st.sampled_from(["sister", 17, "citizen", "USA", "2020-01-01", None, True]), max_size=3),
             max_size=2),
)


@settings(max_examples=40, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(facts=st.dictionaries(st.sampled_from([*FACTS, "readings", "title", "x"]), _VALUES, max_size=5))
def test_whatever_stands_in_a_file_it_is_read_or_refused(client: TestClient, facts: dict[str, Any]) -> None:
    body = {"text": json.dumps({**FIRST, **facts})}
    read = client.post("/api/check/read", json=body)
    assert read.status_code in (200, 422), body
    if read.status_code == 200:
        given = {"answers": read.json()["answers"], "readings": read.json()["readings"], "finish": True}
        assert client.post("/api/check", json=given).status_code in (200, 422), body
        assert client.post("/api/check/file", json=given).status_code in (200, 422), body
