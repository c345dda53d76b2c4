from __future__ import annotations

import logging

import httpx
import pytest
from fastapi import APIRouter

from nbengine.api.gate import HEADERS
from tests.api.site import Site

broken = APIRouter()


@broken.get("/broken")
def break_down() -> None:
    """Fails as a bug would."""
    raise RuntimeError("secret of the inside")


def test_an_error_inside_tells_only_where_the_log_has_it(
    site: Site, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has it with its traceback, under the same number; the next request is answered."""
    site.app.include_router(broken)
    with caplog.at_level(logging.ERROR, "nbengine.api"):
        answer = client.get("/broken")
    number = answer.headers["x-request-id"]
    assert (answer.status_code, answer.json()["instance"]) == (500, number)
    assert "secret" not in answer.text
    (record,) = [each for each in caplog.records if each.exc_info]
    assert number in record.getMessage()
    assert client.get("/api/notebooks").status_code == 200


def test_every_answer_has_the_headers_and_a_number_of_its_own(client: httpx.Client) -> None:
    """Good ones, problems, and those without a body."""
    client.post("/api/notebooks", json={"name": "a"})
    answers = [
        client.get("/api/notebooks"),
        client.get("/none"),
        client.post("/api/notebooks", content=b"x"),
        client.delete("/api/trash"),
        client.get("/none", params={"token": "x"}),
    ]
    for answer in answers:
        for name, value in HEADERS.items():
            assert answer.headers[name.decode()] == value.decode()
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
