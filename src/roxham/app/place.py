"""The page `place`: its first data and its API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from roxham.show.text import Language

router = APIRouter(prefix="/api/place", tags=["place"])


def data(request: Request, language: Language) -> dict[str, Any]:
    """What the page needs first."""
    return {}
