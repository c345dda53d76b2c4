"""The classes of classes as READ_ONLY code has them."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.mark.parametrize(
    "code",
    [
        "type(1) is int, type(int) is type, type(type) is type, type(type(int)) == type",
        "isinstance(int, type), isinstance(1, type), issubclass(bool, type)",
        "int.__class__ is type, (1).__class__ is int, type.__class__ is type",
        "import abc\nisinstance(abc.ABC, abc.ABCMeta), isinstance(int, abc.ABCMeta)",
        "import abc\ntype(abc.ABC) is abc.ABCMeta, abc.ABC.__class__ is abc.ABCMeta",
        "import enum\ntype(enum.Enum) is enum.EnumMeta, {type: 1}[type], repr(type)",
        "import abc\nclass A(metaclass=abc.ABCMeta):\n    pass\ntype(A).__name__, type(A()) is A",
        "from enum import EnumMeta as M, Enum\nclass A(Enum, metaclass=M):\n    X = 1\nA.X.value",
        "class A:\n    def new(self):\n        return self.__class__()\ntype(A().new()).__name__",
    ],
)
def test_classes_are_asked_as_ever(run: Run, code: str) -> None:
    """What a class of classes is asked has the answer that Python gives."""
    held, free = (run(code, notebook_id=mode, mode=mode) for mode in ("read_only", "write_enabled"))
    assert held.error is None, held.error.traceback
    assert held.outputs == free.outputs


@pytest.mark.parametrize(
    "code, message",
    [
        ("type(type(1))('X', (), {})", "Making a class by a call of 'type'"),
        ("(1).__class__.__class__('X', (), {})", "Making a class by a call of 'type'"),
        ("import abc\nabc.ABCMeta('X', (), {})", "Making a class by a call of 'ABCMeta'"),
        ("import abc\ntype(abc.ABC)('X', (), {})", "Making a class by a call of 'ABCMeta'"),
        ("import abc\nclass M(abc.ABCMeta): pass", "A metaclass"),
        ("import typing\ntype(typing.Protocol)", "A metaclass other than ABCMeta and EnumMeta"),
    ],
)
def test_nothing_is_made_of_them(run: Run, code: str, message: str) -> None:
    """A class only comes of a class statement, whose names the source policy has seen."""
    error = run(code, mode="read_only").error
    assert error is not None
    assert error.type == "ReadOnlyError"
    assert error.message.startswith(message)
