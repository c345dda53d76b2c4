"""What a notebook registers with IPython and what then fails: told, and the notebook goes on."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from nbengine import ExecutionService
from tests.conftest import Run, until
from tests.runtime.ipython.cells import value

TAKEN_OUT = "[a transformer of cells failed: the notebook's own are taken out]\n"
PLACES = ["input_transformers_post", "input_transformers_cleanup"]
FAULTY = {
    "raises": ("1 / 0", "ZeroDivisionError"),
    "returns nothing": ("None", "TypeError"),
    "returns a number": ("7", "TypeError"),
    "leaves": ("leave()", "SystemExit"),
    "interrupts": ("stop()", "KeyboardInterrupt"),
}
LEAVE = "def leave(): raise SystemExit(2)\ndef stop(): raise KeyboardInterrupt\n"


@pytest.mark.usefixtures("next_cell")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTY)
def test_a_transformer_of_lines_that_fails(fault: str, place: str, run: Run) -> None:
    """The cell that it was to read fails and does not run; then it is gone."""
    body, error = FAULTY[fault]
    run(f"{LEAVE}ran = []\nget_ipython().{place}.append(lambda lines: {body})")
    failed = run("ran.append(1)")
    assert failed.error is not None
    assert (failed.error.type, failed.stderr) == (error, TAKEN_OUT)
    assert value(run("%precision 3\nran")) == "[]"


@pytest.mark.parametrize("wrong", ["[7]", "7"])
def test_what_is_no_transformer(wrong: str, run: Run) -> None:
    """Nor are its lines lines: as one that fails."""
    code = wrong if wrong == "7" else f"lambda lines: {wrong}"
    run(f"get_ipython().input_transformers_post.append({code})")
    assert run("1").stderr == TAKEN_OUT
    assert value(run("1")) == "1"


@pytest.mark.parametrize("place", PLACES)
def test_a_transformer_may_refuse_a_cell(place: str, run: Run) -> None:
    """By a syntax error, as IPython means it: the cell does not run, the transformer stays."""
    run(
        "ran = []\ndef refuse(lines):\n"
        "    if any('no' in line for line in lines): raise SyntaxError('not here')\n"
        f"    return lines\nget_ipython().{place}.append(refuse)"
    )
    for _ in range(2):
        refused = run("ran.append('no')")
        assert refused.error is not None
        assert (refused.error.type, refused.error.message) == ("SyntaxError", "not here")
    assert value(run("ran")) == "[]"


def test_a_transformer_that_never_ends(run: Run) -> None:
    """The timeout ends it, and takes it out."""
    run(
        "def forever(lines):\n    while True: pass\n"
        "get_ipython().input_transformers_post.append(forever)"
    )
    assert run("1", timeout=0.3).status == "timeout"
    assert value(run("1")) == "1"


TREES = """
import ast
from IPython.core.error import InputRejected
class Mine(ast.NodeTransformer):
    def visit_Module(self, node):
        {body}
get_ipython().ast_transformers.append(Mine());
"""


@pytest.mark.usefixtures("next_cell")
@pytest.mark.parametrize(
    "body, error",
    [
        ("return None", "AttributeError"),
        ("return 7", "AttributeError"),
        ("return ast.Expression(ast.Constant(1))", "TypeError"),
        ("node.body.append(7); return node", "TypeError"),
        ("raise SystemExit(2)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_transformer_of_trees_that_fails(body: str, error: str, run: Run) -> None:
    """As one of lines: the cell fails without having run, then it is gone."""
    run("ran = []" + TREES.format(body=body))
    failed = run("ran.append(1)")
    assert failed.error is not None
    assert (failed.error.type, failed.stderr) == (error, TAKEN_OUT)
    assert value(run("ran")) == "[]"


@pytest.mark.usefixtures("next_cell")
def test_a_transformer_of_trees_that_raises(run: Run) -> None:
    """IPython itself takes it out, with a warning, and the cell runs."""
    run(TREES.format(body="1 / 0"))
    result = run("2 + 2")
    assert value(result) == "4"
    assert "threw an error. It will be unregistered." in result.stderr


def test_a_transformer_of_trees_may_refuse_a_cell(run: Run) -> None:
    """By `InputRejected`; it stays."""
    run(TREES.format(body="raise InputRejected('not here')"))
    for _ in range(2):
        refused = run("1")
        assert refused.error is not None
        assert (refused.error.type, refused.stderr) == ("InputRejected", "")


EVENTS = ["pre_execute", "pre_run_cell", "post_execute", "post_run_cell"]


@pytest.mark.parametrize("body", ["1 / 0", "leave()", "stop()", "undefined"])
@pytest.mark.parametrize("event", EVENTS)
def test_a_callback_that_raises(event: str, body: str, run: Run) -> None:
    """Its error is shown, the cell runs and succeeds or fails as it would without."""
    run(f"{LEAVE}get_ipython().events.register({event!r}, lambda *_: {body})")
    result = run("print('ran')")
    assert (result.status, result.error) == ("ok", None)
    assert "ran\n" in result.stdout
    assert [o.output_type for o in result.outputs].count("error") == 1
    failed = run("[][0]").error
    assert failed is not None
    assert failed.type == "IndexError"


@pytest.mark.parametrize("event", EVENTS)
def test_a_callback_that_never_ends(event: str, run: Run) -> None:
    """The timeout ends it; after one that comes before the cell, the cell does not run."""
    run(
        "ran = []\ndef forever(*_):\n    while waits: pass\nwaits = False\n"
        f"get_ipython().events.register({event!r}, forever)"
    )
    run("waits = True", timeout=0.3)
    result = run("ran.append(1)", timeout=0.3)
    assert result.status == "timeout"
    assert result.error is not None
    assert result.error.type == "TimeoutError"


@pytest.mark.parametrize("event", ["pre_execute", "pre_run_cell"])
def test_an_interrupt_of_a_callback_is_one_of_the_cell(
    event: str, service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """Though IPython takes it for the callback's failure: the cell does not run."""
    run(
        "ran = []; begun = []\ndef forever(*_):\n    begun.append(1)\n    while waits: pass\n"
        f"waits = False\nget_ipython().events.register({event!r}, forever)"
    )
    run("begun.clear(); waits = True")
    cell = callers.submit(run, "ran.append(1)")
    until(lambda: bool(service.notebook_globals["n"]["begun"]))
    assert service.interrupt("n")
    assert cell.result().status == "interrupted"
    assert service.notebook_globals["n"]["ran"] == []


