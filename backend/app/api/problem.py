"""Every error as `application/problem+json`, whatever its origin.

Source: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from ..errors import CapacityError, NbengineError
from .problem_kind import INVALID_REQUEST, PREFIX, ProblemKind, kind_of

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER = "1"
"""Seconds after which there may be room again."""
_MOST_FAULTS = 20


class Problem(BaseModel):
    """What went wrong, in words; some have members of their own, such as `theirs` and `yours`."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/unknown-notebook",
                    "title": "Unknown notebook",
                    "status": 404,
                    "detail": "There is no notebook 'penguins'.",
                    "instance": "/api/notebooks/penguins",
                }
            ]
        },
    )

    type: str = "about:blank"
    """What kind of problem: the address of a page that explains it; `about:blank` says no more than
    the status does."""
    title: str
    status: int
    detail: str
    """One sentence on this one."""
    instance: str
    """The path that was asked for; of an error inside, what the server's log has it under."""


def answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """The problem as a response."""
    return Response(json_of_problem(problem), problem.status, headers, MEDIA_TYPE)


def json_of_problem(problem: Problem) -> bytes:
    """The problem as JSON; what cannot be JSON is in it as text."""
    return to_json(problem, serialize_unknown=True, inf_nan_mode="null")


def refusal(
    status: int, detail: str, path: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem of which there is no more to say than its status and a sentence."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, instance=path)
    return answer(problem, headers)


def handle_problems(app: FastAPI) -> None:
    """Have every error of ours, of validation and of routing told as a problem."""
    app.add_exception_handler(NbengineError, _own)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem, RFC 9457.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""For OpenAPI: what every operation may answer."""


async def _own(request: Request, error: Exception) -> Response:
    assert isinstance(error, NbengineError)
    problem = _of_kind(kind_of(type(error)), request, str(error), vars(error))
    busy = isinstance(error, CapacityError)
    return answer(problem, {"Retry-After": _RETRY_AFTER} if busy else None)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    detail = error.detail
    if detail == HTTPStatus(error.status_code).phrase:
        detail = _SENTENCES.get(error.status_code, "{detail}.").format(
            path=path, method=request.method, detail=detail
        )
    return refusal(error.status_code, detail, path, error.headers)


_SENTENCES = {
    404: "There is nothing at {path}.",
    405: "{path} does not take {method}.",
}


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    first = found[0]
    if first["type"] == "json_invalid":
        detail = f"The body is not JSON: {first['ctx']['error']}."
        return refusal(400, detail, request.url.path)
    faults = [{"at": _place(each["loc"]), "what": each["msg"]} for each in found[:_MOST_FAULTS]]
    more = f" There are {len(found) - 1} more faults." if len(found) > 1 else ""
    detail = f"{faults[0]['at']}: {first['msg']}.{more}"
    return answer(_of_kind(INVALID_REQUEST, request, detail, {"faults": faults}))


def _of_kind(
    kind: ProblemKind, request: Request, detail: str, members: Mapping[str, Any]
) -> Problem:
    root = request.scope.get("root_path", "")
    return Problem(
        type=f"{root}{PREFIX}{kind.name}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=request.url.path,
        **members,
    )


def _place(loc: tuple[str | int, ...]) -> str:
    """Where a fault is, in words: `In the body, revisions, item 2`."""
    origin = {"body": "the body", "query": "the query", "path": "the path", "header": "the headers"}
    inner = [f"item {each + 1}" if isinstance(each, int) else str(each) for each in loc[1:]]
    return ", ".join([f"In {origin.get(str(loc[0]), str(loc[0]))}", *inner])
