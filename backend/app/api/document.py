"""The OpenAPI document: what FastAPI does not know of the app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from .examples import EXAMPLES
from .problem import MEDIA_TYPE, Problem

_TAGS = {
    "notebooks": "Notebooks and the trash.",
    "cells": "Their cells, each with a revision, and what they have shown.",
    "execution": "Running cells, waiting for them, and ending them.",
    "events": "What happens, as it happens, and again.",
    "variables": "What notebooks hold.",
    "tables": "Windows of tables, wherever they are.",
    "snapshots": "Variables as they were.",
    "assistance": "Help with code that is being written.",
    "files": "The files beside a notebook's cells, and what is in them.",
    "artifacts": "The whole of what a result holds a part of.",
    "health": "Whether the server answers.",
    "metrics": "What it counts.",
}
_SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_MEANINGS = {
    400: "It is no HTTP or names no host, its body is no JSON, or the notebook's file is none.",
    401: "The token is missing, or it is another one.",
    403: "A page of another origin asks, or another key has signed the snapshot.",
    404: "There is no such notebook, cell, execution, file or table.",
    408: "The body did not come in time.",
    409: "Something came between: an edit, a cell that runs, a file of this name.",
    410: "The table was shown, and is not kept any more.",
    413: "The body is too long.",
    414: "The address is too long.",
    415: "The body is of another type than it may be.",
    416: "No byte of the file is in the range.",
    421: "The server does not answer to the name that was asked for.",
    422: "A part of the request makes no sense.",
    423: "A cell could not be stopped, or another process has the notebook's state.",
    428: "It was not said which revision is edited.",
    429: "The client asks for too much.",
    431: "The headers are too long.",
    500: "Something went wrong inside, or a snapshot is damaged.",
    501: "A library is missing that this needs.",
    503: "There is no worker to be had, or it was lost.",
    507: "There is no room to write.",
}
_OF_ANY = frozenset({400, 414, 421, 429, 431, 500})
_OF_GUARDED = frozenset({401, 403})
_OF_NOTEBOOKS = frozenset({409, 423, 503, 507})
_OF_SENT = frozenset({408, 413, 415, 422})


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route: what it may answer beside what every one like it may."""
    return {status: {"description": _MEANINGS[status]} for status in statuses}


def describe(app: FastAPI, open_paths: frozenset[str]) -> None:
    """Have the document name every problem, the ways to show the token, and examples.

    Args:
        app: its routes are all there.
        open_paths: what needs no token.
    """
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), open_paths)
        return plain()

    app.openapi = openapi  # type: ignore[method-assign]


def _complete(document: dict[str, Any], open_paths: frozenset[str]) -> None:
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name, example in EXAMPLES.items():
        schemas[name].setdefault("examples", [example])
    parts["responses"] = {str(status): _response(status) for status in _MEANINGS}
    parts["securitySchemes"] = _SECURITY
    document["security"] = [{name: []} for name in _SECURITY]
    document["tags"] = [{"name": name, "description": about} for name, about in _TAGS.items()]
    for path, method, operation in _operations(document):
        statuses = set(_statuses(path, method, operation))
        if path in open_paths:
            operation["security"] = []
        else:
            statuses |= _OF_GUARDED
        responses = operation["responses"]
        responses |= {
            str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)
        }


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _statuses(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """What an operation may answer when it does not do what was asked."""
    yield from (int(each) for each in operation["responses"] if each.isdecimal() and each >= "400")
    yield from _OF_ANY
    if "/notebooks" in path or "/trash" in path:
        yield from _OF_NOTEBOOKS
    if "{" in path:
        yield from (404, 422)
    if method != "get":
        yield from _OF_SENT


def _response(status: int) -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: dict[str, Any] = {"description": _MEANINGS[status], "content": content}
    if status in (429, 503):
        about = {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}
        response["headers"] = {"Retry-After": about}
    return response
