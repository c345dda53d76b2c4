"""Values that are printed as the call that would make them."""

from __future__ import annotations

from typing import Any

from .printer import PrettyPrinter


class Verbatim:
    """Text that is printed as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_pretty_(self, printer: PrettyPrinter, cycle: bool) -> None:
        printer.text(self._text)


DOTS = Verbatim("...")
"""What stands for a value inside itself."""


class Call:
    """A call with its arguments, printed in lines below one another where they are too wide."""

    def __init__(self, function: str, /, *args: Any, **kwargs: Any) -> None:
        self._function = function
        self._args = args
        self._kwargs = kwargs

    def _repr_pretty_(self, printer: PrettyPrinter, cycle: bool) -> None:
        opening = f"{self._function}("
        printer.begin_group(len(opening), opening)
        separate = False
        for argument in self._args:
            _separate(printer, separate)
            printer.pretty(argument)
            separate = True
        for name, argument in self._kwargs.items():
            _separate(printer, separate)
            printer.begin_group(len(name) + 1, f"{name}=")
            printer.pretty(argument)
            printer.end_group(len(name) + 1)
            separate = True
        printer.end_group(len(opening), ")")


def _separate(printer: PrettyPrinter, needed: bool) -> None:
    if needed:
        printer.text(",")
        printer.breakable()
