"""Printers of classes, functions, exceptions and the like."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping
from typing import Any

from .calls import Call, Verbatim
from .printer import PrettyPrinter, Print, by_repr

_FLAGS = (
    re.IGNORECASE,
    re.LOCALE,
    re.MULTILINE,
    re.DOTALL,
    re.UNICODE,
    re.VERBOSE,
    re.DEBUG,
)


def _class(value: Any, printer: PrettyPrinter, cycle: bool) -> None:
    own: object = type(value).__repr__
    if own is not type.__repr__:
        by_repr(value, printer, cycle)
        return
    name = _text_of(value, "__qualname__") or value.__name__
    if not isinstance(name, str):
        name = "<unknown type>"
    try:
        module = value.__module__
    except Exception:
        module = None
    printer.text(_qualified(module, name))


def _text_of(value: Any, name: str) -> str | None:
    try:
        text = getattr(value, name)
    except Exception:
        return None
    return text if isinstance(text, str) else None


def _qualified(module: Any, name: str) -> str:
    """The name with its module in front, but for what needs no import."""
    return name if module in (None, "builtins") else f"{module}.{name}"


def _function(value: Any, printer: PrettyPrinter, _cycle: bool) -> None:
    """The name of a function and how it is called.

    The parameters of some are not known, and an annotation may fail to be evaluated.
    """
    try:
        parameters = str(inspect.signature(value))
    except (NameError, ValueError):
        parameters = ""
    name = _qualified(value.__module__ or None, value.__qualname__)
    printer.text(f"<function {name}{parameters}>")


def _exception(value: Any, printer: PrettyPrinter, _cycle: bool) -> None:
    cls = value.__class__
    name = _qualified(cls.__module__, getattr(cls, "__qualname__", cls.__name__))
    printer.pretty(Call(name, *getattr(value, "args", ())))


def _super(value: Any, printer: PrettyPrinter, _cycle: bool) -> None:
    printer.begin_group(8, "<super: ")
    printer.pretty(value.__thisclass__)
    printer.text(",")
    printer.breakable()
    printer.pretty(value.__self__)
    printer.end_group(8, ">")


def _pattern(value: Any, printer: PrettyPrinter, _cycle: bool) -> None:
    literal = Verbatim("r" + repr(value.pattern).replace("\\\\", "\\"))
    if isinstance(value.pattern, bytes):
        literal = Verbatim("rb" + repr(value.pattern)[1:].replace("\\\\", "\\"))
    if not value.flags:
        printer.pretty(Call("re.compile", literal))
        return
    flags = "|".join(f"re.{flag.name}" for flag in _FLAGS if value.flags & flag)
    printer.pretty(Call("re.compile", literal, Verbatim(flags)))


OBJECTS: Mapping[type, Print] = {
    type: _class,
    types.FunctionType: _function,
    types.BuiltinFunctionType: _function,
    BaseException: _exception,
    super: _super,
    re.Pattern: _pattern,
}
