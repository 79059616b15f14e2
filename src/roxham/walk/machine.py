"""Compile plain functions to machine code and keep the code on disk; imported only when a walk is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

__all__ = ["inlined", "machine_code"]

F = TypeVar("F", bound=Callable[..., Any])


def machine_code(function: F) -> F:
    """Return the compiled form of a function over numbers and arrays; it holds no lock while it runs."""
    return _compiled(function, inline=False)


def inlined(function: F) -> F:
    """Return the compiled form of a short function, to be copied into those that call it."""
    return _compiled(function, inline=True)


def _compiled(function: F, *, inline: bool) -> F:
    # Nothing here makes arrays, so no references are counted: that alone makes the kernel several times as fast.
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "forceinline": inline, "_nrt": False}
    try:
        return cast(F, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither the package's folder nor the user's can be written: compile for this process
        return cast(F, numba.njit(**options)(function))
