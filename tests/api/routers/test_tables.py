from __future__ import annotations

import io
import json
from collections.abc import Callable

import httpx
import pandas
import pytest

FRAME = pandas.DataFrame(
    {
        "species": ["Adelie", "Gentoo", "Adelie", "Chinstrap", "Gentoo"],
        "mass_g": [3700.0, 5076.0, None, 3733.0, 5200.0],
        "Größe, cm": [1, 2, 3, 4, 5],
    }
)
READ: dict[str, Callable[[io.BytesIO], pandas.DataFrame]] = {
    "csv": pandas.read_csv,
    "parquet": pandas.read_parquet,
    "arrow": pandas.read_feather,
}
TABLE = "/api/notebooks/a/tables/variable:df"


@pytest.fixture
def asking(client: httpx.Client) -> httpx.Client:
    """A client of a notebook with the frame in `df`."""
    source = (
        f"import io, pandas as pd\ndf = pd.read_csv(io.StringIO({FRAME.to_csv(index=False)!r}))"
    )
    cells = [{"id": "c", "source": source}]
    client.post("/api/notebooks", json={"name": "a", "cells": cells})
    assert client.post("/api/notebooks/a/cells/c/execute").json()["status"] == "ok"
    return client


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    rows: list[int] = answer.json()["row_numbers"]
    return rows


def test_a_window_has_the_rows_and_columns_that_were_asked_for(asking: httpx.Client) -> None:
    """Columns by name, or by position in a JSON list."""
    window = asking.get(
        TABLE, params={"offset": 1, "limit": 2, "columns": ["mass_g", "species"]}
    ).json()
    assert window["rows"] == [[5076.0, "Gentoo"], [None, "Adelie"]]
    assert (window["total_rows"], window["matching_rows"]) == (5, 5)
    by_position = asking.get(TABLE, params={"limit": 1, "columns": '[2, "species"]'}).json()
    assert by_position["rows"] == [[1, "Adelie"]]


def test_rows_are_sorted_filtered_and_searched(asking: httpx.Client) -> None:
    """As pandas would; missing values come last."""
    by_mass = asking.get(TABLE, params={"sort": "-mass_g"})
    expected = FRAME.sort_values("mass_g", ascending=False, kind="stable").index
    assert numbers(by_mass) == list(expected)
    both = asking.get(TABLE, params={"sort": ["species", "-Größe, cm"]})
    ascending = [True, False]
    expected = FRAME.sort_values(["species", "Größe, cm"], ascending=ascending).index
    assert numbers(both) == list(expected)
    heavy = json.dumps([{"column": "mass_g", "op": ">", "value": 4000}])
    assert numbers(asking.get(TABLE, params={"filter": heavy})) == [1, 4]
    assert numbers(asking.get(TABLE, params={"search": "chin"})) == [3]


def test_a_body_asks_the_same_as_an_address(asking: httpx.Client) -> None:
    """For what would be too long."""
    body = {
        "sort": [{"column": "mass_g", "ascending": False}],
        "filter": [{"column": "species", "op": "in", "value": ["Adelie", "Gentoo"]}],
        "limit": 2,
    }
    assert numbers(asking.post(TABLE, json=body)) == [4, 1]


@pytest.mark.parametrize(
    "params",
    [
        {"filter": "species=Adelie"},
        {"filter": '[{"column": "species"}]'},
        {"filter": '{"column": "species"}'},
        {"columns": "[1.5]"},
        {"columns": "none such"},
        {"sort": "-none such"},
        {"sort": ["a"] * 17},
        {"limit": 1_001},
        {"offset": -1},
        {"search": "x" * 1_001},
    ],
)
def test_what_is_no_question_is_refused(asking: httpx.Client, params: dict[str, str]) -> None:
    """In a sentence, with 422."""
    answer = asking.get(TABLE, params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"].endswith(".")


def test_a_table_that_is_none_is_not_found(asking: httpx.Client) -> None:
    """404 for what never was; so is every table of a notebook that is not there."""
    for handle in ("variable:none", "shown:nothing-1", "none", "variable:"):
        assert asking.get(f"/api/notebooks/a/tables/{handle}").status_code in (404, 410)
    assert asking.get("/api/notebooks/b/tables/variable:df").status_code == 404


def test_a_table_that_was_shown_only_has_a_handle_too(asking: httpx.Client) -> None:
    """It is in the result."""
    asking.post(
        "/api/notebooks/a/cells", json={"id": "d", "source": "df.groupby('species').size()"}
    )
    result = asking.post("/api/notebooks/a/cells/d/execute").json()
    handle = next(t["handle"] for t in result["tables"] if t["source"] == "display")
    window = asking.get(f"/api/notebooks/a/tables/{handle}").json()
    assert [row[0] for row in window["rows"]] == ["Adelie", "Chinstrap", "Gentoo"]


def test_the_profile_tells_what_columns_hold(asking: httpx.Client) -> None:
    """Counts, missing values and ranges."""
    profile = asking.get(f"{TABLE}/profile", params={"columns": "mass_g"}).json()
    (mass,) = profile["columns"]
    assert (mass["count"], mass["missing"], mass["maximum"]) == (4, 1, 5200.0)


@pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
def test_the_rows_that_match_can_be_downloaded(asking: httpx.Client, form: str) -> None:
    """In three forms, under the name of the variable; no file of it stays on the disk."""
    params = {"form": form, "sort": "-mass_g", "columns": "mass_g", "search": "gentoo"}
    answer = asking.get(f"{TABLE}/download", params=params)
    assert answer.headers["content-disposition"] == f'attachment; filename="df.{form}"'
    assert READ[form](io.BytesIO(answer.content))["mass_g"].tolist() == [5200.0, 5076.0]
    assert asking.get("/api/notebooks/a/artifacts").json()["files"] == []


def test_a_form_that_is_none_is_refused(asking: httpx.Client) -> None:
    """422 names those that there are."""
    answer = asking.get(f"{TABLE}/download", params={"form": "xlsx"})
    assert answer.status_code == 422
    assert "parquet" in answer.text
