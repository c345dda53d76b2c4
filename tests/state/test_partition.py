"""Which variables are saved together, and that nothing of their graph is lost by it."""

from __future__ import annotations

import gc
import sys
import textwrap
import types
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbengine.state.known import Space
from nbengine.state.partition import Partition
from nbengine.state.pickling import StateUnpickler, dump

from .graphs import graph
from .round_trip import NoDefinitions, as_main, copied, variables


class Notebook:
    """Cells and the partition of what they name, looked at after each; and a copy elsewhere."""

    def __init__(self) -> None:
        self.main = types.ModuleType("__main__")
        self.partition = Partition(Space(self.main))
        self._bound: set[str] = set()

    def run(self, source: str) -> None:
        """Run a cell and look at everything."""
        with as_main(self.main):
            code = compile(textwrap.dedent(source), "<cell>", "exec", dont_inherit=True)
            exec(code, vars(self.main))
            now = variables(self.main)
            self.partition.look(now, self._bound | now.keys())
            self._bound = set(now)

    def groups(self) -> set[str]:
        """The names in each group that has any."""
        found = (self.partition.names(group) for group in self.partition.groups.values())
        return {" ".join(names) for names in found if names}

    def together(self, *names: str) -> bool:
        """Whether these are saved in one pickle."""
        return len({place[0] for name in names if (place := self.partition.place(name))}) == 1

    def restored(self) -> dict[str, Any]:
        """What the groups' pickles give in another `__main__`."""
        return Elsewhere(self.partition).variables(self._bound)

    def whole(self) -> dict[str, Any]:
        """What one pickle of everything gives in another `__main__`."""
        with as_main(self.main):
            pickled = dump(variables(self.main), Space(self.main), NoDefinitions())
        main = types.ModuleType("__main__")
        with as_main(main):
            buffers = [copied(buffer) for buffer in pickled.buffers]
            values = StateUnpickler(pickled.data, Space(main), None, buffers).load()
            vars(main).update(values)
        return variables(main)


class Elsewhere:
    """Brings groups back, each when it is first needed."""

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._main = types.ModuleType("__main__")
        self._loaded: dict[str, tuple[Any, ...]] = {}

    def variables(self, names: Iterable[str]) -> dict[str, Any]:
        """The values under their names."""
        with as_main(self._main):
            for name in names:
                place = self._partition.place(name)
                if place is not None:
                    vars(self._main)[name] = self._values(place[0])[place[1]]
        return variables(self._main)

    def _values(self, key: str) -> tuple[Any, ...]:
        if key not in self._loaded:
            pickled = self._partition.groups[key].pickled
            assert pickled is not None
            buffers = [copied(buffer) for buffer in pickled.buffers]
            space = Space(self._main)
            loader = StateUnpickler(pickled.data, space, self._definition, buffers)
            self._loaded[key] = loader.load()
        return self._loaded[key]

    def _definition(self, key: str) -> Any:
        registry = self._partition.registry
        for group in self._partition.groups.values():
            if key in group.defines:
                values = self._values(group.key)
                found = next(
                    place
                    for place, root in enumerate(group.roots)
                    if key in registry.keys([registry.at(root)])
                )
                return values[found]
        raise AssertionError(f"{key} is in no group")


@pytest.fixture
def notebook() -> Notebook:
    """A notebook without any variables."""
    return Notebook()


