"""What every engine does: `ExecutionService` in this process is the measure.

A test module of an engine subclasses `Conformance` and gives it the fixture `open_engine`, which
opens an engine on a folder of its own or a given one. What an engine cannot do is skipped by name.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.engines.base import Assisting, Engine, GoingBack, Inspecting, Tabling
from nbengine.errors import (
    GoneTableError,
    InvalidCodeError,
    InvalidIdError,
    InvalidInputError,
    NbengineError,
    UnknownExecutionError,
    UnknownSnapshotError,
    UnknownTableError,
)
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.models.outputs import DisplayData, ExecuteResult
from tests.conftest import PATIENCE, until
from tests.engines.cells import CASES, Case
from tests.engines.normalised import normalised

OpenEngine = Callable[[Path], Engine]
"""Opens an engine whose notebooks are kept in this folder, with snapshots if it can."""
BAD_ARGUMENTS: dict[str, dict[str, Any]] = {
    "a notebook id that is a path": {"notebook_id": "../n"},
    "a notebook id that is no text": {"notebook_id": 7},
    "an empty notebook id": {"notebook_id": ""},
    "a cell id that is a path": {"cell_id": "a/b"},
    "a cell id that is none": {"cell_id": None},
    "code that is bytes": {"code": b"1"},
    "code that is None": {"code": None},
    "no time": {"timeout": 0},
    "negative time": {"timeout": -1},
    "time that is no number": {"timeout": "5"},
    "time that is not a number": {"timeout": float("nan")},
    "too much time": {"timeout": 1e12},
    "user expressions that are none": {"user_expressions": 5},
    "user expressions that are no text": {"user_expressions": {"a": 5}},
    "user expressions without names": {"user_expressions": {1: "x"}},
}


class Own(Exception):
    """Of the caller's, whom no cell knows."""


class OwnBase(BaseException):
    """The same, and no `Exception`."""


class OwnOSError(FileNotFoundError):
    """The same, under one of Python's."""


class Wordless(ValueError):
    """One whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


RAISED: dict[str, BaseException] = {
    "the end": EOFError("closed"),
    "one without words": ValueError(),
    "an error of the system": FileNotFoundError(2, "gone", "file"),
    "one that takes more than words": UnicodeDecodeError("utf-8", b"a", 0, 1, "bad"),
    "one of the caller's": Own("x"),
    "one of two arguments": Own(1, "two"),
    "one of the caller's that is no Exception": OwnBase("y"),
    "one of the caller's under Python's": OwnOSError(2, "gone", "file"),
    "one whose words fail": Wordless(),
    "a group": ExceptionGroup("group", [ValueError(1)]),
    "an interrupt": KeyboardInterrupt(),
    "an exit": SystemExit(3),
}
"""What handlers raise."""
NO_HANDLERS: dict[str, Any] = {
    "a number": lambda _prompt, _password: 7,
    "nothing": lambda _prompt, _password: None,
    "bytes": lambda _prompt, _password: b"x",
    "too few parameters": lambda: "x",
}
"""What does not answer as a handler does."""
TABLES = """
import numpy as np, pandas as pd, polars as pl, pyarrow as pa
df = pd.DataFrame(
    {"a": [3, 1, None, 2], "b": ["x", None, "y", "x"], "m": [1, "a", [1], None]},
    index=pd.date_range("2020-01-01", periods=4, name="day"),
)
pf = pl.DataFrame({"a": [3, 1, None, 2], "b": ["x", None, "y", "x"]})
at = pa.table({"a": [3, 1, None, 2], "b": ["x", None, "y", "x"]})
rec = np.array([(3, b"x"), (1, b"y")], dtype=[("a", "f4"), ("b", "S1")])
s = pd.Series([3.0, float("nan"), float("inf")], name="a")
"""
TABLE_NAMES = ("df", "pf", "at", "rec", "s", "np", "nothing")
TABLE_QUERIES: dict[str, dict[str, Any]] = {
    "all": {},
    "sorted": {"sort": [{"column": "a", "ascending": False}], "limit": 2},
    "some": {"filter": [{"column": "a", "op": ">", "value": 1}], "offset": 1},
    "none": {"search": "nowhere", "columns": ["a"]},
    "of an unknown column": {"columns": ["c"]},
    "without sense": {"limit": 10_000},
}
REFUSALS = (InvalidIdError, InvalidCodeError, InvalidInputError)


class Notebook:
    """One notebook of an engine, under a name that no other test has."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.id = f"n{uuid4().hex[:12]}"
        self._numbers = itertools.count(1)

    def __call__(self, code: str, **options: Any) -> ExecutionResult:
        """Run a cell."""
        return self.engine.execute_code(code, f"c{next(self._numbers)}", self.id, **options)

    def value(self, code: str) -> str:
        """The text of an expression's value."""
        return shown(self(code))