def test_an_interrupt_that_the_cell_has_caught_is_over(
    service: ExecutionService, run: Run, callers: ThreadPoolExecutor
) -> None:
    """It is not raised again for the callbacks after the cell."""
    run("told = []; get_ipython().events.register('post_run_cell', told.append)")
    code = (
        "import threading\ntry:\n    begun = True; threading.Event().wait()\n"
        "except KeyboardInterrupt: print('caught')\n"
    )
    cell = callers.submit(run, code)
    until(lambda: "begun" in service.notebook_globals["n"])
    assert service.interrupt("n")
    result = cell.result()
    assert (result.stdout, result.error) == ("caught\n", None)


@pytest.mark.parametrize(
    "options, events",
    [
        ({}, EVENTS),
        ({"silent": True}, ["pre_execute", "post_execute"]),
    ],
)
def test_callbacks_hear_of_a_cell(
    options: dict[str, bool], events: list[str], service: ExecutionService, run: Run
) -> None:
    """Of a silent one only those hear that are told of any code."""
    run(
        "told = []\ndef hear_of(event):\n"
        "    get_ipython().events.register(event, lambda *_: told.append(event))\n"
        f"for event in {EVENTS}: hear_of(event)"
    )
    told = service.notebook_globals["n"]["told"]
    told.clear()
    run("1", **options)
    assert told == events


@pytest.mark.parametrize(
    "code, state",
    [("1", "(True, None)"), ("1 / 0", "(False, ZeroDivisionError('division by zero'))")],
)
def test_the_shell_knows_how_the_last_cell_ended(code: str, state: str, run: Run) -> None:
    """Under the names that IPython has for it."""
    run("%who")
    run(code)
    last = "ip = get_ipython()\nip.last_execution_succeeded, ip.last_execution_result.error_in_exec"
    assert value(run(last)) == state


def test_what_cannot_be_registered(run: Run) -> None:
    """It is refused where it is tried."""
    refused = run("get_ipython().events.register('nosuch', print)").error
    assert refused is not None
    assert refused.type == "KeyError"
    refused = run("get_ipython().events.register('pre_execute', 7)").error
    assert refused is not None
    assert refused.type == "TypeError"


@pytest.mark.usefixtures("next_cell")
@pytest.mark.parametrize(
    "code, error",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("1 +", "SyntaxError"),
        ("%nosuch", None),
        ("raise SystemExit(3)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("1\0", "SyntaxError" if sys.version_info >= (3, 11, 4) else "ValueError"),
    ],
)
def test_a_cell_in_a_cell_that_fails(code: str, error: str | None, run: Run) -> None:
    """What it raises is shown, the outer cell goes on."""
    result = run(f"result = get_ipython().run_cell({code!r})\nprint('on', result.success)")
    assert (result.status, result.stdout) == ("ok", "on False\n")
    shown = [output.ename for output in result.outputs if output.output_type == "error"]
    assert shown == ([] if error is None else [error])


@pytest.mark.usefixtures("next_cell")
def test_cells_in_cells_without_end(run: Run) -> None:
    """The recursion ends at Python's limit, the innermost cell has failed."""
    result = run(
        "depths = []\ndef more():\n"
        "    result = get_ipython().run_cell('more()')\n    depths.append(result.error_in_exec)\n"
        "more()\nprint('on', type(depths[0]).__name__, depths[-1])"
    )
    assert result.status == "ok"
    assert result.stdout.endswith("on RecursionError None\n")
    assert len(result.outputs) < 1_000


TELLING = """
get_ipython().events.register("pre_run_cell", lambda info: print("from", info.raw_cell))
get_ipython().events.register("post_run_cell", lambda result: print("to", result.result))
"""


@pytest.mark.parametrize(
    "code, to",
    [("3 + 4", "7"), ("%time 3", "3"), ("x = 1", "None"), ("5;", "None"), ("1 +", "None")],
)
def test_callbacks_hear_of_a_cell_from_beginning_to_end(code: str, to: str, run: Run) -> None:
    """Of its source, even if that is no Python, and of the value that it showed."""
    run(TELLING)
    lines = run(code).stdout.splitlines()
    assert (lines[0], lines[-1]) == (f"from {code}", f"to {to}")
