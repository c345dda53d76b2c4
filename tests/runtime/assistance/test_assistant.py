from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine.errors import InvalidInputError
from nbengine.runtime.assistance.assistant import Assistant
from nbengine.runtime.assistance.place import Place
from tests.runtime.assistance import hostile

QUESTIONS = [
    *(
        f"{name}{rest}"
        for name in hostile.NAMES
        for rest in ("", ".", "[", '["', "(", ".x", "[0].")
    ),
    "thing.weight.",
    "thing.own.",
    "Meta.kind.",
    "Meta().",
    "Thing().",
    "lazy.inner.",
    "method(th",
    'keys["plain"].',
    'keys["p',
    "for each in thing: each.",
    "(thing + meta).",
    "touched",
]


@pytest.fixture(scope="module")
def assistant() -> Iterator[Assistant]:
    assistant = Assistant(timeout=30)
    yield assistant
    assistant.close()


def place(names: dict[str, Any], cwd: Path) -> Place:
    return Place(names, str(cwd), sys.path)


@pytest.mark.parametrize("code", QUESTIONS)
def test_completion_runs_nothing_of_the_user(
    code: str, assistant: Assistant, tmp_path: Path
) -> None:
    """Objects that loop or raise when they are asked for anything are not asked."""
    names = hostile.namespace()
    assistant.complete(code, len(code), place(names, tmp_path))
    assert not names["touched"]


@pytest.mark.parametrize("code", QUESTIONS)
@pytest.mark.parametrize("detail_level", [0, 1])
def test_inspection_runs_nothing_of_the_user(
    code: str, detail_level: int, assistant: Assistant, tmp_path: Path
) -> None:
    """Neither `repr` nor a property, nor what a decorator claims to wrap, is asked."""
    names = hostile.namespace()
    for cursor in (1, len(code)):
        assistant.inspect(code, cursor, detail_level, place(names, tmp_path))
    assert not names["touched"]


@pytest.mark.parametrize("code", ["repr(thing)", "thing == 1", "Meta == 1", "dir(call())"])
def test_asking_would_be_noticed(code: str) -> None:
    """The hostile objects do tell that they were asked."""
    names = hostile.namespace()
    with pytest.raises(RuntimeError, match="the user's code ran"):
        eval(code, names)
    assert names["touched"]


def test_what_is_known_of_hostile_objects_is_told(assistant: Assistant, tmp_path: Path) -> None:
    """Their own attributes and those of their classes are offered all the same."""
    here = place(hostile.namespace(), tmp_path)
    assert assistant.complete("thing.", 6, here).matches == ["grow", "own", "size", "weight"]
    assert assistant.complete("Meta.", 5, here).matches == ["kind", "stay"]
    assert assistant.complete("meta.", 5, here).matches == ["kind", "stay"]
    assert assistant.complete('keys["', 6, here).matches == ["plain"]
    text = assistant.inspect("method", 1, 0, here).data["text/plain"]
    assert isinstance(text, str)
    assert "method(first, second=<Thing>, *, third: <Thing> = <Meta>)" in text


def test_an_answer_that_takes_too_long_is_an_empty_one(tmp_path: Path) -> None:
    """The caller gets a valid answer without matches at the cursor."""
    hurried = Assistant(timeout=1e-9)
    here = place({"value": 1}, tmp_path)
    answers = [hurried.complete("é val", 5, here) for _ in range(3)]
    assert {(each.cursor_start, each.cursor_end) for each in answers} <= {(5, 5), (2, 5)}
    assert hurried.inspect("nothing", 1, 0, here).found is False
    assert hurried.is_complete("x = (" * 1_000).status in ("unknown", "incomplete")
    hurried.close()


def test_an_error_of_ours_disturbs_nobody(
    assistant: Assistant, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A broken place gives an empty answer and a line in the log."""
    broken = Place(None, str(tmp_path), [])  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR, "nbengine"):
        assert assistant.complete("x", 1, broken).matches == []
    assert "no help with this code" in caplog.text


@pytest.mark.parametrize("cursor", [-(10**9), -1, 0, 3, 4, 10**9])
def test_a_cursor_outside_of_the_code_is_at_its_nearest_end(
    cursor: int, assistant: Assistant, tmp_path: Path
) -> None:
    """What is completed lies within the code, wherever the cursor claims to be."""
    answer = assistant.complete("valu", cursor, place({"value": 1}, tmp_path))
    assert answer.cursor_end == min(max(cursor, 0), 4)
    assert 0 <= answer.cursor_start <= answer.cursor_end
    assert "value" in answer.matches


@pytest.mark.parametrize("cursor", ["1", 1.5, None, True])
def test_a_cursor_that_is_no_number_is_refused(
    cursor: Any, assistant: Assistant, tmp_path: Path
) -> None:
    """One sentence says what a cursor is."""
    with pytest.raises(InvalidInputError, match="The cursor must be an int"):
        assistant.complete("x", cursor, place({}, tmp_path))
    with pytest.raises(InvalidInputError, match="The cursor must be an int"):
        assistant.inspect("x", cursor, 0, place({}, tmp_path))


@pytest.mark.parametrize("code", [None, b"x", 1])
def test_code_that_is_no_text_is_refused(code: Any, assistant: Assistant, tmp_path: Path) -> None:
    """One sentence says what code is."""
    here = place({}, tmp_path)
    for ask in (
        lambda: assistant.complete(code, 0, here),
        lambda: assistant.inspect(code, 0, 0, here),
        lambda: assistant.is_complete(code),
    ):
        with pytest.raises(InvalidInputError, match="The code must be a str, not"):
            ask()


@pytest.mark.parametrize("level", [2, -1, "0", None, True])
def test_a_detail_level_that_there_is_not_is_refused(
    level: Any, assistant: Assistant, tmp_path: Path
) -> None:
    """One sentence says which levels there are."""
    with pytest.raises(InvalidInputError, match="must be 0 or 1"):
        assistant.inspect("x", 0, level, place({}, tmp_path))
