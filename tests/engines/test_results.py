"""Results that can be asked for again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbengine import ExecutionResult
from nbengine.engines.results import Results
from nbengine.errors import UnknownExecutionError
from nbengine.models.outputs import DisplayData, Output, StreamOutput


def result(number: int, *outputs: Output) -> ExecutionResult:
    """A result with this number for its id."""
    return ExecutionResult(
        status="ok",
        outputs=list(outputs),
        execution_count=1,
        duration=0.0,
        started_at=datetime.now(UTC),
        cell_id="c",
        notebook_id="n",
        execution_id=str(number),
    )


def known(results: Results) -> list[int]:
    """The numbers that are still there, of ten."""
    found = []
    for number in range(10):
        try:
            found.append(int(results.get(str(number)).execution_id))
        except UnknownExecutionError:
            continue
    return found


def test_the_last_ones_are_kept() -> None:
    """The oldest go first."""
    results = Results(count=3, size=1_000)
    for number in range(6):
        results.add(result(number))
    assert known(results) == [3, 4, 5]


@pytest.mark.parametrize(
    "output",
    [
        StreamOutput(name="stdout", text="x" * 100),
        DisplayData(data={"text/html": "x" * 100}),
    ],
)
def test_large_ones_go_earlier(output: Output) -> None:
    """By what they show; the last one stays whatever its size."""
    results = Results(count=10, size=250)
    for number in range(6):
        results.add(result(number, output))
    assert known(results) == [4, 5]
    results.add(result(6, output, output, output))
    assert known(results) == [6]
    results.add(result(7))
    assert known(results) == [7]


def test_one_that_is_gone() -> None:
    """The message says how many are kept."""
    with pytest.raises(UnknownExecutionError, match="the last 3 are kept, fewer where"):
        Results(count=3, size=100).get("7")
