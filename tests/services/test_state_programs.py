"""Random programs of cells: what is on disk is what is live, and one can go on from it."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbengine import ExecutionResult, ExecutionService
from tests.services.notebook_variables import variables
from tests.state.graphs import graph

EXAMPLES = int(os.environ.get("STATE_PROGRAMS", "0"))
"""How many random programs to run; without it they are few, and always the same."""

PREAMBLE = """
import numpy as np
total, held = 0, []
class Box:
    shared = []
    def __init__(self, value): self.value = value
    def keep(self, other): self.other = other
class Special(Box):
    pass
def put(target, value, seen=[]):
    seen[:] = [value]
    if isinstance(target, list): target.append(value)
    elif isinstance(target, dict): target[len(target)] = value
    elif isinstance(target, np.ndarray): target[len(target) // 2] = total
    elif isinstance(target, Box): target.value = value
    else: target(value)
def bump(value):
    global total, held
    total, held = total + 1, [held[-2:], value]
def grow():
    put(a, b)
def pair(value):
    def get(*_): return value
    def change(new):
        nonlocal value
        value = new
    return get, change
a, b, c, d, e, f = [], {}, Box(0), np.zeros(20_000), (1, []), Special([])
"""
NAMES = st.sampled_from("abcdef")
VALUES = st.one_of(
    NAMES,
    st.sampled_from(
        [
            "1", "'text'", "[]", "{}", "set()", "bytearray(b'x')", "[[], 2]", "np.arange(20_000.)",
            "np.ones((300, 500))", "np.array([[], 1], dtype=object)", "Box", "Special([])", "put",
            "Box.shared", "put.__defaults__[0]", "total", "held", "lambda *_: held", "print",
        ]
    ),
    *(
        st.builds(text.format, NAMES, NAMES)
        for text in [
            "[{}, {}]", "({}, [{}])", "{{'k': {}, 1: {}}}", "Box({})", "Special([{}, {}])",
            "{}[:]", "{}[1:]", "{}[0]", "{}.T", "{}.value", "{}.keep", "{}.append", "{}.copy()",
            "pair({})", "pair({})[1]", "lambda *_, x={}: put(x, {})", "type({})", "{}.__init__",
            "iter([{}])", "__import__('functools').partial(put, {})", "[x for x in {}]", "{}({})",
        ]
    ),
)  # fmt: skip
STEPS = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{} = {} = {}".format, NAMES, NAMES, VALUES),
    st.builds("put({}, {})".format, NAMES, VALUES),
    *(
        st.builds(text.format, NAMES, NAMES)
        for text in [
            "{0}, {1} = {1}, {0}", "del {}", "{}.append({})", "{}.clear()", "{}[0] = {}",
            "{}['k'] = {}", "{}.value = {}", "{}.flat[::7_000] = 1", "{} += {}", "{}.sort()",
            "bump({})", "grow()", "total = 7", "Box.shared.append({})", "Box.shared = {}",
            "Special.mark = {}", "class Box(Box): shared = {}", "class Special: at = {}",
            "put.seen = {}", "put.__defaults__ = ({},)", "def put(target, _={}): target.pop()",
            "globals()['{}'] = {}", "globals().pop('{}', None)", "vars().update({}={})",
            "exec('{} = {}')", "exec('put({}, {})')", "eval('{}.append({})')",
            "[put(x, 1) for x in {}]", "{{str(x): put({}, x) for x in [1, {}]}};",
            "for {} in [{}, 1]: pass", "{} = list(map(pair, [{}, 2]))", "{}",
            "[{} := [], {}]", "if isinstance({}, list): {} = 0", "{}.setflags(write=False)",
            "try: put({}, {})\nfinally: total += 1", "def grow(): put({}, {})",
            "1 / 0", "import copy; {} = copy.deepcopy({})", "{}.value.append({})",
            "held.append({})", "get, change = pair({})", "change({})", "{}, {} = pair([]), 1",
            "generated = (x for x in {})",
        ]
    ),
)  # fmt: skip
BINDINGS = st.one_of(
    st.builds("{} = {}".format, NAMES, st.sampled_from(["1", "'text'", "[]", "{}", "(1, 2)"])),
    *(
        st.builds(text.format, NAMES, NAMES, NAMES)
        for text in ["{} = {}", "{} = [{}, {}]", "{} = {{'k': ({}, {})}}", "{0}, {1} = {1}, {0}"]
    ),
)
"""Steps of cells that do nothing but bind names."""


def attempt(step: str) -> str:
    """A step that lets the cell go on whatever becomes of it."""
    return f"try:\n{indent(step, '    ')}\nexcept Exception: pass"


def cells(steps: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Cells of one or a few steps."""
    return st.lists(steps, min_size=1, max_size=3).map("\n".join)


CELLS = st.one_of(
    cells(STEPS.map(attempt)),
    cells(st.one_of(STEPS.map(attempt), BINDINGS)),
    cells(STEPS),
    cells(BINDINGS),
)
PROGRAMS = st.lists(CELLS, min_size=1, max_size=8)
PROGRAMS_WITH_ENDS = st.lists(st.tuples(CELLS, st.booleans()), min_size=1, max_size=8)
"""Cells, and whether the process ends after each of them, if that has succeeded."""

bounded = settings(
    max_examples=EXAMPLES or 25,
    derandomize=not EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow],
)


