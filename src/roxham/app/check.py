"""The page `check`: its first data and its API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from roxham.show.text import Language

router = APIRouter(prefix="/api/check", tags=["check"])


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first."""
    return {}
