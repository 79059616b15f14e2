"""The tutorial does what it says: its files are written, its commands and its Python are run, in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from roxham.cli import main
from roxham.lab.scenario import case_folder

TUTORIAL = Path(__file__).resolve().parents[1] / "docs" / "do" / "tutorial.md"
BLOCK = re.compile(r"^```(\w+)( fails)?\n(.*?)^```$", re.M | re.S)
SAVED = re.compile(r"Save this as `([\w.-]+)`")


def command(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    program, *arguments = shlex.split(line)
    assert program == "roxham"
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return left.value.code, *capsys.readouterr()


def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    text = TUTORIAL.read_text(encoding="utf-8")
    names, told, ran = {}, {}, []
    for block in BLOCK.finditer(text):
        kind, fails, body = block.groups()
        ran.append(kind)
        if kind == "yaml":
            Path(SAVED.findall(text[: block.start()])[-1]).write_text(body, encoding="utf-8")
        elif kind == "py":
            exec(compile(body, str(TUTORIAL), "exec"), names)
            capsys.readouterr()
        else:
            for line in body.splitlines():
                status, out, err = command(line, capsys)
                assert status == (2 if fails else 0), (line, err)
                assert bool(err) == bool(fails), (line, err)
                told[line] = out + err
    assert ran.count("py") == 4 and ran.count("yaml") == 2 and ran.count("sh") >= 5
    (wrong,) = (said for line, said in told.items() if "wrong.yaml" in line)
    assert [line.split(":")[1] for line in wrong.splitlines()] == ["4", "5", "6"]
    assert {one.name for one in tmp_path.iterdir()} == {
        "first", "second", "fourth", "my-border", "treaty.yaml", "wrong.yaml"}  # fmt: skip


def test_what_the_tutorial_says_of_the_treaty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Far fewer are heard and more are sent back, with the whole band."""
    from roxham.lab import store

    text = TUTORIAL.read_text(encoding="utf-8")
    scenario = tmp_path / "treaty.yaml"
    scenario.write_text(next(m[3] for m in BLOCK.finditer(text) if "name: treaty" in m[3]), encoding="utf-8")
    command(f"roxham run {scenario} --case toy --draws 3 --quiet --out {tmp_path / 'out'}", capsys)
    summary = store.read(tmp_path / "out").summary
    assert summary.row("treaty", "heard")["diff_q95"] < 0
    assert summary.row("treaty", "returned_to_us")["diff_q05"] > 0


def test_the_case_is_as_short_as_the_tutorial_says() -> None:
    files = [path for path in case_folder("toy").rglob("*") if path.is_file()]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files) < 450
