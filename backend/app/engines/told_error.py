"""An exception told to another process, and made again there as nearly as can be.

Nothing is unpickled: what arrives is names and texts. A class that is the other process's own
becomes one of the same name, under the nearest ancestor that is Python's, so that `except OSError`
holds.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, TypedDict

from .. import errors
from ..errors import NbengineError
from .frames import Frame, FrameError


class ToldError(TypedDict):
    """What is told of an exception."""

    name: str
    module: str
    bases: list[str]
    """Names of its class and that one's ancestors, where they are Python's own; nearest first."""
    arguments: list[str | int | float | bool | None] | None
    """Those of its making, where they are plain."""
    message: str


def told_error(error: BaseException) -> ToldError:
    """What there is to tell of it."""
    kind = type(error)
    return ToldError(
        name=kind.__name__,
        module=kind.__module__,
        bases=[base.__name__ for base in kind.__mro__ if base.__module__ == "builtins"],
        arguments=_plain(_arguments(error)),
        message=message_of(error),
    )


def message_of(error: BaseException) -> str:
    """Its text, also if that fails."""
    try:
        return str(error)
    except Exception as failure:
        return f"<{type(error).__name__}.__str__ raised {type(failure).__name__}>"


def remade(told: ToldError) -> BaseException:
    """The exception, or one that differs from it only in what cannot be told."""
    for base in _own_bases(told["bases"]):
        with suppress(Exception):
            error = _made(base, told)
            if str(error) == told["message"]:
                return error
    return RuntimeError(f"{told['name']}: {told['message']}")


def raised(frame: Frame) -> NbengineError:
    """The error of ours that a worker says it has raised; any other is a fault.

    Raises:
        FrameError: it is no error at all.
    """
    match frame.load():
        case {"type": str(name), "message": str(message)}:
            kind = getattr(errors, name, None)
        case _:
            raise FrameError("it sent an error that is none")
    if isinstance(kind, type) and issubclass(kind, NbengineError):
        return kind(message)
    return NbengineError(f"The engine failed in its worker: {name}: {message}")


def _made(base: type[BaseException], told: ToldError) -> BaseException:
    own = base.__name__ == told["name"] and told["module"] == "builtins"
    arguments = told["arguments"]
    if arguments is not None:
        kind = base if own else _named(base, told)
        with suppress(Exception):
            error = kind(*arguments)
            if str(error) == told["message"]:
                return error
    message = told["message"]
    kind = _named(base, told, __str__=lambda _: message)
    error = kind.__new__(kind)
    error.args = (message,)
    return error


def _named(base: type[BaseException], told: ToldError, **attributes: Any) -> type[BaseException]:
    return type(told["name"], (base,), attributes | {"__module__": told["module"]})


def _own_bases(names: list[str]) -> Iterator[type[BaseException]]:
    for name in names:
        kind = getattr(builtins, name, None)
        if isinstance(kind, type) and issubclass(kind, BaseException):
            yield kind


def _arguments(error: BaseException) -> tuple[Any, ...]:
    """Those that make it again: `OSError` keeps the file's name apart."""
    if isinstance(error, OSError) and error.filename is not None:
        return *error.args[:2], error.filename
    return error.args


def _plain(arguments: tuple[Any, ...]) -> list[str | int | float | bool | None] | None:
    plain = all(type(each) in _PLAIN for each in arguments)
    return list(arguments) if plain else None


_PLAIN = {str, int, float, bool, type(None)}
