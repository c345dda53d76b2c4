"""The printer that values are given to, and that `_repr_pretty_` methods talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from types import EllipsisType, NoneType, NotImplementedType
from typing import Any

from .layout import Layout

NUMBERS = frozenset(
    {int, float, complex, bool, NoneType, EllipsisType, NotImplementedType},
)
TEXTS = frozenset({str, bytes})
ATOMS = NUMBERS | TEXTS
"""Types whose values are printed by `repr`, always on one line."""

_LINE_ENDS = ("\r\n", *"\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
"""What ends a line for `str.splitlines`, beside the newline; it would make a list of them all."""


class PrettyPrinter(Layout):
    """Lays out values by the first printer that a class in their MRO has, or is known to have.

    Of a class that neither `printers` knows nor says how it looks (`_repr_pretty_`, `__repr__`),
    the name and the address of the value are printed.
    """

    verbose = False

    def __init__(
        self,
        printers: Mapping[type, Print],
        *,
        max_width: int = 79,
        max_seq_length: int = 1000,
        limit: int | None = None,
    ) -> None:
        super().__init__(max_width=max_width, limit=limit)
        self.max_seq_length = max_seq_length
        self.stack: list[int] = []
        self._printers = printers

    def pretty(self, obj: Any) -> None:
        """Add a value; one that is inside itself is printed shortened.

        Raises:
            RecursionError: the values are nested too deep.
        """
        if type(obj) in ATOMS and self.fits(text := repr(obj)):
            self.text(text)
            return
        key = id(obj)
        cycle = key in self.stack
        self.stack.append(key)
        self.begin_group()
        try:
            printer_of(class_of(obj), self._printers)(obj, self, cycle)
        finally:
            self.end_group()
            self.stack.pop()

    def separated(self, items: Iterable[Any]) -> Iterator[Any]:
        """Each item, to be printed before the next is asked for, with commas between them.

        After `max_seq_length` items three dots stand for the rest.
        """
        for index, item in self._enumerate(items):
            if index:
                self.text(",")
                self.breakable()
            yield item

    def enough(self, items: Iterable[Any]) -> Iterator[Any]:
        """As many items as are needed to print them, or to see that there are too many."""
        return islice(items, self.max_seq_length + 1 if self.max_seq_length else None)

    def _enumerate(self, seq: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """The first items, numbered, then the dots; a name that IPython's own printers call."""
        for index, item in enumerate(seq):
            if index >= self.max_seq_length > 0:
                self.text(",")
                self.breakable()
                self.text("...")
                return
            yield index, item


Print = Callable[[Any, PrettyPrinter, bool], object]
"""Prints a value; the last argument tells whether the value is inside itself."""


def class_of(value: Any) -> type:
    """What the value says its class is."""
    try:
        said = value.__class__
    except Exception:
        return type(value)
    return said if isinstance(said, type) else type(value)


def printer_of(cls: type, printers: Mapping[type, Print]) -> Print:
    """What prints the values of a class."""
    for base in cls.__mro__:
        if known := printers.get(base):
            return known
        members = base.__dict__
        if "_repr_pretty_" in members and callable(own := base._repr_pretty_):  # type: ignore[attr-defined]
            return own  # type: ignore[no-any-return]
        if "__repr__" in members and base is not object and callable(base.__repr__):
            return by_repr
    plain: object = cls.__repr__
    return by_address if plain is object.__repr__ else by_repr


def own_text(value: Any) -> str:
    """The value's `repr`, its lines separated by newlines, however it ends them itself."""
    text = repr(value)
    if not text.isprintable():
        for end in _LINE_ENDS:
            text = text.replace(end, "\n")
    return text.removesuffix("\n")


def by_repr(value: Any, printer: PrettyPrinter, _cycle: bool) -> None:
    """Print what the value's `repr` is, its lines indented as the place demands."""
    printer.begin_group()
    try:
        text = own_text(value)
        start = 0
        while (end := text.find("\n", start)) >= 0:
            printer.text(text[start:end])
            printer.break_()
            start = end + 1
        printer.text(text[start:])
    finally:
        printer.end_group()


def by_address(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    """Print the class of a value that nothing else is known of, and where it is."""
    printer.begin_group(1, "<")
    printer.pretty(class_of(value))
    printer.text(f" at 0x{id(value):x}")
    if cycle:
        printer.text(" ...")
    printer.end_group(1, ">")