class Workspaces:
    """A workspace, and copies of it as a killed process would leave it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self.live = folder / "live"

    def open(self, workspace: Path) -> ExecutionService:
        """A service that saves there."""
        key = self._folder / "key"
        return ExecutionService(snapshots=True, workspace_dir=workspace, key_file=key)

    @contextmanager
    def copied(self) -> Iterator[ExecutionService]:
        """A service over a copy."""
        copy = self._folder / f"copy-{next(self._numbers)}"
        shutil.copytree(self.live, copy)
        with self.open(copy) as service:
            yield service


@contextmanager
def workspaces() -> Iterator[Workspaces]:
    with TemporaryDirectory() as folder:
        yield Workspaces(Path(folder))


def run(service: ExecutionService, cell: str) -> ExecutionResult:
    return service.execute_code(cell, "c", "n")


def state(service: ExecutionService, without: set[str]) -> list[Any]:
    """The graph of what the notebook has: its variables, and the values that it has shown."""
    namespace = service.notebook_globals["n"]
    held = {n: v for n, v in variables(namespace).items() if n not in without}
    return graph(held | {f"Out[{n}]": value for n, value in namespace["Out"].items()})


@bounded
@given(PROGRAMS)
def test_what_is_on_disk_is_what_is_live(program: list[str]) -> None:
    """After each cell that succeeds, another process finds the same objects, shared alike."""
    with workspaces() as places, places.open(places.live) as service:
        run(service, PREAMBLE)
        for cell in program:
            result = run(service, cell)
            if result.error is None:
                assert result.state.saved, result.state.problem
                with places.copied() as other:
                    run(other, "pass")
                    without = set(result.state.unsaved)
                    assert state(other, without) == state(service, without)


@bounded
@given(PROGRAMS_WITH_ENDS)
def test_a_program_goes_on_after_a_restart_as_without_one(program: list[tuple[str, bool]]) -> None:
    """Wherever its process ends, the variables are those of one that ran through."""
    unbroken = ModuleType("__main__")
    exec(PREAMBLE, vars(unbroken))
    with workspaces() as places, ExitStack() as opened:
        service = opened.enter_context(places.open(places.live))
        run(service, PREAMBLE)
        for cell, ends in program:
            failure = run(service, cell).error
            assert (failure and failure.type) == failing(cell, vars(unbroken))
            if failure is None and ends:
                opened.close()
                service = opened.enter_context(places.open(places.live))
                run(service, "pass")
            found, expected = service.notebook_globals["n"], vars(unbroken)
            assert graph(bound(found)) == graph(bound(expected))


def failing(cell: str, namespace: dict[str, Any]) -> str | None:
    """Run a cell in plain Python; the name of the error that ends it."""
    try:
        exec(cell, namespace)
    except Exception as error:
        return type(error).__name__
    return None


def bound(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The variables without those that cannot be kept."""
    return {n: v for n, v in variables(namespace).items() if n != "generated"}
