from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.formatters import PlainTextFormatter
from IPython.lib.pretty import pretty

from nbengine.capture.pretty.text import pretty_text
from nbengine.runtime.text_window import TextTooLongError


class Node:
    """Prints its children with breaks, ends of lines and indents of its own."""

    def __init__(self, *children: Any) -> None:
        self.children = children

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        with p.group(2, "Node<", ">"):
            for child in self.children:
                p.breakable("")
                p.pretty(child)
            with p.indent(1):
                p.break_()


class Saying:
    """Its repr is what it is told."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.binary(max_size=12)
    | st.sampled_from([int, Saying, len, ..., 1j, range(3)])
)
HASHABLE = st.recursive(
    ATOMS,
    lambda items: st.lists(items, max_size=4).map(tuple) | st.frozensets(items, max_size=4),
    max_leaves=12,
)
LINES = st.text("ab\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029é", max_size=12)
NAMES = st.text("abc", min_size=1, max_size=12)


def containers(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(items, max_size=5)
    mappings = st.dictionaries(HASHABLE, items, max_size=5)
    return st.one_of(
        lists,
        lists.map(tuple),
        lists.map(deque),
        lists.map(lambda children: Node(*children)),
        lists.map(lambda children: ValueError(*children)),
        mappings,
        mappings.map(OrderedDict),
        mappings.map(lambda mapping: defaultdict(int, mapping)),
        st.sets(HASHABLE, max_size=5),
        st.dictionaries(HASHABLE, st.integers(), max_size=5).map(Counter),
        st.dictionaries(NAMES, items, max_size=4).map(lambda names: SimpleNamespace(**names)),
    )


VALUES = st.recursive(HASHABLE | LINES.map(Saying), containers, max_leaves=15)


def reference(value: Any, **options: Any) -> str:
    return str(pretty(value, **options))  # type: ignore[no-untyped-call]


@given(VALUES, st.integers(1, 100), st.integers(0, 6))
def test_any_value_has_the_text_that_ipython_gives(value: Any, width: int, most: int) -> None:
    """Nested containers of any kind look as in IPython, at any width and any length."""
    expected = reference(value, max_width=width, max_seq_length=most)
    assert pretty_text(value, max_width=width, max_seq_length=most) == expected


@given(VALUES)
def test_it_is_what_jupyter_shows(value: Any) -> None:
    """Without options it is the `text/plain` of IPython's formatter as it is configured."""
    assert pretty_text(value) == PlainTextFormatter()(value)


@given(VALUES, st.integers(79, 400))
def test_a_limit_keeps_the_beginning_or_changes_nothing(value: Any, limit: int) -> None:
    """A text that is stopped is the beginning of the whole; one that is not is the whole."""
    whole = reference(value)
    try:
        text = pretty_text(value, limit=limit)
    except TextTooLongError as error:
        text = error.kept
        whole = whole[: limit if len(whole) > limit else 0]
    assert text == whole


@pytest.mark.parametrize("length", range(65, 90))
def test_what_just_fits_a_line_stays_on_it(length: int) -> None:
    """Around the width of a line, short containers break where IPython breaks them."""
    for value in (["x" * length], ("x" * length,), {"x": "x" * length}, ["", "x" * length]):
        assert pretty_text(value) == reference(value)


def test_short_containers_with_no_room_for_their_items_are_shortened() -> None:
    """The quick way for short containers heeds the number of items too."""
    assert pretty_text([1, 2, 3], max_seq_length=2) == "[1, 2, ...]"
    assert pretty_text({1: 1, 2: 2, 3: 3}, max_seq_length=2) == "{1: 1, 2: 2, ...}"


def test_a_text_that_one_repr_gives_is_whole() -> None:
    """What a value's own `repr` made is not cut, whoever asked can see how long it is."""
    assert pretty_text("x" * 1000, limit=10) == repr("x" * 1000)
    assert pretty_text(Saying("a\nb" * 99), limit=10) == "a\nb" * 99


