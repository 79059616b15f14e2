"""The documents are true: their snippets run, their links lead somewhere, the look-up pages are up to date."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from roxham.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)


def commands(page: Path) -> list[list[str]]:
    """Every `roxham ...` line of the console blocks, as arguments."""
    lines = "".join(blocks(page, "console")).splitlines()
    return [shlex.split(line)[1:] for line in lines if line.startswith("roxham ")]


def call(arguments: list[str]) -> int:
    """Run one command in this process and give its exit status."""
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the first study was run, with the commands of its page."""
    page = DOCS / "do" / "first-study.md"
    made = tmp_path_factory.mktemp("first-study")
    scenario, wrong, study = blocks(page, "yaml")
    (made / "later-hotels.yaml").write_text(scenario, encoding="utf-8")
    (made / "wrong.yaml").write_text(wrong, encoding="utf-8")
    (made / "hotels.study.yaml").write_text(study, encoding="utf-8")
    (made / "facts.yaml").write_text(blocks(DOCS / "understand" / "law.md", "yaml")[0], encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        first, *_ = commands(page)
        assert call([*first, "--quiet", "--jobs", "1"]) == 0
        yield made


@pytest.mark.parametrize("page", ["do/cost.md", "do/first-study.md", "do/rooms.md", "understand/law.md"])
def test_every_command_of_a_page_runs(page: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [one for one in commands(DOCS / page) if one[0] != "run"]
    assert asked
    for arguments in asked:
        assert call(arguments) == 0, arguments
        assert capsys.readouterr().out


def test_the_wrong_scenario_is_told_as_the_page_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["run", "wrong.yaml"]) == 2
    said = capsys.readouterr().err
    for line in blocks(DOCS / "do" / "first-study.md", "text")[0].splitlines():
        assert line in said
    assert len(said.splitlines()) == 2
    assert not (folder / "out").exists()


def test_the_study_of_the_page_loads_with_the_scenario_beside_it(folder: Path) -> None:
    from roxham.lab.scenario import load_study

    assert [one.name for one in load_study("hotels.study.yaml").scenarios] == [
        "as-it-was", "later-hotels", "transfers-off"]


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_python_of_a_page_runs(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(DOCS.parent)  # paths of a page are said from the root of the project
    names: dict[str, object] = {"__name__": "__main__"}  # the blocks of a page are one script
    for code in blocks(page, "python"):
        exec(compile(code, str(page), "exec"), names)
    assert capsys.readouterr().out


def make_lookup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_lookup", DOCS / "make_lookup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["law.md", "metrics.md", "parameters.md", "amendments.md", "calibration.md"])
def test_the_look_up_pages_are_up_to_date(name: str) -> None:
    written = (DOCS / "look-up" / name).read_text(encoding="utf-8")
    assert written == make_lookup().PAGES[name](), "run: python docs/make_lookup.py"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_model_page_names_every_step_and_every_estimated_parameter() -> None:
    from roxham.sim.corridor import load
    from roxham.sim.plan import plan

    said = (DOCS / "understand" / "model.md").read_text(encoding="utf-8")
    for step, _ in plan():
        assert f"**{step}**" in said, step
    for name in load("canada_us").parameters:
        assert f"`{name}`" in said, name
