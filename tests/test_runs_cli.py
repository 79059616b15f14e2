"""The commands about runs that were kept, and the page that tells of them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from roxham.cli import main

PAGE = Path(__file__).resolve().parents[1] / "docs" / "do" / "runs.md"


def call(arguments: list[str]) -> int:
    """Run one command in this process and give its exit status."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the commands of the page were run, up to the first look again, with their own store."""
    made = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setenv("ROXHAM_STORE", str(made / "store"))
        for arguments in commands()[:2]:
            assert call([*arguments, "--jobs", "1", "--quiet"]) == 0
        yield made


def commands() -> list[list[str]]:
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return [shlex.split(line)[1:] for line in "".join(blocks).splitlines() if line.startswith("roxham ")]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert call(list(arguments)) == 0
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(told(capsys, "runs", "--json"))
    return found


def test_the_list_says_what_is_there(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    latest, first = listed(capsys)
    assert (latest["draws"], latest["draws_held"], latest["study"], latest["case"]) == (5, 5, "tutorial", "toy")
    assert (first["draws"], first["draws_held"], first["current"]) == (3, 3, True)
    assert str(latest["id"]) in told(capsys, "runs", "list")
    french = told(capsys, "runs", "--lang", "fr")
    assert "étude" in french and "tirages" in french


def test_a_run_is_shown_and_written_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "runs", "show", "last~1", "--out", "once-more")
    assert "road-closed" in out and "draws: 3" in out
    for name in ("summary.csv", "results.parquet", "lines.parquet"):
        assert (place / "once-more" / name).read_bytes() == (place / "first" / name).read_bytes()
    assert "tirages: 3" in told(capsys, "runs", "show", "first", "--lang", "fr")
    assert json.loads(told(capsys, "runs", "show", "last", "--json"))["draws"] == 5


def test_two_runs_are_compared(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "runs", "compare", "first", "last~1") == "The two runs have the same numbers.\n"
    out = told(capsys, "runs", "compare", "last~1", "last", "--lang", "fr")
    assert out.startswith("Les deux simulations diffèrent.\n")
    assert re.search(r"draws\W+3\W+5", out)
    found = json.loads(told(capsys, "runs", "compare", "last~1", "last", "--metric", "heard", "--json"))
    assert found["apart"] == {"draws": ["3", "5"]}
    assert {row["metric"] for row in found["rows"]} == {"heard"}


def test_a_harmed_file_is_named_and_mended(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "runs", "check").startswith("Every file is whole")
    victim = sorted((place / "store" / "shelves").rglob("0*.parquet"))[0]
    victim.write_bytes(victim.read_bytes()[:-9])
    assert call(["runs", "check"]) == 2
    said = capsys.readouterr().err
    assert said == f"{victim}: this file was altered or cut short\n"
    assert call([*commands()[1], "--jobs", "1", "--quiet"]) == 0
    assert f"{victim}: this file was altered or cut short; its draws are made again" in capsys.readouterr().err
    assert (place / "more" / "summary.csv").is_file()
    assert told(capsys, "runs", "check")
    victim.write_bytes(b"")
    assert f"taken away: {victim.relative_to(place / 'store').as_posix()}" in told(capsys, "runs", "check", "--mend")
    assert not victim.exists()
    assert call([*commands()[1], "--jobs", "1", "--quiet"]) == 0