def shown(result: ExecutionResult) -> str:
    """The text of the value that a cell ended with."""
    assert result.error is None, result.error.traceback
    output = result.outputs[-1]
    assert isinstance(output, ExecuteResult)
    text = output.data["text/plain"]
    assert isinstance(text, str)
    return text


def helpful(engine: Engine) -> Assisting:
    """The engine, if it helps who writes code; else the test is skipped and says so."""
    if not isinstance(engine, Assisting):
        pytest.skip(f"{type(engine).__name__} is not Assisting")
    return engine


def inspecting(engine: Engine) -> Inspecting:
    """The engine, if it lists variables; else the test is skipped and says so."""
    if not isinstance(engine, Inspecting):
        pytest.skip(f"{type(engine).__name__} is not Inspecting")
    return engine


def tabling(engine: Engine) -> Tabling:
    """The engine, if it shows whole tables; else the test is skipped and says so."""
    if not isinstance(engine, Tabling):
        pytest.skip(f"{type(engine).__name__} is not Tabling")
    return engine


def reversible(engine: Engine) -> GoingBack:
    """The engine, if it brings earlier variables back; else the test is skipped and says so."""
    if not isinstance(engine, GoingBack):
        pytest.skip(f"{type(engine).__name__} is not GoingBack")
    return engine


