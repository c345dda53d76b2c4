"""What a caller has asked for, and who he is to hear from it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from ..models.events import OutputEvent
from ..runtime.execution import OnOutput, StdinHandler

_log = logging.getLogger("nbengine.output")


@dataclass(frozen=True)
class Asked:
    """A request to run a cell, checked."""

    execution_id: str
    cell_id: str
    notebook_id: str
    timeout: float | None
    on_output: OnOutput | None
    stdin: StdinHandler | None
    options: dict[str, Any]
    """Further arguments of `execute_code`."""

    @property
    def arguments(self) -> dict[str, Any]:
        """As they go to the worker."""
        return self.options | {
            "execution_id": self.execution_id,
            "cell_id": self.cell_id,
            "notebook_id": self.notebook_id,
            "timeout": self.timeout,
            "has_stdin": self.stdin is not None,
        }

    @property
    def timeout_message(self) -> str:
        """What is said if it takes longer than it may."""
        return f"Execution timed out after {self.timeout:g} seconds"

    def tell(self, event: OutputEvent) -> None:
        """Tell the caller; what he raises is his own affair."""
        if self.on_output is None:
            return
        try:
            self.on_output(event)
        except Exception:
            _log.exception("on_output failed")
