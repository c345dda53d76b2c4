"""What tests of services share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nbengine import ExecutionService
from nbengine.models.outputs import ExecuteResult
from tests.conftest import Run

Serve = Callable[..., ExecutionService]


@pytest.fixture
def always() -> dict[str, Any]:
    """Settings of every service that `serve` opens."""
    return {}


@pytest.fixture
def serve(always: dict[str, Any]) -> Iterator[Serve]:
    """Opens the workspace again, as the next process would; the one before is closed."""
    opened: list[ExecutionService] = []

    def serve(**settings: Any) -> ExecutionService:
        if opened:
            opened.pop().close()
        opened.append(ExecutionService(**{"snapshots": True, **always, **settings}))
        return opened[0]

    yield serve
    for service in opened:
        service.close()


@pytest.fixture
def next_cell(run: Run) -> Iterator[None]:
    """Whatever the test did to the notebook, its next cell shows its value and nothing else."""
    yield
    result = run("'next'")
    assert result.status == "ok"
    (output,) = result.outputs
    assert isinstance(output, ExecuteResult)
    assert output.data == {"text/plain": "'next'"}
