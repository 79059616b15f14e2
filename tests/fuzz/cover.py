"""Fuzz with coverage in the lead: atheris (libFuzzer) changes bytes, and keeps what reaches new code.

    python tests/fuzz/cover.py FOLDER -runs=6000 -seed=7

The first byte of a piece of work chooses the door, the rest is the file. The folder is filled with valid files.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Fill the folder with valid files, then let libFuzzer run; it ends this process itself."""
    import atheris  # here, so that whoever has none can collect these tests

    sys.path[:0] = [str(HERE), str(HERE.parents[1] / "src")]
    sys.dont_write_bytecode = True
    with atheris.instrument_imports(include=["roxham"], enable_loader_override=False):
        from doors import Room, doors

        from roxham.errors import RoxhamError

    cheap = [name for name in doors() if not name.startswith("case-")]
    corpus = Path(sys.argv[1]) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(cheap):
        for data in doors()[name].seeds:
            (corpus / hashlib.sha256(data).hexdigest()[:12]).write_bytes(bytes([place]) + data)
    warnings.simplefilter("error")
    room = Room.furnish(Path(tempfile.mkdtemp(dir=sys.argv[1])))

    def read(data: bytes) -> None:
        if not data:
            return
        door = doors()[cheap[data[0] % len(cheap)]]
        path = room.root / "study" / f"a{door.ending}"
        path.write_bytes(data[1:20_001])
        try:
            door.read(path, room)
        except RoxhamError:
            return

    atheris.Setup([sys.argv[0], str(corpus), *sys.argv[2:]], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
