from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.engines.told_error import ToldError, remade, told_error

PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False)
KINDS = st.sampled_from([ValueError, KeyError, OSError, RuntimeError, KeyboardInterrupt, EOFError])


def across(error: BaseException) -> BaseException:
    """The error after its way to another process and back to life."""
    return remade(json.loads(json.dumps(told_error(error))))


@given(KINDS, st.lists(PLAIN, max_size=3))
def test_python_s_own_are_made_again(kind: type[BaseException], arguments: list[object]) -> None:
    """Of the same class, with the same arguments and text."""
    error = kind(*arguments)
    found = across(error)
    assert (type(found), found.args, str(found)) == (type(error), error.args, str(error))


def test_an_error_of_the_system_keeps_its_number() -> None:
    """With the file that it is about."""
    found = across(FileNotFoundError(2, "gone", "file"))
    assert isinstance(found, FileNotFoundError)
    assert (found.errno, found.strerror, found.filename) == (2, "gone", "file")


def test_a_class_that_nobody_else_knows() -> None:
    """It has its name, module and text, and stands under what Python knows of its ancestors."""

    class Own(ConnectionError):
        def __init__(self, host: object) -> None:
            super().__init__(host)

        def __str__(self) -> str:
            return "no way to host"

    found = across(Own(object()))
    assert isinstance(found, ConnectionError)
    assert (type(found).__name__, type(found).__module__) == ("Own", __name__)
    assert str(found) == "no way to host"


@pytest.mark.parametrize("bases", [[], ["object"], ["no such name"], ["int", "print"]])
def test_what_is_no_exception_here_is_told_all_the_same(bases: list[str]) -> None:
    """By name and text."""
    told = ToldError(name="Odd", module="m", bases=bases, arguments=[], message="why")
    assert repr(remade(told)) == "RuntimeError('Odd: why')"
