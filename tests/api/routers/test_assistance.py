from __future__ import annotations

import httpx
import pytest

PLACE = "/api/notebooks/a"


@pytest.fixture(autouse=True)
def notebook(client: httpx.Client) -> None:
    """One with a variable."""
    cells = [{"id": "c", "source": "penguins = [1]"}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    client.post(f"{PLACE}/cells/c/execute")


def test_code_is_completed_over_the_live_variables(client: httpx.Client) -> None:
    """A notebook that is not there has none."""
    body = {"code": "peng", "cursor": 4}
    assert client.post(f"{PLACE}/completion", json=body).json()["matches"] == ["penguins"]
    assert client.post("/api/notebooks/none/completion", json=body).status_code == 404


def test_a_name_is_explained(client: httpx.Client) -> None:
    """As a bundle of MIME types."""
    told = client.post(f"{PLACE}/inspection", json={"code": "penguins", "cursor": 3}).json()
    assert told["found"]
    assert "list" in told["data"]["text/plain"]


@pytest.mark.parametrize(
    "code, status", [("1", "complete"), ("if x:", "incomplete"), (")", "invalid")]
)
def test_code_is_complete_or_not(client: httpx.Client, code: str, status: str) -> None:
    """So that Enter runs it, or begins another line."""
    told = client.post(f"{PLACE}/completeness", json={"code": code}).json()
    assert told["status"] == status


@pytest.mark.parametrize("cursor", [-1, 10**30, "x", None, 1.5])
def test_a_cursor_that_is_none_is_refused(client: httpx.Client, cursor: object) -> None:
    """One behind the end of the code is none of these."""
    answer = client.post(f"{PLACE}/completion", json={"code": "pen", "cursor": cursor})
    assert answer.status_code in (400, 422)
    late = client.post(f"{PLACE}/completion", json={"code": "pen", "cursor": 10**9})
    assert late.status_code == 200