APART = (
    ("values of their own", "a = [1]\nb = [1]", "a", "b"),
    ("numbers and short texts", "a = ['x', 1, None]\nb = ['x', 1, None]", "a", "b"),
    ("a module that both use", "import math\na = [math]\nb = [math]", "a", "b"),
    ("instances of a class", "class A: pass\na, b = A(), A()", "a", "b"),
    ("an instance and its class", "class A: pass\na = A()", "a", "A"),
    ("functions over the same globals", "x = []\ndef f(): return x\ndef g(): return x", "f", "g"),
    ("a function and what it reads", "x = []\ndef f(): return x", "f", "x"),
    ("a class and its base", "class A: pass\nclass B(A): pass", "A", "B"),
    ("a short tuple", "t = (1, 2)\na, b = [t], [t]", "a", "b"),
    (
        "instances of an enumeration",
        "import enum\nclass C(enum.Enum):\n    A = 1\na, b = [C.A], [C.A]",
        "a",
        "b",
    ),
    ("instances of a nested class", "class A:\n    class B: pass\na, b = A.B(), A.B()", "a", "b"),
    ("bound methods", "class A:\n    def m(self): pass\na, b = A().m, A().m", "a", "b"),
    ("copies", "import numpy as np\na = np.zeros(9)\nb = a.copy()", "a", "b"),
    ("values of one dtype", "import numpy as np\na = np.zeros(9)\nb = np.ones(9)", "a", "b"),
    *(
        (
            name,
            f"import pandas as pd\na = pd.DataFrame({{'x': [1, 2], 'y': ['u', 'v']}})\n{source}",
            "a",
            "b",
        )
        for name, source in (
            ("frames", "b = pd.DataFrame({'x': [3, 4], 'y': ['u', 'v']})"),
            ("a frame and its copy", "b = a.copy()"),
            ("a frame and what was computed from it", "b = a.groupby('y').sum()"),
            ("frames with indexes of one origin", "a = a.loc[[1, 0]]\nb = a.copy()"),
        )
    ),
    (
        "tables of Arrow",
        "import pyarrow as pa\na = pa.table({'x': ['u']})\nb = pa.table({'x': ['v']})",
        "a",
        "b",
    ),
)
TOGETHER = (
    ("names of one value", "a = b = [1]", "a", "b"),
    ("a container and what is in it", "a = [1]\nb = {'k': (a,)}", "a", "b"),
    ("what is in two containers", "x = [1]\na, b = [x], [x]\ndel x", "a", "b"),
    ("a text too long to be had twice", "x = 'x' * 5000\na, b = [x], [x]\ndel x", "a", "b"),
    ("views", "import numpy as np\na = np.zeros(9)\nb = a[2:]", "a", "b"),
    (
        "views of what has no name",
        "import numpy as np\nx = np.zeros(9)\na, b = x[2:], x[:5]\ndel x",
        "a",
        "b",
    ),
    (
        "a frame over an array",
        "import numpy as np, pandas as pd\na = np.zeros((9, 2))\nb = pd.DataFrame(a, copy=False)",
        "a",
        "b",
    ),
    (
        "frames that share until one is changed",
        "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = a[:]",
        "a",
        "b",
    ),
    ("frames with one index", "import pandas as pd\na = pd.Series([1, 2])\nb = a * 2", "a", "b"),
    (
        "an array that is an index's",
        "import numpy as np, pandas as pd\na = np.arange(3)\nb = pd.Index(a, copy=False)",
        "a",
        "b",
    ),
    (
        "an array and an index over its memory",
        (
            "import numpy as np, pandas as pd\nx = np.zeros((9, 2))\n"
            "a, b = x[:, 0], pd.Index(x[:, 0], copy=False)\ndel x"
        ),
        "a",
        "b",
    ),
    (
        "closures over one cell",
        (
            "def make():\n    n = 0\n    def a():\n        nonlocal n\n        n += 1\n"
            "    def b(): return n\n    return a, b\na, b = make()"
        ),
        "a",
        "b",
    ),
    ("a default and its value", "a = []\ndef b(x=a): return x", "a", "b"),
    ("an attribute of a function", "a = []\ndef b(): pass\nb.seen = a", "a", "b"),
    ("a class and its registry", "a = []\nclass B:\n    seen = a", "a", "B"),
    ("a class and an instance that it holds", "class A: pass\na = A()\nA.one = a", "a", "A"),
    ("classes in a circle", "class A: pass\nclass B(A): pass\nA.other = B", "A", "B"),
    (
        "functions in a circle",
        "def a(): pass\ndef b(): pass\na.other, b.other = b, a",
        "a",
        "b",
    ),
    (
        "instances of a class without a name",
        "def f():\n    class A: pass\n    return A(), A()\na, b = f()",
        "a",
        "b",
    ),
    (
        "a weak reference and its object",
        "import weakref\nclass A: pass\na = A()\nb = weakref.ref(a)",
        "a",
        "b",
    ),
    (
        "a bound method and its object",
        "class A:\n    def m(self): pass\na = A()\nb = a.m",
        "a",
        "b",
    ),
)


