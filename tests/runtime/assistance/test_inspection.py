from __future__ import annotations

import json
from typing import Any

import pytest

from nbengine.runtime.assistance.inspection import MOST, inspect_at
from nbengine.runtime.assistance.place import Place


class Thing:
    """A thing."""

    def grow(self, amount: int) -> None:
        """Grow it."""

    @property
    def weight(self) -> int:
        """How heavy it is."""
        raise AssertionError


def measure(length: float, unit: str = "m") -> None:
    """Measure it."""


NAMES: dict[str, Any] = {
    "thing": Thing(),
    "Thing": Thing,
    "measure": measure,
    "text": "abc",
    "long": "x" * 10 * MOST,
    "json": json,
}


def ask(question: dict[str, Any]) -> dict[str, Any]:
    """Stands for the analyser: it knows what `found()` gives back."""
    assert question["what"] == "inspect"
    if "found" not in question["source"]:
        return {"number": 1}
    return {"number": 1, "signature": "found()", "doc": "Found.", "file": "", "type": "function"}


def told(code: str, cursor: int, detail: int = 0) -> str | None:
    answer = inspect_at(code, cursor, detail, Place(NAMES, "/", []), ask)
    if not answer.found:
        assert answer.data == {}
        return None
    text = answer.data["text/plain"]
    assert isinstance(text, str)
    return text


@pytest.mark.parametrize(
    "code, cursor, expected",
    [
        ("thing", 2, "A thing."),
        ("thing", 5, "A thing."),
        ("thing?", 3, "A thing."),
        ("x = thing.grow", 12, "Signature: thing.grow(amount: 'int') -> 'None'"),
        ("measure(", 8, "Signature: measure(length"),
        ("measure(1, ", 11, "Signature: measure(length"),
        ("measure(len(text), ", 19, "Signature: measure(length"),
        ("measure(len(", 12, "Signature: len(obj, /)"),
        ("measure(unit=text", 10, "Signature: measure(length"),
        ("measure(text)", 9, "Type:        str"),
        ("%time measure(", 14, "Signature: measure(length"),
        ("Thing", 0, "Init signature: Thing()"),
        ("thing.weight", 8, "How heavy it is."),
        ("text", 1, "String form: abc"),
        ("json", 1, "File:      " + str(json.__file__)),
        ("found().more", 10, "Signature: found()"),
    ],
)
def test_what_is_told_of_a_name(code: str, cursor: int, expected: str) -> None:
    """The name under the cursor, else the function whose call it is in."""
    text = told(code, cursor)
    assert text is not None
    assert expected in text


@pytest.mark.parametrize("code", ["", "nothing", "1 + 1", "'text'", "if", "nothing.more(", "\0"])
def test_of_other_things_nothing_is_told(code: str) -> None:
    """The answer is that nothing was found."""
    assert told(code, len(code)) is None


@pytest.mark.parametrize("name", ["measure", "Thing", "thing.grow"])
def test_the_source_is_told_on_the_second_level(name: str) -> None:
    """In place of the docstring, as it is written."""
    text = told(name, len(name) - 1, 1)
    assert text is not None
    assert "Source:\n" in text
    assert '"""' in text


def test_a_long_value_is_cut() -> None:
    """However long it is, the answer is short."""
    text = told("long", 1)
    assert text is not None
    assert len(text) < MOST
    assert str(10 * MOST) in text
