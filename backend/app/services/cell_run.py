"""One run of one cell, from source to result: the pipeline, a step a method."""

from __future__ import annotations

import builtins
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from threading import Lock
from time import perf_counter
from types import CodeType
from typing import Any, NamedTuple

from ..models.notebook import CellError
from ..models.outputs import ErrorOutput, MimeBundle
from ..policy.explanations import explanation
from ..runtime.bundles import cuts_in, size_of, within
from ..runtime.cell_names import touched_names
from ..runtime.compiling import CompiledCell, is_coroutine
from ..runtime.event_loop import needs_running_loop
from ..runtime.execution import CURRENT, Execution
from ..runtime.ipython.bridge import is_usage_error
from ..runtime.kernel import Kernel
from ..runtime.namespace_diff import NamespaceDiff
from ..runtime.surroundings import forget_error, remember_error
from ..runtime.tracebacks import describe
from .run_record import RunRecord
from .user_expressions import evaluate

_log = logging.getLogger("nbengine")


class Request(NamedTuple):
    """What a caller wants to be run, and how."""

    source: str
    timeout: float | None = None
    """Seconds."""
    silent: bool = False
    """Run without history, count and shown result."""
    store_history: bool = True
    """Whether the cell counts and its source is remembered."""
    user_expressions: Mapping[str, str] | None = None
    """To be evaluated once the cell has succeeded."""
    stop_on_error: bool = False
    """Whether an error ends the cells that wait for their turn then."""


class Steps(NamedTuple):
    """What is done with what a cell shows and leaves."""

    show_result: Callable[[Any, Execution], None]
    """Shows the value of an expression."""
    render: Callable[[Any, Execution], MimeBundle]
    """Every representation of a value."""
    capture_end: Callable[[CellRun], None]
    """Looks at what the cell leaves behind and fills in the record."""
    foresee: Callable[[Kernel, Iterable[CodeType]], bool] | None = None
    """Told of the code that is about to run; whether it will do nothing but bind names."""
    keep: Callable[[CellRun], None] | None = None
    """Saves what the cell has changed, once all its code has run and nothing failed."""


