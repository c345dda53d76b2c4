from __future__ import annotations
import __future__

import linecache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.runtime.compiling import (
    compile_cell,
    forget_source,
    is_coroutine,
    remember_source,
    source_lines,
)


@pytest.mark.parametrize(
    "source, shows",
    [
        ("1", True),
        ("1;", False),
        ("1 ;  ", False),
        ("1; # comment", False),
        ("1 # a; b", True),
        ("1\n# ;", True),
        ("';'", True),
        ("';';", False),
        ("f(\n  1\n);", False),
        ("'é日';", False),
        ("'é日' # ;", True),
        ("1 \\\n;", False),
        ("1\n\n", True),
        ("a = 1; 2", True),
        ("2; a = 1", False),
        ("a = 1", False),
        ("if True: 1", False),
        ("'''a;\nb'''", True),
        ("'''a\nb''';", False),
        ("(1\n);\n\n# end", False),
        ("1\r\n", True),
        ("1;\r\n", False),
        ("x\f;", False),
        ("", False),
        ("# only this", False),
    ],
)
def test_a_semicolon_hides_the_last_value(source: str, shows: bool) -> None:
    """The value is shown if the cell ends in an expression with no `;` behind it."""
    assert any(step.shows for step in compile_cell(source, "<cell>").steps) is shows


@pytest.mark.parametrize(
    "source, message, line, column",
    [
        ("x = 1\ny = = 2", "invalid syntax", 2, 5),
        ("def f(:", "invalid syntax", 1, 7),
        ("a = 1\nb = '\0'", "null bytes", 2, 6),
        ("\0", "null bytes", 1, 1),
        ("ab\ncd\0 = = 1", "null bytes", 2, 3),
        ("x = '\ud800'", "lone surrogate", 1, 6),
        ("if True:\n\tx = 1\n        y = 2", "inconsistent use of tabs", 3, None),
        ("return 5", "'return' outside function", 1, 1),
        ("  1", "unexpected indent", 1, None),
    ],
)
def test_what_is_wrong_and_where(source: str, message: str, line: int, column: int | None) -> None:
    """Whatever Python makes of it, code that cannot be compiled is a syntax error with a place."""
    with pytest.raises(SyntaxError) as refusal:
        compile_cell(source, "<cell>")
    assert message in str(refusal.value.msg)
    assert refusal.value.lineno == line
    assert refusal.value.filename == "<cell>"
    if column is not None:
        assert refusal.value.offset == column


@pytest.mark.parametrize("line", ["return 5", "  break", "x = yield"])
def test_the_line_that_only_the_compiler_refuses_is_shown(line: str) -> None:
    """Python itself does not say it where it has no file to read it from."""
    source = f"if True:\n  pass\n{line}\n" if line[0] != " " else f"if True:\n{line}\n"
    with pytest.raises(SyntaxError) as refusal:
        compile_cell(source, "<cell>")
    assert refusal.value.text == line + "\n"


@given(st.text(max_size=60))
def test_any_text_compiles_or_is_a_syntax_error(source: str) -> None:
    """No text makes the compiler raise anything else."""
    try:
        compile_cell(source, "<cell>")
    except SyntaxError:
        pass


@pytest.mark.parametrize(
    "source",
    ["await f()", "[i async for i in g()]", "async with a: pass", "async for i in a: pass"],
)
def test_code_that_awaits_needs_a_loop(source: str) -> None:
    """Top-level `await`, `async for` and `async with` compile to a coroutine."""
    assert any(map(is_coroutine, compile_cell(source, "<cell>").code))


def test_plain_code_needs_no_loop() -> None:
    """A cell that only defines a coroutine is no coroutine."""
    cell = compile_cell("async def f(): await g()\nf", "<cell>")
    assert not any(map(is_coroutine, cell.code))


def test_future_imports_stick() -> None:
    """The flags of one cell's future imports are handed to the next."""
    first = compile_cell("from __future__ import annotations\nx = 1", "<one>")
    assert first.futures == __future__.annotations.compiler_flag
    second = compile_cell("def f(a: undefined): pass", "<two>", first.futures)
    assert second.futures == first.futures
    namespace: dict[str, object] = {}
    for code in second.code:
        eval(code, namespace)
    assert getattr(namespace["f"], "__annotations__", None) == {"a": "undefined"}


def test_our_own_future_imports_do_not_leak() -> None:
    """A cell starts with no future feature but its own."""
    cell = compile_cell("def f(a: int): pass", "<cell>")
    namespace: dict[str, object] = {}
    for code in cell.code:
        eval(code, namespace)
    assert cell.futures == 0
    assert getattr(namespace["f"], "__annotations__", None) == {"a": int}


@given(st.text("ab \n\r", max_size=20))
def test_lines_are_those_that_python_counts(source: str) -> None:
    """Line ends are normalised, and the lines together are the source."""
    normal = source.replace("\r\n", "\n").replace("\r", "\n")
    assert "".join(source_lines(source)) in (normal, normal + "\n")
    assert source_lines(source) == [
        line if line.endswith("\n") else line + "\n" for line in normal.splitlines(keepends=True)
    ]


def test_source_is_found_until_it_is_forgotten() -> None:
    """`linecache` knows the lines of a cell by its file name."""
    remember_source("<cell test>", "one\ntwo")
    linecache.checkcache()
    assert linecache.getline("<cell test>", 2) == "two\n"
    forget_source("<cell test>")
    forget_source("<cell test>")
    assert linecache.getline("<cell test>", 2) == ""
