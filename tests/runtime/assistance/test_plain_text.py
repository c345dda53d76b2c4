from __future__ import annotations

from typing import Any

import pytest

from nbengine.runtime.assistance.plain_text import MOST, plain_text, text_or_class

CYCLE: list[Any] = [1]
CYCLE.append(CYCLE)


class Loud:
    def __repr__(self) -> str:
        raise AssertionError


class LoudInt(int):
    def __repr__(self) -> str:
        raise AssertionError


@pytest.mark.parametrize(
    "value",
    [1, -1.5, True, None, 2j, "a'b", b"x", ..., [1, "a"], (1,), (), {}, {"a": [1]}, {1}, set(),
     frozenset(), frozenset({2}), range(3)],
    ids=repr,
)  # fmt: skip
def test_plain_values_are_written_as_python_does(value: Any) -> None:
    """The text is that of `repr`."""
    assert plain_text(value) == repr(value)


@pytest.mark.parametrize("value", [Loud(), LoudInt(3), int, len], ids=["a", "b", "c", "d"])
def test_other_values_have_no_text(value: Any) -> None:
    """Their `repr` might be anybody's."""
    assert plain_text(value) is None


def test_inside_containers_others_are_named_by_class() -> None:
    """So is what holds itself cut."""
    assert plain_text([Loud(), {"k": LoudInt(1)}]) == "[<Loud>, {'k': <LoudInt>}]"
    assert plain_text(CYCLE) == "[1, [...]]"
    assert text_or_class(Loud()) == "<Loud>"


@pytest.mark.parametrize(
    "value", ["x" * 10**6, b"x" * 10**6, [0] * 10**6, 10**10_000, [[[0] * 99] * 99] * 99],
    ids=["text", "bytes", "list", "int", "lists"],
)  # fmt: skip
def test_long_values_are_cut(value: Any) -> None:
    """However much there is, the text is short."""
    text = plain_text(value)
    assert text is not None
    assert len(text) < 10 * MOST
