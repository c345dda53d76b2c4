from __future__ import annotations

import ast
from types import CodeType
from typing import Any

import pytest

from nbengine.runtime.cell_names import bound_names, mutated_names, touched_names

OF_PYTHON = {"__annotate__", "__annotations__", "__conditional_annotations__"}


def code(source: str) -> CodeType:
    return compile(source, "<cell>", "exec")


@pytest.mark.parametrize(
    "source, names",
    [
        ("x = 1", {"x"}),
        ("x, (y, *z) = v", {"x", "y", "z"}),
        ("x += 1", {"x"}),
        ("x: int = 1", {"x"}),
        ("del x", {"x"}),
        ("for i in v: pass", {"i"}),
        ("with a as b: pass", {"b"}),
        ("import a.b, c as d", {"a", "d"}),
        ("from m import x as y", {"y"}),
        ("def f(): local = 1", {"f"}),
        ("class C: attribute = 1", {"C"}),
        ("(y := 1)", {"y"}),
        ("try: pass\nexcept E as e: pass", {"e"}),
        ("match v:\n case [a, *b]: pass", {"a", "b"}),
        ("x.a = 1; x[0] = 1; print(x)", set()),
        ("print([f(v) for v in [1]])", set()),
    ],
)
def test_names_that_a_cell_binds(source: str, names: set[str]) -> None:
    """Every statement that binds or deletes at the top level is seen, nothing inside functions."""
    assert bound_names(code(source)) - OF_PYTHON == names


def test_more_names_than_one_byte_counts() -> None:
    """A cell with thousands of names is read to its end."""
    names = [f"name_{number}" for number in range(3000)]
    assert bound_names(code("\n".join(f"{name} = 1" for name in names))) == set(names)


def test_a_number_of_more_than_one_byte_ends_with_its_name() -> None:
    """It is not mixed up with that of the next name, whatever is done with either."""
    source = "\n".join(f"name_{number}" for number in range(300)) + "\nname_0 = 1"
    assert bound_names(code(source)) == {"name_0"}


def test_more_names_than_two_bytes_count() -> None:
    """Generated code of any length is read right."""
    names = [f"n{number}" for number in range(66_000)]
    assert bound_names(code("\n".join(f"{name} = 1" for name in names))) == set(names)


@pytest.mark.parametrize(
    "source, names",
    [
        ("df['a'] = 1", {"df"}),
        ("df.loc[0, 'a'].b = 1", {"df"}),
        ("del df['a']", {"df"}),
        ("df['a'] += 1", {"df"}),
        ("df['a'], other.b = 1, 2", {"df", "other"}),
        ("def f():\n    df['a'] = 1", {"df"}),
        ("f()['a'] = 1", set()),
        ("df = other['a']", set()),
        ("df += other", {"df"}),
        ("df.update(other)", {"df"}),
        ("df['a'].update(other)", {"df"}),
        ("df.replace_column(0, s)", {"df"}),
        ("df.where(mask, other, inplace=True)", {"df"}),
        ("df.loc[0].clip(inplace=flag)", {"df"}),
        ("df.clip(inplace=False)", set()),
        ("df.clip(0, 1); update(df)", set()),
    ],
)
def test_names_whose_object_is_changed(source: str, names: set[str]) -> None:
    """Roots of assignments to items and attributes and of calls that write are found anywhere."""
    assert mutated_names(ast.parse(source)) == names


def test_names_are_followed_through_notebook_functions() -> None:
    """A name used only in a function of the notebook is touched by a cell that calls it."""
    namespace: dict[str, Any] = {}
    exec("def f(): return g()\ndef g(): return hidden\ndef unused(): return other", namespace)
    assert touched_names([code("f()")], namespace) == {"f", "g", "hidden"}


def test_functions_that_call_each_other_end() -> None:
    """Mutual recursion is followed once."""
    namespace: dict[str, Any] = {}
    exec("def f(): return g()\ndef g(): return f()", namespace)
    assert touched_names([code("(lambda: [f() for _ in v])()")], namespace) == {"f", "g", "v"}
