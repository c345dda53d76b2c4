from __future__ import annotations

import builtins
import gc
import inspect
import pickle
import sys
from types import CodeType
from typing import Any

import pytest

from nbengine.state.reach import mentioned_names, reaches_by_other_ways


def code(source: str) -> CodeType:
    return compile(source, "<cell>", "exec", dont_inherit=True)


def since(version: tuple[int, int], source: str, names: set[str]) -> Any:
    """A case in syntax of a newer Python."""
    reason = f"syntax of Python {version[0]}.{version[1]}"
    return pytest.param(
        source, names, marks=pytest.mark.skipif(sys.version_info < version, reason=reason)
    )


@pytest.mark.parametrize(
    "source, names",
    [
        ("x = y", {"x", "y"}),
        ("del x", {"x"}),
        ("x.attribute = y.other", {"x", "y"}),
        ("f(a=1)", {"f"}),
        ("def f(p, q=d):\n local = p\n return g(local)", {"f", "d", "g"}),
        ("def f():\n global w\n w = 1\n del v", {"f", "w"}),
        ("def f():\n def g():\n  return deep\n return g", {"f", "deep"}),
        ("class C(B):\n a = b\n def m(self): return c", {"C", "B", "b", "c", "a", "m"}),
        ("x = [n + k for n in v]", {"x", "k", "v"}),
        ("lambda: (z := h)", {"h"}),
        ("import m.n as k", {"k"}),
        ("from m import x as y", {"y"}),
        ("try: pass\nexcept E as e: pass", {"E", "e"}),
        ("print(len(v))", {"print", "len", "v"}),
        ("class C(B):\n def m(self): return super().a", {"C", "B", "m", "super"}),
        ("match v:\n case P(a=w): u", {"v", "P", "w", "u"}),
        ("def f(p: A) -> R: ...", {"f", "A", "R"}),
        since((3, 12), "type X[T] = list[v]", {"X", "T", "list", "v"}),
        since((3, 12), "def f[T: A](p: B) -> T: return v", {"f", "T", "A", "B", "v"}),
        since(
            (3, 12),
            "class C[T](B):\n type X = A\n def m[U: D](self, p: U): return v",
            {"C", "T", "B", "X", "A", "m", "U", "D", "v"},
        ),
        since((3, 14), "t'{v:{w}} {a.b!r}'", {"v", "w", "a"}),
    ],
)
def test_names_that_code_mentions(source: str, names: set[str]) -> None:
    """Read, bound or deleted, at any depth; attributes, parameters and locals are none.

    What a class binds counts, too: its code looks like that of a cell.
    """
    mentioned = mentioned_names([code(source)])
    of_the_compiler = {name for name in mentioned if name.startswith((".", "__"))}
    assert mentioned - of_the_compiler - {"n", "z", "T", "U"} == names - {"n", "T", "U"}


def test_more_names_than_one_byte_counts() -> None:
    """All of them are read, also those that functions load."""
    names = [f"n{number}" for number in range(700)]
    source = "def f():\n " + "\n ".join(names)
    assert mentioned_names([code(source)]) == {*names, "f"}


@pytest.mark.parametrize(
    "source",
    [
        "globals()['x'].append(1)",
        "f = vars",
        "def f():\n def g():\n  return locals()",
        "exec(text)",
        "f.__globals__['x']",
        "import sys; sys.modules[name]",
        "import __main__ as m",
        "from sys import _getframe as g",
        "sys._getframe().f_back",
        "error.__traceback__.tb_frame",
        "getattr(f, '__glo' + 'bals__')",
        "x = ('a', ('b', 'f_globals'))",
        "get_ipython().run_line_magic('run', 'x.py')",
        "df.query('a > @x')",
        "df.eval('a = @x')",
        "from helpers import *",
        "import pickle",
        "import statsmodels.formula.api as smf",
        "import ctypes",
        "importlib.import_module(name)",
        "getattr(f, name)",
        "getattr(f, 'a' + name)",
        "getattr(d['a'], name)",
        "getattr(f('a'), name)",
        "getattr(f('a', 'b'), name)",
        "getattr(d.get('a'), name)",
        "getattr(d.get('a', 'b'), name)",
        "getattr(a + 'b', name, 'c')",
        "getattr(*arguments)",
        "g = getattr",
        "map(getattr, objects, names)",
        "def f(a, b):\n return getattr(a, b)",
        "getattr(a, b'c')",
    ],
)
def test_ways_past_the_names(source: str) -> None:
    """Namespaces and frames as objects, code in strings, modules and attributes by name."""
    assert reaches_by_other_ways([code(source)], {})


@pytest.mark.parametrize(
    "source",
    [
        "x = y",
        "print(df.groupby('a').mean())",
        "import numpy as np\nnp.zeros(3)",
        "dir(x)",
        "def f(a): return a.b(c=1)",
        "'all the globals there are'",
        "getattr(a, 'name')",
        "getattr(a.b.c, 'name')",
        "getattr(a, 'name', None)",
        "getattr(a, 'name', default)",
        "x = [getattr(v, 'name', 0) for v in values]",
        "def f(a):\n return getattr(a.b, 'name', a)",
        "setattr(a, name, 1)",
    ],
)
def test_plain_code_has_no_such_way(source: str) -> None:
    """Calls, attributes and `getattr` with the attribute's name written down show what they use."""
    assert not reaches_by_other_ways([code(source)], {"a": 1, "x": [], "values": {}})


@pytest.mark.parametrize(
    "value",
    [
        vars, getattr, builtins.exec, sys._getframe, inspect.currentframe, gc.get_objects,
        gc.get_referrers, pickle, pickle.loads, pickle.Unpickler, sys.modules,
        inspect.currentframe(),
    ],
    ids=lambda value: getattr(value, '__name__', type(value).__name__),
)  # fmt: skip
def test_a_variable_that_is_a_way(value: object) -> None:
    """Whatever it is called, a variable bound to a way is one."""
    assert reaches_by_other_ways([code("v")], {"v": value})
    assert not reaches_by_other_ways([code("w")], {"v": value, "w": 1})


def test_the_namespace_itself_as_a_variable() -> None:
    """A variable that is the namespace leads to all of it."""
    namespace: dict[str, Any] = {"x": []}
    namespace["me"] = namespace
    assert reaches_by_other_ways([code("me['x'].append(1)")], namespace)


def test_values_are_not_asked() -> None:
    """Looking at variables runs none of their code."""

    class Trap:
        __module__ = "__main__"

        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

        def __eq__(self, other: object) -> bool:
            raise AssertionError

        __hash__ = None  # type: ignore[assignment]

    assert not reaches_by_other_ways([code("t")], {"t": Trap()})
