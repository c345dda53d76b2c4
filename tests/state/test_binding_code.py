from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType
from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from nbengine.state.binding_code import only_binds


def code(source: str) -> CodeType:
    return compile(source, "<cell>", "exec", dont_inherit=True)


def values() -> dict[str, object]:
    return {
        "i": 3,
        "f": 1.5,
        "s": "text",
        "b": b"b",
        "t": (1, 2),
        "o": [1],
        "c": Tripwire(),
        "n": NotImplemented,
    }


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "x = 70000",
        "x = 'a'",
        "x = (1, 'a', (2.5, None))",
        "x = [1, 2, 3, 4]; y = {'a': 1, 'b': o}; z = {1, 2, 3}",
        "x = []; y = {}; z = ()",
        "x = o",
        "x = y = o",
        "x = (o, c)",
        "x, y = 1, 2",
        "x, y = o, c",
        "x, y, z = o, c, o",
        "i = i + 1",
        "i += 1",
        "x = -i ** 2 // 7 if False else 1",
        "x = s * 2 + 'b'; y = x < s; z = not y; w = +i; v = -i",
        "x = s[0]",
        "x = o is None; y = c is not o",
        "x = 'e' in s",
        "x = f'{i:>{i}} {s!r} of {f}'",
        "i = s = 'other'",
        "'a sentence'",
        "pass",
        "i; o",
        "None",
    ],
)
def test_cells_that_only_bind(source: str) -> None:
    """Constants, names, fresh containers of them, and operators on numbers and text."""
    assert only_binds([code(source)], values())


@pytest.mark.parametrize(
    "source",
    [
        "print(1)",
        "x = o[0]",
        "x = o.a",
        "o.a = 1",
        "o[0] = 1",
        "o += [1]",
        "x = o + o",
        "x = c < 1",
        "x = -c",
        "x = not c",
        "x = ~i",
        "x = not n",
        "x = f'{c}'",
        "x = f'{i:{c}}'",
        "x = 1 in o",
        "x = {c}",
        "x = {c: 1}",
        "x = {**o}",
        "x = [*c]",
        "x, y = o",
        "x, *y = s",
        "del i",
        "del o",
        "o = 1",
        "c = 1",
        "t = 1",
        "x = [c]; x = 1",
        "import os",
        "from os import *",
        "def f(): pass",
        "class C: pass",
        "x = lambda: 1",
        "x = [i for i in s]",
        "x: int = 1",
        "global i; i = 1; o = 2",
        "if i: x = 1",
        "while i: pass",
        "for j in s: pass",
        "x = o if i else c",
        "x = o and c",
        "try:\n x = 1\nexcept E: pass",
        "with c: pass",
        "assert i",
        "raise c",
        "match o:\n case [y]: x = 1",
        "(x := [o])[0]",
        "unknown = len + 1",
        "x = o[1:2]",
        "x = t[0]",
    ],
)
def test_cells_that_may_do_more(source: str) -> None:
    """Whatever asks a value that is no number or text, lets one go, jumps, or calls."""
    assert not only_binds([code(source)], values())


def test_a_shown_value_is_asked_for_its_representation() -> None:
    """Code that returns a value does more than bind; one that returns None does not."""
    shows = compile(ast.parse("i", mode="eval"), "<cell>", "eval")
    quiet = compile(ast.parse("None", mode="eval"), "<cell>", "eval")
    assert not only_binds([code("x = 1"), shows], values())
    assert only_binds([code("x = 1"), quiet], values())


def test_what_one_part_binds_is_known_to_the_next() -> None:
    """A name bound to a list earlier in the cell is no number any more."""
    assert only_binds([code("x = 1"), code("x = x + 1")], {})
    assert not only_binds([code("x = o"), code("x = x + 1")], values())
    assert not only_binds([code("x = o"), code("x = 1")], values())


def test_subclasses_of_numbers_and_text_may_do_anything() -> None:
    """Only the builtin types themselves are known to run no code."""

    class Number(int):
        pass

    assert not only_binds([code("x = i + 1")], {"i": Number(1)})
    assert only_binds([code("x = i")], {"i": Number(1)})


def test_more_names_than_one_byte_counts() -> None:
    """Long arguments are read right."""
    names = [f"n{number}" for number in range(400)]
    source = "\n".join(f"{name} = {number}.5" for number, name in enumerate(names))
    assert only_binds([code(source)], {})
    assert not only_binds([code(source)], {"n399": []})


TOUCHED: list[str] = []


def _trip(name: str) -> Callable[..., Any]:
    def method(*_: object) -> Any:
        TOUCHED.append(name)
        raise TypeError(name)

    return method


_METHODS = (
    "add radd iadd sub mul mod neg pos invert bool lt gt eq ne hash len iter contains getitem "
    "setitem getattribute call str repr format index del"
).split()
Tripwire: Any = type("Tripwire", (), {f"__{name}__": _trip(name) for name in _METHODS})
Tripwire.__del__ = lambda _: TOUCHED.append("del")

_names = st.sampled_from(["i", "s", "o", "c", "x", "y"])
_atoms = st.sampled_from(["1", "'a'", "None", "2.5", "i", "s", "o", "c", "x", "y"])
_signs = st.sampled_from(["+", "*", "<", "==", "in", "is"])
_values = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, _signs, inner),
        st.builds("({}, {})".format, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{{{}}}".format, inner),
        st.builds("(not {})".format, inner),
        st.builds("f'{{({})!s:>2}}'".format, inner),
        st.builds("({})[0]".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
    ),
    max_leaves=5,
)  # fmt: skip
_statements = st.one_of(
    st.builds("{} = {}".format, _names, _values),
    st.builds("{} += {}".format, _names, _values),
    st.builds("{}, {} = {}, {}".format, _names, _names, _values, _values),
    st.builds("{}, {} = {}".format, _names, _names, _values),
    st.builds("{}".format, _values),
    st.builds("del {}".format, _names),
)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=400, deadline=None)
@given(st.lists(_statements, max_size=4))
def test_a_cell_that_only_binds_touches_nothing(statements: list[str]) -> None:
    """If the answer is yes, running the code calls no method of any value it did not make."""
    try:
        parts = [code(statement) for statement in statements]
    except SyntaxError:
        reject()
    watched, held = [1], Tripwire()
    namespace: dict[str, Any] = {"i": 3, "s": "ab", "o": watched, "c": held}
    only = only_binds(parts, namespace)
    TOUCHED.clear()
    try:
        for part in parts:
            exec(part, namespace)
    except Exception:
        pass
    if only:
        assert TOUCHED == []
        assert watched == [1]