@pytest.mark.parametrize("source, a, b", [pytest.param(*row[1:], id=row[0]) for row in APART])
def test_what_shares_nothing_that_changes_is_apart(
    notebook: Notebook, source: str, a: str, b: str
) -> None:
    """Definitions, modules and small constants do not tie values to one another."""
    notebook.run(source)
    assert not notebook.together(a, b)


@pytest.mark.parametrize("source, a, b", [pytest.param(*row[1:], id=row[0]) for row in TOGETHER])
def test_what_shares_something_is_together(notebook: Notebook, source: str, a: str, b: str) -> None:
    """Whoever can reach the same object that may change is in the same pickle."""
    notebook.run(source)
    assert notebook.together(a, b)
    assert graph(notebook.restored()) == graph(notebook.whole())


def test_a_group_is_split_when_its_values_share_no_more(notebook: Notebook) -> None:
    """Groups grow and shrink with what is shared."""
    notebook.run("a, b, c = [1], [2], [3]")
    assert notebook.groups() == {"a", "b", "c"}
    notebook.run("a.append(b)")
    assert notebook.groups() == {"a b", "c"}
    notebook.run("b.append(c)")
    assert notebook.groups() == {"a b c"}
    notebook.run("a.pop()")
    assert notebook.groups() == {"a", "b c"}
    notebook.run("del b")
    assert notebook.groups() == {"a", "c"}


BEFORE = {
    "plain": "a, b = [[1]], [[1]]",
    "not plain": "class A: pass\na, b = A(), A()\na.x, b.x = [1], [1]",
    "long": "a, b = [[1], 'x' * 100_000], [[1], 'y' * 100_000]",
    "many": "a, b = [[1]] + [[n] for n in range(5000)], [[1]] + [[n] for n in range(5000)]",
}
PART = {"not plain": "{}.x"}


@pytest.mark.parametrize("kind", BEFORE)
def test_an_equal_part_that_is_anothers_is_seen(kind: str, notebook: Notebook) -> None:
    """Although the pickle of neither has changed."""
    notebook.run(BEFORE[kind])
    notebook.run("")
    one, other = (PART.get(kind, "{}[0]").format(name) for name in "ab")
    notebook.run(f"{one} = {other}")
    assert notebook.together("a", "b")
    assert graph(notebook.restored()) == graph(notebook.whole())


@pytest.mark.parametrize("kind", BEFORE)
def test_equal_parts_that_were_exchanged_are_seen(kind: str, notebook: Notebook) -> None:
    """What shares one of them later is with the one that has it now."""
    notebook.run(BEFORE[kind])
    notebook.run("")
    one, other = (PART.get(kind, "{}[0]").format(name) for name in "ab")
    notebook.run(f"{one}, {other} = {other}, {one}")
    notebook.run(f"c = [{one}]")
    assert notebook.together("a", "c")
    assert not notebook.together("b", "c")


def test_a_second_look_at_what_did_not_change_finds_nothing(notebook: Notebook) -> None:
    """No group is pickled for the snapshot again, but those whose buffers are to be seen."""
    notebook.run("a, b, c = [1], 'x', 2\nclass A: pass\nd = A()\ndef f(): pass")
    values = variables(notebook.main)
    with as_main(notebook.main):
        assert not notebook.partition.look(values, set(values)).pickled
        values["a"].append(2)
        (found,) = notebook.partition.look(values, set(values)).pickled.values()
    assert notebook.partition.names(found) == ["a"]


