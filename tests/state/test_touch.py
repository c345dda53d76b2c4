from __future__ import annotations

from types import CodeType, ModuleType
from typing import Any

import pytest

from nbengine.state.touch import Touch


class Cells:
    """Cells of a notebook as they are told, run in its namespace."""

    def __init__(self) -> None:
        self.namespace: dict[str, Any] = {"__name__": "__main__", "x": []}
        self.touch = Touch()

    def run(self, *sources: str) -> None:
        for source in sources:
            code = compile(source, "<cell>", "exec", dont_inherit=True)
            self.tell(code)
            exec(code, self.namespace)

    def tell(self, code: CodeType) -> None:
        """A cell that does not get to its end."""
        self.touch.enter([code], self.namespace)

    def reach_x(self) -> bool:
        return self.touch.reaches(["x"])


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.mark.parametrize(
    "source",
    [
        "held = [globals()]",
        "held = [locals]",
        "g = globals",
        "class A: names = vars()",
        "import sys; held = [sys.modules]",
        "import __main__ as m",
        "def f(): pass\nheld = [f.__globals__]",
        "exec('def f(): x.append(1)')",
        "f = eval('lambda: x')",
        "from builtins import exec as run",
        "import ctypes",
    ],
)
def test_a_way_that_is_kept_lasts(source: str, cells: Cells) -> None:
    """Every later cell may use it, whatever it mentions."""
    cells.run(source, "y = len('a')", "y = len('b')")
    assert cells.reach_x()


@pytest.mark.parametrize(
    "source",
    [
        "import json, re",
        "import re\npattern = re.compile('a')",
        "def f(a): return a.b + len('a')",
        "class A:\n    def m(self): return 1",
        "if __name__ == '__main__': y = 1",
        "y = hasattr(x, 'y')",
        "z = {'globals': 1}",
    ],
)
def test_other_cells_leave_no_way(source: str, cells: Cells) -> None:
    """What no code mentions is out of reach again, one cell later at most."""
    cells.run(source, "y = len('a')")
    cells.reach_x()
    cells.run("y = len('b')")
    assert not cells.reach_x()


def test_a_function_that_was_not_written_in_a_cell_is_read(cells: Cells) -> None:
    """Whoever made it: it has the notebook's variables as its own."""
    cells.run("import timeit", "y = len('a')")
    cells.reach_x()
    exec("def f(): x.append(1)", cells.namespace)  # as a magic does it
    cells.run("timeit.default_timer()", "y = len('b')")
    assert cells.reach_x()
    cells.run("y = len('c')")
    assert cells.reach_x()
    assert not cells.touch.reaches(["z"])


def test_a_function_reaches_what_its_names_have_become(cells: Cells) -> None:
    """A variable that it mentions may be bound to a way after it was defined."""
    cells.run("def f(): return g()", "y = len('a')")
    assert not cells.reach_x()
    cells.namespace["g"] = globals
    cells.run("y = len('b')")
    assert cells.reach_x()


def test_a_module_that_a_function_imports_is_code_that_nobody_has_read(
    cells: Cells, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cell in which it comes gets anywhere, not those before it."""
    cells.run("def f():\n    import not_yet_there", "y = len('a')")
    assert not cells.reach_x()
    cells.run("y = len('b')")
    monkeypatch.setitem(__import__("sys").modules, "not_yet_there", ModuleType("not_yet_there"))
    assert cells.reach_x()
    cells.run("y = len('c')")
    assert not cells.reach_x()


@pytest.mark.parametrize(
    "source",
    [
        "class A:\n    def __del__(self): x.append(1)",
        "A = type('A', (), {'__del__': print})",
        "import weakref",
        "import signal",
        "import sys; sys.settrace(None)",
        "def f(): import gc; gc.callbacks",
        "exec('pass')",
    ],
)
def test_code_that_runs_by_itself(source: str, cells: Cells) -> None:
    """Once there may be some, no cell is known to do nothing but bind names."""
    cells.run("y = 1")
    assert cells.touch.only_binds
    cells.run(source)
    cells.run("y = 2")
    assert not cells.touch.only_binds


def test_a_magic_is_read_for_code_that_runs_by_itself(cells: Cells) -> None:
    """Its code is a string."""
    source = "get_ipython().run_cell_magic('time', '', 'class A:\\n def __del__(self): pass')"
    cells.tell(compile(source, "<cell>", "exec"))
    cells.run("y = 2")
    assert not cells.touch.only_binds


def test_functions_that_came_back_are_read(cells: Cells) -> None:
    """From the source of their cells; without one they may do anything."""
    cells.touch.learn_source("def f(): x.append(1)")
    cells.run("y = len('a')")
    assert cells.reach_x()
    assert not cells.touch.reaches(["z"])
    cells.touch.learn_source("")
    cells.run("y = len('b')")
    assert cells.touch.reaches(["z"])
