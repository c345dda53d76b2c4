"""Magics that measure: what they say is Jupyter's, and values and names are the cell's."""

from __future__ import annotations

import pytest

from tests.conftest import Run
from tests.runtime.ipython.cells import displayed, refusal, value


@pytest.mark.parametrize("code", ["%time 1 + 1", "%%time\nx = 1\nx + 1"])
def test_a_timed_value_is_the_result(code: str, run: Run) -> None:
    """The times are written, then the value is shown and remembered."""
    result = run(code)
    assert result.stdout.startswith("CPU times: ")
    assert "Wall time: " in result.stdout
    assert (value(result), value(run("_"))) == ("2", "2")


@pytest.mark.parametrize("code", ["%time made = 3", "%%time\nmade = 3"])
def test_timed_assignments_are_the_notebooks(code: str, run: Run) -> None:
    """What is timed once runs in the notebook."""
    run(code)
    assert run("print(made)").stdout == "3\n"


@pytest.mark.parametrize(
    "code", ["%timeit -n 2 -r 3 sum([1])", "%%timeit -n 2 -r 3 numbers = [1]\nsum(numbers)"]
)
def test_many_runs_are_summed_up(code: str, run: Run) -> None:
    """In one line, as often as was asked for."""
    assert run(code).stdout.endswith("per loop (mean ± std. dev. of 3 runs, 2 loops each)\n")


def test_measurements_can_be_kept(run: Run) -> None:
    """As an object, with each run's time; the names of the measured code are nobody's."""
    run("kept = %timeit -n 1 -r 4 -o -q unknown_later = 1")
    assert value(run("kept.repeat, len(kept.all_runs), 'unknown_later' in dir()")) == (
        "(4, 4, False)"
    )


def test_a_profile_is_shown_or_kept(run: Run) -> None:
    """In the place of a pager, or as an object."""
    (shown,) = displayed(run("%prun -s cumulative sum([1])"))
    assert "function calls" in str(shown["text/plain"])
    run("stats = %prun -q -r sum([1])")
    assert value(run("type(stats).__name__")) == "'Stats'"


@pytest.mark.parametrize("magic", ["%time ", "%%time\n", "%timeit -n 1 -r 1 ", "%prun -q "])
def test_an_error_of_measured_code_is_the_cells(magic: str, run: Run) -> None:
    """As without the magic."""
    assert refusal(run(f"{magic}1 / 0")) == "ZeroDivisionError: division by zero"


def test_a_syntax_error_in_a_body_has_its_place_in_the_cell(run: Run) -> None:
    """Its first and its last line are those of the cell, which the magic's own come before."""
    run("%%time\nx = 1\ny = (1 +\n  2 = 3)")
    places = "import sys\nsys.last_value.lineno, sys.last_value.end_lineno"
    assert value(run(places)) == "(3, 4)"


@pytest.mark.parametrize(
    "magic, misplaced",
    [("%%time", "return 1"), ("%%time", "break"), ("%%timeit", "await it")],
)
def test_a_misplaced_statement_has_its_place_too(magic: str, misplaced: str, run: Run) -> None:
    """What only the compiler refuses names its line of the cell and shows it."""
    error = run(f"{magic}\nx = 1\n{misplaced}").error
    assert error is not None
    assert (error.type, error.line) == ("SyntaxError", 3)
    assert f"Cell c1, line 3\n    {misplaced}\n" in error.traceback


@pytest.mark.parametrize(
    "code", ["%time a b", "%%time\na = = 1", "%timeit a b", "%%timeit\na b", "%prun a b"]
)
def test_a_syntax_error_of_measured_code_is_the_cells(code: str, run: Run) -> None:
    """And the next cell is fine."""
    assert refusal(run(code)).startswith("SyntaxError: ")
    assert value(run("1 + 1")) == "2"
