"""What may be IPython's syntax, told without IPython."""

from __future__ import annotations

import pytest

from nbengine import ExecutionService
from nbengine.runtime.ipython.syntax import may_be_ipython
from tests.conftest import Run
from tests.runtime.ipython.cells import bridge, told

COMMANDS = [
    "%time 1",
    "x = !ls",
    "if True:\n    %time 1",
    "len?",
    "?len",
    "cd data",
    "cd\tdata",
    "\nls -l data\n",
    "time f(",
    ",f a b",
    ";f a b",
    "/f a b",
    ">>> x = 1\n... y = 2",
    "In [1]: x = 1\n   ...: y = = 2",
    "    x = 1\n    y = 2",
]
SLIPS = [
    "",
    "x = = 1",
    "print('a'",
    "df.head(",
    "for x in range(3)\n    print(x)",
    "def f():\nreturn 1",
    "x = 1\ncd data",
    "import",
    "cd = = 1",
    "'unfinished",
    "(1, 2",
    "1 +",
]


@pytest.mark.parametrize("source", COMMANDS)
def test_what_ipython_reads_is_given_to_it(source: str) -> None:
    """Whatever makes it Python there."""
    assert may_be_ipython(source, {"df"})


@pytest.mark.parametrize("source", SLIPS)
def test_a_slip_is_not(source: str, service: ExecutionService, run: Run) -> None:
    """IPython itself would leave it as it is."""
    assert not may_be_ipython(source, {"df"})
    run("df = 1")
    run("%who")
    assert bridge(service).made is not None
    assert bridge(service).transformed(source) is None


@pytest.mark.parametrize("before", ["", "%who"])
def test_a_slip_is_told_the_same_way(before: str, run: Run) -> None:
    """Whether or not there is a shell to ask."""
    run(before)
    assert told(run("x = = 1")) == ["SyntaxError: invalid syntax (Cell c1, line 1)"]
