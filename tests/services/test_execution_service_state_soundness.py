"""Whatever way a cell changes a variable in place, the snapshot after it has the change."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from nbengine import ExecutionService
from nbengine.state import partition, rounds
from tests.services.roads import ROADS, Table, X

IDLE = "[].sort()"
"""A cell in which it is found out what is sealed."""


@pytest.fixture(autouse=True)
def looks_are_spared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small values are spared a look as else only those are that cost milliseconds."""
    monkeypatch.setattr(partition, "COSTLY", 0.0)


class Workspace:
    """A workspace on disk, and what another process would find in it now."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.service = self.opened(folder / "live")

    def opened(self, workspace: Path) -> ExecutionService:
        key = self._folder / "key"
        return ExecutionService(snapshots=True, workspace_dir=workspace, key_file=key)

    def reopen(self) -> None:
        self.service.close()
        self.service = self.opened(self._folder / "live")

    def run(self, *cells: str, notebook_id: str = "n") -> None:
        for cell in cells:
            result = self.service.execute_code(cell, "c", notebook_id)
            assert result.error is None, result.error.traceback
            assert result.state.saved, result.state.problem

    def live(self, probe: str) -> str:
        return seen(self.service, probe)

    def found(self, probe: str) -> str:
        """What another process has."""
        copy = self._folder / "copy"
        shutil.copytree(self._folder / "live", copy)
        with self.opened(copy) as service:
            assert service.execute_code("pass", "c", "n").error is None
            return seen(service, probe)


def seen(service: ExecutionService, probe: str) -> str:
    """What an expression says of the variables; no cell is run for it."""
    try:
        return repr(eval(probe, service.notebook_globals["n"]))
    except Exception as error:
        return repr(error)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path)
    yield made
    made.service.close()


@pytest.mark.parametrize("before, cell, probe", ROADS.values(), ids=ROADS)
def test_what_a_cell_changes_is_saved(
    before: list[str], cell: str, probe: str, workspace: Workspace
) -> None:
    """By whichever road it gets at the value: another process finds what is there now."""
    workspace.run(*before)
    earlier = workspace.live(probe)
    workspace.run(IDLE, cell)
    assert workspace.live(probe) != earlier
    assert workspace.found(probe) == workspace.live(probe)


KEPT: Table = {
    "the namespace in a container": ([X, "held = [globals()]"], "held[0]['x'].append(1)", "len(x)"),
    "the notebook in a container": (
        [X, "import __main__\nheld = [__main__]\ndel __main__"],
        "held[0].x.append(1)",
        "len(x)",
    ),
    "a function that was read": ([X, "def f(): x.append(1)"], "f()", "len(x)"),
    "a function without a name": (
        [X, "def f(): x.append(1)\nheld = [f]\ndel f"],
        "held[0]()",
        "len(x)",
    ),
    "a function of a magic": ([X, "%%capture\ndef f(): x.append(1)"], "f()", "len(x)"),
    "a function of text": ([X, "exec('def f(): x.append(1)')"], "f()", "len(x)"),
    "a finalizer": (
        ["v = []\nclass A:\n    def __del__(self): v.append(1)\na = A()"],
        "a = None",
        "v",
    ),
}


@pytest.mark.parametrize("before, cell, probe", KEPT.values(), ids=KEPT)
def test_what_came_back_is_a_road_as_before(
    before: list[str], cell: str, probe: str, workspace: Workspace
) -> None:
    """What earlier cells left behind leads to the same values after a restart."""
    workspace.run(*before)
    workspace.reopen()
    workspace.run("y = len('ab')", "y = len('abc')", IDLE)
    earlier = workspace.live(probe)
    workspace.run(cell)
    assert workspace.live(probe) != earlier
    assert workspace.found(probe) == workspace.live(probe)


SHOWN = ["[1]", "[2]", "[3]", "[4]", "[5]"]
"""Cells that show something and name nothing."""
TO_WHAT_WAS_SHOWN: Table = {
    "its number": (SHOWN, "_1.append(9)", "Out[1]"),
    "the list of all": (SHOWN, "Out[1].append(9)", "Out[1]"),
    "the list by its other name": (SHOWN, "_oh[1].append(9)", "Out[1]"),
    "the last": (SHOWN, "_.append(9)", "Out[5]"),
    "the one before": (SHOWN, "__.append(9)", "Out[4]"),
    "the one before that": (SHOWN, "___.append(9)", "Out[3]"),
    "a variable": ([*SHOWN, "x = _1"], "x.append(9)", "Out[1]"),
    "a variable that it had": (["x = [0]", "x", *SHOWN], "x.append(9)", "Out[2]"),
    "a container": ([*SHOWN, "x = [_1]"], "x[0].append(9)", "Out[1]"),
    "the list in a variable": ([*SHOWN, "x = Out"], "x[1].append(9)", "Out[1]"),
    "a function": ([*SHOWN, "def f(): Out[1].append(9)"], "f()", "Out[1]"),
    "a default": ([*SHOWN, "def f(a=_1): a.append(9)"], "f()", "Out[1]"),
    "text": (SHOWN, "eval('_' + '1').append(9)", "Out[1]"),
    "the namespace": (SHOWN, "globals()['_1'].append(9)", "Out[1]"),
    "the shell": (SHOWN, "get_ipython().user_ns['_1'].append(9)", "Out[1]"),
    "another value": (SHOWN, "Out[1] = 'another'", "Out[1]"),
}


@pytest.mark.parametrize("before, cell, probe", TO_WHAT_WAS_SHOWN.values(), ids=TO_WHAT_WAS_SHOWN)
def test_what_a_cell_changes_of_what_was_shown_is_saved(
    before: list[str], cell: str, probe: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whatever it says to get there, although few of these values are looked at in a cell."""
    monkeypatch.setattr(rounds, "BUDGET", 0.0)
    test_what_a_cell_changes_is_saved(before, cell, probe, workspace)


