"""From a clean machine to an answer: python3 go.py demo, python3 go.py test. Needs Python 3.11, nothing else.

    demo  [--draws N] [...]   install, run the study roxham-road, print where its brief is
    test  [--slow] [...]      install, then ruff, mypy, the import contract and pytest ([...] goes to pytest)
    check                     the same without pytest

The package is installed into .venv beside this file, once, and again when pyproject.toml changes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
EXE = ".exe" if os.name == "nt" else ""
PYTHON = str(BIN / ("python" + EXE))
NO_VENV = """This Python cannot make a virtual environment: one package is missing.
Debian or Ubuntu: sudo apt install python3-venv
Elsewhere: install the package that holds Python's venv and ensurepip modules. Then try again."""


def main(args: list[str]) -> int:
    tasks = {"demo": demo, "test": test, "check": check}
    if not args or args[0] not in tasks:
        print(__doc__)
        return 0 if args in (["-h"], ["--help"]) else 2
    if sys.version_info < OLDEST:
        return use_newer_python(args)
    os.chdir(str(ROOT))
    return tasks[args[0]](args[1:])


def demo(args: list[str]) -> int:
    install([])
    out = args[args.index("--out") + 1] if "--out" in args[:-1] else str(Path("out") / "roxham-road")
    defaults = ["--draws", "5", "--jobs", str(cpus()), "--out", out]
    failed = run(str(BIN / ("roxham" + EXE)), "run", "roxham-road", *defaults, *args)
    if not failed:
        print(f"\nThe brief: {ROOT / out / 'brief.en.html'}\nEn français: {ROOT / out / 'brief.fr.html'}")
    return failed


def test(args: list[str]) -> int:
    chosen = ["-m", "slow or not slow"] if "--slow" in args else []
    workers = ["-n", str(min(cpus(), 8)), "--dist", "worksteal"] if cpus() > 1 else []
    rest = [arg for arg in args if arg != "--slow"]
    return lint() | run(PYTHON, "-m", "pytest", *workers, *chosen, *rest)


def check(args: list[str]) -> int:
    return lint()


def lint() -> int:
    install(["test", "dev"])
    steps = [[PYTHON, "-m", "ruff", "check"], [PYTHON, "-m", "mypy"], [str(BIN / ("lint-imports" + EXE)), "--no-logo"]]
    return max([run(*step) for step in steps])


def install(extras: list[str]) -> None:
    """Make .venv and install the package into it, unless that was done for this Python and pyproject.toml."""
    stamp = VENV / "roxham-installed"
    base = getattr(sys, "_base_executable", None) or sys.executable
    made_by = hashlib.sha256(f"{ROOT} {base} {sys.version}".encode()).hexdigest()
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    done = stamp.read_text().split() if stamp.exists() and Path(PYTHON).exists() else []
    if {made_by, project, *extras} <= set(done):
        return
    size = "1.5 GB on disk, with the test tools" if extras else "about 150 MB to fetch"
    print(f"Installing Roxham and what it needs into .venv (once; {size}) ...", flush=True)
    uv = shutil.which("uv")
    if uv is None and not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        sys.exit(NO_VENV)
    make = [uv, "venv", "--python", base] if uv else [base, "-m", "venv"]
    pip = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install"]
    what = f".[{','.join(extras)}]" if extras else "."
    if (made_by not in done and run(*make, "--clear", str(VENV))) or run(*pip, "--quiet", "--editable", what):
        sys.exit("Installing failed; the lines above say why.")
    kept = [extra for extra in ("test", "dev") if extra in done and project in done]
    stamp.write_text("\n".join([made_by, project, *kept, *extras]))


def use_newer_python(args: list[str]) -> int:
    """Hand over to a newer Python of this machine, or say that one is needed."""
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            return subprocess.call([newer, str(ROOT / "go.py"), *args])
    print(f"Roxham needs Python 3.11 or newer; this is Python {sys.version.split()[0]}.")
    return 2


def cpus() -> int:
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def run(*command: str) -> int:
    """Run one command, say how long it took, and return its exit status."""
    began = time.monotonic()
    status = subprocess.call(command, env={**os.environ, "PYTHONUTF8": "1"})
    said = " ".join([Path(command[0]).name, *command[1:4]])
    how = "done" if status == 0 else f"exit status {status}"
    print(f"-- {said}: {how}, {time.monotonic() - began:.0f} s", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