def test_a_definition_at_the_place_of_another_is_another(notebook: Notebook) -> None:
    """An id is no identity once its object has ended."""
    notebook.run("def f(): return 1")
    for number in range(20):
        notebook.run(f"del f\ndef f(): return {number}")
        assert notebook.restored()["f"]() == number


def test_a_class_without_a_name_is_looked_at(notebook: Notebook) -> None:
    """An instance leads to it."""
    notebook.run("class A: v = 1\na = A()")
    notebook.run("del A")
    notebook.run("type(a).v = 2")
    assert notebook.restored()["a"].v == 2


def test_a_class_without_a_name_is_kept_for_its_instances(notebook: Notebook) -> None:
    """A class goes when nothing needs it any more."""
    notebook.run("class A:\n    def f(self): return 1\na, b = A(), A()")
    notebook.run("del A")
    restored = notebook.restored()
    assert type(restored["a"]) is type(restored["b"])
    assert restored["a"].f() == 1
    before = len(notebook.partition.groups)
    notebook.run("a = b = None")
    assert len(notebook.partition.groups) < before


def test_instances_keep_the_class_that_they_were_made_of(notebook: Notebook) -> None:
    """A class that is defined again is another one."""
    notebook.run("class A:\n    v = 1\nold = A()")
    notebook.run("class A:\n    v = 2\nnew = A()")
    restored = notebook.restored()
    assert (restored["old"].v, restored["new"].v) == (1, 2)
    assert type(restored["new"]) is restored["A"] is not type(restored["old"])


@pytest.mark.parametrize(
    "source, check",
    [
        pytest.param(
            "class A:\n    class B: pass\nb, c = A.B(), [A.B]",
            lambda v: type(v["b"]) is v["A"].B is v["c"][0],
            id="a nested class",
        ),
        pytest.param(
            "class A:\n    def m(self): return 1\nm, l, a = A.m, [A.m], A().m",
            lambda v: v["m"] is v["A"].m is v["l"][0] is v["a"].__func__,
            id="a method",
        ),
        pytest.param(
            "class A:\n    @classmethod\n    def k(cls): return cls\n    @staticmethod\n"
            "    def s(): pass\n"
            "l = [A.k, A.s]",
            lambda v: v["l"][0]() is v["A"] and v["l"][1] is v["A"].s,
            id="methods of the class",
        ),
        pytest.param(
            "import enum\nclass F(enum.Flag):\n    A = 1\n    B = 2\nl = [F.A, F.A | F.B]",
            lambda v: v["l"][0] is v["F"].A and v["l"][1] is v["F"](3),
            id="members of an enumeration",
        ),
        pytest.param(
            "import functools\ndef twice(f):\n    @functools.wraps(f)\n"
            "    def g(): return f() * 2\n    return g\n"
            "@twice\ndef h(): return 4\nl = [h]",
            lambda v: v["l"][0] is v["h"] and v["h"]() == 8,
            id="a decorated function",
        ),
    ],
)
def test_definitions_stay_the_same_objects_across_groups(
    notebook: Notebook, source: str, check: Callable[[Mapping[str, Any]], bool]
) -> None:
    """What stands in another group is pointed at, also within a class there."""
    notebook.run(source)
    assert check(notebook.restored())


def test_what_cannot_be_saved_takes_no_other_along(notebook: Notebook) -> None:
    """A value beside a lock is in a group of its own."""
    notebook.run("import threading\nl = [threading.Lock(), 1]\na = [2]")
    assert notebook.groups() >= {"l", "a"}
    assert notebook.restored()["a"] == [2]
    assert notebook.restored()["l"][1] == 1


# ------------------------------------------------ random programs

