from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.lib.pretty import PrettyPrinter as Reference

from nbengine.capture.pretty.layout import Layout, LimitReachedError

Step = tuple[Any, ...]

TEXT = st.tuples(st.just("text"), st.text("x", max_size=9))
BREAKABLE = st.tuples(st.just("breakable"), st.sampled_from([" ", "", " , "]))
BREAK = st.tuples(st.just("break_"))
FLUSH = st.tuples(st.just("flush"))
BEGIN = st.tuples(st.just("begin_group"), st.integers(0, 4), st.sampled_from(["", "[", "((("]))
END = st.tuples(st.just("end_group"), st.integers(0, 4), st.sampled_from(["", "]"]))


def balanced(steps: list[Step]) -> list[Step]:
    """The steps without ends of groups that never began."""
    depth, kept = 0, []
    for step in steps:
        depth += (step[0] == "begin_group") - (step[0] == "end_group")
        if depth < 0:
            depth = 0
        else:
            kept.append(step)
    return kept


STEPS = st.lists(TEXT | BREAKABLE | BREAKABLE | BEGIN | END | BREAK | FLUSH).map(balanced)


def laid_out(layout: Any, steps: list[Step]) -> None:
    for name, *arguments in steps:
        getattr(layout, name)(*arguments)
    layout.flush()


def reference(steps: list[Step], max_width: int) -> str:
    output = StringIO()
    laid_out(Reference(output, max_width), steps)  # type: ignore[no-untyped-call]
    return output.getvalue()


@given(STEPS, st.integers(1, 30))
def test_any_program_of_steps_is_laid_out_as_ipython_does(
    steps: list[Step], max_width: int
) -> None:
    """Texts, breaks and groups in any order give the same lines as in IPython."""
    layout = Layout(max_width)
    laid_out(layout, steps)
    assert layout.written() == reference(steps, max_width)


@given(STEPS, st.integers(0, 60))
def test_a_limit_keeps_the_beginning(steps: list[Step], limit: int) -> None:
    """With a limit the same text is written up to there, and the layout says that it overflows."""
    whole = reference(steps, 10)
    layout = Layout(10, limit=limit)
    try:
        laid_out(layout, steps)
    except LimitReachedError:
        assert len(layout.written()) == limit
    assert layout.overflows() == (len(whole) > limit)
    if limit > 10:
        assert layout.written() == whole[:limit]


def test_what_comes_after_the_limit_is_refused_and_not_kept() -> None:
    """A method that carries on after the limit cannot make the text longer."""
    layout = Layout(limit=3)
    for _ in range(100):
        with pytest.raises(LimitReachedError):
            layout.text("abcd")
    assert layout.written() == "abc"


def test_text_that_waits_is_bounded_by_the_limit_too() -> None:
    """A group that nothing can break any more, after a key that was, waits for the limit only."""
    key = [("begin_group",), ("breakable",), ("end_group",)]
    value = [("begin_group",), ("text", "x" * 20), *[("breakable",), ("text", "x")] * 2000]
    layout = Layout(10, limit=1000)
    with pytest.raises(LimitReachedError):
        laid_out(layout, [*key, *value])
    assert layout.written() == reference([*key, *value], 10)[:1000]
    assert "\n" not in layout.written()[2:]


def test_groups_and_indents_end_with_their_blocks() -> None:
    """Blocks indent the lines that begin inside them, and no others."""
    layout = Layout(8)
    with layout.group(2, "[", "]"):
        layout.text("abc,")
        layout.breakable()
        layout.text("def")
    with layout.indent(3):
        layout.break_()
        layout.text("x")
    layout.break_()
    layout.text("y")
    layout.flush()
    assert layout.written() == "[abc,\n  def]\n   x\ny"
