"""Threads of a cell ask, whoever watches answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from nbengine.errors import InvalidInputError
from nbengine.models.notebook_view import Question
from nbengine.services.notebooks.questions import Questions
from tests.conftest import until


def question(prompt: str) -> Question:
    return Question(prompt=prompt, password=False)


def test_two_threads_ask_at_once() -> None:
    """Each gets a line of its own, who asked first the first."""
    questions = Questions()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(questions.ask, "e", question("first"))
        until(lambda: questions.of("e") == question("first"))
        second = pool.submit(questions.ask, "e", question("second"))
        until(lambda: len(questions._open) == 2)
        questions.answer("e", "1")
        assert questions.of("e") == question("second")
        questions.answer("e", "2")
        assert (first.result(10), second.result(10)) == ("1", "2")
    assert questions.of("e") is None
    with pytest.raises(InvalidInputError, match="does not ask"):
        questions.answer("e", "3")


def test_nobody_will_answer() -> None:
    """All who ask are interrupted."""
    questions = Questions()
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(questions.ask, "e", question(each)) for each in "ab"]
        until(lambda: len(questions._open) == 2)
        questions.give_up()
        for each in asked:
            with pytest.raises(KeyboardInterrupt):
                each.result(10)