def test_a_text_is_stopped_where_the_limit_is_reached() -> None:
    """What comes after the limit is never asked for its text."""
    asked: list[int] = []

    class Asked:
        def __repr__(self) -> str:
            asked.append(1)
            return "x" * 100

    with pytest.raises(TextTooLongError) as stopped:
        pretty_text([Asked() for _ in range(1000)], limit=1000)
    assert len(stopped.value.kept) == 1000
    assert len(asked) < 20


def test_a_method_that_catches_everything_cannot_hide_that_the_text_was_stopped() -> None:
    """A `_repr_pretty_` that catches what it is stopped with leaves the text marked as cut."""

    class Stubborn:
        def _repr_pretty_(self, p: Any, cycle: bool) -> None:
            for _ in range(100):
                try:
                    p.text("x" * 10)
                except Exception:
                    continue

    with pytest.raises(TextTooLongError) as stopped:
        pretty_text(Stubborn(), limit=95)
    assert stopped.value.kept == "x" * 95


def test_exponential_structures_stop_at_the_limit() -> None:
    """A few lists that share one another, whose text would be endless, end at the limit."""
    value: list[Any] = ["leaf"]
    for _ in range(100):
        value = [value, value]
    with pytest.raises(TextTooLongError) as stopped:
        pretty_text(value, limit=10_000)
    assert len(stopped.value.kept) == 10_000


MANY = 300_000
BIG: dict[str, Callable[[], Any]] = {
    "list": lambda: list(range(MANY)),
    "tuple": lambda: tuple(range(MANY)),
    "set": lambda: set(range(MANY)),
    "dict": lambda: dict.fromkeys(range(MANY)),
    "deque": lambda: deque(range(MANY)),
    "defaultdict": lambda: defaultdict(int, dict.fromkeys(range(MANY), 1)),
    "OrderedDict": lambda: OrderedDict.fromkeys(range(MANY)),
    "Counter": lambda: Counter(range(MANY)),
}


@pytest.mark.parametrize("name", BIG)
def test_a_big_container_is_not_copied(name: str) -> None:
    """The text of a container of any length takes the memory of the items that are shown."""
    value = BIG[name]()
    tracemalloc.start()
    try:
        text = pretty_text(value)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "..." in text
    assert peak < 1_500_000


LEVELS: dict[str, Callable[[Any], Any]] = {
    "list": lambda inner: [inner],
    "dict": lambda inner: {1: inner},
    "deque": lambda inner: deque([inner]),
    "own method": lambda inner: Node(inner),
}


@pytest.mark.parametrize("name", LEVELS)
def test_values_nested_too_deep_raise(name: str) -> None:
    """A hundred thousand levels end in an error that can be caught."""
    levels: list[Any] = [1]
    for _ in range(100_000):
        levels.append(LEVELS[name](levels[-1]))
    with pytest.raises(RecursionError):
        pretty_text(levels[-1])
    while levels:  # from the outside in, so that no level is freed inside another
        levels.pop()


def test_values_as_deep_as_ipython_can_print_are_printed() -> None:
    """Depth costs no more of Python's stack than it does in IPython."""
    value: Any = 1
    for level in range(200):
        value = {1: [value]} if level % 20 == 0 else [value]
    assert pretty_text(value) == reference(value)


PLAIN_NOTEBOOK = """
import collections, sys
from nbengine.capture.pretty.text import pretty_text
class A:
    def _repr_pretty_(self, p, cycle):
        with p.group(1, "<", ">"):
            p.pretty([1] * 50)
print(pretty_text([A(), collections.Counter("aab"), A, len, ValueError(1), {1: {2}}]))
heavy = {"IPython", "numpy", "pandas", "matplotlib"}
print(sorted(heavy.intersection(sys.modules)))
"""


def test_no_library_is_imported_for_a_text() -> None:
    """Printing values of every printer imports neither IPython nor a data library."""
    ended = subprocess.run(
        [sys.executable, "-c", PLAIN_NOTEBOOK], check=True, capture_output=True, text=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"
