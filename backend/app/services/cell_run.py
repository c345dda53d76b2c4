"""One run of one cell, from source to result: the pipeline, a step a method."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from functools import partial
from threading import Lock
from time import perf_counter
from types import CodeType
from typing import Any

from ..models.notebook import CellError
from ..models.outputs import ErrorOutput
from ..runtime.cell_names import touched_names
from ..runtime.compiling import CompiledCell, compile_cell, is_coroutine
from ..runtime.event_loop import needs_running_loop
from ..runtime.execution import CURRENT, Execution
from ..runtime.kernel import Kernel
from ..runtime.namespace_diff import NamespaceDiff
from ..runtime.tracebacks import describe
from .run_record import RunRecord

_log = logging.getLogger("nbengine")


class CellRun:
    """Compiles and runs one cell in the thread that calls it, and lets its end be captured.

    Whatever user code raises, at whichever step, is data in the result.

    Args:
        show_result: shows the value of the last expression.
        capture_end: looks at what the cell leaves behind and fills in the record.
    """

    def __init__(
        self,
        execution: Execution,
        kernel: Kernel,
        source: str,
        *,
        show_result: Callable[[Any, Execution], None],
        capture_end: Callable[[CellRun], None],
        silent: bool = False,
        store_history: bool = True,
        timeout: float | None = None,
    ) -> None:
        self.execution = execution
        self.timeout = timeout
        self.finished = Lock()
        self.finished.acquire()
        self.kernel = kernel
        self._show = show_result
        self._capture_end = capture_end
        self._source = source
        self._silent = silent
        self._stores = store_history and not silent
        self.compiled: CompiledCell | None = None
        self.record = RunRecord(execution)
        self._abandoned = False
        self._began = perf_counter()

    @property
    def timeout_message(self) -> str:
        """What a cell that ran too long is told."""
        return f"Execution timed out after {self.timeout:g} seconds"

    def abandon(self) -> None:
        """Its caller goes on although it has not ended: what it does from here on is lost."""
        self._abandoned = True
        self.record.duration = perf_counter() - self._began
        gate, grace = self.execution.gate, self.execution.settings.interrupt_grace
        timed_out = gate.reason == "timeout"
        message = self.timeout_message if timed_out else "Execution was interrupted"
        message += f", but the cell did not end within {grace:g} s and still runs"
        name = "TimeoutError" if timed_out else "KeyboardInterrupt"
        self.record.error = CellError(type=name, message=message, traceback=f"{name}: {message}\n")
        self.execution.publish_error(
            ErrorOutput(ename=name, evalue=message, traceback=[f"{name}: {message}"])
        )

    def to_the_end(self, *, by_signal: bool = False) -> None:
        """Run in the calling thread; whatever happens is in the record."""
        self._began = perf_counter()
        stray = self.execution.gate.run(self._steps, by_signal=by_signal)
        try:
            if stray is not None:
                self._note_stray(stray)
            elif self.execution.gate.reason == "timeout" and self.record.error is None:
                self._fail(KeyboardInterrupt())
        finally:
            self._end()

    def _steps(self) -> None:
        self._settle(self._run)
        self._settle(self._look_around)

    def _note_stray(self, stray: BaseException) -> None:
        """An interrupt that struck between two steps, or a fault of our own."""
        if not isinstance(stray, KeyboardInterrupt):
            _log.error("the engine failed in cell %s", self.execution.cell_id, exc_info=stray)
        self._fail(stray)

    def _end(self) -> None:
        kernel, execution = self.kernel, self.execution
        kernel.loop.leave()
        self.record.duration = perf_counter() - self._began
        execution.shown = deque(maxlen=0)  # what comes late is shown, but not looked at nor kept
        execution.scratch.clear()
        self.compiled = None
        if kernel.running is execution:
            kernel.running = None
        if kernel.stuck is execution:
            kernel.stuck = None
        self.finished.release()

    def _settle(self, step: Callable[[], None]) -> None:
        """One step; what it raises ends the cell as its error, unless it has one already."""
        try:
            step()
        except BaseException as error:
            with self.execution.gate:
                self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if self._abandoned or self.record.error is not None:
            return
        described, output = describe(error, self.execution.filename)
        if self.execution.gate.reason == "timeout" and isinstance(error, KeyboardInterrupt):
            described, output = self._timed_out(described, output)
        self.record.error = described
        if not self._silent:
            self.kernel.context.run(self.execution.publish_error, output)

    def _timed_out(self, error: CellError, output: ErrorOutput) -> tuple[CellError, ErrorOutput]:
        message = self.timeout_message
        text = error.traceback.removesuffix("\n") + f"\nTimeoutError: {message}\n"
        lines = [*output.traceback, f"TimeoutError: {message}"]
        return (
            error.model_copy(
                update={"type": "TimeoutError", "message": message, "traceback": text}
            ),
            ErrorOutput(ename="TimeoutError", evalue=message, traceback=lines),
        )

    def _run(self) -> None:
        kernel, execution = self.kernel, self.execution
        kernel.context.run(CURRENT.set, execution)
        kernel.name_source(execution, self._source)
        execution.execution_count = kernel.execution_count
        if not self._source or self._source.isspace():
            return
        if self._stores:
            execution.execution_count = kernel.count(self._source)
        compiled = kernel.context.run(
            compile_cell, self._source, execution.filename, kernel.futures
        )
        self.compiled = compiled
        kernel.futures = compiled.futures
        difference = NamespaceDiff(kernel.namespace, compiled.body)
        try:
            value = self._evaluate_all(compiled)
        finally:
            self.record.change = difference.change(kernel.namespace)
        if value is not None and compiled.shows_last and not self._silent:
            kernel.context.run(self._show_result, value)

    def _evaluate_all(self, compiled: CompiledCell) -> Any:
        value = None
        sees_loop = self._sees_running_loop(compiled)
        for code in compiled.code:
            value = self._evaluate(code, sees_loop)
        return value if compiled.last is not None else None

    def _evaluate(self, code: CodeType, sees_loop: bool) -> Any:
        kernel = self.kernel
        run, namespace = kernel.context.run, kernel.namespace
        if is_coroutine(code):
            return kernel.loop.run(
                partial(run, eval, code, namespace), kernel.context, self.execution.gate
            )
        if not sees_loop:
            return run(eval, code, namespace)
        try:
            kernel.loop.enter()
            return run(eval, code, namespace)
        finally:
            kernel.loop.leave()

    def _sees_running_loop(self, compiled: CompiledCell) -> bool:
        kernel = self.kernel
        if not kernel.loop.exists and "asyncio" not in self._source:
            return False
        names = touched_names(compiled.code, kernel.namespace)
        return needs_running_loop(names | {"asyncio"})

    def _show_result(self, value: Any) -> None:
        if self._stores:
            self.kernel.history.add_output(self.execution.execution_count, value)
        self._show(value, self.execution)

    def _look_around(self) -> None:
        """What the cell leaves behind: tasks that are ready, figures, tables, warnings."""
        if self._abandoned:
            return
        kernel = self.kernel
        if kernel.loop.exists:
            kernel.loop.spin()
        kernel.context.run(self._capture_end, self)
