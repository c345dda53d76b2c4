"""Process-wide state of libraries, kept for each notebook."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextvars import Context
from types import ModuleType

import pytest

from nbengine.runtime.imports import ImportWatch
from nbengine.runtime.library_state import PARTS, LibraryStates, Part


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> Iterator[LibraryStates]:
    """The state of this process, put back after the test."""
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        monkeypatch.setitem(matplotlib.rcParams, "interactive", False)
    watch = ImportWatch()
    states = LibraryStates(watch)
    before = states.take()
    yield states
    states.put(before)
    if watch in sys.meta_path:
        sys.meta_path.remove(watch)


def test_what_was_taken_comes_back(states: LibraryStates) -> None:
    """Whatever happened to it meanwhile."""
    random.seed(1)
    taken = states.take()
    expected = random.random()
    random.seed(2)
    states.put(taken)
    assert random.random() == expected


def test_what_was_taken_can_come_back_twice(states: LibraryStates) -> None:
    """It is a copy, not the state itself."""
    import pandas

    taken = states.take()
    for rows in (11, 12):
        pandas.set_option("display.max_rows", rows)
        states.put(taken)
        assert pandas.get_option("display.max_rows") == 60


def test_a_notebook_that_had_not_imported_a_library_starts_afresh(states: LibraryStates) -> None:
    """It finds the library as it was at its import, and randomness of its own."""
    import matplotlib as mpl

    width = mpl.rcParams["lines.linewidth"]
    mpl.rcParams["lines.linewidth"] = width + 1
    random.seed(1)
    drawn = random.getstate()
    states.put({})
    assert mpl.rcParams["lines.linewidth"] == width
    assert random.getstate() != drawn


def test_only_imported_libraries_are_looked_at(states: LibraryStates) -> None:
    """Taking the state imports nothing."""
    assert set(states.take()) <= set(sys.modules)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.library)
def test_every_part_is_put_back_as_it_was_taken(part: Part) -> None:
    """Taken, put, and taken again it is the same."""
    module = pytest.importorskip(part.library)
    taken = part.take(module)
    part.put(module, taken)
    assert repr(part.take(module)) == repr(taken)


def test_a_library_that_was_taken_out_of_the_modules_is_passed_over(
    states: LibraryStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell may delete what it imported; the others go on."""
    taken = states.take()
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "locale")
        assert states.take().keys() == taken.keys() - {"locale"}
        states.put(taken)


@pytest.mark.parametrize("name", ["rich", "pandas", "plotly.io", "sympy.printing.printer"])
def test_a_module_that_only_bears_the_name_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A file of the user's may be called as a library is, which then has none of what is kept."""
    with monkeypatch.context() as without:
        without.setitem(sys.modules, name, ModuleType(name))
        others = LibraryStates(ImportWatch())
        taken = others.take()
        others.put({})
        others.put(taken)
    assert name not in taken


def test_a_module_that_takes_the_place_of_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what was known of the library nothing is put into it."""
    name = "rich"
    pytest.importorskip(name)
    states = LibraryStates(ImportWatch())
    taken = states.take()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, name, ModuleType(name))
        states.enter()
        states.leave()
        assert states.take().keys() == taken.keys() - {name}
        states.put(taken)
        assert not hasattr(sys.modules[name], "_console")


def test_the_interactive_mode_is_the_hosts_between_cells(states: LibraryStates) -> None:
    """What a cell makes of it comes back with its notebook's next cell; others start afresh."""
    from matplotlib import pyplot

    pyplot.rcParams["interactive"] = False
    states.put({})
    states.enter()
    pyplot.rcParams["interactive"] = True
    states.leave()
    assert not pyplot.isinteractive()
    taken = states.take()
    for notebook, interactive in ({}, False), (taken, True):
        states.put(notebook)
        states.enter()
        assert pyplot.isinteractive() is interactive
        states.leave()
        assert not pyplot.isinteractive()


def test_taking_the_parameters_of_matplotlib_chooses_no_backend() -> None:
    """Looking at them imports no pyplot and picks no way to open windows."""
    code = (
        "import sys, matplotlib\n"
        "from nbengine.runtime.imports import ImportWatch\n"
        "from nbengine.runtime.library_state import LibraryStates\n"
        "states = LibraryStates(ImportWatch())\n"
        "states.put(states.take())\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_was_taken_shares_nothing_with_what_is_in_force(states: LibraryStates) -> None:
    """A figure holds lists of Matplotlib's parameters, and is no part of them."""
    import matplotlib as mpl

    limits = mpl.rcParams["axes.formatter.limits"]
    taken = states.take()["matplotlib"]["axes.formatter.limits"]
    assert taken == limits
    assert taken is not limits


def test_what_belongs_to_the_context_is_not_exchanged(states: LibraryStates) -> None:
    """Notebooks have it apart already, and the host's stays as it is."""
    import decimal

    import numpy as np

    with decimal.localcontext() as context, np.printoptions(precision=3):
        context.prec = 5
        assert not {"decimal", "numpy"} & states.take().keys()
        states.put({})
        assert decimal.getcontext().prec == 5
        assert np.get_printoptions()["precision"] == 3


def test_what_belongs_to_the_context_lasts(states: LibraryStates) -> None:
    """It is kept with the rest, and brought back in another context."""
    import decimal

    import numpy as np

    def choose() -> dict[str, object]:
        decimal.getcontext().prec = 5
        np.set_printoptions(precision=3)
        np.seterr(divide="raise")
        return states.lasting()

    def find(lasting: dict[str, object]) -> tuple[object, ...]:
        states.bring_back(lasting)
        return decimal.getcontext().prec, np.get_printoptions()["precision"], np.geterr()["divide"]

    lasting = Context().run(choose)
    assert Context().run(find, lasting) == (5, 3, "raise")
    assert lasting["decimal"] is not None
    assert Context().run(states.lasting)["decimal"] is None


def test_limits_of_an_older_snapshot_are_put_as_far_as_they_go(states: LibraryStates) -> None:
    """What it says nothing of stays as it is."""
    digits = sys.get_int_max_str_digits()
    states.bring_back({"sys": (sys.getrecursionlimit(), sys.getswitchinterval())})
    assert sys.get_int_max_str_digits() == digits
