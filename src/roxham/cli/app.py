"""The command `app`: the same laboratory in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from roxham.cli.console import default_jobs


def app(
    host: Annotated[str, typer.Option("--host", help="The address to listen at; only this machine otherwise.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes any free port.")] = 8000,
    store: Annotated[str, typer.Option("--store", help="A folder or address that keeps results between runs.")] = "",
    workers: Annotated[int, typer.Option("--workers", min=0, help="Processes that draw; 0 is one a core.")] = 0,
    executor: Annotated[str, typer.Option("--executor", help="Who draws; this machine's processes otherwise.")] = "",
    prefix: Annotated[str, typer.Option("--prefix", help="The path under which a proxy shows the app.")] = "",
    token: Annotated[
        str, typer.Option("--token", envvar="ROXHAM_TOKEN", help="What a client must show; nothing otherwise.")
    ] = "",
    case: Annotated[str, typer.Option("--case", help="A case by name, or its folder.")] = "canada_us",
    no_browser: Annotated[
        bool, typer.Option("--no-browser/--browser", help="Open no browser, or open one, once the server is up.")
    ] = True,
) -> None:
    """Serve the app: change a line of law and see what happens, in a browser.

    It listens on this machine only, opens nothing by itself and asks nothing of any other machine.

    \b
    roxham app
    roxham app --port 8080 --store out/store --workers 4
    roxham app --executor dask://scheduler:8786 --store s3://bucket/roxham
    roxham app --host 0.0.0.0 --prefix /roxham --token "$ROXHAM_TOKEN"
    """
    from roxham.app.serve import run_server
    from roxham.app.settings import Settings

    settings = Settings(
        host=host,
        port=port,
        store=store,
        workers=workers or default_jobs(),
        executor=executor,
        prefix=prefix,
        token=token,
        case=case,
    )
    run_server(settings, tell=typer.echo, open_browser=not no_browser)
