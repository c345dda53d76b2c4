"""Who is told of every execution: metrics, logs, traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...models.notebook import ExecutionResult
from .cell_queue import Execution


class Observer(Protocol):
    """Looks on; it must neither fail nor take long. Called in several threads."""

    def began(self, notebook_id: str, execution: Execution) -> None:
        """A cell is about to run, in this thread."""

    def ended(self, notebook_id: str, execution: Execution, result: ExecutionResult) -> None:
        """It has ended, in the same thread; or it will not run, and never began."""


Observers = Sequence[Observer]