class Conformance:
    """Tests of any engine."""

    @pytest.fixture
    def open_engine(self) -> OpenEngine:
        """To be given by the subclass."""
        raise NotImplementedError

    @pytest.fixture
    def engine(self, open_engine: OpenEngine, tmp_path: Path) -> Iterator[Engine]:
        """An engine; a subclass may lend one that is open for longer."""
        with open_engine(tmp_path / "engine") as engine:
            yield engine

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        """The folder of that engine's notebooks."""
        return tmp_path / "engine"

    @pytest.fixture
    def notebook(self, engine: Engine) -> Notebook:
        """A fresh notebook."""
        return Notebook(engine)

    @pytest.fixture
    def other(self, engine: Engine) -> Notebook:
        """Another one of the same engine."""
        return Notebook(engine)

    # ------------------------------------------------ the same as in process

    @pytest.mark.parametrize("name", CASES)
    def test_a_cell_gives_what_it_gives_in_process(
        self, engine: Engine, notebook: Notebook, root: Path, tmp_path: Path, name: str
    ) -> None:
        """Outputs, tables, warnings, error, count, state and cuts are equal."""
        case, reference = CASES[name], tmp_path / "reference"
        snapshots = isinstance(engine, GoingBack)
        with ExecutionService(
            workspace_dir=reference, own_descriptors=True, snapshots=snapshots
        ) as service:
            measure = _run_all(service, notebook.id, case, reference)
        assert _run_all(engine, notebook.id, case, root) == measure

    # ------------------------------------------------ contract

    def test_it_is_an_engine(self, engine: Engine) -> None:
        """It has the methods of the Protocol."""
        assert isinstance(engine, Engine)

    @pytest.mark.parametrize("name", BAD_ARGUMENTS)
    def test_arguments_that_make_no_sense(self, engine: Engine, name: str) -> None:
        """They are refused with the error and the words that `ExecutionService` has for them."""
        arguments = {"code": "1", "cell_id": "c", "notebook_id": "n"} | BAD_ARGUMENTS[name]
        with ExecutionService() as service, pytest.raises(REFUSALS) as measure:
            service.execute_code(**arguments)
        with pytest.raises(REFUSALS) as refused:
            engine.execute_code(**arguments)
        assert (refused.type, str(refused.value)) == (measure.type, str(measure.value))

    @pytest.mark.parametrize("method", ["interrupt", "restart"])
    def test_ids_that_could_be_paths(self, engine: Engine, method: str) -> None:
        """No method takes one."""
        with pytest.raises(InvalidIdError, match="cannot be a notebook id"):
            getattr(engine, method)("../n")

    def test_a_result_can_be_asked_for_again(self, notebook: Notebook) -> None:
        """By its execution id, and it is the same."""
        result = notebook("print('a')\n5")
        notebook("6")
        assert notebook.engine.result(result.execution_id) == result

    def test_a_result_that_never_was(self, engine: Engine) -> None:
        """The error is the one that `ExecutionService` raises."""
        with ExecutionService() as service, pytest.raises(UnknownExecutionError) as measure:
            service.result("never")
        with pytest.raises(UnknownExecutionError) as refused:
            engine.result("never")
        assert str(refused.value) == str(measure.value)

    def test_execution_ids_differ(self, notebook: Notebook, other: Notebook) -> None:
        """Each run has its own, whatever its notebook."""
        ids = [run("1").execution_id for run in (notebook, other, notebook, other)]
        assert len(set(ids)) == 4

    def test_results_are_json(self, notebook: Notebook) -> None:
        """A result goes through JSON unchanged."""
        result = notebook("float('nan')")
        assert ExecutionResult.model_validate_json(result.model_dump_json()) == result

    # ------------------------------------------------ output as it comes

    def test_output_comes_in_order_while_the_cell_runs(self, notebook: Notebook) -> None:
        """Text, displays, updates, clearing and errors are told as they happen."""
        events: list[OutputEvent] = []
        result = notebook(
            "print('a')\nh = display('one', display_id=True)\nprint('b')\nh.update('two')\n"
            "from IPython.display import clear_output\nclear_output()\nprint('c')\n1 / 0",
            on_output=events.append,
        )
        kinds = [kind for kind, _ in itertools.groupby(events, lambda event: event.event)]
        assert kinds == ["text", "output", "text", "update", "clear", "text", "output"]
        told = {getattr(event, "execution_id", None) for event in events}
        assert told == {result.execution_id}

    def test_output_comes_before_the_cell_ends(self, notebook: Notebook, tmp_path: Path) -> None:
        """The cell goes on only once its first output was heard."""
        go_on = tmp_path / "go on"
        result = notebook(
            f"import os, time\nprint('first', flush=True)\n"
            f"while not os.path.exists({str(go_on)!r}): time.sleep(0.001)\nprint('second')",
            on_output=lambda _: go_on.touch(),
            timeout=PATIENCE,
        )
        assert (result.status, result.stdout) == ("ok", "first\nsecond\n")

    def test_a_listener_that_fails_breaks_nothing(self, notebook: Notebook) -> None:
        """What `on_output` raises is its own affair."""

        def fail(_event: OutputEvent) -> None:
            raise ValueError("not mine")

        result = notebook("print('a')\ndisplay(1)\n2", on_output=fail)
        assert result.status == "ok"
        assert [output.output_type for output in result.outputs] == [
            "stream",
            "display_data",
            "execute_result",
        ]
        assert notebook.value("'next'") == "'next'"

    @pytest.mark.parametrize("error", [Own("x"), OwnBase("y"), SystemExit(3), KeyboardInterrupt()])
    def test_what_a_listener_raises(self, notebook: Notebook, error: BaseException) -> None:
        """An `Exception` is its own affair; anything else ends the cell, as if it had met it."""

        def fail(_event: OutputEvent) -> None:
            raise error

        goes_on = isinstance(error, Exception)
        code = "print('a', flush=True)\n" + ("" if goes_on else "import time\ntime.sleep(600)")
        with ExecutionService(snapshots=False) as service:
            due = Notebook(service)(code, on_output=fail)
        assert _told(notebook(code, on_output=fail)) == _told(due)
        assert notebook.value("'next'") == "'next'"

    def test_output_after_the_end(self, notebook: Notebook) -> None:
        """What a thread writes later is told, and stands in the result that is asked for then."""
        events: list[OutputEvent] = []
        result = notebook(
            "import threading\ngo_on = threading.Event()\n"
            "def late():\n    go_on.wait(60)\n    print('late')\n"
            "thread = threading.Thread(target=late)\nthread.start()\nprint('in time')",
            on_output=events.append,
        )
        assert result.stdout == "in time\n"
        notebook("go_on.set()\nthread.join()")
        until(lambda: _text(events) == "in time\nlate\n")
        until(lambda: notebook.engine.result(result.execution_id).stdout == "in time\nlate\n")

    def test_large_outputs(self, notebook: Notebook) -> None:
        """A display of many megabytes arrives whole."""
        result = notebook("display({'text/plain': 'p', 'text/html': 'x' * 30_000_000}, raw=True)")
        (output,) = result.outputs
        assert isinstance(output, DisplayData)
        assert len(str(output.data["text/html"])) == 30_000_000

    def test_large_code(self, notebook: Notebook) -> None:
        """A cell of many megabytes arrives whole."""
        assert notebook.value(f"text = '{'y' * 5_000_000}'\nlen(text)") == "5000000"

    # ------------------------------------------------ input

    @pytest.mark.parametrize("name", RAISED)
    def test_what_the_handler_raises_comes_out_of_input(
        self, notebook: Notebook, name: str
    ) -> None:
        """The cell can catch it where it asked, by any name of Python's, or fails with it."""

        def fail(_prompt: str, _password: bool) -> str:
            raise RAISED[name]

        with ExecutionService(snapshots=False) as service:
            measure, caught = (
                Notebook(service),
                "try: input()\nexcept {} as e: print(type(e).__name__)",
            )
            for code in ("input()", *(caught.format(base) for base in _python_s_own(RAISED[name]))):
                assert _told(notebook(code, stdin=fail)) == _told(measure(code, stdin=fail))

    @pytest.mark.parametrize("name", NO_HANDLERS)
    def test_handlers_that_are_none(self, notebook: Notebook, name: str) -> None:
        """What they give, or cannot, is an error of the cell that asked, which it can catch."""
        with ExecutionService(snapshots=False) as service:
            measure = Notebook(service)
            for code in ("input()", "try: input()\nexcept TypeError as e: print(e)"):
                given, due = (each(code, stdin=NO_HANDLERS[name]) for each in (notebook, measure))
                assert _told(given) == _told(due)
        assert notebook.value("1 + 1") == "2"

    def test_many_lines_of_input(self, notebook: Notebook) -> None:
        """Each answer comes to the question it is for."""
        result = notebook(
            "print([input(str(n)) for n in range(100)] == [str(n) * 2 for n in range(100)])",
            stdin=lambda prompt, _: prompt * 2,
        )
        assert result.stdout == "True\n"

    # ------------------------------------------------ ending early

    def test_a_timeout(self, notebook: Notebook) -> None:
        """The cell ends, keeps what it showed, and the next one finds the variables."""
        result = notebook("import time\nx = 5\nprint('shown')\ntime.sleep(600)", timeout=0.2)
        assert (result.status, result.stdout) == ("timeout", "shown\n")
        assert result.error is not None
        assert result.error.type == "TimeoutError"
        assert result.error.message == "Execution timed out after 0.2 seconds"
        assert notebook.value("x") == "5"

    def test_a_timeout_that_is_caught(self, notebook: Notebook) -> None:
        """The cell may tidy up; it timed out all the same."""
        result = notebook(
            "import time\ntry: time.sleep(600)\nfinally: print('tidied')", timeout=0.2
        )
        assert (result.status, result.stdout) == ("timeout", "tidied\n")

    def test_a_timeout_of_what_is_awaited(self, notebook: Notebook) -> None:
        """It is cancelled."""
        assert notebook("import asyncio\nawait asyncio.sleep(600)", timeout=0.2).status == "timeout"
        assert notebook.value("1 + 1") == "2"

    @pytest.mark.parametrize(
        "code",
        [
            "while True: pass",
            "import time\ntime.sleep(600)",
            "import asyncio\nawait asyncio.sleep(600)",
            "import subprocess\nsubprocess.run(['sleep', '600'])",
        ],
        ids=["loop", "sleep", "await", "child"],
    )
    def test_an_interrupt(self, notebook: Notebook, callers: ThreadPoolExecutor, code: str) -> None:
        """Another thread ends the cell that runs; its outputs stay, and the notebook goes on."""
        running = _start(notebook, callers, f"x = 5\nprint('shown')\n{code}", timeout=600)
        assert notebook.engine.interrupt(notebook.id)
        result = running.result(PATIENCE)
        assert (result.status, result.stdout) == ("interrupted", "shown\n")
        assert result.error is not None
        assert result.error.type == "KeyboardInterrupt"
        assert notebook.value("x") == "5"

    def test_an_interrupt_of_nothing(self, notebook: Notebook) -> None:
        """It is fine, before the first cell and after it, and hits no later cell."""
        assert notebook.engine.interrupt(notebook.id)
        notebook("x = 1")
        assert notebook.engine.interrupt(notebook.id)
        assert notebook.value("x") == "1"

    def test_many_interrupts(self, notebook: Notebook, callers: ThreadPoolExecutor) -> None:
        """Each cell is ended by its own interrupt and none by that of an earlier one."""
        for number in range(5):
            running = _start(notebook, callers, f"print({number})\nwhile True: pass", timeout=600)
            assert notebook.engine.interrupt(notebook.id)
            assert running.result(PATIENCE).status == "interrupted"
            assert notebook.value(str(number)) == str(number)

    def test_an_error_ends_those_that_wait(
        self, notebook: Notebook, callers: ThreadPoolExecutor, tmp_path: Path
    ) -> None:
        """With `stop_on_error`; a cell that is asked for later runs."""
        go_on = tmp_path / "go on"
        first = _start(
            notebook,
            callers,
            f"import os, time\nprint('started')\n"
            f"while not os.path.exists({str(go_on)!r}): time.sleep(0.001)\n1 / 0",
            stop_on_error=True,
            timeout=PATIENCE,
        )
        begun = threading.Barrier(3)

        def ask() -> ExecutionResult:
            begun.wait()
            return notebook("made = True")

        waiting = [callers.submit(ask) for _ in range(2)]
        begun.wait()
        threading.Event().wait(0.2)  # Both are past the line above, and on their way.
        go_on.touch()
        assert first.result(PATIENCE).status == "error"
        assert [each.result(PATIENCE).status for each in waiting] == ["aborted", "aborted"]
        assert notebook.value("'made' in globals()") == "False"

    # ------------------------------------------------ restart

    def test_a_restart(self, notebook: Notebook) -> None:
        """Variables, count and history are gone."""
        notebook("x = 1")
        notebook.engine.restart(notebook.id)
        result = notebook("'x' in globals(), len(In)")
        assert (shown(result), result.execution_count) == ("(False, 2)", 1)

    def test_a_restart_of_nothing(self, notebook: Notebook) -> None:
        """A notebook that was never used can be restarted."""
        notebook.engine.restart(notebook.id)
        assert notebook.value("1 + 1") == "2"

    def test_a_restart_ends_what_runs(
        self, notebook: Notebook, callers: ThreadPoolExecutor
    ) -> None:
        """The cell is interrupted, the next one finds nothing."""
        running = _start(notebook, callers, "x = 1\nprint()\nwhile True: pass", timeout=600)
        notebook.engine.restart(notebook.id)
        assert running.result(PATIENCE).status == "interrupted"
        assert notebook.value("'x' in globals()") == "False"

    # ------------------------------------------------ several at once

    def test_two_notebooks_share_nothing(self, notebook: Notebook, other: Notebook) -> None:
        """Not variables, not modules' attributes, not the working folder."""
        notebook("x = 1\nimport os\nos.environ['OF_ONE'] = '1'")
        other("x = 2")
        assert (notebook.value("x"), other.value("x")) == ("1", "2")
        assert notebook.value("os.getcwd()") != other.value("import os\nos.getcwd()")

    def test_two_notebooks_at_once(
        self, notebook: Notebook, other: Notebook, callers: ThreadPoolExecutor
    ) -> None:
        """Each result has its own output, whatever the other writes meanwhile."""
        code = "for i in range(2_000): print({!r}, flush=not i % 100)"
        runs = [(each, callers.submit(each, code.format(each.id))) for each in (notebook, other)]
        for each, run in runs:
            assert run.result(PATIENCE).stdout == f"{each.id}\n" * 2_000

    def test_twenty_callers(self, notebook: Notebook, callers: ThreadPoolExecutor) -> None:
        """Every call is answered once, each with its own result."""
        notebook("total = 0")
        asked = [callers.submit(notebook.value, f"total += 1\n{number}") for number in range(20)]
        assert [each.result(PATIENCE) for each in asked] == [str(number) for number in range(20)]
        assert notebook.value("total") == "20"

    # ------------------------------------------------ help for who writes code

    def test_completion(self, engine: Engine, notebook: Notebook) -> None:
        """Names of the notebook are offered."""
        assisting = helpful(engine)
        notebook("a_long_name = [1]")
        assert "a_long_name" in assisting.complete("a_lo", 4, notebook.id).matches
        assert "append" in str(assisting.complete("a_long_name.app", 15, notebook.id).matches)

    def test_inspection(self, engine: Engine, notebook: Notebook) -> None:
        """It tells of a function of the notebook, and of nothing where there is nothing."""
        assisting = helpful(engine)
        notebook("def f(x):\n    '''What f does.'''")
        found = assisting.inspect("f", 1, notebook.id, detail_level=1)
        assert found.found
        assert "What f does." in str(found.data)
        assert not assisting.inspect("nothing_there", 3, notebook.id).found

    @pytest.mark.parametrize("code", ["x = 1", "for", "if x:", "x = (", "'''"])
    def test_completeness(self, engine: Engine, code: str) -> None:
        """It is judged as `ExecutionService` does."""
        assisting = helpful(engine)
        with ExecutionService() as service:
            assert assisting.is_complete(code) == service.is_complete(code)

    def test_help_while_a_cell_runs(
        self, engine: Engine, notebook: Notebook, callers: ThreadPoolExecutor
    ) -> None:
        """Completion, inspection and completeness do not wait for it."""
        assisting = helpful(engine)
        running = _start(
            notebook, callers, "import time\nname = [1]\nprint()\ntime.sleep(600)", timeout=600
        )
        assert "name" in assisting.complete("nam", 3, notebook.id).matches
        assert assisting.inspect("name", 2, notebook.id).found
        assert assisting.is_complete("(", notebook.id).status == "incomplete"
        assert not running.done()
        engine.interrupt(notebook.id)
        running.result(PATIENCE)

    def test_help_with_bad_ids(self, engine: Engine) -> None:
        """An id that could be a path is refused."""
        assisting = helpful(engine)
        with pytest.raises(InvalidIdError):
            assisting.complete("x", 1, "../n")
        with pytest.raises(InvalidIdError):
            assisting.inspect("x", 1, "../n")
        with pytest.raises(InvalidIdError):
            assisting.is_complete("x", "../n")

    # ------------------------------------------------ variables and tables

    def test_variables(self, engine: Engine, notebook: Notebook) -> None:
        """They are listed as `ExecutionService` does."""
        listing = inspecting(engine)
        notebook(TABLES)
        with ExecutionService(snapshots=False) as service:
            service.execute_code(TABLES, "c", "n")
            assert listing.variables(notebook.id) == service.variables("n")

    @pytest.mark.parametrize("query", TABLE_QUERIES)
    def test_a_table(self, engine: Engine, notebook: Notebook, query: str) -> None:
        """Its windows are those that `ExecutionService` gives, or its refusals."""
        whole, asked = tabling(engine), TABLE_QUERIES[query]
        notebook(TABLES)
        with ExecutionService(snapshots=False) as service:
            service.execute_code(TABLES, "c", "n")
            for name in TABLE_NAMES:
                given = _answer(whole.table_window, notebook.id, f"variable:{name}", asked)
                assert given == _answer(service.table_window, "n", f"variable:{name}", asked)

    def test_a_profile_of_a_table(self, engine: Engine, notebook: Notebook) -> None:
        """It is that of `ExecutionService`, of the columns that are named or of all."""
        whole = tabling(engine)
        notebook(TABLES)
        with ExecutionService(snapshots=False) as service:
            service.execute_code(TABLES, "c", "n")
            for name, columns in itertools.product(TABLE_NAMES, (None, ["a"], ["c"])):
                given = _answer(whole.table_profile, notebook.id, f"variable:{name}", columns)
                assert given == _answer(service.table_profile, "n", f"variable:{name}", columns)

    def test_a_shown_table(self, engine: Engine, notebook: Notebook) -> None:
        """One without a name is found by its handle, until the notebook is restarted."""
        whole = tabling(engine)
        (table, *_) = notebook(f"{TABLES}\ndisplay(pf.sort('a'))").tables
        assert table.handle is not None
        assert whole.table_window(notebook.id, table.handle).rows == table.rows
        engine.restart(notebook.id)
        with pytest.raises(GoneTableError):
            whole.table_window(notebook.id, table.handle)

    @pytest.mark.parametrize("form", ["csv", "parquet", "arrow"])
    def test_a_file_of_a_table(self, engine: Engine, notebook: Notebook, form: Any) -> None:
        """It is there whole when its path is told; who asked deletes it."""
        whole = tabling(engine)
        notebook(TABLES)
        with ExecutionService(snapshots=False) as service:
            service.execute_code(TABLES, "c", "n")
            due = service.table_file("n", "variable:pf", TABLE_QUERIES["sorted"], form)
            given = whole.table_file(notebook.id, "variable:pf", TABLE_QUERIES["sorted"], form)
            assert given.read_bytes() == due.read_bytes()
        assert [given.parent.name, given.parent.parent.name] == ["artifacts", notebook.id]
        given.unlink()

    def test_tables_while_a_cell_runs(
        self, engine: Engine, notebook: Notebook, callers: ThreadPoolExecutor
    ) -> None:
        """Variables, windows and profiles do not wait for it."""
        whole, listing = tabling(engine), inspecting(engine)
        notebook(TABLES)
        running = _start(notebook, callers, "import time\nprint()\ntime.sleep(600)", timeout=600)
        window = whole.table_window(notebook.id, "variable:df", TABLE_QUERIES["sorted"])
        assert window.row_numbers == [0, 3]
        assert whole.table_profile(notebook.id, "variable:df").total_rows == 4
        assert "df" in {variable.name for variable in listing.variables(notebook.id)}
        assert not running.done()
        engine.interrupt(notebook.id)
        running.result(PATIENCE)

    def test_tables_of_a_read_only_cell(self, engine: Engine, notebook: Notebook) -> None:
        """They are looked at, and written for download, as any others."""
        whole = tabling(engine)
        result = notebook("import pandas as pd\ndf = pd.DataFrame({'a': [2, 1]})", mode="read_only")
        assert result.error is None
        window = whole.table_window(notebook.id, "variable:df", TABLE_QUERIES["sorted"])
        assert window.rows == [[2], [1]]
        path = whole.table_file(notebook.id, "variable:df")
        assert path.read_text() == "a\n2\n1\n"
        path.unlink()

    def test_tables_outlive_the_engine(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        """Who asks another engine on the same folder gets back what was saved."""
        folder = tmp_path / "kept"
        with open_engine(folder) as engine:
            tabling(engine)
            engine.execute_code("import pandas as pd\ndf = pd.DataFrame({'a': [1]})", "c", "n")
        with open_engine(folder) as engine:
            assert tabling(engine).table_window("n", "variable:df").rows == [[1]]
            assert [each.name for each in inspecting(engine).variables("n")] == ["df", "pd"]

    def test_variables_of_a_notebook_that_never_ran(
        self, engine: Engine, notebook: Notebook
    ) -> None:
        """There are none, and no tables."""
        assert inspecting(engine).variables(notebook.id) == []
        with pytest.raises(UnknownTableError):
            tabling(engine).table_window(notebook.id, "variable:df")

    # ------------------------------------------------ back in time

    def test_variables_outlive_the_engine(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        """Another engine on the same folder goes on with variables, aliases and count."""
        folder = tmp_path / "kept"
        with open_engine(folder) as engine:
            reversible(engine)
            engine.execute_code("x = [1]\ny = x\ndef f(): return x", "c1", "n")
        with open_engine(folder) as engine:
            result = engine.execute_code("x, y is x, f() is x", "c2", "n")
        assert (shown(result), result.execution_count) == ("([1], True, True)", 2)

    def test_undo_and_restore(self, engine: Engine, notebook: Notebook) -> None:
        """Earlier variables come back, by one step or by the number of a snapshot."""
        going_back = reversible(engine)
        for number in range(3):
            notebook(f"x = {number}")
        first, *_, last = going_back.history(notebook.id)
        going_back.undo(notebook.id)
        assert notebook.value("x") == "1"
        going_back.restore_state(notebook.id, first.id)
        assert notebook.value("x") == "0"
        going_back.restore_state(notebook.id, last.id)
        assert notebook.value("x") == "2"

    def test_history_tells_of_cells(self, engine: Engine, notebook: Notebook) -> None:
        """Which cell made a snapshot, with its source."""
        going_back = reversible(engine)
        notebook("x = 1")
        (made,) = going_back.history(notebook.id)
        assert (made.cell_id, made.source, made.added) == ("c1", "x = 1", ("x",))

    def test_snapshots_that_never_were(self, engine: Engine, notebook: Notebook) -> None:
        """They are unknown, and the notebook is as it was."""
        going_back = reversible(engine)
        notebook("x = 1")
        with pytest.raises(UnknownSnapshotError):
            going_back.restore_state(notebook.id, 999)
        assert notebook.value("x") == "1"

    def test_no_history_yet(self, engine: Engine, notebook: Notebook) -> None:
        """A notebook without a state has none to tell of."""
        with pytest.raises(NbengineError):
            reversible(engine).history(notebook.id)

    # ------------------------------------------------ the end

    def test_closing_twice(self, open_engine: OpenEngine, tmp_path: Path) -> None:
        """The second time there is nothing to do."""
        engine = open_engine(tmp_path / "closed")
        engine.execute_code("1", "c", "n")
        engine.close()
        engine.close()

    def test_closing_ends_what_runs(
        self, open_engine: OpenEngine, tmp_path: Path, callers: ThreadPoolExecutor
    ) -> None:
        """A cell that runs is interrupted; its caller hears of that."""
        engine = open_engine(tmp_path / "closed")
        notebook = Notebook(engine)
        running = _start(notebook, callers, "print()\nwhile True: pass", timeout=600)
        engine.close()
        assert running.result(PATIENCE).status == "interrupted"


def _answer(ask: Callable[..., Any], *asked: Any) -> Any:
    """What is answered, or how it is refused; without what names the process."""
    try:
        return ask(*asked).model_dump(mode="json", exclude={"revision"})
    except NbengineError as error:
        return type(error), str(error)


def _run_all(engine: Engine, notebook_id: str, case: Case, root: Path) -> list[dict[str, Any]]:
    """What the cells of a case give, one after another."""
    given: list[dict[str, Any]] = []
    for number, code in enumerate(case.before):
        result = engine.execute_code(code, f"before{number}", notebook_id)
        given.append(normalised(result, root, case.vague))
    result = engine.execute_code(case.code, "cell", notebook_id, **case.options)
    return [*given, normalised(result, root, case.vague)]


def _start(
    notebook: Notebook, callers: ThreadPoolExecutor, code: str, **options: Any
) -> Future[ExecutionResult]:
    """Run a cell in another thread; returns once it has shown something."""
    has_shown = threading.Event()
    running = callers.submit(notebook, code, on_output=lambda _: has_shown.set(), **options)
    assert has_shown.wait(PATIENCE)
    return running


def _told(result: ExecutionResult) -> tuple[Any, ...]:
    """What the caller sees of an ending."""
    error = result.error and (result.error.type, result.error.message)
    return result.status, error, result.stdout, [each.output_type for each in result.outputs]


def _python_s_own(error: BaseException) -> list[str]:
    """Names of its class's ancestors that every process knows, but for those of groups."""
    names = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
    return [name for name in names if name != "object" and "Group" not in name]


def _text(events: list[OutputEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextWritten))