def test_what_was_shown_is_looked_at_in_turn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that nobody could see coming is saved once it is its turn."""
    monkeypatch.setattr(rounds, "BUDGET", 0.0)
    workspace.run(*SHOWN, "import copyreg\ncopyreg.dispatch_table['kept'] = _1")
    workspace.run("copyreg.dispatch_table.pop('kept').append(9)", *[IDLE] * len(SHOWN))
    assert workspace.live("Out[1]") == workspace.found("Out[1]") == "[1, 9]"


Event = Callable[[Workspace], None]


def nothing(_: Workspace) -> None:
    pass


def collect_garbage(_: Workspace) -> None:
    gc.collect()


def end_thread(workspace: Workspace) -> None:
    namespace = workspace.service.notebook_globals["n"]
    namespace["go"].set()
    namespace["thread"].join()


def send_signal(_: Workspace) -> None:
    os.kill(os.getpid(), signal.SIGUSR1)


def run_other_notebook(workspace: Workspace) -> None:
    workspace.run("import known_to_two\nknown_to_two.rows.append(1)", notebook_id="other")


def evaluate_expression(workspace: Workspace) -> None:
    expressions = {"e": "seen.append(1)"}
    workspace.service.execute_code("z = 2", "c", "n", user_expressions=expressions)


BY_ITSELF: dict[str, tuple[str, Event]] = {
    "a callback around cells": (
        "def f(*_): seen.append(1)\nget_ipython().events.register('post_run_cell', f)",
        nothing,
    ),
    "a transformer of trees": (
        (
            "class T:\n    def visit(self, tree):\n        seen.append(1)\n        return tree\n"
            "get_ipython().ast_transformers.append(T())"
        ),
        nothing,
    ),
    "a transformer of sources": (
        (
            "def f(lines):\n    seen.append(1)\n    return lines\n"
            "get_ipython().input_transformers_post.append(f)"
        ),
        nothing,
    ),
    "a task": (
        (
            "import asyncio\nasync def f():\n    for _ in range(40):\n        seen.append(1)\n"
            "        await asyncio.sleep(0)\ntask = asyncio.create_task(f())"
        ),
        nothing,
    ),
    "a thread that has ended": (
        (
            "import threading\ngo = threading.Event()\n"
            "def f():\n    go.wait()\n    seen.append(1)\n"
            "thread = threading.Thread(target=f)\nthread.start()"
        ),
        end_thread,
    ),
    "a finalizer": (
        "class A:\n    def __del__(self): seen.append(1)\na = A()\na.me = a\ndel a",
        collect_garbage,
    ),
    "a finalizer of a magic's": (
        "%%capture\nclass A:\n    def __del__(self): seen.append(1)\na = A()\na.me = a\ndel a",
        collect_garbage,
    ),
    "a callback at an object's end": (
        (
            "import weakref\nclass A: pass\na = A()\na.me = a\n"
            "held = [weakref.ref(a, lambda _: seen.append(1))]\ndel a"
        ),
        collect_garbage,
    ),
    "a handler of signals": (
        "import signal\nold = signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))",
        send_signal,
    ),
    "another notebook": ("import known_to_two\nseen = known_to_two.rows", run_other_notebook),
    "an expression of the caller's": ("pass", evaluate_expression),
}


@pytest.fixture
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Garbage waits for the test, which leaves no handler and no module behind."""
    module = ModuleType("known_to_two")
    vars(module)["rows"] = []
    monkeypatch.setitem(sys.modules, "known_to_two", module)
    handler = signal.getsignal(signal.SIGUSR1)
    gc.disable()
    yield
    gc.enable()
    signal.signal(signal.SIGUSR1, handler)


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("cell, event", BY_ITSELF.values(), ids=BY_ITSELF)
def test_what_no_cell_calls_is_saved(cell: str, event: Event, workspace: Workspace) -> None:
    """Code that runs by itself is seen by the next cell, even by one that only binds a name."""
    workspace.run("seen = []", cell)
    for number in range(2):
        event(workspace)
        workspace.run(f"y = {number}")
    assert workspace.live("len(seen)") != "0"
    assert workspace.found("seen") == workspace.live("seen")


def test_what_an_expression_changes_is_saved_with_its_cell(workspace: Workspace) -> None:
    """The caller's expressions belong to the cell: its snapshot comes after them."""
    workspace.run("seen = []")
    evaluate_expression(workspace)
    assert workspace.found("seen") == "[1]"
