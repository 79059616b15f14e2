"""From a clean machine to an answer: python3 go.py demo, python3 go.py test. Needs Python 3.11, nothing else.

    demo  [--draws N] [...]   install, run the study roxham-road, print where its brief is
    test  [--slow] [...]      install, then ruff, mypy, the import contract and pytest ([...] goes to pytest)
    check                     the same without pytest

The package is installed into .venv beside this file, once, and again when pyproject.toml changes.
"""

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


def main(args):  # type: (list[str]) -> int
    tasks = {"demo": demo, "test": test, "check": check}
    if not args or args[0] not in tasks:
        print(__doc__)
        return 0 if args in (["-h"], ["--help"]) else 2
    if sys.version_info < OLDEST:
        return use_newer_python(args)
    os.chdir(str(ROOT))
    return tasks[args[0]](args[1:])


def demo(args):  # type: (list[str]) -> int
    install([])
    out = args[args.index("--out") + 1] if "--out" in args[:-1] else str(Path("out") / "roxham-road")
    defaults = ["--draws", "5", "--jobs", str(cpus()), "--out", out]
    failed = run(str(BIN / ("roxham" + EXE)), "run", "roxham-road", *defaults, *args)
    if not failed:
        print("\nThe brief: {}\nEn français: {}".format(*(ROOT / out / f"brief.{x}.html" for x in ("en", "fr"))))
    return failed


def test(args):  # type: (list[str]) -> int
    chosen = ["-m", "slow or not slow"] if "--slow" in args else []
    workers = ["-n", str(min(cpus(), 8)), "--dist", "worksteal"] if cpus() > 1 else []
    rest = [arg for arg in args if arg != "--slow"]
    return lint() | run(PYTHON, "-m", "pytest", *workers, *chosen, *rest)


def check(args):  # type: (list[str]) -> int
    return lint()


def lint():  # type: () -> int
    install(["test", "dev"])
    steps = [[PYTHON, "-m", "ruff", "check"], [PYTHON, "-m", "mypy"], [str(BIN / ("lint-imports" + EXE))]]
    return max([run(*step) for step in steps])


def install(extras):  # type: (list[str]) -> None
    """Make .venv and install the package into it, unless that was done for this pyproject.toml."""
    stamp = VENV / "roxham-installed"
    project = (ROOT / "pyproject.toml").read_bytes() + f"{ROOT} {sys.version}".encode()
    wanted = [hashlib.sha256(project).hexdigest(), *extras]
    done = stamp.read_text().split() if stamp.exists() and Path(PYTHON).exists() else []
    if done[:1] == wanted[:1] and set(wanted) <= set(done):
        return
    print("Installing Roxham and what it needs into .venv (once; about 150 MB to fetch) ...", flush=True)
    uv = shutil.which("uv")
    if uv is None and not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        sys.exit(
            "This Python cannot make a virtual environment: one package is missing.\n"
            "Debian or Ubuntu: sudo apt install python3-venv\n"
            "Elsewhere: install the package that holds Python's venv and ensurepip modules, then try again."
        )
    make = [uv, "venv", "--clear", "--python", sys.executable] if uv else [sys.executable, "-m", "venv", "--clear"]
    pip = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install"]
    what = ".[{}]".format(",".join(extras)) if extras else "."
    if run(*make, str(VENV)) or run(*pip, "--quiet", "--editable", what):
        sys.exit("Installing failed; the lines above say why.")
    stamp.write_text("\n".join(wanted))


def use_newer_python(args):  # type: (list[str]) -> int
    """Hand over to a newer Python of this machine, or say that one is needed."""
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which("python3.{}".format(minor))
        if newer:
            return subprocess.call([newer, str(ROOT / "go.py")] + args)
    print("Roxham needs Python 3.11 or newer; this is Python {}.{}.".format(*sys.version_info[:2]))
    return 2


def cpus():  # type: () -> int
    usable = getattr(os, "sched_getaffinity", None)
    return len(usable(0)) if usable else os.cpu_count() or 1


def run(*command):  # type: (*str) -> int
    """Run one command, say how long it took, and return its exit status."""
    began = time.monotonic()
    status = subprocess.call(command, env={**os.environ, "PYTHONUTF8": "1"})
    print("-- {} : {} in {:.0f} s".format(
        " ".join(Path(part).name if part == command[0] else part for part in command[:4]),
        "done" if status == 0 else "exit status {}".format(status), time.monotonic() - began), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
