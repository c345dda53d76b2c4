from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.notebook import (
    Cell,
    CellError,
    CellWarning,
    Cut,
    ExecutionResult,
    Notebook,
    StateChange,
)
from nbengine.models.outputs import DisplayData, StreamOutput, joined
from nbengine.models.tables import Column, Table
from tests.models.test_outputs import JSON, OUTPUTS, TEXT, strict

NAMES = st.lists(TEXT, max_size=2)
TABLES = st.builds(
    Table,
    name=TEXT | st.none(),
    source=st.sampled_from(["display", "variable"]),
    columns=st.lists(st.builds(Column, name=TEXT, dtype=TEXT), max_size=2),
    rows=st.lists(st.lists(JSON, max_size=2), max_size=2),
    total_rows=st.integers(0, 2**53),
    total_columns=st.integers(0, 2**53),
    truncated=st.booleans(),
    nulled=st.integers(0, 9),
)
WARNINGS = st.builds(
    CellWarning,
    kind=st.sampled_from(["python", "statistical"]),
    category=TEXT,
    message=TEXT,
    line=st.none() | st.integers(1, 9),
    count=st.integers(1, 9),
    remedy=TEXT | st.none(),
    subject=TEXT | st.none(),
)
ERRORS = st.builds(
    CellError,
    type=TEXT,
    message=TEXT,
    traceback=TEXT,
    line=st.none() | st.integers(1, 9),
    column=st.none() | st.integers(1, 9),
)
CUTS = st.builds(
    Cut,
    what=st.sampled_from(["stdout", "stderr", "display"]),
    kept=st.integers(0, 9),
    total=st.integers(0, 99),
    artifact=TEXT | st.none(),
)
RESULTS = st.builds(
    ExecutionResult,
    status=st.sampled_from(["ok", "error", "timeout", "interrupted", "aborted", "dead"]),
    outputs=st.lists(OUTPUTS, max_size=3),
    tables=st.lists(TABLES, max_size=2),
    warnings=st.lists(WARNINGS, max_size=2),
    error=st.none() | ERRORS,
    execution_count=st.integers(0, 10**6),
    duration=st.floats(0, 10**6),
    started_at=st.datetimes(
        datetime(1970, 1, 1),  # noqa: DTZ001
        datetime(8999, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
    cell_id=TEXT,
    notebook_id=TEXT,
    execution_id=TEXT,
    state=st.builds(
        StateChange,
        added=NAMES,
        changed=NAMES,
        removed=NAMES,
        saved=st.booleans(),
        unsaved=st.dictionaries(TEXT, TEXT, max_size=2),
    ),
    cuts=st.lists(CUTS, max_size=2),
)


def result(**fields: Any) -> ExecutionResult:
    return ExecutionResult(
        **{
            "status": "ok",
            "execution_count": 1,
            "duration": 0.1,
            "started_at": datetime(2030, 1, 1, tzinfo=UTC),
            "cell_id": "c1",
            "notebook_id": "n",
            "execution_id": "e",
        }
        | fields
    )


@given(RESULTS)
def test_results_survive_json(before: ExecutionResult) -> None:
    """A result is the same after a trip through strict JSON."""
    text = before.model_dump_json()
    strict(text)
    assert ExecutionResult.model_validate_json(text) == before


@given(RESULTS)
def test_views_are_made_of_the_outputs(any_result: ExecutionResult) -> None:
    """`stdout`, `stderr` and the plots are read off the outputs, never kept twice."""
    streams = [o for o in any_result.outputs if isinstance(o, StreamOutput)]
    assert any_result.stdout == joined(o.text for o in streams if o.name == "stdout")
    assert any_result.stderr == joined(o.text for o in streams if o.name == "stderr")
    assert not {"stdout", "stderr", "plots", "interactive_plots"} & any_result.model_dump().keys()


def test_a_bar_with_prints_between_is_one_line() -> None:
    """What an output goes back over is in the output before it, and not in the stream's text."""
    bar = [StreamOutput(name="stderr", text=text) for text in ("started\n 0%", "\r50%", "\r99%\n")]
    lines = [StreamOutput(name="stdout", text=text) for text in ("a\n", "b", "\r\nc")]
    between = [output for pair in zip(bar, lines, strict=True) for output in pair]
    assert result(outputs=between).stderr == "started\n99%\n"
    assert result(outputs=between).stdout == "a\nb\nc"


def test_plots_are_found_by_their_kind() -> None:
    """Figures that Matplotlib drew are plots, no other picture is; Plotly's are interactive."""
    drawn = DisplayData(
        data={"image/png": "aGk="},
        metadata={"nbengine": {"kind": "matplotlib"}, "image/png": {"width": 10, "height": 5}},
    )
    other = DisplayData(data={"image/png": "aGk="})
    figure: dict[str, Any] = {"data": [], "layout": {}}
    plotly = DisplayData(data={"application/vnd.plotly.v1+json": figure})
    shown = result(outputs=[drawn, other, plotly])
    (plot,) = shown.plots
    assert (plot.png, plot.width, plot.height) == (b"hi", 10, 5)
    assert [interactive.figure for interactive in shown.interactive_plots] == [figure]


@pytest.mark.parametrize("own", [5, None, {"kind": ["matplotlib"]}, {"kind": "matplotlib"}])
def test_what_looks_like_a_plot_but_is_none(own: object) -> None:
    """A figure shown as text only, or metadata of a user's own, makes no plot and no error."""
    said = DisplayData(data={"text/plain": "<Figure>"}, metadata={"nbengine": own})
    assert result(outputs=[said]).plots == []


@pytest.mark.parametrize("size", [5, {"width": "100%"}, None])
def test_a_size_that_is_no_number_of_pixels(size: object) -> None:
    """The plot is there all the same, without a size."""
    metadata = {"nbengine": {"kind": "matplotlib"}, "image/png": size}
    shown = result(outputs=[DisplayData(data={"image/png": "aGk="}, metadata=metadata)])
    assert [(plot.data, plot.width) for plot in shown.plots] == [("aGk=", None)]


def test_times_are_utc() -> None:
    """A time comes back from JSON with its zone."""
    again = ExecutionResult.model_validate_json(result().model_dump_json())
    assert again.started_at == datetime(2030, 1, 1, tzinfo=UTC)
    assert '"2030-01-01T00:00:00Z"' in result().model_dump_json()


@given(st.builds(Cell, id=TEXT, source=TEXT, last_result=st.none() | RESULTS))
def test_notebooks_survive_json(cell: Cell) -> None:
    """A notebook with the results of its cells survives JSON too."""
    notebook = Notebook(id="n", cells=[cell], metadata={"kernelspec": {"name": "python3"}})
    assert Notebook.model_validate_json(notebook.model_dump_json()) == notebook
