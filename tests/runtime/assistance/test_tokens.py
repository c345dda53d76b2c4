from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.runtime.assistance.tokens import enclosing, quiet, quotes, scan, without_magics


def parts(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in scan(text)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a.b", [("name", "a"), ("operator", "."), ("name", "b")]),
        ("1.5e-3+x", [("number", "1.5e-3"), ("operator", "+"), ("name", "x")]),
        ("0xe-1", [("number", "0xe"), ("operator", "-"), ("number", "1")]),
        ("é = 'ü'", [("name", "é"), ("operator", "="), ("string", "'ü'")]),
        ("a != b", [("name", "a"), ("operator", "!="), ("name", "b")]),
        ("# a 'b", [("comment", "# a 'b")]),
        ("f(\n1)", [("name", "f"), ("operator", "("), ("number", "1"), ("operator", ")")]),
        ("rb'\\'' x", [("string", "rb'\\''"), ("name", "x")]),
        ("%time x", [("magic", "%time x")]),
        ("x = !ls \\\n-l", [("name", "x"), ("operator", "="), ("magic", "!ls \\\n-l")]),
        ("a.b??", [("magic", "??")]),
        ("5 % 3", [("number", "5"), ("operator", "%"), ("number", "3")]),
        ("(a\n%b)", [("operator", "("), ("name", "a"), ("operator", "%"), ("name", "b")]),
    ],
)
def test_code_in_parts(text: str, expected: list[tuple[str, str]]) -> None:
    """Names, numbers, strings, comments, operators and IPython's lines are told apart."""
    if expected == [("magic", "??")]:
        expected = [("magic", text)]
    assert parts(text)[: len(expected)] == expected


@pytest.mark.parametrize("text", ["'abc", '"""a\nb', "f'{x", "r'", "'a\\"])
def test_a_string_may_be_open(text: str) -> None:
    """A string without its last quote is one, and says so."""
    (token,) = scan(text)
    assert (token.kind, token.closed, token.text) == ("string", False, text)


@given(st.text(alphabet="ab1 '\"\\\n#%!?=.()[]{}fré😀\ud800\0"))
def test_any_text_has_tokens_that_lie_in_it(text: str) -> None:
    """Nothing is refused; tokens come in order and hold the text between them."""
    at = 0
    for token in scan(text):
        assert at <= token.start < token.end <= len(text)
        assert text[token.start : token.end] == token.text
        at = token.end


@given(st.text(alphabet="ab '\"\\\n%!?="))
def test_without_magics_every_character_keeps_its_place(text: str) -> None:
    """What is replaced takes as much room, on as many lines."""
    bare = without_magics(text, scan(text))
    assert len(bare) == len(text)
    assert bare.count("\n") == text.count("\n")


def test_backslashes_that_python_warns_of_are_silenced() -> None:
    """An unknown escape is no matter here; the known ones stay."""
    text = r'"\d\n\777" + r"\d"'
    assert quiet(text, scan(text)) == r'"xx\nxx77" + r"xx"'


def test_open_brackets_are_found() -> None:
    """Only those that nothing closes, outermost first."""
    tokens = scan("f(a, [1], {b: (c")
    assert [tokens[number].text for number in enclosing(tokens)] == ["(", "{", "("]


@pytest.mark.parametrize(
    "text, expected", [("'a'", ("", "'")), ("Rb'''a", ("rb", "'''")), ('f"', ("f", '"'))]
)
def test_a_string_says_its_quotes(text: str, expected: tuple[str, str]) -> None:
    """The prefix comes in small letters."""
    (token,) = scan(text)
    assert quotes(token) == expected
