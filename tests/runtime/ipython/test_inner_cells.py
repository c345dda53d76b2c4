"""Code that a cell runs as a cell of its own: through the shell, or under a magic."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.outputs import ErrorOutput

Run = Callable[[str], ExecutionResult]


@pytest.fixture
def run(service: ExecutionService) -> Run:
    """Runs a cell called `outer`."""
    return lambda code: service.execute_code(code, "outer", "n")


def traceback(result: ExecutionResult) -> str:
    """That of the one error among the outputs."""
    [error] = [o for o in result.outputs if isinstance(o, ErrorOutput)]
    return "\n".join(error.traceback)


@pytest.mark.parametrize(
    "code",
    ["get_ipython().run_cell('x = 0\\n1 / x');", "%%capture kept\nx = 0\n1 / x"],
    ids=["run_cell", "capture"],
)
def test_its_error_names_the_cell_and_its_own_line(code: str, run: Run) -> None:
    """The frame is the outer cell's, with the line of the inner code and its source."""
    told = traceback(run(code))
    assert "Cell outer, line 2, in <module>" in told
    assert "1 / x" in told


def test_a_function_of_it_is_known_by_its_line_later(run: Run) -> None:
    """What it defined fails in a later cell with the line where it stands."""
    assert run("get_ipython().run_cell('def fail():\\n    return 1 / 0');").status == "ok"
    result = run("fail()")
    assert result.error is not None
    assert result.error.line == 1
    assert "Cell outer, line 2, in fail\n    return 1 / 0" in result.error.traceback


def test_the_history_shows_what_cells_showed(run: Run) -> None:
    """`%history -o` prints the value of a cell below its code; a faulty one costs nothing else."""
    run("40 + 2")
    run("x = 1")
    run("class Odd:\n    def __repr__(self): raise ValueError\nOdd()")
    assert run("%history -o 1 2").stdout == "40 + 2\n42\nx = 1\n"
    assert run("%history -o 3").stdout.endswith("Odd()\n<its repr raised ValueError>\n")
