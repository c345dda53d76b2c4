"""Analyses give in READ_ONLY what they give without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nbengine import ExecutionMode, ExecutionResult, ExecutionService

from .analyses import ANALYSES, PREPARATION, put_data


def test_there_are_at_least_forty_analyses() -> None:
    """The table covers every library and kind of statement, more than forty cells."""
    assert len(ANALYSES) >= 40


@pytest.mark.parametrize("name", ANALYSES)
def test_analysis_gives_the_same_under_guard(
    service: ExecutionService, own_settings: Path, name: str
) -> None:
    """Outputs, tables, warnings and changed variables are the same in both modes."""
    read_only, free = (
        _run(service, own_settings, mode, ANALYSES[name])
        for mode in (ExecutionMode.READ_ONLY, ExecutionMode.WRITE_ENABLED)
    )
    assert read_only.error is None, read_only.error.traceback
    assert _seen(read_only) == _seen(free)


def _run(
    service: ExecutionService, workspace: Path, mode: ExecutionMode, code: str
) -> ExecutionResult:
    notebook_id = mode.value
    put_data(workspace / notebook_id / "data")
    before = service.execute_code(PREPARATION, "c0", notebook_id, mode=mode)
    assert before.error is None
    return service.execute_code(code, "c1", notebook_id, mode=mode)


def _seen(result: ExecutionResult) -> dict[str, Any]:
    """Everything that a result says of the cell, but not when and where it ran."""
    told = {"status", "outputs", "tables", "warnings", "cuts", "execution_count"}
    return result.model_dump(
        include=dict.fromkeys(told, True) | {"state": {"added", "changed", "removed", "saved"}},
        exclude={"tables": {"__all__": {"handle"}}},
    )
