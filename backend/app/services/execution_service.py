"""Running cells in this process: the engine itself, which every door reaches in the end."""

from __future__ import annotations

import itertools
import logging
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..capture.cell_capture import CellCapture
from ..capture.display import Display
from ..capture.registry import Registry, installed_kinds
from ..engines.requests import check_code, check_request, check_user_expressions
from ..errors import (
    InvalidInputError,
    NotebookStuckError,
    ReentryError,
)
from ..models.assistance import Completeness, Completion, Inspection
from ..models.notebook import CellError, ExecutionResult
from ..models.session import IN_PROCESS, ExecutionMode, Isolation
from ..models.snapshot import SnapshotInfo
from ..models.tables import ColumnRef, Table, TableForm, TableProfile, TableWindow
from ..models.variables import Variable
from ..names import check_id
from ..policy.modes import check_mode, isolation_of
from ..runtime.assistance.assistant import Assistant
from ..runtime.assistance.place import Place, place_of
from ..runtime.caller import Caller
from ..runtime.closing import Closing
from ..runtime.compiling import compile_cell
from ..runtime.event_loop import runs_in_event_loop
from ..runtime.execution import CURRENT, Execution, OnOutput, StdinHandler, asking
from ..runtime.guard import Guard
from ..runtime.interrupt import Reason
from ..runtime.ipython.bridge import get_ipython
from ..runtime.kernel import Kernel
from ..runtime.own_account import on_own_account
from ..runtime.process import PROCESS
from ..runtime.tracebacks import describe
from ..settings import Settings, chosen_settings
from .cell_run import CellRun, Request, Steps
from .kernels import Kernels
from .run_record import Records

if TYPE_CHECKING:
    from ..capture.views.views import GivenQuery, Views
    from .state_persistence_service import StatePersistenceService

_log = logging.getLogger("nbengine")


