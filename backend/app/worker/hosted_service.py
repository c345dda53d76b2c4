"""The engine as it runs inside a worker."""

from __future__ import annotations

from contextlib import suppress
from threading import Timer
from time import sleep

from ..runtime.caller import Caller
from ..runtime.kernel import Kernel
from ..services.cell_run import CellRun
from ..services.execution_service import ExecutionService
from ..services.state_persistence_service import StatePersistenceService
from ..settings import Settings
from ..state.signing import NotebookKey

_SOON = 0.002
"""Seconds between looks at whether a cell has begun."""


class HostedService(ExecutionService):
    """Runs every cell in the main thread, where signals end even a blocking system call.

    A cell that heeds nothing is not waited for in a thread: the parent ends the whole worker.
    It is made before anybody knows for which notebook.
    """

    next_id = ""
    """Execution id of the next cell: the parent knows it by that, even if this process dies."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.over = 0
        """Cells that the parent has asked for and that are over."""

    def keep(self, key: NotebookKey) -> None:
        """Save the variables of the notebook that runs here, signed with its key."""
        if self.settings.snapshots:
            self._keep_in(StatePersistenceService(self.settings, key=key))

    def make_ready(self, notebook_id: str) -> None:
        """Open the notebook; if it cannot be, its first cell tries again, and says so."""
        with suppress(Exception):
            self._kernels.get(notebook_id)

    def interrupt(self, notebook_id: str, number: int | None = None) -> bool:
        """Interrupt a cell, also one that has not come yet; once it is over, no other is meant.

        One that heeds nothing is the parent's affair.

        Args:
            notebook_id: whose.
            number: how many cells have come before it; None means the one that runs now.
        """
        if number is None:
            return super().interrupt(notebook_id)
        while self.over <= number:
            for kernel in self._kernels:
                running = kernel.running
                if running is not None and self.over <= number:
                    return running.gate.stop("interrupted", self.settings.interrupt_grace)
            sleep(_SOON)
        return True

    def flush(self) -> None:
        """What the cell that runs has shown so far is with its caller after this."""
        for kernel in self._kernels:
            if kernel.running is not None:
                kernel.running.flush()

    def _open_states(self) -> None:
        """Not before it is known whose they are."""

    def _looked_at(self, notebook_id: str) -> Kernel | None:
        """Who asks has seen to it that a cell has run: here none runs beside the main thread."""
        return self._kernels.find(notebook_id)

    def _next_execution_id(self) -> str:
        return self.next_id

    def _runs_here(self, run: CellRun, kernel: Kernel, caller: Caller) -> bool:
        return True

    def _run_here(self, run: CellRun) -> None:
        timeout = run.request.timeout
        if timeout is None:
            super()._run_here(run)
            return
        grace = self.settings.interrupt_grace
        alarm = Timer(timeout, run.execution.gate.stop, ("timeout", grace))
        alarm.daemon = True
        with suppress(RuntimeError):  # cells have all threads there are: the parent's ladder does
            alarm.start()
        try:
            super()._run_here(run)
        finally:
            alarm.cancel()