def test_sql_answers_as_a_table_csv_and_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    question = "SELECT study, count(*) AS n FROM runs GROUP BY study"
    assert "tutorial" in told(capsys, "sql", question)
    assert told(capsys, "sql", question, "--csv") == "study,n\ntutorial,2\n"
    assert json.loads(told(capsys, "sql", question, "--json")) == [{"study": "tutorial", "n": 2}]
    assert call(["sql", "FROM draws", "--rows", "3", "--csv"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert err == "only the first 3 rows; --rows gives more\n"


def test_sql_for_a_spreadsheet_holds_no_formula(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, "sql", "SELECT '=1+1' AS a, '@x' AS b, -2.5 AS c", "--csv")
    assert out == "a,b,c\n'=1+1,'@x,-2.5\n"


@pytest.mark.parametrize(("question", "said"), [
    ("SELECT * FROM read_text('/etc/hostname')", "reads the views runs, scenarios, draws and lines, and nothing else"),
    ("SELECT * FROM read_csv('store/store.json')", "and nothing else"),
    ("COPY (SELECT 1) TO 'stolen.csv'", "begins with SELECT"),
    ("ATTACH 'other.db'", "begins with SELECT"),
    ("SET enable_external_access = true", "begins with SELECT"),
    ("DROP VIEW draws", "begins with SELECT"),
    ("SELECT 1; SELECT 2", "one question at a time"),
    ("", "one question at a time"),
    ("SELECT nothing FROM draws", "There are: runs (run, study"),
    ("SELEC 1", "syntax error"),
])
def test_sql_reads_the_views_and_nothing_else(
    question: str, said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    assert call(["sql", question]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*")} == before


def test_sql_gives_up_after_the_time_it_was_given(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endless = "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT max(x) FROM t"
    assert call(["sql", endless, "--seconds", "1"]) == 2
    assert "took more than 1 seconds and was given up" in capsys.readouterr().err


def test_a_harmed_file_is_left_out_of_sql_and_told(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    victim = sorted((place / "store" / "shelves").rglob("0*.parquet"))[0]
    content = victim.read_bytes()
    victim.write_bytes(content[:-1])
    try:
        assert call(["sql", "SELECT count(DISTINCT (scenario, draw)) AS n FROM draws", "--run", "last", "--csv"]) == 0
        out, err = capsys.readouterr()
        assert out == "n\n14\n"
        assert err == f"{victim}: this file was altered or cut short; left out\n"
    finally:
        victim.write_bytes(content)


@pytest.mark.parametrize(("arguments", "said"), [
    (["runs", "show", "nonsense"], "no run of the store"),
    (["runs", "show", "last~9"], "holds 2 runs"),
    (["runs", "show", "last", "--lang", "de"], "write en or fr"),
    (["runs", "prune", "--older-than", "a while"], 'write for example "12h", "30d" or "8w"'),
    (["runs", "prune", "--to", "much"], 'write for example "500MB" or "5GB"'),
    (["sql", "SELECT 1", "--csv", "--json"], "choose one"),
    (["runs", "--store", "nowhere://x"], "nothing here can reach"),
])
def test_what_can_be_mended_is_told(
    arguments: list[str], said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments) == 2
    assert said in capsys.readouterr().err


def test_no_store_is_told(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROXHAM_STORE", "none")
    assert call(["runs"]) == 2
    assert "name a store with --store" in capsys.readouterr().err
    empty = told(capsys, "runs", "--store", "memory://nobody")
    assert empty == "No run is kept in memory://nobody. `roxham run STUDY` keeps one.\n"


def test_a_usual_store_that_cannot_be_written_costs_a_warning_only(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from roxham.cli.keeping import open_vault

    (place / "taken").write_text("", encoding="utf-8")
    monkeypatch.delenv("ROXHAM_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(place / "taken"))
    monkeypatch.setattr("sys.platform", "linux")
    assert open_vault() is None
    assert "stands in the way" in capsys.readouterr().err
    assert open_vault(no_store=True) is None
    monkeypatch.setenv("ROXHAM_STORE", str(place / "taken" / "below"))
    assert call(["run", "tutorial", "--case", "toy", "--draws", "1", "--out", "x", "--quiet"]) == 2
    assert "stands in the way" in capsys.readouterr().err


def test_every_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    for names in (["runs"], *(["runs", one] for one in ("list", "show", "compare", "check", "prune")), ["sql"]):
        out = told(capsys, *names, "--help")
        assert re.search(rf"^\s+roxham {' '.join(names)}\b", out.split("\n", 2)[2], re.M), names


def test_every_command_of_the_page_runs(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = commands()[2:]
    assert len(asked) > 10
    for arguments in asked:
        assert call(arguments) == 0, arguments
        assert capsys.readouterr().out
    assert [one["draws"] for one in listed(capsys)] == [5]  # the last command pruned
    assert json.loads(told(capsys, "runs", "show", "last", "--json"))["draws"] == 5
