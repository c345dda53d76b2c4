"""What tests of bad input share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nbengine.models.outputs import ExecuteResult
from tests.conftest import Run


@pytest.fixture
def next_cell(run: Run) -> Iterator[None]:
    """Whatever the test did to the notebook, its next cell shows its value and nothing else."""
    yield
    result = run("'next'")
    assert result.status == "ok"
    (output,) = result.outputs
    assert isinstance(output, ExecuteResult)
    assert output.data == {"text/plain": "'next'"}
