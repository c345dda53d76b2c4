from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import ipaddress
import pathlib
import re
import types
import uuid
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest
from IPython.lib.pretty import pretty

from nbengine.capture.pretty.text import pretty_text

LONG = "x" * 60


class Base:
    class Inner(ValueError):  # noqa: D106
        pass

    def method(self, number: int = 1, *, name: str | None = None) -> None: ...

    @classmethod
    def of_class(cls) -> None: ...

    @staticmethod
    def of_nobody(number: int) -> None: ...


class Derived(Base):
    def up(self) -> Any:
        return super()


class SaidOtherwise(Exception):
    def __str__(self) -> str:
        return "otherwise"


class ReprOtherwise(Exception):
    def __repr__(self) -> str:
        return "otherwise"


@dataclasses.dataclass
class Data:
    text: str
    items: list[Any]


class Colour(enum.Enum):
    RED = 1


class Bits(enum.IntFlag):
    ONE = 1
    TWO = 2


class Number(int):
    pass


class Text(str):
    __slots__ = ()


class Loud(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return "LOUD\nTEXT"


def renamed(value: Any, **names: Any) -> Any:
    for name, other in names.items():
        setattr(value, f"__{name}__", other)
    return value


def nested() -> type:
    class Local:
        pass

    return Local


def inside_itself() -> Exception:
    error = ValueError()
    error.args = ([error],)
    return error


VALUES: dict[str, Any] = {
    "types": [int, type, object, type(None), types.FunctionType, dict, BaseException, slice],
    "classes": [Base, Base.Inner, nested(), enum.Enum, Colour, uuid.UUID, Data],
    "class without module": [renamed(nested(), module=None), renamed(nested(), module="builtins")],
    "class of main": [renamed(nested(), module="__main__", qualname="A")],
    "classes of libraries": [np.ndarray, np.float64, pd.DataFrame, decimal.Decimal],
    "generic types": [list[int], int | str, TypeVar("T"), dict[str, list[int]], list],
    "functions": [
        nested,
        lambda x, *_, z=LONG, **k: (x, z, k),
        inspect.signature,
        functools.lru_cache,
    ],
    "functions renamed": [
        renamed(lambda: 0, module=None),
        renamed(lambda: 0, module="builtins"),
        renamed(lambda: 0, qualname="a.b", module="__main__"),
    ],
    "builtin functions": [len, print, [].append, dict.fromkeys, getattr, max, min, type.mro],
    "methods": [Base().method, Base.of_class, Base.of_nobody, Base.method, "".join, str.join],
    "slots": [int.__add__, (1).__add__, Base.__init_subclass__, object.__init__],
    "cached function": functools.lru_cache(nested),
    "partials": [functools.partial(int, "3", base=7), functools.partialmethod(nested)],
    "descriptors": [property(), classmethod(type.mro), staticmethod(len)],
    "super": [super(Derived, Derived()), super(Derived), Derived().up()],
    "exceptions": [ValueError(), KeyError("x"), Base.Inner(1, [LONG, LONG]), OSError(2, "gone")],
    "exceptions of their own": [SaidOtherwise("x"), ReprOtherwise("x")],
    "exceptions in exceptions": ExceptionGroup(LONG, [ValueError(LONG), Base.Inner(LONG)]),
    "exception in itself": inside_itself(),
    "no exception of ours": [SystemExit(3), KeyboardInterrupt(), StopIteration((1,))],
    "patterns": [
        re.compile("a"),
        re.compile(rb"a\d\n"),
        re.compile("a'b\\d\n\"", re.IGNORECASE | re.MULTILINE | re.VERBOSE | re.DOTALL),
        re.compile("a", re.ASCII),
        re.compile("a", re.ASCII | re.IGNORECASE),
        re.compile(b"a", re.LOCALE),
        re.compile(LONG, re.MULTILINE),
    ],
    "match": re.match("x", "x"),
    "times": [
        datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC),
        datetime.timedelta(3),
        datetime.date(2024, 1, 2),
        datetime.time(1),
    ],
    "numbers": [decimal.Decimal("1.10"), fractions.Fraction(1, 3), 10**40, -0.0, float("nan"), 1j],
    "paths and ids": [pathlib.PurePosixPath("/a/b"), uuid.UUID(int=7)],
    "addresses": ipaddress.ip_network("10.0.0.0/8"),
    "dataclass": [Data(LONG, [LONG, Data("", [])])],
    "enums": [Colour.RED, Bits.ONE, Bits.ONE | Bits.TWO, re.IGNORECASE],
    "subclasses of atoms": [Number(3), Text("a\nb"), Loud("a")],
    "ranges": [range(3), slice(1, None, 2), ..., NotImplemented, None],
    "buffers": [bytearray(b"a"), b"'", memoryview(b"a")],
    "generators": [iter([]), iter({}), (name for name in "ab"), zip()],
    "modules": [functools, np],
    "arrays": [np.arange(12).reshape(3, 4), np.zeros((3, 40)), np.arange(5000), np.array("a")],
    "scalars": [np.float64(1.5), np.int32(7), np.bool_(True), np.datetime64("2024-01-02")],
    "functions of numpy": [np.sum, np.add, np.random.default_rng, np.vectorize(len)],
    "structured": np.zeros(3, dtype=[("name", "U5"), ("size", "f8")]),
    "frame": pd.DataFrame({"a": [1, 2], "b": ["x", LONG]}),
    "wide frame": pd.DataFrame(np.arange(90).reshape(3, 30)),
    "series": pd.Series([1.5, None], name="s"),
    "pandas inside": {"frame": pd.DataFrame({"a": [1, 2]}), "index": [pd.Index([1]), pd.NaT]},
    "times of pandas": [pd.Timestamp("2024-01-02"), pd.Timedelta(3), pd.NA, pd.Interval(1, 2)],
    "text": "a'b\"\n\u2028\udcff ä",
    "text that breaks lines": Text("a\x0bb"),
    "signature": inspect.signature(Base.method),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("max_width", [79, 30, 1])
def test_objects_look_as_in_ipython(name: str, max_width: int) -> None:
    """Classes, functions, exceptions and values of libraries give the text that IPython gives."""
    value = VALUES[name]
    values = [value, *value] if isinstance(value, list) else [value]
    for item in values:
        expected = pretty(item, max_width=max_width)  # type: ignore[no-untyped-call]
        assert pretty_text(item, max_width=max_width) == expected


def test_a_class_that_a_cell_made_is_named_with_main() -> None:
    """Classes of cells and their values bear the module that Jupyter gives them."""
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec("class A: ...\ndef f(x, y=1): ...", scope)
    made = scope["A"]()
    assert pretty_text(scope["A"]) == "__main__.A"
    assert pretty_text(made) == f"<__main__.A at 0x{id(made):x}>"
    assert pretty_text(scope["f"]) == "<function __main__.f(x, y=1)>"


def test_a_function_whose_parameters_cannot_be_told_is_shown_without_them() -> None:
    """A name missing where a function's parameters are looked up does not hide the function."""

    class Wrapped:
        @property
        def __signature__(self) -> inspect.Signature:
            raise NameError("defined later")

    def function() -> None: ...

    renamed(function, module="__main__", qualname="f", wrapped=Wrapped())
    assert pretty_text(function) == "<function __main__.f>"
