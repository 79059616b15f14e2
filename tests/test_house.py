"""The house: its layout, the direction of its imports, its words and its sizes."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "roxham"
MODULES = sorted(SOURCE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

# Words that are never used for people, and where they may stand: in an address, in a quotation, and as below.
FORBIDDEN = re.compile(r"\b(agents?|aliens?|illegals?|illegally)\b", re.IGNORECASE)
ALLOWED = re.compile(
    r"https?://\S+"  # the address of a source
    r"|\"\"[^\"]*\"\"|«[^»]*»|“[^”]*”"  # somebody else's words
    r"|border patrol agents?"  # the title of an office
    r"|\b([ld]['’]|(à|par|devant) un )agent\b"  # the French statute's word for an officer
    r"|\bagents\.csv\b",  # a file's name in a format that is not ours
    re.IGNORECASE,
)
QUOTING = {"newspaper_check.csv"}  # holds the claims of a newspaper as it wrote them

# A file over 400 lines or a function over 40 needs a reason: it stands here.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {
    "src/roxham/law/facts.py:_facts": "a table: one row per fact of the law",
    "src/roxham/sim/diary.py:_pass": "one compiled kernel: the state of the stations stays in local variables",
    "src/roxham/sim/line.py:_line": "one compiled kernel: the state of the queues stays in local variables",
    "src/roxham/sim/reception.py:_house": "one compiled kernel: the state of a day stays in local variables",
    "src/roxham/sim/service.py:_serve": "one compiled kernel: the state of the queue stays in local variables",
}


def texts() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in {".py", ".yaml", ".md", ".html", ".css", ".csv", ".jinja", ".geojson"}:
            yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_rooms_are_those_of_the_design() -> None:
    rooms = {path.stem for path in SOURCE.glob("*.py")} | {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    public = {room for room in rooms if not room.startswith("_")}
    known = {"errors", "units", "streams", "spec", "world", "people", "law", "sim", "evidence", "forecast", "lab"}
    assert known | {"show", "cli"} <= public
    assert public <= known | {"show", "cli", "app", "walk"}


def test_no_room_imports_a_case() -> None:
    for path in MODULES:
        assert not re.search(r"^\s*(from|import) roxham\.cases", path.read_text(encoding="utf-8"), re.M), name_of(path)
    assert not list((SOURCE / "cases").rglob("*.py"))


def test_imports_run_downward_only() -> None:
    command = shutil.which("lint-imports") or str(Path(sys.executable).parent / "lint-imports")
    if not Path(command).exists():
        pytest.skip("import-linter is not installed: it is in the extra `dev`")
    done = subprocess.run([command], capture_output=True, text=True, cwd=ROOT, check=False, env=_with_source())
    assert done.returncode == 0, done.stdout


def _with_source() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def test_the_contract_lists_what_the_design_says() -> None:
    (layers,) = (one["layers"] for one in PROJECT["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    order = [room.strip(" ()") for layer in layers for room in re.split("[:|]", layer)]
    places = {room: order.index(room) for room in order}
    for above, below in [("cli", "show"), ("show", "forecast"), ("forecast", "lab"), ("lab", "sim"), ("sim", "law")]:
        assert places[above] < places[below]
    assert places["law"] < places["evidence"] < places["spec"] < places["units"] < places["errors"]


@pytest.mark.parametrize("path", list(texts()), ids=name_of)
def test_people_are_people(path: Path) -> None:
    if path.name in QUOTING:
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = FORBIDDEN.search(ALLOWED.sub("", line))
        assert not found, f"{name_of(path)}:{number}: {line[:200]}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is_and_leaves_nothing_unfinished(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "a module begins with one plain sentence"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b|NotImplementedError", text)
    lines = text.count("\n")
    assert lines <= 400 or name_of(path) in LONG_FILES, f"{name_of(path)} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_are_short_or_have_a_reason(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            name = f"{name_of(path)}:{node.name}"
            assert lines <= 40 or name in LONG_FUNCTIONS, f"{name} has {lines} lines"


def test_a_reason_stands_only_for_what_is_there() -> None:
    names = {name_of(path) for path in MODULES}
    assert set(LONG_FILES) <= names
    assert {one.rsplit(":", 1)[0] for one in LONG_FUNCTIONS} <= names
    assert all([*LONG_FILES.values(), *LONG_FUNCTIONS.values()])


def test_the_package_needs_what_it_imports() -> None:
    needed = {re.split(r"[><=.]", one)[0] for one in PROJECT["project"]["dependencies"]}
    imported = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    outside = imported - set(sys.stdlib_module_names) - {"roxham"}
    come_along = {"click": "typer", "llvmlite": "numba", "markupsafe": "jinja2", "pydantic_core": "pydantic",
                  "sklearn": "scikit-learn", "starlette": "fastapi"}
    features = PROJECT["project"]["optional-dependencies"]
    extra = {re.split(r"[><=.]", one)[0] for one in features["forecast"] + features["sensitivity"] + features["dask"]}
    assert {come_along.get(name, name) for name in outside} <= needed | extra
    assert needed <= outside, "a dependency that nothing imports"


def test_the_wheel_would_hold_every_kind_of_file() -> None:
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"] == {"packages": ["src/roxham"]}
    assert (SOURCE / "py.typed").exists()
    assert list((SOURCE / "cases").rglob("*.csv"))
