"""The law of the shipped case, read once, and the invented people it is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from roxham.law import LawBook, load_law
from roxham.law.expect import Vignette, read_vignettes

HERE = Path(__file__).parent
LAW = Path(__file__).parents[2] / "src" / "roxham" / "cases" / "canada_us" / "law"


@pytest.fixture(scope="session")
def book() -> LawBook:
    return load_law(LAW)


@pytest.fixture(scope="session")
def law_folder() -> Path:
    return LAW


@pytest.fixture(scope="session")
def vignettes(book: LawBook) -> list[Vignette]:
    return read_vignettes(HERE / "vignettes.yaml", book)[1]


@pytest.fixture(scope="session")
def vignette_defaults(book: LawBook) -> dict[str, Any]:
    return read_vignettes(HERE / "vignettes.yaml", book)[0]


@pytest.fixture(scope="session")
def more(book: LawBook) -> list[Vignette]:
    return read_vignettes(HERE / "vignettes_more.yaml", book)[1]
