"""Where commands keep draws, so that nothing is computed twice: the options and the opening of the store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from roxham.errors import RunError

if TYPE_CHECKING:
    from roxham.lab.vault import Vault

Store = Annotated[
    str | None,
    typer.Option("--store", help="Where draws are kept: a folder, or an address such as s3://bucket/runs."),
]
NoStore = Annotated[bool, typer.Option("--no-store", help="Neither take draws from the store nor keep them.")]


def open_vault(store: str | None = None, no_store: bool = False) -> Vault | None:
    """Open the store that was asked for, or the usual one; None where nothing is to be kept.

    A usual store that cannot be written costs a warning, not the run. One that was asked for must be there.

    Raises RunError when the store that was asked for cannot be written or read.
    """
    from roxham.lab.vault import NOWHERE, Vault

    told = os.environ.get("ROXHAM_STORE", "").strip()
    if no_store or (store is None and told == NOWHERE):
        return None
    try:
        vault = Vault(store, tell=lambda problem: typer.echo(f"{problem}; its draws are made again", err=True))
        vault.probe()
    except RunError as error:
        if store is not None or told:
            raise
        typer.echo(f"{error}; nothing is kept this time", err=True)
        return None
    return vault


def open_held(store: str | None = None) -> Vault:
    """Open the store that was asked for, or the usual one, to look at what it holds; nothing is written.

    Raises RunError when there is none to look at.
    """
    from roxham.lab.vault import NOWHERE, Vault

    if store is None and os.environ.get("ROXHAM_STORE", "").strip() == NOWHERE:
        raise RunError("ROXHAM_STORE says that no run is kept; name a store with --store")
    return Vault(store)
