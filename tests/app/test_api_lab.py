"""Levers, questions, addresses, and the life of a study: begun, streamed, cancelled, kept and opened again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asked import QUESTION, begin, finish
from starlette.testclient import TestClient

from roxham.app.address import LONGEST, address_of, question_of
from roxham.app.asking import ask, question_of_study, settings_of
from roxham.app.ground import Ground
from roxham.app.settings import Settings
from roxham.app.shapes import Question, Setting
from roxham.errors import SpecError, UnknownName


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    made = Ground(Settings(store="memory://levers"))
    yield made
    made.close()


def moved(lever: Any) -> Any:
    """Some value that changes something."""
    if lever.control == "number":
        return 0.4 if lever.id == "transfer.share" else lever.high if lever.group == "number" else 2.0
    return next(one.value for one in reversed(lever.choices) if one.value not in (lever.default, "starts"))


def test_every_lever_is_an_amendment_that_the_case_allows(ground: Ground) -> None:
    for lever in ground.levers.values():
        dated = lever.dated and moved(lever) != "never"
        setting = Setting(lever=lever.id, value=moved(lever), from_="2022-01-01" if dated else None)
        study = ask(Question(settings=[setting]), ground).study
        ground.corridor.amend(study.scenarios[1].amendments)
        assert settings_of(study.scenarios[1].amendments, ground.levers) == [setting], lever.id


def test_a_lever_left_as_it_was_changes_nothing(ground: Ground) -> None:
    idle = [Setting(lever=lever.id, value=lever.default) for lever in ground.levers.values()]
    study = ask(Question(settings=idle[:150]), ground).study
    assert [one.name for one in study.scenarios] == ["as-it-was"]


def test_levers_have_titles_units_and_sources_in_both_languages(ground: Ground) -> None:
    told = ground.told
    assert {lever.group for lever in told.levers} == set(told.groups)
    for lever in told.levers:
        assert lever.title.en and lever.title.fr and lever.help.en and lever.help.fr
        assert lever.control == "choice" or lever.unit is not None
    hearings = ground.levers["capacity.rpd"]
    assert hearings.held[0].sources and hearings.sources[0].url.startswith("http")
    protocol = ground.levers["law.protocol_2023"]
    assert protocol.held[0].from_ == "2023-03-25" and protocol.cite == "SOR/2023-58"


def test_the_cases_own_scenarios_are_levers(ground: Ground) -> None:
    for named in ground.told.scenarios:
        assert named.as_levers, named.name
        study = ask(Question(settings=named.settings), ground).study
        assert study.scenarios[-1].name == named.name


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("law.protocol:starts@2019-01-01", "law.protocol_2023"),
        ("law.protocol_2023:strats@2019-01-01", "starts"),
        ("law.protocol_2023:starts", "needs its day"),
        ("capacity.rpd:much", "not a number"),
        ("transfer.share:7", "less than or equal to 1"),
        ("capacity.rpd:-1", "greater than or equal to 0"),
        ("nothing", "does not set a lever"),
        ("capacity.rpd:2@2022-02-30", "2022-02-30"),
        ("capacity.rpd:2@2023-01-01..2022-01-01", "lies before"),
    ],
)
def test_what_cannot_be_set_is_told(ground: Ground, query: str, said: str) -> None:
    with pytest.raises(SpecError, match=said.replace("(", r"\(")):
        ask(question_of([("set", query)]), ground)


def test_an_address_is_read_back_as_it_was_written(ground: Ground) -> None:
    from urllib.parse import parse_qsl

    text = "?set=law.protocol_2023:starts@2019-01-01&set=capacity.rpd:2.5@2022-04-01..2023-03-31&set=beds.ottawa:-50"
    text += "&set=crossing.roxham_road:closed@..2021-01-01&from=2018-01-01&draws=40&seed=11"
    assert address_of(question_of(parse_qsl(text[1:]))) == text
    yaml = Question(yaml="name: é\n  - 'a & b'\n")
    assert question_of(parse_qsl(address_of(yaml)[1:])) == yaml


def test_a_study_becomes_the_same_question(ground: Ground) -> None:
    for question in (
        Question(settings=[Setting(lever="capacity.rpd", value=2.0, from_="2022-04-01")], draws=9, seed=3),
        Question(scenarios=["no-agreement", "transfers-off"], draws=5),
        Question(to="2019-12-31"),
    ):
        study = ask(question, ground).study
        again = question_of_study(study, draws=question.draws, seed=question.seed, ground=ground)
        assert ask(again, ground).study.scenarios == study.scenarios
        assert (again.draws, again.seed, again.to) == (question.draws, question.seed, question.to)


@pytest.mark.parametrize(
    "text", ["scenarios: [../../etc/passwd]", "scenarios: ['/etc/hostname']", "extends: [../secret]\namendments: []"]
)
def test_yaml_names_no_files(ground: Ground, text: str) -> None:
    head = "name: x\ntitle: {en: a, fr: b}\n"
    days = "from: 2017-01-01\nto: 2018-01-01\n" if "scenarios" in text else ""
    with pytest.raises(SpecError) as told:
        ask(Question(yaml=head + days + text), ground)
    assert "leads out" in str(told.value) or "not a scenario" in str(told.value)
    assert "tmp" not in str(told.value)


def test_wrong_yaml_is_told_line_by_line(client: TestClient) -> None:
    text = "name: x\ntitle: {en: a, fr: b}\namendments:\n  - {name: a, kind: crossing, place: mil_road, open: false}\n"
    said = client.post("/api/lab/check", json={"yaml": text + "  - {name: b, kind: polic}\n"}).json()
    assert not said["ok"]
    assert [(one["line"], one["hint"]) for one in said["problems"]] == [(4, "mill_road"), (5, "police")]
    assert {one["file"] for one in said["problems"]} == {"scenario.yaml"}
    right = client.post("/api/lab/check", json={"yaml": text.replace("mil_road", "mill_road")}).json()
    assert right["ok"] and right["scenarios"][1]["amendments"] == ["a (crossing: place mill_road, open False)"]


def test_what_is_wrong_is_told_in_french_too(client: TestClient) -> None:
    french = {"accept-language": "fr-CA"}
    text = "name: x\ntitle: {en: a, fr: b}\namendments:\n  - {name: a, kind: crossing, place: mil_road, open: false}\n"
    said = client.post("/api/lab/check", json={"yaml": text + "  - {name: b, kind: polic}\n"}, headers=french).json()
    told = [one["message"].replace("\u00a0", " ") for one in said["problems"]]
    assert told[0] == "modification « a » : « mil_road » n'est pas un passage de ce dossier"
    assert told[1].startswith("amendments[2] : « kind » « polic » n'est pas parmi law, reading")
    for path, more in (("studies", {"draws": 9999}), ("studies", {"scenarios": ["road-closd"]}), ("nothing", {})):
        answer = client.post(f"/api/lab/{path}", json=more, headers=french).json()
        english = client.post(f"/api/lab/{path}", json=more).json()
        assert answer["detail"] != english["detail"] or path == "nothing"
    assert "levier" in client.get("/fr/lab?set=capacty.rpd:2").text


def test_a_study_that_was_left_goes_on_when_somebody_comes_back(client: TestClient, monkeypatch: Any) -> None:
    from roxham.app import jobs

    monkeypatch.setattr(jobs, "GRACE", 0.1)
    study = begin(client, draws=30)["id"]
    held = client.app.state.jobs  # type: ignore[attr-defined]
    until = time.monotonic() + 30
    while held._jobs[study].status != "cancelled" and time.monotonic() < until:
        time.sleep(0.05)
    assert held._jobs[study].draws < 30
    monkeypatch.setattr(jobs, "GRACE", 10.0)
    assert finish(client, study)["progress"]["draws"] == 30


def test_what_levers_say_is_a_file_that_says_the_same(client: TestClient) -> None:
    setting = {"lever": "crossing.mill_road", "value": "closed", "from": "2030-03-01"}
    said = client.post("/api/lab/check", json={"settings": [setting]}).json()
    again = client.post("/api/lab/check", json={"yaml": said["scenarios"][1]["yaml"]}).json()
    assert again["scenarios"] == said["scenarios"]


def test_at_most_one_way_of_asking(client: TestClient) -> None:
    answer = client.post("/api/lab/check", json={"yaml": "a", "scenarios": ["road-closed"]}).json()
    assert "at most one of" in answer["problems"][0]["message"]


def events_of(client: TestClient, study: str) -> list[tuple[str, Any]]:
    found, name = [], ""
    with client.stream("GET", f"/api/lab/studies/{study}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                found.append((name, json.loads(line[6:])))
    return found


def test_a_study_streams_first_numbers_then_tighter_bands_then_its_end(client: TestClient) -> None:
    study = begin(client, draws=12)
    told = events_of(client, study["id"])
    draws = [data["draws"] for name, data in told if name == "numbers"]
    assert draws == sorted(draws) and draws[-1] == 12 and set(draws) <= {2, 5, 10, 12}
    assert [name for name, _ in told].count("end") == 1 and told[-1][0] == "end"
    assert told[-1][1]["status"] == "done"
    assert events_of(client, study["id"])[-1][1]["draws"] == 12


def test_the_same_question_is_run_once(client: TestClient) -> None:
    first = begin(client)
    assert begin(client)["id"] == first["id"]
    assert begin(client, seed=8)["id"] != first["id"]
    finish(client, first["id"])
    assert begin(client)["progress"]["status"] == "done"


def test_a_study_is_cancelled_and_what_is_there_stays(client: TestClient) -> None:
    study = begin(client, draws=300)["id"]
    while client.get(f"/api/lab/studies/{study}").json()["progress"]["draws"] < 2:
        pass
    assert client.delete(f"/api/lab/studies/{study}").status_code == 200
    state = finish(client, study, "cancelled")
    assert 2 <= state["progress"]["draws"] < 300
    assert client.get(f"/api/lab/studies/{study}/result").json()["draws"] == state["progress"]["draws"]
    assert begin(client, draws=300)["progress"]["status"] in ("queued", "running")
    client.delete(f"/api/lab/studies/{study}")


def test_a_kept_study_opens_again_on_another_server_with_the_same_numbers(make: Callable[..., Any]) -> None:
    with TestClient(make()) as client:
        study = begin(client)["id"]
        finish(client, study)
        before = client.get(f"/api/lab/studies/{study}/result").json()
    with TestClient(make()) as client:
        state = client.get(f"/api/lab/studies/{study}").json()
        assert state["question"]["settings"][0]["lever"] == "crossing.mill_road"
        finish(client, study)
        assert client.get(f"/api/lab/studies/{study}/result").json() == before
        assert f'"study": "{study}"' in client.get(f"/en/lab?study={study}").text


def test_a_long_question_has_a_short_address(client: TestClient) -> None:
    change = "  - {{name: change {k}, kind: capacity, service: rpd, multiply: {k}, from: 2030-01-0{k}}}\n"
    text = "name: long\ntitle: {en: a, fr: b}\namendments:\n" + "".join(change.format(k=k) for k in range(1, 10)) * 2
    text = text.replace("amendments:", f"why: {'because ' * 60}\nlater_wins: true\namendments:")
    assert len(text) > LONGEST
    state = begin(client, yaml=text, scenarios=[])
    assert state["address"] == f"?study={state['id']}"
    client.delete(f"/api/lab/studies/{state['id']}")


def test_the_page_knows_what_its_address_asks(client: TestClient) -> None:
    import html
    import re

    def data(query: str) -> Any:
        page = client.get(f"/en/lab{query}").text
        return json.loads(html.unescape(re.findall(r'id="data">(.*?)</script>', page, re.S)[0]))

    asked = data("?set=crossing.mill_road:closed@2030-07-01&draws=5")
    assert asked["question"]["settings"] == [
        {"lever": "crossing.mill_road", "value": "closed", "from": "2030-07-01", "until": None}
    ]
    assert asked["question"]["draws"] == 5 and asked["problems"] == []
    assert len(asked["levers"]["levers"]) > 10
    wrong = data("?set=crossing.mil_road:closed")
    assert wrong["problems"][0]["hint"] == "crossing.mill_road"
    assert data("?study=0123456789ab")["problems"]


def test_more_than_a_server_gives_is_refused(client: TestClient) -> None:
    for more, said in (({"draws": 401}, "401"), ({"from": "2020-01-01"}, "covers")):
        answer = client.post("/api/lab/studies", json={**QUESTION, **more})
        assert answer.status_code == 422 and said in answer.json()["detail"]


def test_an_unknown_name_is_an_unknown_name(ground: Ground) -> None:
    with pytest.raises(UnknownName):
        ask(Question(scenarios=["no-agrement"]), ground)
