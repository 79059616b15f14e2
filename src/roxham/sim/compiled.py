"""Compile a plain Python kernel to machine code, once, when it is first needed.

Kernels are written as ordinary typed functions over NumPy columns, so that they can be read, type-checked
and run without a compiler. Numba is imported only when the first kernel is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar, cast

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(kernel: Kernel, signature: str) -> Kernel:
    """Return the machine-code form of a kernel, compiled for exactly one signature.

    The code is kept on disk beside the module (or in the user's cache folder), so only the first process
    ever to ask pays for the compilation.

    Args:
        kernel: a function over scalars and contiguous NumPy arrays, without closures.
        signature: the types of its arguments in Numba's notation, such as ``"int64(int32[::1])"``.
    """
    return cast(Kernel, _compiled(kernel, signature))


@cache
def _compiled(kernel: Callable[..., object], signature: str) -> object:
    import numba

    try:
        return numba.njit(signature, cache=True)(kernel)
    except RuntimeError:  # neither the package's folder nor the user's can be written: compile for this process
        return numba.njit(signature)(kernel)