class ExecutionService(Closing):
    """Runs cells of any number of notebooks in this process.

    Thread-safe. Cells of one notebook run one after another in the order of the calls; cells of
    different notebooks take turns, because they share the process. A cell without a timeout that
    the main thread asks for runs in the main thread; any other runs in a thread of its notebook,
    so that the call returns in time whatever the cell does.

    Args:
        settings: limits and choices; by default read from environment and file.
        **overrides: single settings by name, e.g. `workspace_dir=…`.
    """

    def __init__(self, settings: Settings | None = None, **overrides: Any) -> None:
        self.settings = settings = chosen_settings(settings, overrides)
        self._capture = CellCapture(Registry(installed_kinds()), settings)
        self._kernels = Kernels(settings, self._initialize_globals)
        self._display = Display(self._capture.show, self._kernels.have_shown)
        self._states: StatePersistenceService | None = None
        self._records = Records(settings.record_count, settings.record_bytes)
        self._assistant = Assistant(settings.assistance_timeout)
        self._steps = Steps(self._show_result, self._capture.show.bundle, self._capture_end)
        self._open_states()
        self.confinement = IN_PROCESS
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count(1)
        PROCESS.install()
        for kind in self._capture.registry.kinds:
            for module, callback in (kind.when_imported or {}).items():
                PROCESS.imports.when_imported(module, callback)

    def _open_states(self) -> None:
        """Keep variables, by what only those import who want that."""
        if self.settings.snapshots:
            home = import_module(".state_persistence_service", __package__)
            self._keep_in(home.StatePersistenceService(self.settings))

    def _keep_in(self, states: StatePersistenceService) -> None:
        self._states = states
        self._steps = self._steps._replace(foresee=states.running.foresee, keep=self._keep_state)

    @property
    def confinement(self) -> Isolation:
        """What holds the process that this runs in, whichever mode a cell has.

        To be set by who has confined the process; results say it.
        """
        return self._confinement

    @confinement.setter
    def confinement(self, around: Isolation) -> None:
        self._confinement = around
        self._isolations = {mode: isolation_of(mode, around) for mode in ExecutionMode}

    @property
    def notebook_globals(self) -> Mapping[str, dict[str, Any]]:
        """The live namespace of each open notebook, by its id."""
        return {kernel.notebook_id: kernel.namespace for kernel in self._kernels}

    def open_notebook(self, notebook_id: str, *, cwd: Path | str | None = None) -> None:
        """Make a notebook known before its first cell, to give it a working folder of its own.

        Raises:
            InvalidIdError: the id cannot be one.
            InvalidInputError: the folder is none, or the notebook is open already.
        """
        self._kernels.open(notebook_id, cwd)

    def execute_code(
        self,
        code: str,
        cell_id: str,
        notebook_id: str,
        *,
        mode: ExecutionMode | str = ExecutionMode.WRITE_ENABLED,
        timeout: float | None = None,
        on_output: OnOutput | None = None,
        stdin: StdinHandler | None = None,
        silent: bool = False,
        store_history: bool = True,
        user_expressions: Mapping[str, str] | None = None,
        stop_on_error: bool = False,
    ) -> ExecutionResult:
        """Run a cell and give back everything it showed.

        Args:
            code: the cell's source.
            cell_id: names the cell in tracebacks and in the result.
            notebook_id: whose variables the cell sees; an unknown one is opened.
            mode: what the cell may do; what holds it to that is in the result.
            timeout: seconds after which the cell is interrupted; None waits for ever.
            on_output: called with each `OutputEvent` as it happens, from any thread.
            stdin: called with prompt and whether a password is meant, in the thread that calls
                `input()` or `getpass()`; returns the line, and what it raises comes out there.
                Without it these raise `StdinNotImplementedError`.
            silent: run without history, count and shown result; what the code prints, displays
                and raises is shown.
            store_history: whether the cell counts and its source is remembered.
            user_expressions: expressions by name, to be evaluated once the cell has succeeded.
            stop_on_error: whether an error ends the cells of this notebook, too, that wait for
                their turn when it occurs: they come back `aborted`. Jupyter's clients ask for it,
                other callers need not know of each other. Of a silent cell it means nothing.

        Returns:
            The result, whatever the cell's code did: an error of the user's is data in it.

        Raises:
            InvalidIdError, InvalidCodeError, InvalidInputError: an argument makes no sense.
            NotebookStuckError: an earlier cell of this notebook could not be stopped.
            ReentryError: a cell of this notebook called this itself.
            StorageError: the notebook's folder cannot be made.
        """
        check_request(code, cell_id, timeout)
        check_user_expressions({} if user_expressions is None else user_expressions)
        if mode is not ExecutionMode.WRITE_ENABLED:
            mode = check_mode(mode)
        kernel = self._kernels.get(notebook_id)
        execution = self._new_execution(kernel, cell_id, on_output)
        execution.stdin = stdin
        execution.isolation = self._isolations[mode]
        if mode is ExecutionMode.READ_ONLY:
            execution.guard = self._read_only(kernel)
        request = Request(code, timeout, silent, store_history, user_expressions, stop_on_error)
        run = CellRun(request, execution, kernel, self._steps)
        self._carry_out(run, kernel)
        if on_output is not None:
            execution.flush()
        result = run.record.result()
        self._records.add(run.record)
        return result

    def validate_code_syntax(self, code: str) -> CellError | None:
        """What is wrong with the syntax of a cell, or None; nothing runs."""
        check_code(code)
        try:
            compile_cell(code, "<cell>")
        except SyntaxError as error:
            return describe(error, "<cell>")[0]
        return None

    def complete(self, code: str, cursor: int, notebook_id: str) -> Completion:
        """What code can go on with, in the shape of Jupyter's `complete_reply`.

        Answers while a cell runs; nothing of the user's is run, and no notebook is opened.

        Args:
            code: a cell, however unfinished.
            cursor: where in it, in Unicode code points; outside of the code it is its nearest end.
            notebook_id: whose variables the code sees.

        Raises:
            InvalidIdError, InvalidInputError: an argument makes no sense.
        """
        return self._assistant.complete(code, cursor, self._place(notebook_id))

    def inspect(
        self, code: str, cursor: int, notebook_id: str, detail_level: int = 0
    ) -> Inspection:
        """What there is to know of the name at the cursor, as Jupyter's `inspect_reply`.

        Args:
            code, cursor, notebook_id: as in `complete`.
            detail_level: 1 gives the source of functions and classes.

        Raises:
            InvalidIdError, InvalidInputError: an argument makes no sense.
        """
        return self._assistant.inspect(code, cursor, detail_level, self._place(notebook_id))

    def is_complete(self, code: str, notebook_id: str | None = None) -> Completeness:
        """Whether code can run as it stands, as Jupyter's `is_complete_reply`.

        Raises:
            InvalidIdError, InvalidInputError: an argument makes no sense.
        """
        if notebook_id is not None:
            check_id("notebook", notebook_id)
        return self._assistant.is_complete(code)

    def variables(self, notebook_id: str) -> list[Variable]:
        """The user's variables, as `%who` has them, sorted by name; none of their code runs.

        Answers while a cell runs. A notebook that has not run yet gets back what was saved of it.

        Raises:
            InvalidIdError: the id cannot be one.
        """
        return self._views.variables(self._looked_at(notebook_id))

    def table_window(self, notebook_id: str, handle: str, query: GivenQuery = None) -> TableWindow:
        """Some rows and columns of a table, sorted and filtered where it is.

        Answers while a cell runs, and runs no code but that of the table's own library.

        Args:
            notebook_id: whose table.
            handle: that of a `Table` in a result, or `variable:<name>`.
            query: a `TableQuery`, or a mapping of what it has; None is the upper left corner.

        Raises:
            InvalidIdError, InvalidInputError: an argument makes no sense: a column is unknown, or
                cannot be sorted or compared that way.
            UnknownTableError: no table has this handle, or none any more (`GoneTableError`).
            TableChangedError: a cell changed it meanwhile; ask again.
        """
        return self._views.window(self._looked_at(notebook_id), handle, query)

    def table_profile(
        self, notebook_id: str, handle: str, columns: Iterable[ColumnRef] | None = None
    ) -> TableProfile:
        """What these columns of a table hold, by default the first fifty; else as `table_window`.

        Of a large table what is costly to count is told of a sample.
        """
        return self._views.profile(self._looked_at(notebook_id), handle, columns)

    def table_file(
        self, notebook_id: str, handle: str, query: GivenQuery = None, form: TableForm = "csv"
    ) -> Path:
        """Write all matching rows into a new file among the notebook's artifacts.

        The caller deletes it. Of the query only columns, order and conditions count. Raises as
        `table_window` does, and:

        Raises:
            MissingDependencyError: Parquet and Arrow need pyarrow.
            StorageError: the file cannot be written.
        """
        return self._views.file(self._looked_at(notebook_id), handle, query, form)

    def result(self, execution_id: str) -> ExecutionResult:
        """An earlier execution's result, with output that came since.

        Raises:
            UnknownExecutionError: it never was, or too many came after it.
        """
        return self._records.get(execution_id).result()

    def interrupt(self, notebook_id: str) -> bool:
        """Interrupt the cell of this notebook that runs now; whether it ended in time.

        Without a running cell there is nothing to do, and that is fine. A cell that does not end
        within the grace period is left to itself: its notebook is closed to further cells until
        it ends or is restarted, other notebooks go on.
        """
        kernel = self._kernels.find(notebook_id)
        return kernel is None or self._stop(kernel)

    def restart(self, notebook_id: str) -> None:
        """Give the notebook an empty namespace.

        A cell that still runs is interrupted or left; those that wait for their turn are not run.

        Raises:
            ReentryError: a cell of this notebook called this itself.
        """
        kernel = self._kernels.find(notebook_id)
        if kernel is None:
            if self._states is not None:
                self._states.running.begin_anew(notebook_id)
            return
        _refuse_own(kernel, "restart")
        if self._states is None:
            self._replace(kernel)
            return
        with self._states.turn(notebook_id):
            self._replace(kernel)
            self._states.running.forget(kernel, discard=True)

    def close_notebook(self, notebook_id: str) -> None:
        """End what runs in a notebook, save it and let go of it; the next call opens it again.

        Raises:
            ReentryError: a cell of this notebook called this itself.
        """
        kernel = self._kernels.find(notebook_id)
        if kernel is None:
            return
        _refuse_own(kernel, "close")
        self._kernels.remove(kernel)
        self._end(kernel)
        if self._states is not None:
            with self._states.turn(notebook_id):
                self._states.running.forget(kernel, discard=False)

    @property
    def states(self) -> StatePersistenceService:
        """The snapshots of the notebooks: which there are, what is in them, how they differ.

        Raises:
            InvalidInputError: the setting `snapshots` is off.
        """
        if self._states is None:
            raise InvalidInputError(
                "No snapshots are taken: ExecutionService(snapshots=True) or NBENGINE_SNAPSHOTS=1."
            )
        return self._states

    def history(self, notebook_id: str) -> list[SnapshotInfo]:
        """The snapshots of a notebook, oldest first.

        Raises:
            InvalidInputError: the setting `snapshots` is off.
            UnknownSnapshotError: there is no state of this notebook.
        """
        return self.states.history(notebook_id)

    def restore_state(
        self, notebook_id: str, snapshot_id: int | None = None
    ) -> SnapshotInfo | None:
        """Give the notebook the variables of a snapshot, by default those of its last one.

        A cell that still runs is interrupted or left; the next cell finds the variables.

        Returns:
            The snapshot; None if the notebook has none to go on from and begins with nothing.

        Raises:
            InvalidInputError: the setting `snapshots` is off.
            UnknownSnapshotError: there is no such snapshot, or no state of this notebook.
            SnapshotError: it cannot be used; names an older one that can.
            StateLockedError: another process has the notebook.
            ReentryError: a cell of this notebook called this itself.
        """
        return self._take_back(notebook_id, partial(self.states.find, snapshot_id=snapshot_id))

    def undo(self, notebook_id: str) -> SnapshotInfo | None:
        """Give the notebook the variables that it had before its last cell that was saved.

        Returns:
            The snapshot; None if that was the first: the notebook begins with nothing.

        Raises:
            As `restore_state`; UnknownSnapshotError also where there is nothing to undo.
        """
        return self._take_back(notebook_id, self.states.before)

    def close(self) -> None:
        """Interrupt what runs, forget every notebook, give the process back to the host."""
        for kernel in self._kernels:
            _refuse_own(kernel, "close")
        for kernel in self._kernels.remove_all():
            self._end(kernel)
        if self._states is not None:
            self._states.close()
        self._records.clear()
        self._assistant.close()

    def artifacts_dir(self, notebook_id: str) -> Path:
        """Folder of the files that cells of this notebook gave off besides their results."""
        return self._kernels.folder(notebook_id, "artifacts")

    def _carry_out(self, run: CellRun, kernel: Kernel) -> None:
        """Run the cell when its turn comes, in the thread that it belongs to."""
        execution, cell = run.execution, asking()
        if cell is not None and PROCESS.turns.are_chained(cell, kernel.running):
            raise ReentryError(
                f"Cell {cell.cell_id!r} asked notebook {kernel.notebook_id!r} to run a cell, but "
                "that notebook waits for it; it has to end first."
            )
        with Caller(execution.gate, None if cell is None else cell.gate) as caller:
            try:
                PROCESS.enter(execution, kernel, caller.wait)
                _refuse_stuck(kernel)
                self._bring_back(run, kernel)
                self._run(run, kernel, caller)
            finally:
                PROCESS.leave(execution)

    def _bring_back(self, run: CellRun, kernel: Kernel) -> None:
        """Give a notebook that has no variables yet those that were saved."""
        states = self._states
        if states is not None and not kernel.closed:
            token = CURRENT.set(run.execution)
            try:
                on_own_account(lambda: states.running.begin(kernel))
            finally:
                CURRENT.reset(token)

    def _run(self, run: CellRun, kernel: Kernel, caller: Caller) -> None:
        if kernel.closed or run.is_halted:
            run.record.aborted = True
            return
        if caller.interrupted:
            raise KeyboardInterrupt
        kernel.running = run.execution
        if self._runs_here(run, kernel, caller):
            self._run_here(run)
        else:
            kernel.home.start(run.to_the_end)
            self._await(run, kernel, caller)

    def _runs_here(self, run: CellRun, kernel: Kernel, caller: Caller) -> bool:
        """Whether the cell runs in the thread that asked for it."""
        if run.request.timeout is not None or kernel.has_home or not caller.in_main_thread:
            return False
        return not runs_in_event_loop()

    def _run_here(self, run: CellRun) -> None:
        run.to_the_end(by_signal=True)

    def _await(self, run: CellRun, kernel: Kernel, caller: Caller) -> None:
        """Wait until the cell has ended in its own thread, or has shown that it will not."""
        gate = run.execution.gate

        def is_stuck() -> bool:
            return kernel.stuck is run.execution

        if caller.wait(run.finished, run.request.timeout, is_stuck):
            return
        if not is_stuck():
            reason: Reason = "interrupted" if caller.interrupted else "timeout"
            caller.answer()
            if not gate.stop(reason, self.settings.interrupt_grace):
                self._quarantine(kernel, run.execution)
        if is_stuck():
            run.abandon()
        else:
            run.finished.acquire()

    def _stop(self, kernel: Kernel) -> bool:
        execution = kernel.running
        if execution is None or execution.gate.stop("interrupted", self.settings.interrupt_grace):
            return True
        self._quarantine(kernel, execution)
        return False

    def _take_back(
        self, notebook_id: str, choose: Callable[[str], int | None]
    ) -> SnapshotInfo | None:
        """Let the notebook go on from another snapshot; nothing is touched if there is none."""
        kernel = self._kernels.find(notebook_id)
        if kernel is not None:
            _refuse_own(kernel, "take back")
            self.states.running.settle(notebook_id)
        with self.states.turn(notebook_id):
            snapshot_id = choose(notebook_id)
            kernel = self._kernels.find(notebook_id)
            if kernel is not None:
                self._replace(kernel)
                self.states.running.forget(kernel, discard=False)
            return self.states.go_back(notebook_id, snapshot_id)

    def _replace(self, kernel: Kernel) -> None:
        """Another kernel takes the place of this one, which ends."""
        self._kernels.renew(kernel)
        self._end(kernel)

    def _end(self, kernel: Kernel) -> None:
        """Close a kernel that is nobody's any more, and with it what it runs."""
        if kernel.stuck is None:
            self._stop(kernel)
        if self._states is not None:
            self._states.running.settle(kernel.notebook_id)
        PROCESS.forget(kernel)
        kernel.close()

    def _quarantine(self, kernel: Kernel, execution: Execution) -> None:
        kernel.stuck = execution
        if execution.gate.wait_ended(0):
            kernel.stuck = None
            return
        _log.warning(
            "cell %s of notebook %s could not be stopped", execution.cell_id, kernel.notebook_id
        )
        PROCESS.leave(execution)

    def _get_notebook_globals(self, notebook_id: str) -> dict[str, Any]:
        """The live namespace of a notebook, which is opened if need be."""
        return self._kernels.get(notebook_id).namespace

    @cached_property
    def _views(self) -> Views:
        """Who looks at tables, imported only by who wants that."""
        home = import_module("..capture.views.views", __package__)
        views: Views = home.Views(self.settings, self.artifacts_dir)
        return views

    def _looked_at(self, notebook_id: str) -> Kernel | None:
        """The notebook with its variables; None if it has never run and nothing is saved."""
        kernel = self._kernels.find(notebook_id)
        if self._states is not None and (kernel is None or not kernel.runs):
            self.execute_code("", "variables", notebook_id, silent=True)
            kernel = self._kernels.find(notebook_id)
        return kernel

    def _place(self, notebook_id: str) -> Place:
        """The notebook that code is written for; one that was never opened has nothing yet."""
        kernel = self._kernels.find(notebook_id)
        if kernel is not None:
            return place_of(kernel)
        namespace: dict[str, Any] = {"__name__": "__main__"}
        self._initialize_globals(namespace)
        return Place(namespace, str(self._kernels.folder(notebook_id, "data")), ["", *sys.path])

    def _initialize_globals(self, namespace: dict[str, Any]) -> None:
        """What a new notebook's namespace has besides Python's own names and the history."""
        namespace["get_ipython"] = get_ipython

    def _capture_end(self, run: CellRun) -> None:
        """Everything that is captured when the code of a cell is done, step by step."""
        execution, namespace = run.execution, run.kernel.namespace
        self._capture_plots(execution)
        self._capture_interactive_plots(execution)
        record = run.record
        record.change = self._capture.in_place(run.kernel, run.compiled, record.change)
        names = record.change.added + record.change.changed
        if names or execution.shown:
            record.tables = self._capture_tables(execution, namespace, names)
        if names or execution.shown or execution.has_warnings:
            record.warnings = self._capture.warnings(execution, run.compiled, namespace, names)

    def _keep_state(self, run: CellRun) -> None:
        """Save what the cell has changed."""
        save = partial(self.states.running.save, run, run.record.change)
        run.record.change = on_own_account(save)

    def _capture_plots(self, execution: Execution) -> None:
        """Publish the figures that the cell left open, each once, and close them."""
        self._capture.leftovers(execution, interactive=False)

    def _capture_interactive_plots(self, execution: Execution) -> None:
        """Publish interactive figures that the cell left open; Plotly's are shown as they come."""
        self._capture.leftovers(execution, interactive=True)

    def _capture_tables(
        self, execution: Execution, namespace: Mapping[str, Any], names: list[str]
    ) -> list[Table]:
        """Previews of the tables that the cell showed, then of those in these variables."""
        return self._capture.tables(execution, namespace, names)

    def _show_result(self, value: Any, execution: Execution) -> None:
        self._capture.show.value(value, execution, as_result=True)

    def _next_execution_id(self) -> str:
        return f"{self._prefix}-{next(self._numbers)}"

    def _new_execution(self, kernel: Kernel, cell_id: str, on_output: OnOutput | None) -> Execution:
        execution_id = self._next_execution_id()
        notebook_id = kernel.notebook_id  # all that the record may keep of the kernel

        def artifact_path(name: str) -> Path:
            folder = self.artifacts_dir(notebook_id)
            folder.mkdir(parents=True, exist_ok=True)
            return folder / f"{execution_id}-{name}"

        execution = Execution(
            execution_id=execution_id,
            cell_id=cell_id,
            notebook_id=notebook_id,
            settings=kernel.settings,
            artifact_path=artifact_path,
            on_output=on_output,
            started_at=datetime.now(UTC),
        )
        execution.display = self._display
        execution.displays = kernel.displays
        execution.kept = kernel.kept
        execution.bridge = kernel.bridge
        return execution

    def _read_only(self, kernel: Kernel) -> Guard:
        """What holds a cell to READ_ONLY, imported only by who wants that."""
        home = import_module("..policy.read_only", __package__)
        places = [kernel.folder, self._kernels.folder(kernel.notebook_id, "data")]
        places += self.settings.input_folders
        guard: Guard = home.ReadOnly(kernel.namespace, places)
        return guard


def _refuse_stuck(kernel: Kernel) -> None:
    stuck = kernel.stuck
    if stuck is not None:
        raise NotebookStuckError(
            f"Notebook {kernel.notebook_id!r} is stuck: cell {stuck.cell_id!r} could not be "
            "stopped and still runs (it is inside a C call or refuses the interrupt). Wait until "
            "it ends, or restart the notebook."
        )


def _refuse_own(kernel: Kernel, what: str) -> None:
    cell = CURRENT.get()
    if cell is not None and cell is kernel.running:
        raise ReentryError(
            f"Cell {cell.cell_id!r} asked to {what} its own notebook {kernel.notebook_id!r}; it "
            "has to end first."
        )
