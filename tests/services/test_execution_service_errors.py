"""Whatever a cell raises comes back as data, with everything it showed before."""

from __future__ import annotations

import json
import sys

import pytest

from nbengine import ExecutionResult
from nbengine.models.notebook import CellError
from nbengine.models.outputs import ErrorOutput
from tests.conftest import Run

RAISING = {
    "raise SystemExit": ("SystemExit", ""),
    "raise SystemExit(3)": ("SystemExit", "3"),
    "import sys; sys.exit('bye')": ("SystemExit", "bye"),
    "exit()": ("SystemExit", "None"),
    "quit(2)": ("SystemExit", "2"),
    "raise GeneratorExit": ("GeneratorExit", ""),
    "raise MemoryError('m')": ("MemoryError", "m"),
    "raise StopIteration(1)": ("StopIteration", "1"),
    "raise ValueError": ("ValueError", ""),
    "raise ValueError(1, 2)": ("ValueError", "(1, 2)"),
    "raise KeyError('k')": ("KeyError", "'k'"),
    "raise ExceptionGroup('g', [ValueError(1)])": ("ExceptionGroup", "g (1 sub-exception)"),
    "raise BaseExceptionGroup('g', [SystemExit()])": (
        "BaseExceptionGroup",
        "g (1 sub-exception)",
    ),
    "raise 5": ("TypeError", "exceptions must derive from BaseException"),
    "raise": ("RuntimeError", "No active exception to reraise"),
    "import asyncio; raise asyncio.CancelledError('c')": ("CancelledError", "c"),
    "import asyncio; await asyncio.sleep(0); raise SystemExit(3)": ("SystemExit", "3"),
    "import asyncio; await asyncio.sleep(0); 1 / 0": ("ZeroDivisionError", "division by zero"),
    "def f(): f()\nf()": ("RecursionError", "maximum recursion depth exceeded"),
    "def g():\n    yield 1 / 0\nlist(g())": ("ZeroDivisionError", "division by zero"),
    "class E(Exception):\n    def __init__(self): 1 / 0\nraise E": (
        "ZeroDivisionError",
        "division by zero",
    ),
    "class E(Exception):\n    def __init__(self, a): pass\nraise E": (
        "TypeError",
        "E.__init__() missing 1 required positional argument: 'a'",
    ),
}


def error_of(result: ExecutionResult) -> CellError:
    assert result.error is not None
    return result.error


@pytest.mark.parametrize("code, told", RAISING.items(), ids=map(repr, RAISING))
def test_an_exception_is_data(code: str, told: tuple[str, str], run: Run) -> None:
    """Type and message are told, what was printed is kept, and the next cell runs."""
    result = run(f"print('before'); display('shown')\n{code}")
    error = error_of(result)
    assert result.status == "error"
    assert (error.type, error.message) == told
    assert [o.output_type for o in result.outputs] == ["stream", "display_data", "error"]
    assert json.loads(result.model_dump_json())["error"]["type"] == told[0]
    assert "nbengine" not in error.traceback
    assert run("1 + 1").status == "ok"


def test_a_keyboard_interrupt_of_the_cell_s_own(run: Run) -> None:
    """A cell that raises KeyboardInterrupt itself was interrupted."""
    result = run("print('before')\nraise KeyboardInterrupt('mine')")
    assert result.status == "interrupted"
    assert (error_of(result).type, error_of(result).message) == ("KeyboardInterrupt", "mine")
    assert result.stdout == "before\n"


def test_frames_carry_the_label_of_the_cell_they_are_from(run: Run) -> None:
    """A function of an earlier cell is shown with its own cell and line, even if it ran again."""
    run("def f(x):\n    return 1 / x", cell_id="lib")
    run("x = 'the same cell again'", cell_id="lib")
    error = error_of(run("\nf(0)", cell_id="use"))
    under_a_call = "    ~^^^\n" if sys.version_info >= (3, 13) else ""
    assert error.traceback == (
        "Traceback (most recent call last):\n"
        "  Cell use, line 2, in <module>\n"
        "    f(0)\n"
        f"{under_a_call}"
        "  Cell lib, line 2, in f\n"
        "    return 1 / x\n"
        "           ~~^~~\n"
        "ZeroDivisionError: division by zero\n"
    )
    assert error.line == 2


def test_library_frames_stay_and_ours_go(run: Run) -> None:
    """A traceback through pandas shows pandas' frames and the cell's."""
    error = error_of(run("import pandas as pd\npd.Series([1]).map(lambda v: v / 0)"))
    assert "Cell c1, line 2, in <lambda>" in error.traceback
    assert "site-packages" in error.traceback
    assert "nbengine" not in error.traceback


def test_jupyter_s_error_output(run: Run) -> None:
    """The error output carries name, value and coloured lines; the result's text is plain."""
    result = run("raise ValueError('no')")
    (output,) = result.outputs
    assert isinstance(output, ErrorOutput)
    assert (output.ename, output.evalue) == ("ValueError", "no")
    assert any("\x1b[" in line for line in output.traceback)
    assert "\x1b" not in error_of(result).traceback


def test_an_error_while_showing_the_value(run: Run) -> None:
    """A repr that raises is a note beside the value, not the cell's error."""
    result = run("class Odd:\n    def __repr__(self): raise ValueError('no repr')\nOdd()")
    assert result.status == "ok"
    assert "no repr" in result.stderr
    assert [o.output_type for o in result.outputs][-1] == "execute_result"


@pytest.mark.parametrize("ending", ["SystemExit", "KeyboardInterrupt"])
def test_a_repr_that_ends_the_program(ending: str, run: Run) -> None:
    """A repr that raises no ordinary exception ends its cell, nothing more."""
    result = run(f"class Odd:\n    def __repr__(self): raise {ending}\nOdd()")
    assert error_of(result).type == ending
    assert run("1").status == "ok"


def test_memory_that_is_not_there(run: Run) -> None:
    """A real MemoryError is data too."""
    result = run("print('before')\nx = bytearray(1 << 62)")
    assert error_of(result).type == "MemoryError"
    assert result.stdout == "before\n"


def test_a_message_of_fifty_megabytes(run: Run) -> None:
    """The result of a cell stays small whatever the exception says."""
    result = run("raise ValueError('x' * 50_000_000)")
    assert len(result.model_dump_json()) < 2_000_000
