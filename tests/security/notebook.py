"""A notebook of an engine, for tests that attack it."""

from __future__ import annotations

from itertools import count
from typing import Any

from nbengine import ExecutionMode, ExecutionResult
from nbengine.engines.process import ProcessEngine
from nbengine.models.outputs import ExecuteResult

PATIENCE = 20.0
"""Seconds that a cell has."""
_ids = count()


class Notebook:
    """A fresh notebook of an engine.

    Args:
        engine: runs its cells.
        mode: of them.
    """

    def __init__(
        self, engine: ProcessEngine, mode: ExecutionMode = ExecutionMode.WRITE_ENABLED
    ) -> None:
        self.engine = engine
        self.id = f"notebook-{next(_ids)}"
        self.mode = mode

    def __call__(self, code: str, **options: Any) -> ExecutionResult:
        """Run a cell."""
        given: dict[str, Any] = {"mode": self.mode, "timeout": PATIENCE} | options
        return self.engine.execute_code(code, "c1", self.id, **given)

    def value(self, code: str) -> str:
        """What the last line of a cell shows, as text."""
        result = self(code)
        shown = [output for output in result.outputs if isinstance(output, ExecuteResult)]
        assert shown, result
        return str(shown[-1].data["text/plain"])

    @property
    def pid(self) -> int:
        """Of its worker."""
        return self.engine.workers[self.id]
