from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from nbengine import errors
from nbengine.errors import NbengineError
from tests.api.site import Site


def all_errors(top: type[NbengineError]) -> list[type[NbengineError]]:
    return [top, *(each for child in top.__subclasses__() for each in all_errors(child))]


@pytest.mark.parametrize(
    "kind",
    [each for each in all_errors(NbengineError) if each.__module__ == errors.__name__],
    ids=lambda kind: kind.__name__,
)
def test_every_error_of_ours_is_a_problem(
    site: Site, client: httpx.Client, kind: type[NbengineError]
) -> None:
    """With the status of its class, a type and a title of its own, its sentence, its members."""
    takes_more = kind is errors.EditConflictError
    given: dict[str, Any] = {"theirs": {"a": float("nan")}} if takes_more else {}
    router = APIRouter()

    @router.get("/failing")
    def fail() -> None:
        raise kind("This is the sentence.", **given)

    site.app.include_router(router)
    answer = client.get("/failing")
    problem = json.loads(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == problem["status"] == kind.http_status
    assert problem["detail"] == "This is the sentence."
    assert problem["instance"] == "/failing"
    words = problem["type"].removeprefix("/problems/").replace("-", " ")
    assert problem["title"].lower() == words
    assert words.replace(" ", "") == kind.__name__.removesuffix("Error").lower()
    if takes_more:
        assert problem["theirs"] == {"a": None}


def test_a_fault_is_told_with_its_place(client: httpx.Client) -> None:
    """The first one in the sentence, all of them in a list."""
    body = {"name": 1, "cells": [{"id": "a"}, {"id": "b", "source": 2}]}
    problem = client.post("/api/notebooks", json=body).json()
    assert problem["detail"].startswith("In the body, name: ")
    assert problem["detail"].endswith("There are 1 more faults.")
    assert problem["faults"][1]["at"] == "In the body, cells, item 2, source"


def test_a_method_that_is_not_taken_is_told_with_those_that_are(client: httpx.Client) -> None:
    """405 and `Allow`."""
    answer = client.put("/api/notebooks")
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.headers["allow"]
