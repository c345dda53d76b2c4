from __future__ import annotations

from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.errors import (
    GoneTableError,
    InvalidIdError,
    InvalidInputError,
    TableChangedError,
    UnknownTableError,
)
from nbengine.models.tables import TableQuery
from tests.conftest import Run

MAKE = "import pandas as pd\ndf = pd.DataFrame({'a': [3, 1, 2]})"
BY_A: dict[str, Any] = {"sort": [{"column": "a"}]}


def test_a_window_of_a_variable(run: Run, service: ExecutionService) -> None:
    """A query may be a model or what it is made of, or nothing."""
    run(MAKE)
    window = service.table_window("n", "variable:df", BY_A)
    assert window == service.table_window("n", "variable:df", TableQuery.model_validate(BY_A))
    assert [row[0] for row in window.rows] == [1, 2, 3]
    assert service.table_window("n", "variable:df").row_numbers == [0, 1, 2]


def test_a_window_of_what_was_shown(run: Run, service: ExecutionService) -> None:
    """A table without a name is found by the handle in the result."""
    (table,) = run(MAKE + "\ndisplay(df + 1)\ndel df").tables
    assert table.handle is not None
    assert service.table_window("n", table.handle, BY_A).rows == [[2], [3], [4]]


def test_a_table_shown_before_a_restart(run: Run, service: ExecutionService) -> None:
    """It is gone, and the message says what to do; so is what a variable held."""
    (table,) = run(MAKE + "\ndisplay(df + 1)\ndel df").tables
    assert table.handle is not None
    service.restart("n")
    with pytest.raises(GoneTableError, match="Show it again, or bind it to a variable"):
        service.table_window("n", table.handle)


@pytest.mark.parametrize(
    "handle, told",
    [
        ("variable:nothing", "no variable 'nothing': it was deleted, or never was"),
        ("variable:x", "it holds a int"),
        ("variable:", "no variable ''"),
        ("df", "no table 'df'"),
        ("", "no table ''"),
        ("variable:df.a", "no variable 'df.a'"),
        ("variable:df['a']", "no variable"),
    ],
)
def test_a_handle_of_no_table(run: Run, service: ExecutionService, handle: str, told: str) -> None:
    """It is unknown; a handle is a name and is never evaluated."""
    run(MAKE + "\nx = 1")
    with pytest.raises(UnknownTableError, match=told):
        service.table_window("n", handle)


def test_a_notebook_that_never_ran(service: ExecutionService) -> None:
    """It has no tables; an id that is a path is refused."""
    with pytest.raises(UnknownTableError, match="There is no variable 'df'"):
        service.table_window("never", "variable:df")
    with pytest.raises(InvalidIdError):
        service.table_profile("../n", "variable:df")


def test_a_notebook_of_which_nothing_is_kept() -> None:
    """Before its first cell it has no tables, and is not opened for asking."""
    with ExecutionService(snapshots=False) as service:
        with pytest.raises(UnknownTableError, match="no cell of the notebook has run"):
            service.table_window("never", "variable:df")
        with pytest.raises(GoneTableError):
            service.table_window("never", "shown:x-1")
        assert not service.notebook_globals


@pytest.mark.parametrize(
    "query, place",
    [
        ({"limit": 1_001}, "limit"),
        ({"limit": -1}, "limit"),
        ({"offset": "x"}, "offset"),
        ({"columns": [1.5]}, "columns.0"),
        ({"columns": list(range(201))}, "columns"),
        ({"sort": [{"by": "a"}]}, "sort.0.column"),
        ({"filter": [{"column": "a", "op": "like"}]}, "filter.0.op"),
        ({"filter": [{"column": "a", "op": "=="}] * 65}, "filter"),
        ({"serach": "x"}, "serach"),
        ({"search": "x" * 1_001}, "search"),
        ([1], ""),
        ("limit=5", ""),
    ],
)
def test_a_query_that_is_none(run: Run, service: ExecutionService, query: Any, place: str) -> None:
    """The message says where it is wrong."""
    run(MAKE)
    with pytest.raises(InvalidInputError, match=f"The query is unusable at '{place}"):
        service.table_window("n", "variable:df", query)


