from __future__ import annotations

import httpx


def test_variables_are_listed_with_handles_of_tables(client: httpx.Client) -> None:
    """By name, each with what it is."""
    source = "import pandas as pd\ndf = pd.DataFrame({'a': [1, 2]})\nn = 3"
    cells = [{"id": "c", "source": source}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    client.post("/api/notebooks/a/cells/c/execute")
    found = {each["name"]: each for each in client.get("/api/notebooks/a/variables").json()}
    assert found["df"]["handle"] == "variable:df"
    assert (found["n"]["type"], found["n"]["preview"]) == ("int", "3")


def test_a_notebook_that_is_not_there_has_none(client: httpx.Client) -> None:
    """404, and none is made."""
    assert client.get("/api/notebooks/none/variables").status_code == 404
    assert client.get("/api/notebooks").json() == []
