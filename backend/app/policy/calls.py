"""Functions of libraries that READ_ONLY code may call with some arguments and not with others."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from functools import cache, partial
from logging import Logger
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..runtime.tracebacks import is_cell
from .expressions import check_formula, check_query
from .files import check_readable
from .refusal import refuse
from .text_format import check_template
from .watched import (
    DISPATCHERS,
    FORMATS,
    FORMULAS,
    MODULE_WRITERS,
    NEVER,
    OTHER_DESTINATION,
    OTHER_WRITERS,
    QUERIES,
    READERS,
    REDUCERS,
    SINKS,
    SOURCES,
    TEMPLATES,
    WRITERS,
    Destination,
)

Function = Callable[..., Any]
Args = tuple[Any, ...]
Kwargs = dict[str, Any]
Arguments = tuple[Args, Kwargs]
Check = partial[Arguments]

_ENGINE = __name__.partition(".")[0] + "."
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:+/")
_BUFFERS = (io.StringIO, io.BytesIO)
_FORMULA_LIBRARIES = frozenset({"statsmodels", "patsy", "formulaic"})
_AGGREGATE_OPTIONS = frozenset({"axis", "engine", "engine_kwargs", "numeric_only"})
_AGGREGATES = {"pivot_table": 3, "crosstab": 5}
"""Position of `aggfunc`."""


class Checked:
    """A function whose arguments are looked at first.

    Args:
        function: what is to be called.
        check: gives the arguments back as they may be passed, or refuses them.
    """

    __slots__ = ("_check", "_function")

    def __init__(self, function: Function, check: Check) -> None:
        self._function = function
        self._check = check

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Names in a query are looked for in the caller's frame, which is one further away now.
        if self._check.func is _query:
            kwargs["level"] = kwargs.get("level", 0) + 1
        args, kwargs = self._check(args, kwargs)
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return repr(self._function)

    def prepared(self, args: Args, kwargs: Kwargs) -> Function:
        """The function with its arguments, looked at."""
        args, kwargs = self._check(args, kwargs)
        return partial(self._function, *args, **kwargs)


def prepare(function: Function, /, *args: Any, **kwargs: Any) -> Function:
    """A call to be made from the cell's own frame, as libraries look for it.

    They place warnings there, and find the variables that an expression names.
    """
    if isinstance(function, Checked):
        return function.prepared(args, kwargs)
    return partial(function, *args, **kwargs)


def guarded(owner: Any, name: str, function: Function, library: str) -> Function:
    """The function with a look at its arguments, where the library makes that necessary.

    Args:
        owner: what the function was found on.
        library: top-level package that it comes from.

    Raises:
        ReadOnlyError: it may not be used at all.
    """
    if name in NEVER or name.startswith(SINKS):
        raise refuse(f"'{name}'")
    check = _check_of(owner, name, function, library)
    if check is None:
        return function
    if library == "tqdm" and isinstance(function, type):
        return _told_templates(function)
    return Checked(function, check)


@cache
def _told_templates(kind: type) -> type:
    """A class whose instances are told no text that looks into what they format."""

    class Told(kind):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            args, kwargs = _template(args, kwargs)
            super().__init__(*args, **kwargs)

    Told.__name__, Told.__qualname__, Told.__module__ = (
        kind.__name__, kind.__qualname__, kind.__module__
    )  # fmt: skip
    return Told


def _check_of(owner: Any, name: str, function: Function, library: str) -> Check | None:
    check: Check | None = None
    if name in WRITERS or name in MODULE_WRITERS or name.startswith(OTHER_WRITERS):
        check = partial(_write, _destination(owner, name, function), name)
    elif name.startswith(READERS):
        check = partial(_read)
    elif name == "load" and library == "numpy":
        check = partial(_load)
    elif library in _FORMULA_LIBRARIES and name in FORMULAS:
        check = partial(_formula)
    elif library in ("weakref", "_weakref"):
        check = partial(_watch)
    elif name in TEMPLATES or name in FORMATS:
        check = partial(_template)
    elif library == "pandas" and name in QUERIES:
        check = partial(_query, _is_unbound(owner, function))
    elif library == "pandas" and name in DISPATCHERS:
        check = partial(_dispatch, name, _is_unbound(owner, function))
    return check


def _write(destination: Destination, name: str, args: Args, kwargs: Kwargs) -> Arguments:
    given = [kwargs[word] for word in destination.keywords if word in kwargs]
    given += args[destination.position : destination.position + 1]
    for target in given:
        if target is not None and type(target) not in _BUFFERS:
            raise refuse(f"Writing a file by '{name}'")
    return args, kwargs


def _read(args: Args, kwargs: Kwargs) -> Arguments:
    for source in [*args[:1], *(kwargs[word] for word in SOURCES if word in kwargs)]:
        for path in source if isinstance(source, list | tuple) else [source]:
            if isinstance(path, str | bytes | os.PathLike):
                _check_source(os.fsdecode(path))
    return args, kwargs


def _check_source(path: str) -> None:
    """Some libraries open files and addresses in C, where nobody is asked."""
    if path.lower().startswith("file://"):
        check_readable(url2pathname(urlsplit(path).path))
    elif _ADDRESS.match(path):
        raise refuse(f"Using the network ({path[:200]!r})")
    else:
        check_readable(path)


def _watch(args: Args, kwargs: Kwargs) -> Arguments:
    """Who is called at the end of an object is called from anywhere, so it has to show itself.

    What is told from others by its class is not to be had under another one.
    """
    for value in args[:1]:
        if isinstance(value, ModuleType | Logger) or type(value).__module__.startswith(_ENGINE):
            raise refuse(f"A weak reference to a {type(value).__name__}")
    for callback in [*args[1:], *kwargs.values()]:
        function = callback.__func__ if isinstance(callback, MethodType) else callback
        if callback is not None and not _is_of_cell(function):
            raise refuse("A weak reference that calls a function of a library")
    return args, kwargs


def _is_of_cell(function: Any) -> bool:
    return isinstance(function, FunctionType) and is_cell(function.__code__.co_filename)


def _template(args: Args, kwargs: Kwargs) -> Arguments:
    for value in [*args, *kwargs.values()]:
        for text in value.values() if isinstance(value, dict) else [value]:
            if isinstance(text, str):
                check_template(text)
    return args, kwargs


def _load(args: Args, kwargs: Kwargs) -> Arguments:
    if kwargs.get("allow_pickle") or len(args) > 2:
        raise refuse("Loading pickled objects")
    return args, kwargs


def _query(unbound: bool, args: Args, kwargs: Kwargs) -> Arguments:
    check_query(kwargs["expr"] if "expr" in kwargs else (args[unbound:] or ("",))[0])
    return args, kwargs


def _formula(args: Args, kwargs: Kwargs) -> Arguments:
    texts = [*args[:1], kwargs.get("formula"), kwargs.get("re_formula")]
    for text in [*texts, *(kwargs.get("vc_formula") or {}).values()]:
        if text is not None:
            check_formula(text)
    return args, kwargs


def _dispatch(name: str, unbound: bool, args: Args, kwargs: Kwargs) -> Arguments:
    place = unbound + _AGGREGATES.get(name, 0)
    word = "aggfunc" if name in _AGGREGATES else "func"
    args = (*args[:place], *map(_computing, args[place : place + 1]), *args[place + 1 :])
    named = name in ("agg", "aggregate")
    checked = {
        key: _computing(value)
        if key == word
        else _named_aggregation(value)
        if named and key not in _AGGREGATE_OPTIONS
        else value
        for key, value in kwargs.items()
    }
    return args, checked


def _named_aggregation(value: Any) -> Any:
    """A pair of column and function, or a function."""
    if isinstance(value, tuple) and len(value) == 2:
        return (value[0], _computing(value[1]))
    return _computing(value)


def _computing(function: Any) -> Any:
    """What computes, the same in a form that cannot change its mind."""
    if isinstance(function, str):
        if type(function) is not str or function not in REDUCERS:
            raise refuse(f"The method of the name {str(function)!r} as a function of a table")
        return function
    if isinstance(function, dict):
        return {key: _computing(value) for key, value in function.items()}
    if isinstance(function, list | tuple):
        return [_pair(part) for part in function]
    return function


def _pair(part: Any) -> Any:
    """One of several functions; old pandas wants names beside them as pairs."""
    return (part[0], _computing(part[1])) if isinstance(part, tuple) else _computing(part)


def _destination(owner: Any, name: str, function: Function) -> Destination:
    if isinstance(owner, ModuleType):
        return MODULE_WRITERS.get(name) or WRITERS.get(name, OTHER_DESTINATION)
    found = WRITERS.get(name, OTHER_DESTINATION)
    return found._replace(position=found.position + _is_unbound(owner, function))


def _is_unbound(owner: Any, function: Function) -> bool:
    """Whether the object itself comes as the first argument, of functions found on its class."""
    plain = isinstance(function, FunctionType | BuiltinFunctionType)
    return plain and (isinstance(owner, type) or function.__name__ == "pivot_table")
