"""The plain text of a value."""

from __future__ import annotations

from itertools import chain
from typing import Any

from ...runtime.text_window import TextTooLongError
from .containers import CONTAINERS
from .layout import LimitReachedError
from .objects import OBJECTS
from .printer import ATOMS, NUMBERS, TEXTS, PrettyPrinter, by_repr, class_of, own_text, printer_of

PRINTERS = {**CONTAINERS, **OBJECTS}
"""How the values of Python's own types are printed; other types say so themselves."""


def pretty_text(
    value: Any, *, max_width: int = 79, max_seq_length: int = 1000, limit: int | None = None
) -> str:
    """The text of a value, equal to what `IPython.lib.pretty.pretty` says of it.

    Of a container with more than `max_seq_length` items (0: any number) the first are printed.
    After `limit` characters printing stops; but what one `repr` gave is returned whole, since it
    is there anyway. What the value's own methods raise is raised.

    Raises:
        TextTooLongError: the text was stopped at the limit.
        RecursionError: the value is nested too deep.
    """
    if type(value) in ATOMS:
        return repr(value)
    if _is_short(value, max_width, max_seq_length) and len(text := repr(value)) <= max_width:
        return text
    if printer_of(class_of(value), PRINTERS) is by_repr:
        return own_text(value)
    printer = PrettyPrinter(
        PRINTERS, max_width=max_width, max_seq_length=max_seq_length, limit=limit
    )
    try:
        printer.pretty(value)
        printer.flush()
    except LimitReachedError:
        pass
    if printer.overflows():
        raise TextTooLongError(printer.written())
    return printer.written()


def _is_short(value: Any, max_width: int, max_seq_length: int) -> bool:
    """Whether it is a container that may fit on a line, of items that are printed by `repr`."""
    cls = type(value)
    if cls is not list and cls is not tuple and cls is not dict:
        return False
    if len(value) > min(max_width // 3, max_seq_length or max_width):
        return False
    for item in value if cls is not dict else chain(value, value.values()):
        if type(item) not in NUMBERS and (type(item) not in TEXTS or len(item) > max_width):
            return False
    return True
