from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from nbengine.runtime.assistance.live import found, member
from nbengine.runtime.assistance.signatures import signature_of, written


def plain(a, b=2, /, c=3, *args, d, e=(1, "x"), **rest): ...  # type: ignore[no-untyped-def]


def only_named(*, first: int) -> None: ...


@functools.wraps(plain)
def wrapped(*args: Any) -> None: ...


class Made:
    def __init__(self, size: int) -> None: ...

    def grow(self, amount: float = 1.0) -> None: ...

    @classmethod
    def build(cls, plan: str) -> None: ...

    @staticmethod
    def free(value: int) -> None: ...

    def __call__(self, argument: int) -> None: ...


class Empty: ...


def shown(value: Any) -> str:
    return str(signature_of(found(value)))


@pytest.mark.parametrize(
    "value, expected",
    [
        (plain, "(a, b=2, /, c=3, *args, d, e=(1, 'x'), **rest)"),
        (wrapped, "(a, b=2, /, c=3, *args, d, e=(1, 'x'), **rest)"),
        (Empty, "()"),
        (len, "(obj, /)"),
        (5, "None"),
        (dict, "None"),
    ],
    ids=["plain", "wrapped", "empty", "builtin", "number", "dict"],
)
def test_signatures_are_those_of_the_definition(value: Any, expected: str) -> None:
    """Decorators are looked through; what cannot be known is None."""
    assert shown(value) == expected


@pytest.mark.parametrize("value", [Made, Made(1), Made(1).grow, [].append, "".join])
def test_the_argument_that_is_there_is_left_out(value: Any) -> None:
    """Of classes, instances and methods the first parameter is taken."""
    assert "self" not in shown(value)
    assert len(shown(value)) > 4


@pytest.mark.parametrize("name", ["grow", "build", "free"])
def test_methods_have_the_parameters_that_are_to_be_given(name: str) -> None:
    """Whether of an object, a class or none."""
    seen = member(found(Made(1)), name)
    assert seen is not None
    signature = signature_of(seen)
    assert signature is not None
    assert list(signature.parameters) in (["amount"], ["plan"], ["value"])


def test_a_long_signature_has_a_line_for_each_parameter() -> None:
    """With the signs between them."""

    def long(first_parameter, second_parameter, /, third_parameter, *, fourth_parameter): ...  # type: ignore[no-untyped-def]

    signature = signature_of(found(long))
    assert signature is not None
    assert written("long", signature) == (
        "long(\n    first_parameter,\n    second_parameter,\n    /,\n    third_parameter,\n"
        "    *,\n    fourth_parameter,\n)"
    )
    short = signature_of(found(only_named))
    assert short is not None
    assert written("f", short).startswith("f(*, first")


def test_what_a_function_claims_to_be_is_not_asked() -> None:
    """A `__signature__` may be any object."""

    class Loud:
        def __getattribute__(self, name: str) -> Any:
            raise AssertionError

    function: Callable[..., Any] = lambda a: a  # noqa: E731
    function.__signature__ = function.__wrapped__ = Loud()  # type: ignore[attr-defined]
    assert shown(function) == "(a)"
