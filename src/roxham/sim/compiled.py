"""Compile a plain Python kernel to machine code, once, when it is first needed.

Kernels are written as ordinary typed functions over NumPy columns, so that they can be read, type-checked
and run without a compiler. Numba is imported only when the first kernel is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, TypeVar, cast

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel, signature: str, *helpers: Callable[..., object]) -> Kernel:
    """Return the machine-code form of a kernel, compiled for exactly one signature.

    The code is kept on disk beside the module (or in the user's cache folder), so only the first process
    ever to ask pays for the compilation.

    Args:
        kernel: a function over scalars and contiguous NumPy arrays, without closures.
        signature: the types of its arguments in Numba's notation, such as ``"int64(int32[::1])"``.
        helpers: functions of the same module that the kernel calls, which make no arrays; a helper stands after
            those that it calls.
    """
    return cast(Kernel, _compiled(kernel, signature, helpers))


@cache
def _compiled(kernel: Callable[..., object], signature: str, helpers: tuple[Callable[..., object], ...]) -> object:
    import numba

    whole = _with_helpers(kernel, helpers, numba.njit)
    try:
        return numba.njit(signature, cache=True)(whole)
    except RuntimeError:  # neither the package's folder nor the user's can be written: compile for this process
        return numba.njit(signature)(whole)


def _with_helpers(kernel: Any, helpers: tuple[Any, ...], njit: Any) -> Any:
    """A copy of the kernel that calls the compiled forms of its helpers."""
    if not helpers:
        return kernel
    scope = dict(kernel.__globals__)

    def copied(plain: Any) -> Any:
        copy = FunctionType(plain.__code__, scope, plain.__name__, plain.__defaults__)
        copy.__qualname__ = plain.__qualname__
        copy.__module__ = plain.__module__
        return copy

    for helper in helpers:  # helpers own no memory: without counts of references the loop is seven times as fast
        scope[helper.__name__] = njit(copied(helper), forceinline=True, _nrt=False)
    return copied(kernel)
