"""Exceptions with what they were raised from; only their tracebacks stay behind."""

from __future__ import annotations

import types
from typing import Any

from .lost import Lost

_LINKS = ("__cause__", "__context__", "__suppress_context__", "__traceback__")

_FIELDS = ("name", "obj")
"""What is missing, and in what: Python 3.11 forgets them."""


def reduce_exception(error: BaseException) -> Any:
    """The exception as it would save itself, with its links to others."""
    reduced = error.__reduce_ex__(5)
    if not isinstance(reduced, tuple) or not 2 <= len(reduced) <= 3:
        return reduced
    make, args, *rest = reduced
    if make is type(error) and _has_own_init(make) and not _has_own_reduce(make):
        make, args = make_exception, (make, args)
    names = (*_LINKS, *_FIELDS) if isinstance(error, NameError | AttributeError) else _LINKS
    links = {name: getattr(error, name) for name in names if hasattr(error, name)}
    return make, args, (rest[0] if rest else None, links), None, None, fill_exception


def make_exception(cls: type[BaseException], args: tuple[Any, ...]) -> BaseException:
    """An exception whose own `__init__`, which may want other arguments, is passed over."""
    error = cls.__new__(cls, *args)
    built_in = next(base for base in cls.__mro__ if not _has_own_init(base))
    getattr(built_in, "__init__")(error, *args)  # noqa: B009  # of this class, not the error's
    return error


def fill_exception(error: BaseException, state: tuple[Any, dict[str, Any]]) -> None:
    """Give the exception its attributes, notes among them, and its links."""
    own, links = state
    if own is not None:
        error.__setstate__(own)
    for name, value in links.items():
        if not isinstance(value, Lost):
            setattr(error, name, value)


def _has_own_init(cls: Any) -> bool:
    return isinstance(cls.__init__, types.FunctionType)


def _has_own_reduce(cls: type) -> bool:
    return isinstance(cls.__reduce__, types.FunctionType)