NAMES = st.sampled_from("abcdef")
INDEX = st.integers(0, 3)
PREAMBLE = """
class Node:
    def __init__(self, value): self.value, self.others = value, []
    def link(self, other): self.others.append(other)
class Leaf(Node):
    seen = []
def counter():
    count = []
    def more(x): count.append(x); return count
    def get(*_): return count
    return [more, get]
def put(x, y):
    "Put y into x, if x takes it."
    if isinstance(x, list): x.append(y)
    elif isinstance(x, dict): x[len(x)] = y
    elif isinstance(x, Node): x.link(y)
    elif callable(x): x(y)
def part(x, i):
    "Something in x, or x itself."
    if isinstance(x, dict): x = list(x.values())
    if isinstance(x, Node): x = [x.value, *x.others]
    return x[i % len(x)] if isinstance(x, (list, tuple)) and x else x
def empty(x):
    if isinstance(x, (list, dict)): x.clear()
    elif isinstance(x, Node): x.others.clear()
import numpy as np
a, b, c, d, e, f = [], {}, Node(0), np.zeros(4), (1, []), Leaf(None)
"""
STEPS = st.one_of(
    st.builds("{} = {}".format, NAMES, NAMES),
    st.builds("{} = []".format, NAMES),
    st.builds("{} = [{}, {}]".format, NAMES, NAMES, NAMES),
    st.builds("{} = {{'k': {}}}".format, NAMES, NAMES),
    st.builds("{} = ({}, 1)".format, NAMES, NAMES),
    st.builds("{} = Node({})".format, NAMES, NAMES),
    st.builds("{} = Leaf({})".format, NAMES, NAMES),
    st.builds("{} = part({}, {})".format, NAMES, NAMES, INDEX),
    st.builds("put({}, {})".format, NAMES, NAMES),
    st.builds("put(part({}, {}), {})".format, NAMES, INDEX, NAMES),
    st.builds("empty({})".format, NAMES),
    st.builds("{} = counter()".format, NAMES),
    st.builds("{} = lambda x={}: x".format, NAMES, NAMES),
    st.builds("{} = lambda x, y={}: put(y, x)".format, NAMES, NAMES),
    st.builds("Leaf.seen.append({})".format, NAMES),
    st.builds("Leaf.seen.clear()".format),
    st.builds("class {}(Node): one = {}".format, NAMES, NAMES),
    st.builds(
        "{0} = {1}() if isinstance({1}, type) and {1} not in (Node, Leaf) else 0".format,
        NAMES,
        NAMES,
    ).map(lambda step: step.replace("()", "(1)", 1)),
    st.builds("{} = np.arange(6.)".format, NAMES),
    st.builds("{0} = {1}[1:] if isinstance({1}, (np.ndarray, list)) else 0".format, NAMES, NAMES),
    st.builds("if isinstance({0}, np.ndarray) and len({0}): {0}[0] = {1}".format, NAMES, INDEX),
    st.builds("{0} = {1}.link if isinstance({1}, Node) else 0".format, NAMES, NAMES),
    st.builds("globals().pop('{0}', None)\n{0} = 0".format, NAMES),
    st.builds("{} = 0".format, NAMES),
)
CELLS = st.lists(st.lists(STEPS, min_size=1, max_size=4).map("\n".join), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(CELLS)
def test_the_groups_have_the_graph_of_one_whole_pickle(cells: list[str]) -> None:
    """Whatever cells do to what they share, groups restore to what one pickle of all would."""
    notebook = Notebook()
    notebook.run(PREAMBLE)
    for cell in cells:
        notebook.run(cell)
        assert graph(notebook.restored()) == graph(notebook.whole())


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(CELLS)
def test_looking_at_what_is_bound_anew_suffices_when_nothing_else_changed(cells: list[str]) -> None:
    """A second look, at nothing, finds the same groups."""
    notebook = Notebook()
    notebook.run(PREAMBLE)
    for cell in cells:
        notebook.run(cell)
        groups = notebook.groups()
        notebook.run("")
        assert notebook.groups() == groups


def test_what_was_forgotten_takes_up_nothing() -> None:
    """Names that are bound anew for ever leave nothing behind, classes and functions neither."""
    notebook = Notebook()

    def held(looks: int) -> int:
        for number in range(looks):
            notebook.run(f"x = [{number}]\ndef f(): return {number}")
        gc.collect()
        return sys.getallocatedblocks()

    held(200)
    before = held(200)
    assert held(1_000) - before < 500