class CellRun:
    """Compiles and runs one cell in the thread that calls it, and lets its end be captured.

    Whatever user code raises, at whichever step, is data in the result.
    """

    def __init__(
        self, request: Request, execution: Execution, kernel: Kernel, steps: Steps
    ) -> None:
        self.request = request
        self.execution = execution
        self.kernel = kernel
        self.compiled: CompiledCell | None = None
        self.record = RunRecord(execution)
        self.finished = Lock()
        self.finished.acquire()
        self.only_binds = False
        """Whether it is known that the code does nothing but bind names."""
        self._steps = steps
        self._stores = request.store_history and not request.silent
        self._halts = kernel.halts
        self._abandoned = False
        self._raised: BaseException | None = None
        self._began = perf_counter()

    @property
    def timeout_message(self) -> str:
        """What a cell that ran too long is told."""
        return f"Execution timed out after {self.request.timeout:g} seconds"

    @property
    def is_halted(self) -> bool:
        """Whether an earlier cell failed, after this was asked for, and ended those that wait."""
        return self._halts != self.kernel.halts

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
        stray = self.execution.gate.run(self._run_all, by_signal=by_signal)
        try:
            if stray is not None:
                self._note_stray(stray)
            elif self.record.status == "timeout" and self.record.error is None:
                self._fail(KeyboardInterrupt())
        finally:
            self._end()

    def _run_all(self) -> None:
        self._settle(self._run)
        if self.record.error is None:
            forget_error()
        if self.kernel.bridge.made is not None:
            self._settle(partial(self.kernel.context.run, self._tell_end))
        self._settle(self._look_around)
        if self.request.user_expressions and self.record.error is None:
            self._settle(partial(self.kernel.context.run, self._evaluate_expressions))
        if self._steps.keep is not None and self.record.error is None and not self._abandoned:
            self._settle(partial(self.kernel.context.run, self._steps.keep, self))

    def _note_stray(self, stray: BaseException) -> None:
        """An interrupt that struck between two steps, or a fault of our own."""
        if not isinstance(stray, KeyboardInterrupt):
            _log.error("the engine failed in cell %s", self.execution.cell_id, exc_info=stray)
        self._fail(stray)

    def _end(self) -> None:
        kernel, execution = self.kernel, self.execution
        if execution.guard is not None:
            kernel.namespace["__builtins__"] = builtins
        kernel.loop.leave()
        self.record.duration = perf_counter() - self._began
        execution.end()
        if execution.gate.reason is not None:
            _forget_interrupt()
        self.compiled = self._raised = None
        if kernel.running is execution:
            kernel.running = None
        if kernel.stuck is execution:
            kernel.stuck = None
        if kernel.closed:
            kernel.loop.close()
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
        self._add_note(error)
        described, output = describe(error, self.execution.filename)
        if self.execution.gate.reason == "timeout" and isinstance(error, KeyboardInterrupt):
            described, output = self._timed_out(described, output)
        self.record.error = described
        self._raised = error
        remember_error(error)
        self.kernel.halts += self.request.stop_on_error and not self.request.silent
        if is_usage_error(error):
            self.execution.note(f"UsageError: {described.message}")
        elif not self.kernel.context.run(self.kernel.bridge.handles, error):
            self.kernel.context.run(self.execution.publish_error, output)

    def _add_note(self, error: BaseException) -> None:
        """What the engine knows of the cause."""
        if isinstance(error, NameError) and (reason := self.kernel.lost.get(error.name or "")):
            error.add_note(f"{error.name} could not be brought back after the restart: {reason}")
        execution = self.execution
        reason = explanation(error, execution.isolation, execution.settings)
        if reason is not None:
            error.add_note(reason)

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
        kernel.name_source(execution, self.request.source)
        execution.execution_count = kernel.execution_count
        if not self.request.source or self.request.source.isspace():
            return
        if self._stores:
            execution.execution_count = kernel.count(self.request.source)
        try:
            compiled = kernel.context.run(
                kernel.compile,
                self.request.source,
                execution.filename,
                None if execution.guard is None else execution.guard.restrict,
            )
        except SyntaxError:
            kernel.context.run(self._tell_start, self.request.source)
            raise
        self.compiled = compiled
        kernel.futures = compiled.futures
        if compiled.source is not self.request.source and self._stores:
            kernel.history.translate_input(execution.execution_count, compiled.source)
        execution.show_result = self._show_result
        kernel.context.run(self._tell_start, compiled.source)
        if execution.guard is not None:
            kernel.namespace["__builtins__"] = execution.guard.builtins
        self._take_steps(compiled)

    def _take_steps(self, compiled: CompiledCell) -> None:
        """Run the parts of the cell, each with what it shows; the history's names do not count."""
        kernel = self.kernel
        sees_loop = self._sees_running_loop(compiled)
        if self._steps.foresee is not None:
            self.only_binds = self._steps.foresee(kernel, compiled.code)
        difference = NamespaceDiff(kernel.namespace, compiled.code)
        shown = None
        try:
            for step in compiled.steps:
                if shown is not None:
                    kernel.context.run(self._show_result, shown)
                value = self._evaluate(step.code, sees_loop)
                shown = value if step.shows and not self.request.silent else None
        finally:
            self.record.change = difference.change(kernel.namespace)
        if shown is not None:
            kernel.context.run(self._show_result, shown)

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
        if not kernel.loop.exists and "asyncio" not in self.request.source:
            return False
        names = touched_names(compiled.code, kernel.namespace)
        return needs_running_loop(names | {"asyncio"})

    def _tell_start(self, python: str) -> None:
        """Those who asked IPython to be told of cells hear of this one."""
        shell = self.kernel.bridge.made
        if shell is not None:
            source, silent = self.request.source, self.request.silent
            tell = partial(shell.before_cell, source, python)
            self._heed_stop(partial(tell, silent=silent, stores=self._stores))

    def _tell_end(self) -> None:
        """The same when its code is done, or has failed."""
        self._heed_stop(partial(self.kernel.bridge.shell.after_cell, self._raised))

    def _heed_stop(self, tell: Callable[[], None]) -> None:
        """An interrupt that IPython takes for a failure of those it tells is one of the cell.

        Raises:
            KeyboardInterrupt: the cell was asked to stop meanwhile.
        """
        before = self.execution.gate.reason
        tell()
        if self.execution.gate.reason != before:
            raise KeyboardInterrupt

    def _show_result(self, value: Any) -> None:
        self.kernel.history.add_output(self.execution.execution_count, value)
        if self.kernel.bridge.made is not None:
            self.kernel.bridge.made.has_value(value)
        self._steps.show_result(value, self.execution)

    def _evaluate_expressions(self) -> None:
        execution, seen = self.execution, list[MimeBundle]()
        limit = execution.settings.display_limit

        def render(value: Any) -> MimeBundle:
            room = max(0, limit - sum(map(size_of, seen)))
            seen.append(within(self._steps.render(value, execution), room))
            return seen[-1]

        expressions = self.request.user_expressions or {}
        restrict = None if execution.guard is None else execution.guard.restrict
        evaluated = evaluate(expressions, self.kernel.namespace, render, execution.gate, restrict)
        self.record.user_expressions = evaluated
        execution.cuts += tuple(cuts_in(seen))

    def _look_around(self) -> None:
        """What the cell leaves behind: tasks that are ready, figures, tables, warnings."""
        if self._abandoned:
            return
        kernel = self.kernel
        if kernel.loop.exists:
            kernel.loop.spin()
        kernel.context.run(self._steps.capture_end, self)


def _forget_interrupt() -> None:
    """The process is not to end as if it had been interrupted, which only the cell was.

    CPython remembers a KeyboardInterrupt that has left an `exec` of text, until the next one.
    """
    exec("")
