"""go.py: what it says, what it runs, and when it installs again; nothing is installed here."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """go.py of a project folder of its own, whose commands are written down and not run."""
    spec = importlib.util.spec_from_file_location("go", ROOT / "go.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", str(tmp_path / ".venv" / "python"))
    module.__dict__["ran"] = []
    module.__dict__["failing"] = ""

    def run(*command: str) -> int:
        module.ran.append(list(command))
        if "venv" in command:
            (tmp_path / ".venv").mkdir(exist_ok=True)
            Path(module.PYTHON).touch()
        return int(bool(module.failing) and module.failing in command)

    monkeypatch.setattr(module, "run", run)
    return module


def installs(go: ModuleType) -> list[str]:
    return [command[-1] for command in go.ran if "install" in command]


def test_without_a_task_it_says_what_it_does() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "go.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "go.py demo" in done.stdout
    assert "go.py test" in done.stdout


def test_it_needs_only_the_standard_library() -> None:
    code = "import sys, runpy; sys.argv = ['go.py', '--help']; runpy.run_path('go.py', run_name='__main__')"
    bare = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(bare, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_installs_once_and_again_when_the_project_changes(go: ModuleType) -> None:
    go.install([])
    go.install([])
    assert installs(go) == ["."]
    go.install(["test", "dev"])
    go.install(["test", "dev"])
    go.install([])
    assert installs(go) == [".", ".[test,dev]"]
    assert sum("venv" in command for command in go.ran) == 1
    (go.ROOT / "pyproject.toml").write_text("[project]\nname = 'changed'\n", encoding="utf-8")
    go.install([])
    assert installs(go) == [".", ".[test,dev]", "."]
    go.install(["test", "dev"])
    assert installs(go) == [".", ".[test,dev]", ".", ".[test,dev]"]


def test_a_failed_installation_is_tried_again(go: ModuleType) -> None:
    go.failing = "install"
    with pytest.raises(SystemExit, match="Installing failed"):
        go.install([])
    go.failing = ""
    go.install([])
    assert installs(go) == [".", "."]


def test_where_venv_is_missing_it_names_the_one_package(go: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go.shutil, "which", lambda name: None)
    monkeypatch.setattr(go.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="sudo apt install python3-venv"):
        go.install([])
    assert go.ran == []


def test_uv_is_used_where_it_is_found(go: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go.shutil, "which", lambda name: f"/somewhere/{name}")
    go.install([])
    assert [command[0] for command in go.ran] == ["/somewhere/uv", "/somewhere/uv"]


def test_an_old_python_hands_over_or_says_so(
    go: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(go, "OLDEST", (99, 0))
    monkeypatch.setattr(go.shutil, "which", lambda name: None)
    assert go.main(["demo"]) == 2
    assert "Roxham needs Python" in capsys.readouterr().out


def test_the_demo_runs_the_study_and_says_where_the_brief_is(
    go: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert go.main(["demo", "--draws", "2"]) == 0
    command = go.ran[-1]
    assert command[1:3] == ["run", "roxham-road"]
    assert command[3:5] == ["--draws", "5"]
    assert command[-2:] == ["--draws", "2"]
    assert str(Path("out") / "roxham-road" / "brief.en.html") in capsys.readouterr().out
    assert go.main(["demo", "--out", "there"]) == 0
    assert str(Path("there") / "brief.fr.html") in capsys.readouterr().out
    go.failing = "roxham-road"
    assert go.main(["demo"]) == 1
    assert "brief" not in capsys.readouterr().out


@pytest.mark.parametrize("failing", ["", "ruff", "mypy", "pytest"])
def test_test_runs_every_check_and_fails_when_one_fails(go: ModuleType, failing: str) -> None:
    go.failing = failing
    assert go.main(["test", "--slow", "-k", "law"]) == (1 if failing else 0)
    checks = [command for command in go.ran if "install" not in command and "venv" not in command]
    assert [checks[0][2], checks[1][2], Path(checks[2][0]).stem, checks[3][2]] == [
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
    ]
    assert checks[3][-4:] == ["-m", "slow or not slow", "-k", "law"]


def test_check_is_test_without_pytest(go: ModuleType) -> None:
    assert go.main(["check"]) == 0
    assert not any("pytest" in command for command in go.ran)
