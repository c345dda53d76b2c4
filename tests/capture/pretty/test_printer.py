from __future__ import annotations

from typing import Any

import pytest
from IPython.lib.pretty import CallExpression, RawText, pretty

from nbengine.capture.pretty.text import pretty_text

LONG = "x" * 50


class Point:
    """Prints itself with every part of the printer that IPython's pages tell of."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        if cycle:
            p.text("Point(...)")
            return
        with p.group(6, "Point(", ")"):
            for index, part in enumerate(self.parts):
                if index:
                    p.text(",")
                    p.breakable()
                p.pretty(part)


class Tree:
    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        p.begin_group(1, "<")
        p.text(f"{p.max_width} {p.max_seq_length} {p.verbose} {cycle}")
        with p.indent(4):
            p.break_()
            p.text("indented")
        p.breakable(" | ")
        p.end_group(1, ">")
        p.flush()


class Items:
    def __init__(self, count: int) -> None:
        self.count = count

    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        for index, item in p._enumerate(range(self.count)):
            if index:
                p.text(", ")
            p.pretty(item)


class Foreign:
    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        call = CallExpression.factory("f")  # type: ignore[no-untyped-call]
        p.pretty(call(RawText("0b1"), LONG, key=[LONG]))  # type: ignore[no-untyped-call]


class Static:
    @staticmethod
    def _repr_pretty_(value: Any, p: Any, _cycle: bool) -> None:
        p.text(f"static {type(value).__name__}")


class Meta(type):
    def _repr_pretty_(cls, p: Any, cycle: bool) -> None:
        p.text(f"<the class {cls.__name__}>")


class Made(metaclass=Meta):
    pass


class Named(type):
    def __repr__(cls) -> str:
        return f"{cls.__name__}\nof two lines"


class NamedByMeta(metaclass=Named):
    pass


class ReprOverPretty(Point):
    def __repr__(self) -> str:
        return "the repr of the most derived class"


class PrettyOverRepr(ReprOverPretty):
    def _repr_pretty_(self, p: Any, cycle: bool) -> None:
        p.text("the method of the most derived class")


class NoneAsMethod:
    _repr_pretty_ = None


class Lines:
    def __repr__(self) -> str:
        return "first\n  second\n\nlast\n"


class Empty:
    def __repr__(self) -> str:
        return ""


class Proxy:
    """Says that it is a list."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return list

    def __iter__(self) -> Any:
        return iter([1, [2]])

    def __len__(self) -> int:
        return 2


class NoClass:
    @property  # type: ignore[misc]
    def __class__(self) -> type:
        raise KeyError("class")


INSIDE_ITSELF = Point(1)
INSIDE_ITSELF.parts = (INSIDE_ITSELF, [INSIDE_ITSELF])

VALUES: dict[str, Any] = {
    "own method": Point(1, Point("a", [2.5])),
    "own method, broken": Point(LONG, Point(LONG, [LONG, LONG])),
    "own method, cycle": INSIDE_ITSELF,
    "own method, all of the printer": [Tree(), {1: Tree()}],
    "own method, many items": Items(1001),
    "own method with IPython's own classes": [Foreign()],
    "static method": Static(),
    "no method": [NoneAsMethod()],
    "class with a metaclass's method": [Made, Made()],
    "class with a metaclass's repr": [NamedByMeta, NamedByMeta()],
    "derived repr": ReprOverPretty(1),
    "derived method": PrettyOverRepr(1),
    "lines": Lines(),
    "lines in containers": [Lines(), {"key": Lines(), Lines(): (Lines(),)}],
    "empty repr": [Empty(), Empty()],
    "proxy": Proxy(),
    "no class": NoClass(),
    "no repr": object(),
    "no repr, in a container": {"a" * 30: [object(), object(), object()]},
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("max_width", [79, 20, 1])
def test_values_that_say_how_they_look_look_as_in_ipython(name: str, max_width: int) -> None:
    """`_repr_pretty_`, `__repr__`, metaclasses and proxies are seen as IPython sees them."""
    value = VALUES[name]
    expected = pretty(value, max_width=max_width)  # type: ignore[no-untyped-call]
    assert pretty_text(value, max_width=max_width) == expected


def test_a_value_whose_class_is_no_class_is_shown_by_its_type() -> None:
    """A value that answers nonsense when it is asked for its class is still shown."""

    class Nonsense:
        @property  # type: ignore[misc]
        def __class__(self) -> Any:
            return 5

    value = Nonsense()
    assert pretty_text(value).endswith(f"Nonsense at 0x{id(value):x}>")


@pytest.mark.parametrize("inside", [False, True])
def test_what_a_method_raises_is_raised(inside: bool) -> None:
    """Errors of `_repr_pretty_` and of `__repr__` reach the caller as they are."""

    class Raises:
        def _repr_pretty_(self, p: Any, cycle: bool) -> None:
            raise ZeroDivisionError("pretty")

    class ReprRaises:
        def __repr__(self) -> str:
            raise ZeroDivisionError("repr")

    for value in (Raises(), ReprRaises()):
        with pytest.raises(ZeroDivisionError):
            pretty_text([[value]] if inside else value)


def test_a_class_changed_later_is_printed_as_it_is_then() -> None:
    """A `__repr__` given to a class after one of its values was printed is used."""

    class Changing: ...

    value = Changing()
    assert pretty_text(value).endswith(f"Changing at 0x{id(value):x}>")
    Changing.__repr__ = lambda _: "changed"  # type: ignore[method-assign]
    assert pretty_text(value) == "changed"
