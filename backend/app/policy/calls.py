"""Functions of libraries that READ_ONLY code may call with some arguments and not with others."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module
from logging import Logger
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ..runtime.tracebacks import is_cell
from .expressions import check_formula, check_query
from .files import check_readable, plain
from .refusal import refuse
from .text_format import check_template
from .watched import (
    DISPATCHERS,
    FORMATS,
    FORMULAS,
    MODULE_WRITERS,
    NAMING,
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
    is_watched,
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
_TOLD = "nbengine told"
"""Attribute of classes that are looked after; no source can spell it."""
_RESPONSES = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform")
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
        return self.prepared(args, kwargs)()

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._function)  # type: ignore[arg-type]

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._function)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return repr(self._function)

    def prepared(self, args: Args, kwargs: Kwargs) -> Function:
        """The function with its arguments, looked at."""
        words = {str.__str__(word): value for word, value in kwargs.items()}
        args, kwargs = self._check(args, words)
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
        return function if hasattr(function, _TOLD) else _told_templates(function)
    return Checked(function, check)


@cache
def _told_templates(kind: type) -> type:
    """A class whose instances are told no text that looks into what they format."""

    class Told(kind):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            args, kwargs = _template(args, kwargs)
            super().__init__(*args, **kwargs)

    setattr(Told, _TOLD, True)
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
    elif name in NAMING:
        check = _naming(owner, name)
    elif library in ("weakref", "_weakref"):
        check = partial(_watch)
    elif name in TEMPLATES or name in FORMATS:
        check = partial(_template)
    elif library == "pandas" and name in QUERIES:
        check = partial(_query, _is_unbound(owner, function))
    elif library == "pandas" and name in DISPATCHERS:
        check = partial(_dispatch, name, _is_unbound(owner, function))
    return check


def _naming(owner: Any, name: str) -> Check | None:
    if name == "getp":
        return partial(_property)
    if name == "make_scorer":
        return partial(_scorer)
    return partial(_of_its_own, owner) if isinstance(owner, type) else None


def _write(destination: Destination, name: str, args: Args, kwargs: Kwargs) -> Arguments:
    given = [kwargs[word] for word in destination.keywords if word in kwargs]
    given += args[destination.position : destination.position + destination.span]
    for target in given:
        if target is not None and type(target) not in _BUFFERS:
            raise refuse(f"Writing a file by '{name}'")
    return args, kwargs


def _read(args: Args, kwargs: Kwargs) -> Arguments:
    checked = {word: _source(kwargs[word]) for word in SOURCES if word in kwargs}
    return (*map(_source, args[:1]), *args[1:]), {**kwargs, **checked}


def _source(source: Any) -> Any:
    """What is read, in a form that cannot change its mind."""
    if isinstance(source, str | bytes | os.PathLike):
        path = plain(source)
        _check_source(os.fsdecode(path))
        return path
    if isinstance(source, Sequence) and not isinstance(source, bytearray | memoryview):
        paths = [_source(path) for path in source]
        return tuple(paths) if isinstance(source, tuple) else paths
    return source


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
    checked = {word: _checked_template(value) for word, value in kwargs.items()}
    return tuple(map(_checked_template, args)), checked


def _checked_template(value: Any) -> Any:
    """The same, looked at; of a dict with methods of its own only what it says it holds."""
    if isinstance(value, dict) and type(value) is not dict:
        value = dict(value.items())
    for text in value.values() if isinstance(value, dict) else [value]:
        if isinstance(text, str):
            check_template(text)
    return value


def _property(args: Args, kwargs: Kwargs) -> Arguments:
    """Of an artist, and by a name in a form that cannot change its mind."""
    given = dict(zip(("obj", "property"), args, strict=False)) | kwargs
    kind, name = type(given.get("obj")), plain(given.get("property"))
    if import_module("matplotlib.artist").Artist not in kind.__mro__:
        raise refuse(f"Reading properties of a {kind.__name__}")
    if name is not None and (type(name) is not str or is_watched(f"get_{name}")):
        raise refuse(f"Reading the property {str(name)[:100]!r}")
    return (), {**given, "property": name}


def _scorer(args: Args, kwargs: Kwargs) -> Arguments:
    """By the names of methods that estimators have, in a form that cannot change its mind."""
    asked = kwargs.get("response_method", "predict")
    names = [plain(name) for name in (asked if isinstance(asked, list | tuple) else [asked])]
    for name in names:
        if name not in _RESPONSES:
            raise refuse(f"The method of the name {str(name)[:100]!r} of an estimator")
    return args, {**kwargs, "response_method": names[0] if len(names) == 1 else names}


def _of_its_own(kind: type, args: Args, kwargs: Kwargs) -> Arguments:
    """Of another object the method would read, or set, whatever names it is told."""
    for value in args[:1] or kwargs.values():
        if kind not in type(value).__mro__:
            raise refuse(f"A method of {kind.__name__!r} for a {type(value).__name__}")
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
