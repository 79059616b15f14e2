"""The printed brief: two pages on letter paper and on A4, in both languages, when a browser is at hand."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from roxham.show.brief import write_briefs

BROWSER = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)


@pytest.mark.skipif(BROWSER is None, reason="no browser to print with")
@pytest.mark.parametrize("paper", ["letter", "A4"])
def test_two_pages(folder: Path, case: Path, tmp_path: Path, paper: str) -> None:
    for brief in write_briefs(folder, case):
        page = tmp_path / brief.name
        sized = brief.read_text(encoding="utf-8").replace("@page { margin", f"@page {{ size: {paper}; margin")
        page.write_text(sized, encoding="utf-8")
        printed = page.with_suffix(".pdf")
        command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        subprocess.run(
            [*command, profile, f"--print-to-pdf={printed}", page.as_uri()],
            check=True,
            capture_output=True,
            timeout=120,
        )
        assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 2, brief.name
