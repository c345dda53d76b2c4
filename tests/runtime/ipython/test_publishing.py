"""IPython's own ways of showing something, used by code that knows them."""

from __future__ import annotations

from tests.conftest import Run
from tests.runtime.ipython.cells import displayed, value


def test_a_published_display_is_updated(run: Run) -> None:
    """By the name that the protocol calls transient, also from a later cell."""
    publish = "get_ipython().display_pub.publish({'text/plain': '%s'}, transient={'display_id': 1}"
    result = run(publish % "first" + ")\n" + publish % "second" + ", update=True)")
    assert displayed(result) == [{"text/plain": "second"}]
    assert displayed(run(publish % "third" + ", update=True)")) == []


def test_a_cleared_display_waits_for_the_next(run: Run) -> None:
    """If it is asked to: without another nothing is taken away."""
    clear = "get_ipython().display_pub.clear_output"
    assert run(f"print('a')\n{clear}(wait=True)").stdout == "a\n"
    assert run(f"print('a')\n{clear}(wait=True)\nprint('b')").stdout == "b\n"
    assert run(f"print('a')\n{clear}()").stdout == ""


def test_code_that_is_run_as_a_cell_shows_its_value(run: Run) -> None:
    """Unless the cell that runs it ends with a semicolon, as IPython has it."""
    assert value(run("get_ipython().run_cell('40 + 2')\nNone")) == "42"
    assert value(run("get_ipython().run_cell('40 + 2');")) is None
