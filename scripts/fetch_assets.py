"""Fetch the one third-party asset of the app's pages out of its npm package, or check the copy that is shipped.

    python scripts/fetch_assets.py            (needs `npm`; fetches, checks, unpacks)
    python scripts/fetch_assets.py --check    (needs nothing: compares what is shipped with the sums below)

The files go to src/roxham/app/static/vendor/echarts and are part of the package, so that nothing is fetched when a page
is opened. A package or file with another SHA-256 than the one written here is refused.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "src/roxham/app/static/vendor/echarts"
PACKAGE, PACKAGE_SHA = "echarts@6.1.0", "681aff88cc1038c3fa941a3a53d1b177a52250b05335efc607d6105ae13be481"
# File in the package -> SHA-256. All are copied as they are.
FILES = {
    "dist/echarts.esm.min.js": "28515f26aa57f87eb1e4ed4eb446927eaf329b5f5e02b4bfd4b0264fea40d1da",
    "LICENSE": "634293835b43a6dd2094fa39182a3d9a6b9ca43b7fdb9ac354e8037af2a3093a",
    "NOTICE": "d491d358344f842685c1b1585970999db65fe30ecf7ef3867af8814f4016c016",
    "licenses/LICENSE-d3": "e1211892da0b0e0585b7aebe8f98c1274fba15bafe47fa1f4ee8a7a502c06304",
}


def digest(data: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def checked(name: str, data: bytes, wanted: str) -> bytes:
    """The same bytes, or an end of the programme where they are not those that this script was written for."""
    found = digest(data)
    if found != wanted:
        sys.exit(f"{name}: SHA-256 is {found}, this script was written for {wanted}")
    return data


def fetch() -> None:
    """Fetch the package, check it, and copy the files."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to fetch the package; --check needs nothing")
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([npm, "pack", PACKAGE, "--silent"], cwd=name, check=True)
        (archive,) = Path(name).glob("*.tgz")
        checked(archive.name, archive.read_bytes(), PACKAGE_SHA)
        OUT.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive) as held:
            for path, wanted in FILES.items():
                member = held.extractfile(f"package/{path}")
                if member is None:
                    sys.exit(f"{PACKAGE} has no {path}")
                (OUT / Path(path).name).write_bytes(checked(path, member.read(), wanted))


def check() -> None:
    """Compare what is shipped with the sums."""
    for path, wanted in FILES.items():
        place = OUT / Path(path).name
        if not place.is_file():
            sys.exit(f"{place} is missing: run scripts/fetch_assets.py")
        checked(place.name, place.read_bytes(), wanted)


def main() -> None:
    """Fetch or check, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare the shipped files, fetch nothing")
    check() if parser.parse_args().check else fetch()
    print(f"{PACKAGE}: {len(FILES)} files as expected")


if __name__ == "__main__":
    main()
