"""nbengine itself, with snapshots."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from nbengine import ExecutionResult, ExecutionService

_FAILURE = "AssertionError"


class SnapshotEngine:
    """One notebook of an `ExecutionService` that saves it after each cell."""

    def __init__(self) -> None:
        self._open_anew()

    def begin(self, code: str) -> None:
        """A cell that fails is not saved: what it has done is, by the first that succeeds."""
        self.close()
        self._open_anew()
        result = self._execute(f"{code}\nassert False")
        if result.error is None or result.error.type != _FAILURE:
            raise RuntimeError(f"the notebook did not begin: {result.error}")

    def run(self, code: str) -> float:
        """What the result says of saving, which is a part of the cell's duration."""
        result = self._execute(code)
        if not result.state.saved:
            raise RuntimeError(f"nothing was saved: {result.error or result.state.problem}")
        self._written = result.state.bytes_written
        return result.state.seconds

    def written(self) -> int:
        return self._written

    def kept(self) -> int:
        """Once the notebook is closed; as long as it is open, a log of a few megabytes is there."""
        self._service.close()
        self._open()
        files = (path for path in Path(self._folder.name).rglob("state/**/*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    def restore(self) -> float:
        """A new service, until its first cell has been answered."""
        self._service.close()
        began = perf_counter()
        self._open()
        self.run("None")
        return perf_counter() - began

    def undo(self) -> float:
        """Until the first cell after it has been answered."""
        began = perf_counter()
        self._service.undo("notebook")
        self.run("None")
        return perf_counter() - began

    def close(self) -> None:
        self._service.close()
        self._folder.cleanup()

    def _open_anew(self) -> None:
        self._folder = TemporaryDirectory(prefix="nbengine-benchmark-")
        self._open()

    def _open(self) -> None:
        folder = Path(self._folder.name)
        self._service = ExecutionService(
            snapshots=True, workspace_dir=folder / "workspace", key_file=folder / "key"
        )

    def _execute(self, code: str) -> ExecutionResult:
        return self._service.execute_code(code, "cell", "notebook")
