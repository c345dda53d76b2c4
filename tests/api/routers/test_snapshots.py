from __future__ import annotations

import httpx
import pytest

from tests.api.conftest import OpenSite
from tests.api.site import Site

PLACE = "/api/notebooks/a"


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """One that keeps variables."""
    return open_site(snapshots=True)


def ran(client: httpx.Client, source: str) -> str:
    """What a cell shows."""
    body = {"source": source, "revision": "*"}
    result = client.post(f"{PLACE}/cells/c/execute", json=body).json()
    return str(result["outputs"][0]["data"]["text/plain"]) if result["outputs"] else ""


def test_variables_go_back_in_time(client: httpx.Client, site: Site) -> None:
    """By one cell, and to a snapshot; readers are told, and it is the sources that stay."""
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c"}]})
    ran(client, "x = 1")
    ran(client, "x = 2")
    first, second = client.get(f"{PLACE}/snapshots").json()
    assert (first["source"], second["parent"]) == ("x = 1", first["id"])
    assert client.post(f"{PLACE}/undo").json()["id"] == first["id"]
    assert ran(client, "x") == "1"
    assert client.post(f"{PLACE}/snapshots/{second['id']}/restore").json()["id"] == second["id"]
    assert ran(client, "x") == "2"
    with site.listening(f"{PLACE}/events") as events:
        causes = [next(e for e in events if e.name == "variables").data["cause"] for _ in range(2)]
    assert causes == ["undo", "restore"]


@pytest.mark.parametrize("number, status", [("7", 404), ("-1", 422), ("x", 422), ("9" * 30, 422)])
def test_a_snapshot_that_is_not_there_is_refused(
    client: httpx.Client, number: str, status: int
) -> None:
    """Nothing is changed then."""
    client.post("/api/notebooks", json={"name": "a", "cells": [{"id": "c"}]})
    ran(client, "x = 1")
    assert client.post(f"{PLACE}/snapshots/{number}/restore").status_code == status
    assert ran(client, "x") == "1"
