"""Answers that say what is wrong: problem JSON (RFC 9457) with every problem, its place and what was probably meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from roxham.errors import EvidenceError, Problem, RoxhamError
from roxham.show.problem import in_language
from roxham.show.text import Language

PROBLEM_JSON = "application/problem+json"


class Fault(BaseModel):
    """One thing that is wrong, where it stands, and the word that was probably meant."""

    message: str
    file: str | None = None
    line: int | None = Field(None, description="from 1")
    column: int | None = Field(None, description="from 1")
    hint: str | None = Field(None, description="the word that was probably meant")


class ProblemAnswer(BaseModel):
    """An answer that is not what was asked for, and why."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    problems: list[Fault] = []


class Refused(Exception):
    """A request that cannot be served, with its status: raised anywhere under a route."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, dict(headers or {})
        super().__init__(detail)


def problem_response(
    status: int,
    detail: str,
    problems: Sequence[Problem] = (),
    headers: Mapping[str, str] | None = None,
    language: Language = "en",
) -> JSONResponse:
    """Problem JSON with that status, in that language where its words are known."""
    problems = [in_language(one, language) for one in problems]
    detail = "\n".join(str(one) for one in problems) or in_language(Problem(detail), language).message
    faults = [
        Fault(message=one.message, file=_name(one.file), line=one.line, column=one.column, hint=one.hint)
        for one in problems
    ]
    said = ProblemAnswer(title=HTTPStatus(status).phrase, status=status, detail=detail, problems=faults)
    return JSONResponse(said.model_dump(), status, dict(headers or {}), PROBLEM_JSON)


def of_error(error: RoxhamError, language: Language = "en") -> JSONResponse:
    """What an error of the house says: 404 where nothing was observed, 422 for what the reader can mend."""
    status = 404 if isinstance(error, EvidenceError) else 422
    return problem_response(status, str(error), [_named(one) for one in error.problems], language=language)


def _named(problem: Problem) -> Problem:
    return replace(problem, file=_name(problem.file))


def _name(file: str | None) -> str | None:
    """The name of a file without the folders of this machine."""
    return file.replace("\\", "/").rsplit("/", 1)[-1] if file else None


#: What every route may answer, for its description.
RESPONSES: dict[int | str, dict[str, object]] = {
    status: {
        "description": HTTPStatus(status).phrase,
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
    }
    for status in (400, 401, 404, 405, 413, 422, 429, 500, 503)
}
