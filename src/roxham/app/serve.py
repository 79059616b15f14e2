"""The server: pages, static files, routers, headers, and every error as problem JSON."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response

from roxham.app import answers, check, forecast, home, lab, place, report, shell
from roxham.app.files import Static
from roxham.app.ground import Ground
from roxham.app.guard import Guard, quiet_logs
from roxham.app.jobs import Jobs
from roxham.app.limits import Limiter
from roxham.app.problem import RESPONSES, ProblemAnswer, Refused, of_error, problem_response
from roxham.app.settings import Settings
from roxham.app.text import catalogue
from roxham.errors import Problem, RoxhamError, RunError
from roxham.show.text import LANGUAGES, Language

ROUTERS = (home.router, report.router, lab.router, check.router, forecast.router, place.router)
#: What each page needs first.
DATA: dict[str, Callable[[Request, Language], dict[str, Any]]] = {
    "home": home.data,
    "report": report.data,
    "lab": lab.data,
    "check": check.data,
    "forecast": forecast.data,
    "place": place.data,
}
READ = ["GET", "HEAD"]


def make_app(settings: Settings | None = None) -> FastAPI:
    """The app, ready for a server of ASGI applications.

    Raises SpecError when a phrase lacks a language, RunError when the store or the executor cannot be opened.
    """
    from roxham import __version__

    settings = settings or Settings()
    for name in (*shell.PAGES, "shell"):
        catalogue(name)
    app = FastAPI(
        title="Roxham",
        version=__version__,
        summary="If the law, the road, the police, the hearing rooms or the beds change, what happens to people?",
        description="A model of the law and of the road, not legal advice.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_life,
        responses=RESPONSES,
    )
    app.state.settings = settings
    app.state.static = Static()
    app.state.ground = ground = Ground(settings)
    app.state.jobs = Jobs(ground)
    app.state.jobs.forget = partial(answers.forget, ground)
    app.state.jobs.ready = partial(answers.prepare, ground)
    for router in ROUTERS:
        app.include_router(router)
    _add_pages(app)
    _add_errors(app)
    _describe(app)
    app.add_middleware(Limiter, limits=settings.limits)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(Guard, token=settings.token, prefix=settings.prefix)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    quiet_logs()
    await run_in_threadpool(app.state.ground.check)
    warm = threading.Thread(target=app.state.jobs.warm, daemon=True, name="warm")
    if app.state.settings.warm:
        warm.start()
    yield
    app.state.jobs.close()
    if app.state.settings.warm:
        await run_in_threadpool(warm.join)
    app.state.ground.close()


def _add_pages(app: FastAPI) -> None:
    @app.api_route("/", methods=READ, include_in_schema=False)
    def first(request: Request) -> Response:
        language = shell.preferred(request.headers.get("accept-language", ""))
        address = f"{app.state.settings.prefix}/{language}/home"
        return RedirectResponse(address, 307, {"Vary": "Accept-Language", "Cache-Control": "no-cache"})

    @app.api_route("/static/{version}/{path:path}", methods=READ, include_in_schema=False)
    async def static(request: Request, version: str, path: str) -> Response:
        answer: Response | None = app.state.static.respond(request, version, path)
        if answer is None:
            raise HTTPException(404)
        return answer

    @app.api_route("/{language}/{name}", methods=READ, include_in_schema=False)
    def page(request: Request, language: str, name: str) -> Response:
        if language not in LANGUAGES or name not in shell.PAGES:
            raise HTTPException(404)
        tongue: Language = "fr" if language == "fr" else "en"
        return shell.page(request, tongue, name, **DATA[name](request, tongue))

    @app.api_route("/{language}", methods=READ, include_in_schema=False)
    def top(language: str) -> Response:
        if language not in LANGUAGES:
            raise HTTPException(404)
        return RedirectResponse(f"{app.state.settings.prefix}/{language}/home", 307)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(RoxhamError)
    def mend(request: Request, error: RoxhamError) -> Response:
        return of_error(error, asked_in(request)) if _of_api(request) else _page_of_error(request, 422)

    @app.exception_handler(Refused)
    def refuse(request: Request, error: Refused) -> Response:
        if not _of_api(request):
            return _page_of_error(request, error.status)
        return problem_response(error.status, error.detail, headers=error.headers, language=asked_in(request))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        if not _of_api(request):
            return _page_of_error(request, 404)
        problems = [Problem(f"{_where(one['loc'])}: {one['msg']}") for one in error.errors()]
        return problem_response(422, "", problems, language=asked_in(request))

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        if not _of_api(request):
            return _page_of_error(request, error.status_code)
        said = str(error.detail)
        return problem_response(error.status_code, said, headers=error.headers, language=asked_in(request))

    @app.exception_handler(Exception)
    def failed(request: Request, error: Exception) -> Response:
        if not _of_api(request):
            return _page_of_error(request, 500)
        said = "Something went wrong on the server; nothing that was sent is stored."
        return problem_response(500, said, language=asked_in(request))


def _describe(app: FastAPI) -> None:
    """Let the description of the API hold the shape of a problem, which every route may answer with."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        told = plain()
        shape = ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
        inner = shape.pop("$defs", {})
        schemas = told.setdefault("components", {}).setdefault("schemas", {})
        schemas |= {"ProblemAnswer": shape, **{name: one for name, one in inner.items() if name not in schemas}}
        return told

    app.openapi = described  # type: ignore[method-assign]


def asked_in(request: Request) -> Language:
    """The language in which somebody asks."""
    return shell.preferred(request.headers.get("accept-language", ""))


def _of_api(request: Request) -> bool:
    path = request.scope["path"].removeprefix(request.app.state.settings.prefix)
    return bool(path.startswith("/api/"))


def _page_of_error(request: Request, status: int) -> Response:
    path = request.scope["path"].removeprefix(request.app.state.settings.prefix)
    language: Language = "fr" if path.startswith("/fr") else "en"
    return shell.page(request, language, shell.ERROR, status=status, status_code=status)


def _where(location: tuple[int | str, ...]) -> str:
    """Where in the request a value stands: `body.study.draws`."""
    return ".".join(str(part) for part in location)


def run_server(settings: Settings, *, tell: Callable[[str], object] = print, open_browser: bool = False) -> None:
    """Serve until interrupted; ``tell`` is given the address once the server listens.

    Raises RunError when the address, the store or the executor cannot be had.
    """
    import uvicorn

    quiet_logs()
    app = make_app(settings)
    app.state.ground.check()
    listening = _listen(settings)
    port = listening.getsockname()[1]
    config = uvicorn.Config(
        app,
        access_log=False,
        server_header=False,
        log_level="warning",
        timeout_keep_alive=30,
        timeout_graceful_shutdown=3,
    )
    logging.getLogger("roxham.app").setLevel(logging.INFO)
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{shown}:{port}{settings.prefix}/"
    tell(f"Roxham is at {address}  (stop with Ctrl+C)")
    if open_browser:
        import webbrowser

        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((settings.host, settings.port))
        found.listen(1024)
    except OSError as error:
        found.close()
        said = f"cannot listen at {settings.host}:{settings.port}: {error.strerror}; choose another --port"
        raise RunError(said) from None
    return found