def test_a_revision(run: Run, service: ExecutionService) -> None:
    """It is the same until a cell has run, and another then."""

    def revision() -> str:
        return service.table_window("n", "variable:df", BY_A).revision

    run(MAKE)
    first = revision()
    assert revision() == first
    run("df.loc[0, 'a'] = 0", silent=True)
    assert revision() != first
    assert service.table_window("n", "variable:df", BY_A).row_numbers == [0, 1, 2]


def test_an_order_is_found_once(run: Run, service: ExecutionService) -> None:
    """Until a cell runs a page is taken out of the order that is known."""
    run(MAKE)
    frame = service.notebook_globals["n"]["df"]
    assert service.table_window("n", "variable:df", BY_A).row_numbers == [1, 2, 0]
    frame.loc[0, "a"] = 0  # behind the engine's back
    assert service.table_window("n", "variable:df", BY_A).row_numbers == [1, 2, 0]
    run("pass")
    assert service.table_window("n", "variable:df", BY_A).row_numbers == [0, 1, 2]


def test_windows_while_a_cell_runs(run: Run, service: ExecutionService) -> None:
    """They show the table as it is then; their revisions are not those of afterwards."""
    seen: list[tuple[list[Any], str]] = []

    def look(_: object) -> None:
        window = service.table_window("n", "variable:df", BY_A)
        seen.append((window.rows, window.revision))

    run(MAKE)
    run("df.loc[3] = 0\nprint('now', flush=True)\ndf.loc[4] = -1", on_output=look)
    window = service.table_window("n", "variable:df", BY_A)
    assert seen[0][0] == [[0], [1], [2], [3]]
    assert seen[0][1] != window.revision
    assert window.rows == [[-1], [0], [1], [2], [3]]


def test_a_table_in_the_middle_of_a_change(run: Run, service: ExecutionService) -> None:
    """What fails because a cell is changing the table says to ask again."""
    seen: list[Exception] = []

    def look(_: object) -> None:
        with pytest.raises(TableChangedError, match="Ask again") as raised:
            service.table_window("n", "variable:df")
        seen.append(raised.value)

    run(MAKE)
    result = run(
        "whole = df.__dict__.pop('_mgr')\nprint('now', flush=True)\ndf.__dict__['_mgr'] = whole",
        on_output=look,
    )
    assert result.error is None
    assert seen
    assert service.table_window("n", "variable:df").total_rows == 3


def test_a_broken_table(run: Run, service: ExecutionService) -> None:
    """One that cannot be looked at while nothing runs is told in one sentence."""
    run(MAKE)
    broken = service.notebook_globals["n"]["df"]
    whole = broken.__dict__.pop("_mgr")
    with pytest.raises(InvalidInputError, match="'variable:df' cannot be looked at"):
        service.table_profile("n", "variable:df")
    broken.__dict__["_mgr"] = whole


def test_a_file_among_the_artifacts(run: Run, service: ExecutionService) -> None:
    """It lies in the notebook's folder for them."""
    run(MAKE)
    path = service.table_file("n", "variable:df", BY_A)
    assert path.parent == service.artifacts_dir("n")
    assert path.read_text() == "a\n1\n2\n3\n"
    path.unlink()


def test_looking_is_no_output(run: Run, service: ExecutionService) -> None:
    """A cell that runs meanwhile shows nothing of it, and is not counted."""
    run(MAKE)
    count = run("1").execution_count
    service.table_profile("n", "variable:df", ["a"])
    service.variables("n")
    assert run("1").execution_count == count + 1


def test_columns_of_a_profile(run: Run, service: ExecutionService) -> None:
    """They are named, or told by position; an unknown one is refused."""
    run(MAKE + "\ndf['b'] = 1")
    (column,) = service.table_profile("n", "variable:df", [1]).columns
    assert column.name == "b"
    with pytest.raises(InvalidInputError, match="the nearest is 'a'"):
        service.table_profile("n", "variable:df", ["A "])
