"""nbengine itself, in process."""

from __future__ import annotations

from tempfile import TemporaryDirectory

from benchmarks.memory import resident
from nbengine import ExecutionService

from .contender import Shown

NOTEBOOKS = 1000
"""How many idle notebooks are weighed together."""


class Engine:
    """One notebook of an `ExecutionService` whose files go to a temporary folder."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="nbengine-benchmark-")
        self._service = ExecutionService(workspace_dir=self._folder.name, snapshots=False)
        self.run("None")

    def run(self, code: str) -> None:
        self._result = self._service.execute_code(code, "cell", "notebook")

    def shown(self) -> Shown:
        return [output.model_dump() for output in self._result.outputs]

    def reset(self) -> None:
        self._service.restart("notebook")
        self.run("None")

    def idle_memory(self) -> float:
        """The growth of the process by many notebooks, shared out among them."""
        # As many executions as are on record, so that the record does not grow any more.
        for _ in range(self._service.settings.record_count):
            self.run("x = 1")
        before = resident()
        for number in range(NOTEBOOKS):
            self._service.execute_code("x = 1", "cell", f"idle-{number}")
        return (resident() - before) / NOTEBOOKS

    def close(self) -> None:
        self._service.close()
        self._folder.cleanup()
