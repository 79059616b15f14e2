"""`roxham place`: a plan told line by line, nothing kept without --out, nothing personal read or echoed."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from roxham.cli import main
from roxham.errors import SpecError
from roxham.lab.scenario import case_folder
from roxham.sim.placement import weights
from roxham.sim.placement.private import personal_cell, personal_header
from roxham.sim.placement.read import read_families, read_places
from roxham.sim.placement.write import hide, safe
from roxham.units import parse_date

Call = Callable[..., tuple[int, str, str]]
DAY = "2030-03-04"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """The sample files of the toy case."""
    return Path(shutil.copytree(case_folder("toy") / "desk", tmp_path / "desk"))


@pytest.fixture
def roxham(capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main([str(one) for one in arguments])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        return int(left.value.code or 0), told.out, told.err

    return call


def families(folder: Path, text: str) -> Path:
    path = folder / "families.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_line_is_explained_beside_the_other_rules_and_nothing_is_kept(roxham: Call, desk: Path) -> None:
    before = sorted(desk.iterdir())
    status, out, err = roxham("place", desk / "families.csv", desk / "places.csv", "--date", DAY)
    assert (status, err) == (0, "")
    for words in ("F3  6 persons  -> no place tonight", "without `accessible`, harbour has 8", "as-is", "greedy",
                  "nights without a bed", "fairness", "not followed"):
        assert words in out
    assert sorted(desk.iterdir()) == before


@pytest.mark.parametrize("rule", ["as-is", "greedy", "optimal", "look-ahead"])
def test_every_rule_as_json_with_each_part_of_the_cost(roxham: Call, desk: Path, rule: str) -> None:
    status, out, _ = roxham("place", desk / "families.csv", desk / "places.csv", "--rule", rule, "--date", DAY,
                            "--forecast", desk / "expected.csv", "--json")
    told = json.loads(out)
    assert status == 0
    assert told["rule"] == rule
    assert set(told["compared"]) == {"as-is", "greedy", "optimal", "look-ahead"}
    assert told["cost"] == pytest.approx(sum(told["costs"].values()))
    assert len(told["lines"]) == 8 and all(line["reason_fr"] for line in told["lines"])
    assert {one["id"]: one["followed"] for one in told["overrides"]} == {"F5": False, "F8": True, "all": False}


def test_french_and_other_prices(roxham: Call, desk: Path) -> None:
    prices = desk / "weights.yaml"
    prices.write_text('ties: {value: 35, unit: CAD / person-night, status: assumed, low: 0, high: 60}\n')
    _, out, _ = roxham("place", desk / "families.csv", desk / "places.csv", "--date", DAY, "--lang", "fr",
                       "--weights", prices)
    assert "aucun lieu ce soir" in out and "nuits sans lit" in out
    prices.write_text('tie: {value: 35, unit: CAD, status: assumed, low: 0, high: 60}\n')
    status, _, err = roxham("place", desk / "families.csv", desk / "places.csv", "--weights", prices, "--date", DAY)
    assert status == 2 and 'did you mean "ties"' in err


def test_the_plan_is_written_whole_and_formulas_are_no_formulas(roxham: Call, desk: Path) -> None:
    out = desk / "plan.csv"
    status, _, err = roxham("place", desk / "families.csv", desk / "places.csv", "--date", DAY, "--out", out)
    assert status == 0
    assert err.split() == ["8", "->", "plan.csv"]  # counts only
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [row["id"] for row in rows] == [f"F{n}" for n in range(1, 9)]
    assert rows[7]["override"] == "bridge" == rows[7]["place"] and float(rows[7]["override_cost"]) > 0
    assert not list(desk.glob(".*"))
    assert [safe(text)[0] for text in ("=1", "+1+1", "-1+1", "@a", " =1", "\t=1")] == ["'"] * 6
    assert roxham("place", desk / "families.csv", desk / "places.csv", "--date", DAY, "--out", desk / "no" / "x.csv"
                  )[0] == 2


@pytest.mark.parametrize(("header", "kind"), [
    ("Nom de famille", "name"), ("first_name", "name"), ("surname", "name"), ("date_of_birth", "birth"),
    ("Date de naissance", "birth"), ("DOB", "birth"), ("passport", "document"), ("UCI", "document"),
    ("numéro de dossier", "document"), ("NAS", "document"), ("téléphone", "phone"), ("cell", "phone"),
    ("courriel", "e-mail"), ("E-mail", "e-mail"), ("adresse", "address"), ("postal code", "address"),
    ("nationality", "nationality"),
])
def test_columns_that_tell_who_somebody_is_are_refused_by_their_header(
    roxham: Call, desk: Path, header: str, kind: str
) -> None:
    path = families(desk, f"id,persons,{header}\nF1,2,secretvalue\n")
    status, out, err = roxham("place", path, desk / "places.csv", "--date", DAY)
    assert status == 2 and out == ""
    assert "families.csv:1:3: column 3 looks like" in err and kind in err
    assert "secretvalue" not in err


@pytest.mark.parametrize("value", [
    "1985-03-12", "12/03/1985", "3 mai 1985", "ana@example.org", "514-555-0199", "+1 (514) 555-0199", "5145550199",
    "11-2233-4455", "1122334455", "AB123456", "A1234567", "H2X 1Y4", "12 rue Exemple", "Marie Exemple", "123 456 789",
])
def test_cells_that_look_personal_are_refused_and_never_repeated(roxham: Call, desk: Path, value: str) -> None:
    for path in (families(desk, f"id,persons,ties\nF1,2,{value}\n"), families(desk, f"id,persons\n{value},2\n")):
        status, out, err = roxham("place", path, desk / "places.csv", "--date", DAY)
        assert status == 2 and out == ""
        assert "families.csv:2" in err
        assert value not in err


def test_a_first_row_without_a_header_is_not_repeated_either(roxham: Call, desk: Path) -> None:
    status, _, err = roxham("place", families(desk, "Marie,4\nF1,2\n"), desk / "places.csv", "--date", DAY)
    assert status == 2 and "Marie" not in err and 'the column "id" is missing' in err


def test_a_date_of_birth_in_the_column_of_arrival_is_refused(roxham: Call, desk: Path) -> None:
    path = families(desk, "id,persons,arrived\nF1,2,1985-03-12\nF2,2,2030-03-01\n")
    status, _, err = roxham("place", path, desk / "places.csv", "--date", DAY)
    assert status == 2 and "may be a date of birth" in err and "1985" not in err


def test_every_bad_row_is_told_with_its_line(roxham: Call, desk: Path) -> None:
    path = families(desk, "id,personss,arrived\nF1,2,2030-03-01\n")
    assert 'did you mean "persons"' in roxham("place", path, desk / "places.csv", "--date", DAY)[2]
    path = families(desk, "id,persons,nights,asked,accessible\nF1,0,30,harbor,no\nF1,2,x,,maybe\nsmith,3,,,\nF4,2\n")
    problems = roxham("place", path, desk / "places.csv", "--date", DAY)[2]
    assert "families.csv:5: the row has 2 cells" in problems
    path = families(desk, "id,persons,nights,asked,accessible\nF1,0,30,harbor,no\nF1,2,x,,maybe\nsmith,3,,,\n")
    problems = roxham("place", path, desk / "places.csv", "--date", DAY, "--rule", "optimum")[2]
    for words in ('did you mean "optimal"', "2: persons: must be", '2: asked: is not a place of the list (did you mean '
                  '"harbour"?)', "3: this id stands in line 2", "3: nights:", "3: accessible: must be yes or no",
                  "4: id: must be opaque"):
        assert words in problems
    assert "smith" not in problems and "maybe" not in problems


def test_files_in_french_with_semicolons_and_units_are_read(tmp_path: Path) -> None:
    path = families(tmp_path, "id;personnes;nuits;langue;liens;besoin_cuisine\nF1;3;4 weeks;FR;QC|ON;oui\n")
    (one,) = read_families(path, parse_date(DAY))
    assert (one.persons, one.nights, one.language, one.ties, one.needs) == (3, 28, "fr", ("QC", "ON"), {"cuisine"})
    places = tmp_path / "lieux.csv"
    places.write_text("lieu;province;lits_libres;cout_par_nuit;km;part_province\nici;QC;4;120,50 $;12 km;22,5 %\n")
    (site,) = read_places(places)
    assert (site.price, site.km, site.share) == (120.5, 12.0, 0.225)
    places.write_text("place,province,from,free_beds,cost_per_night\na,QC,2030-01-01,4,90\na,QC,2030-01-01,5,95\n")
    with pytest.raises(SpecError, match="twice from the same day"):
        read_places(places)


def test_small_counts_are_hidden_and_cannot_be_found_from_the_sum() -> None:
    assert hide({"QC": 12, "ON": 30}) == {"QC": 12, "ON": 30}
    assert hide({"QC": 12, "ON": 3, "MB": 9}) == {"QC": 12, "ON": None, "MB": None}
    assert hide({"QC": 2, "ON": 3, "MB": 9}) == {"QC": None, "ON": None, "MB": 9}


def test_look_ahead_needs_a_forecast(roxham: Call, desk: Path) -> None:
    assert roxham("place", desk / "families.csv", desk / "places.csv", "--date", DAY, "--rule", "look-ahead")[0] == 2


def test_what_the_desk_may_give_is_not_taken_for_personal() -> None:
    for name in ("id", "persons", "nights", "asked", "arrived", "school_age", "accessible", "language", "ties",
                 "override", "needs_kitchen"):
        assert personal_header(name) is None, name
    for value in ("F17", "2030-02-0001"[:4], "17", "fam-0012", "QC;ON", "toronto", "fr", "30 nights", "yes"):
        assert personal_cell(value, "ties") is None, value


def test_every_command_of_the_page_runs_and_its_words_are_true(
    roxham: Call, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "do" / "place.md").read_text(encoding="utf-8")
    blocks = {kind: re.search(rf"^```{kind}\n(.*?)^```", page, re.M | re.S) for kind in ("console", "yaml", "text")}
    said = {kind: found[1] for kind, found in blocks.items() if found}
    (desk / "weights.yaml").write_text(said["yaml"], encoding="utf-8")
    monkeypatch.chdir(desk)
    printed = ""
    for line in said["console"].splitlines():
        status, out, err = roxham(*line.split()[1:])
        assert status == 0, err
        printed += out
    assert (desk / "plan.csv").exists()
    assert said["text"].strip() in printed
    shipped = weights()
    for price in (shipped.without_bed, shipped.waiting, shipped.ties, shipped.fairness):
        assert f"| {price:.0f} CAD" in page
    assert f"{shipped.distance:.2f} CAD a person-km" in page and f"{shipped.nights} nights" in page
