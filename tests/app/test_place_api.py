"""The API of the transfer desk: the command's numbers to the last digit, personal rows refused, nothing kept."""

from __future__ import annotations

import csv
import io
import json
import logging
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from roxham.app import place
from roxham.app.desks import EACH, MINUTES, MOST, Desks
from roxham.app.place import MOST_CHOICES, MOST_FAMILIES
from roxham.app.problem import Refused
from roxham.app.serve import make_app
from roxham.cli import main
from roxham.lab.place import Morning, Pasted, needs_of, offers_of, place_families, read_morning
from roxham.lab.scenario import case_folder

PLACES = "place,province,free_beds,cost_per_night,school\nmill,HN,4,90,yes\nhills,HS,9,120,no\n"
DAY = "2030-03-04"


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(make_app()) as found:
        yield found


@pytest.fixture
def sample(client: TestClient) -> Any:
    return client.get("/api/place/sample").json()


def opened(client: TestClient, families: str, places: str = PLACES, **more: Any) -> Any:
    answer = client.post("/api/place/desks", json={"families": families, "places": places, "date": DAY, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def refusal(client: TestClient, families: str, places: str = PLACES, lang: str = "en") -> Any:
    answer = client.post("/api/place/desks", json={"families": families, "places": places, "date": DAY},
                         headers={"Accept-Language": lang})
    assert answer.status_code == 422, answer.text
    return answer.json()["problems"]


def of_command(capsys: pytest.CaptureFixture[str], folder: Path, rule: str) -> Any:
    with pytest.raises(SystemExit):
        main(["place", str(folder / "families.csv"), str(folder / "places.csv"), "--date", DAY, "--rule", rule,
              "--forecast", str(folder / "expected.csv"), "--json"])
    return json.loads(capsys.readouterr().out)


def same(ours: Any, told: Any) -> None:
    """Every number of the command, to the last digit."""
    for key in ("rule", "date", "persons_placed", "persons_without_bed", "cost", "costs", "by_province", "compared",
                "overrides"):
        other = told[key]
        if key == "compared":
            other = {name: {k: v for k, v in one.items() if k != "date"} for name, one in other.items()}
        assert ours[key] == other, key
    beside = ("cost", "breaks")
    assert [{k: v for k, v in line.items() if k not in beside} for line in ours["lines"]] == told["lines"]
    assert [line["cost"] for line in ours["lines"]] == [sum(line["costs"].values()) for line in told["lines"]]


@pytest.mark.parametrize("rule", [
    pytest.param("as-is", marks=pytest.mark.slow), pytest.param("greedy", marks=pytest.mark.slow), "optimal",
    "look-ahead"])
def test_the_app_and_the_command_tell_the_same_numbers(
    client: TestClient, sample: Any, rule: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    desk = client.post("/api/place/desks", json=sample).json()
    told = of_command(capsys, case_folder("toy") / "desk", rule)
    same(client.post(f"/api/place/desks/{desk['id']}/plan", json={"rule": rule}).json(), told)
    folder = Path(shutil.copytree(case_folder("toy") / "desk", tmp_path / "desk"))
    rows = list(csv.DictReader(io.StringIO(sample["families"])))
    chosen = {"F1": "harbour", "F2": "wait"}
    with (folder / "families.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows([{**row, "override": chosen.get(row["id"], "")} for row in rows])
    found = client.post(f"/api/place/desks/{desk['id']}/plan", json={"rule": rule, "overrides": chosen}).json()
    same(found, of_command(capsys, folder, rule))
    assert found["chosen"] == chosen


def test_beds_are_those_of_the_plan(client: TestClient, sample: Any) -> None:
    desk = client.post("/api/place/desks", json=sample).json()
    for bed in desk["plan"]["beds"]:
        taken = sum(line["persons"] for line in desk["plan"]["lines"] if line["place"] == bed["place"])
        assert (bed["taken"], bed["left"]) == (taken, bed["free"] - taken) and 0 <= bed["fewest"] <= bed["left"]
    assert sum(bed["taken"] for bed in desk["plan"]["beds"]) == desk["plan"]["persons_placed"]


def test_a_place_filled_by_one_choice_refuses_the_next_for_its_beds(client: TestClient) -> None:
    desk = opened(client, "id,persons,nights\nF1,3,10\nF2,3,10\n")
    plan = client.post(f"/api/place/desks/{desk['id']}/plan", json={"overrides": {"F1": "mill", "F2": "mill"}}).json()
    assert [line["breaks"] for line in plan["lines"]] == [[], ["beds"]] and not desk["closed"]


def test_plans_beyond_those_made_at_once_are_asked_to_wait(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = opened(client, "id,persons\nF1,2\n")
    monkeypatch.setattr(place, "SECONDS_TO_WAIT", 0.01)
    with place._PLANNING, place._PLANNING:
        answer = client.post(f"/api/place/desks/{desk['id']}/plan", json={}, headers={"Accept-Language": "fr"})
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "5"
    assert "réessayez dans un instant" in answer.json()["detail"]
    assert client.post(f"/api/place/desks/{desk['id']}/plan", json={}).status_code == 200


def test_beds_that_close_later_are_told() -> None:
    places = "place,province,from,free_beds,cost_per_night\nmill,HN,,6,90\nmill,HN,2030-03-10,5,90\n"
    morning = read_morning(Pasted("f", "id,persons,nights\nF1,4,20\n"), Pasted("p", places), date(2030, 3, 4))
    (bed,) = place_families(morning).beds()
    assert (bed.free, bed.taken, bed.left, bed.fewest) == (6, 4, 2, 1)


def test_a_choice_is_priced_and_one_that_breaks_a_rule_is_refused_with_the_rule(client: TestClient) -> None:
    desk = opened(client, "id,persons,school_age,nights\nF1,3,1,10\nF2,2,0,10\nF3,5,0,10\n")
    assert desk["closed"] == {"F1": {"hills": ["school"]}, "F3": {"mill": ["beds"]}}
    plan = client.post(f"/api/place/desks/{desk['id']}/plan", json={"overrides": {"F2": "wait", "F1": "hills"}}).json()
    price = {one["id"]: one for one in plan["overrides"]}
    assert price["F2"]["followed"] and price["F2"]["cost"] > 0 and price["F2"]["persons_without_bed"] == 2
    assert not price["F1"]["followed"] and price["F1"]["cost"] == 0
    line = plan["lines"][0]
    assert line["place"] == "mill" and line["breaks"] == ["school"] and "school" in line["reason_en"]
    assert "école" in line["reason_fr"]


@pytest.mark.parametrize(("header", "value", "en", "fr"), [
    ("Nom", "Exemple", "a name", "un nom"), ("date_of_birth", "1985-03-12", "a date of birth", "une date de naissance"),
    ("passport", "AB123456", "a document", "un document"), ("phone", "514-555-0199", "a phone number", "téléphone"),
    ("ties", "ana@example.org", "an e-mail address", "une adresse électronique"),
])
def test_columns_and_cells_that_tell_who_somebody_is_are_refused(
    client: TestClient, header: str, value: str, en: str, fr: str
) -> None:
    for lang, words in (("en", en), ("fr", fr)):
        problems = refusal(client, f"id,persons,{header}\nF1,2,{value}\n", lang=lang)
        said = " ".join(one["message"] for one in problems)
        assert words in said and value not in said
        assert problems[0]["file"] == "families.csv" and problems[0]["column"] == 3


def test_every_bad_row_of_both_files_is_told_at_once(client: TestClient) -> None:
    problems = refusal(client, "id,persons,asked\nF1,0,mil\nF1,2,\n", PLACES.replace("4,90", "x,90"))
    assert {one["file"] for one in problems} == {"families.csv", "places.csv"}
    problems = refusal(client, "id,persons,asked\nF1,0,mil\nF1,2,\n", lang="fr")
    said = " ".join(one["message"] for one in problems).replace("\u00a0", " ")
    assert "doit être un nombre entier de 1 à 30" in said and "cet identifiant figure aussi à la ligne 2" in said
    assert "vouliez-vous dire « mill »" in said


def test_a_desk_has_its_limits(client: TestClient) -> None:
    many = "id,persons\n" + "".join(f"F{n},1\n" for n in range(MOST_FAMILIES + 1))
    assert f"at most {MOST_FAMILIES} are read" in refusal(client, many)[0]["message"]
    chosen = "id,persons,override\n" + "".join(f"F{n},1,wait\n" for n in range(MOST_CHOICES + 1))
    assert f"au plus {MOST_CHOICES} choix" in refusal(client, chosen, lang="fr")[0]["message"]
    large = client.post("/api/place/desks", json={"families": "x" * 900_000, "places": PLACES})
    assert large.status_code == 422 and "x" * 100 not in large.text
    assert client.post("/api/place/desks", content=b"x" * 1_200_000).status_code == 413


@pytest.mark.parametrize("body", [
    {"rule": "optimum"}, {"rule": "look-ahead"}, {"overrides": {"F9": "mill"}}, {"overrides": {"F1": "mil"}},
    {"overrides": ["F1"]}, {"rules": "greedy"}, [], "x"])
def test_what_cannot_be_planned_is_told(client: TestClient, body: Any) -> None:
    desk = opened(client, "id,persons\nF1,2\n")
    assert client.post(f"/api/place/desks/{desk['id']}/plan", json=body).status_code == 422


def test_the_plan_as_a_file_holds_no_formula(client: TestClient) -> None:
    desk = opened(client, "id,persons,override\nF1,2,wait\nF2,3,\n")
    file = client.post(f"/api/place/desks/{desk['id']}/csv", json={}, headers={"Accept-Language": "fr"}).json()
    assert file["name"] == f"plan-{DAY}.csv"
    rows = list(csv.DictReader(io.StringIO(file["text"])))
    assert [row["id"] for row in rows] == ["F1", "F2"] and rows[0]["override"] == "wait"
    assert "en attente" in rows[0]["reason"]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in ("=", "+", "@")]


def test_one_person_is_said_as_one() -> None:
    families = "id,persons,nights\nF1,4,10\nF2,1,10\nF3,2,10\n"
    places = "place,province,free_beds,cost_per_night\nmill,HN,4,90\n"
    morning = read_morning(Pasted("f", families), Pasted("p", places), date(2030, 3, 4))
    one, two = (line.reason for line in place_families(morning, "as-is").plan.lines[1:])
    assert one.text("en").endswith("0 beds are left for 1 person") and one.text("fr").endswith("lits pour 1 personne")
    assert two.text("en").endswith("for 2 persons") and two.text("fr").endswith("pour 2 personnes")


def test_small_counts_of_people_by_province_are_not_told(client: TestClient) -> None:
    desk = opened(client, "id,persons\nF1,4\nF2,8\n")
    assert desk["plan"]["by_province"] == {"HN": None, "HS": None}


def test_a_closed_desk_is_gone(client: TestClient) -> None:
    desk = opened(client, "id,persons\nF1,2\n")
    address = f"/api/place/desks/{desk['id']}"
    assert client.delete(address).status_code == 204 and client.delete(address).status_code == 204
    for lang, words in (("en", "nothing of it was kept"), ("fr", "rien n'en a été gardé")):
        answer = client.post(f"{address}/plan", json={}, headers={"Accept-Language": lang})
        assert answer.status_code == 404 and words in answer.json()["detail"]


def morning() -> Morning:
    return read_morning(Pasted("f", "id,persons\nF1,2\n"), Pasted("p", PLACES), date(2030, 3, 4))


def test_a_desk_that_nobody_uses_ends_by_itself() -> None:
    now = [0.0]
    desks = Desks(clock=lambda: now[0])
    name = desks.open(morning(), "a")
    now[0] += 60 * MINUTES - 1
    assert desks.find(name)
    now[0] += 60 * MINUTES - 1
    assert desks.find(name)  # each use begins the hour anew
    now[0] += 60 * MINUTES + 1
    with pytest.raises(Refused):
        desks.find(name)
    assert not desks.held


def test_desks_are_bounded_for_one_client_and_for_all() -> None:
    now = [0.0]
    desks = Desks(clock=lambda: now[0])
    names = []
    for _ in range(EACH + 1):
        now[0] += 1
        names.append(desks.open(morning(), "a"))
    assert list(desks.held) == names[1:]
    while len(desks.held) < MOST:
        desks.open(morning(), f"client {len(desks.held)}")
    with pytest.raises(Refused) as refused:
        desks.open(morning(), "one more")
    assert refused.value.status == 429 and refused.value.headers["Retry-After"]
    assert len({len(name) for name in desks.held}) == 1 and len(next(iter(desks.held))) >= 24


def test_no_row_and_no_id_of_a_desk_reaches_a_log(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("roxham.app").setLevel(logging.DEBUG)
    desk = opened(client, "id,persons\nSECRET7,2\n")
    client.post(f"/api/place/desks/{desk['id']}/plan", json={"overrides": {"SECRET7": "wait"}})
    client.post(f"/api/place/desks/{desk['id']}/plan", json={"overrides": {"SECRET8": "wait"}})
    client.post(f"/api/place/desks/{desk['id']}/csv", json={})
    client.post("/api/place/desks", json={"families": "id,persons,nom\nF1,2,SECRET9\n", "places": PLACES})
    client.post("/api/place/desks", json={"families": 7, "places": "SECRET9"})
    client.delete(f"/api/place/desks/{desk['id']}")
    told = capfd.readouterr()
    server = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpx"))
    logged = server + told.out + told.err
    assert "/api/place/desks/{desk}/plan" in server
    assert "SECRET" not in logged and desk["id"] not in logged


def test_needs_and_offers_have_the_names_of_the_rules() -> None:
    text = "id,persons,school_age,accessible,language,needs_kitchen\nF1,2,1,yes,fr,yes\n"
    columns = "place,province,free_beds,cost_per_night,school,accessible,languages,has_kitchen"
    places = f"{columns}\nmill,HN,4,9,yes,yes,fr,only\n"
    one = read_morning(Pasted("f", text), Pasted("p", places), date(2030, 3, 4))
    assert needs_of(one.families[0]) == ("accessible", "school", "language fr", "kitchen")
    assert offers_of(one.places[0]) == ("accessible", "school", "language fr", "kitchen", "only kitchen")
