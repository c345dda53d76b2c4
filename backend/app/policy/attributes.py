"""The guards of READ_ONLY code: every attribute that it reads or sets goes through one of them."""

from __future__ import annotations

import dataclasses
import functools
import logging
import pathlib
import sys
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from threading import main_thread
from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any, NamedTuple

from . import calls, vocabulary
from .classes import asked, given
from .files import open_to_read
from .modules import EVERYTHING, is_known, is_private, rule_of
from .refusal import refuse
from .text_format import SafeFormat
from .watched import FORMATS, LATE, NATIVE, NEVER, is_watched

OWN = "__main__"
"""Module of what cells define."""
_ENGINE = __name__.partition(".")[0]
_ENGINE_NAMES = frozenset(
    "write writelines flush isatty encoding errors closed readable writable display update "
    "display_id update_display clear_output".split()
)
"""What cells may use of the engine's own objects: streams and handles of displays."""
_PATH_NAMES = frozenset(
    """
    absolute anchor as_posix as_uri drive exists expanduser full_match glob is_absolute is_dir
    is_file is_mount is_relative_to is_reserved is_symlink iterdir joinpath lstat match name owner
    parent parents parts read_bytes read_text relative_to resolve rglob root samefile stat stem
    suffix suffixes walk with_name with_segments with_stem with_suffix open cwd home info
    """.split()
)
"""Attributes of paths that change nothing."""
_PRIVATE_BASES = frozenset({OWN, "builtins", "abc", "enum", "typing", "collections", "dataclasses"})
"""Modules of classes whose instances keep nothing private from those who inherit from them."""
_SIMPLE: set[type] = set()
"""Types of libraries whose public attributes need no look."""
_CARRIERS = frozenset({MappingProxyType, ModuleType, FunctionType, BuiltinFunctionType})
"""Types of what is looked at wherever it was found."""
_FIXED = (type, FunctionType, BuiltinFunctionType, MethodType)
"""What a library has one of for everybody."""
_LOGGING_NAMES = frozenset(
    "debug info warning error critical exception log name level setLevel isEnabledFor "
    "getEffectiveLevel getChild propagate disabled NOTSET".split()
)
"""What cells may use of the host's loggers: not where records go, nor who else sees them."""
_LEADING_OUT: dict[str, type] = {
    "obj": AttributeError,
    "func": partial,
    "manager": logging.LoggerAdapter,
}
"""Data through which values of others are reached."""
_SETTING = frozenset({"__init__", "__setstate__"})
"""Methods that a dataclass gets, and that set attributes."""
_ESTIMATORS = frozenset({"sklearn", "imblearn"})
"""Libraries whose classes read attributes by the names of parameters."""
_MISSING: Any = object()


def read(value: Any, name: str) -> Any:
    """A public attribute of no special name.

    Raises:
        ReadOnlyError: the value is a module, class or object of which this may not be used.
    """
    found = getattr(value, name) if type(value) in _SIMPLE else _looked_at(value, name)
    return _given_away(value, found, name) if type(found) in _CARRIERS else found


def _given_away(value: Any, found: Any, name: str) -> Any:
    """What an attribute holds, also that of an object which only passes on those of a module."""
    if type(found) is MappingProxyType:
        return MappingProxyType(dict(found))  # what compares with one gets hold of the dict in it
    if not isinstance(value, ModuleType | type):
        _check_origin(found, name)
    return found


def read_watched(value: Any, name: str) -> Any:
    """An attribute of a name that says it may write, read files, or run text."""
    _check_leading_out(value, name)
    if name == "__init__" and is_watched(type(value).__name__) and not _is_own(value):
        raise refuse(f"{name!r} of {_described(value)}")
    if name in NATIVE and _is_of_numpy(value):
        raise refuse(f"{name!r} of {_described(value)}")
    found = read(value, name)
    if name in FORMATS and (text := _formatted_by(value, found)) is not None:
        return SafeFormat(read_any).method(text, name)
    if name == "__class__":
        return given(found)
    if found is functools.wraps:
        return wraps
    if found is dataclasses.dataclass:
        return dataclass
    if not callable(found) or _home(found) == OWN:
        return found
    return calls.guarded(value, name, found, _root(_home(found)))


def _check_leading_out(value: Any, name: str) -> None:
    kinds = _LEADING_OUT.get(name, ())
    if isinstance(value, kinds) or (isinstance(value, type) and issubclass(value, kinds)):
        raise refuse(f"{name!r} of {_described(value)}")


def _formatted_by(value: Any, found: Any) -> Any:
    """The text whose own method was found, or `str` itself; None if it is another method."""
    if _is_kind_of(value, str) and isinstance(found, MethodDescriptorType):
        return value
    text = found.__self__ if isinstance(found, BuiltinFunctionType) else None
    return text if isinstance(text, str) else None


def read_private(value: Any, name: str) -> Any:
    """A private attribute: of what the notebook itself has defined."""
    if name in NEVER or not _is_own(value):
        raise refuse(f"The private attribute {name!r} of {_described(value)}")
    found = getattr(value, name)
    return MappingProxyType(dict(found)) if type(found) is MappingProxyType else found


def read_any(value: Any, name: Any, default: Any = _MISSING) -> Any:
    """`getattr` for names that are only known as the code runs."""
    text = _text(name)
    if not vocabulary.may_read_attribute(text):
        raise refuse(f"The attribute {text!r}")
    try:
        return _reader(text)(value, text)
    except AttributeError:
        if default is _MISSING:
            raise
        return default


def has(value: Any, name: Any) -> bool:
    """`hasattr`; what may not be read is not there."""
    try:
        read_any(value, name)
    except (AttributeError, PermissionError):
        return False
    return True


def writable(value: Any, name: str) -> Any:
    """The value, whose attribute of this name is about to be set or deleted.

    Raises:
        ReadOnlyError: others would notice.
    """
    _check_leading_out(value, name)
    private = name.startswith("_") and not vocabulary.is_dunder(name)
    if (private or name in LATE) and not _is_own(value):
        kind = "private " if private else ""
        raise refuse(f"Setting the {kind}attribute {name!r} of {_described(value)}")
    return item_writable(value)


def item_writable(value: Any) -> Any:
    """The value, of which an item is about to be set or deleted."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        raise refuse(f"Changing the module {_module_name(value)!r}")
    if isinstance(value, logging.Logger) or value is main_thread():
        raise refuse(f"Changing {_described(value)} of the host")
    if isinstance(value, _FIXED) and _home(value) != OWN:
        raise refuse(f"Changing {_described(value)}")
    if _root(_home(kind)) == _ENGINE:
        raise refuse("Changing an object of the engine")
    return value


def write_any(value: Any, name: Any, content: Any) -> None:
    """`setattr`."""
    setattr(_bindable(value, name), name, content)


def delete_any(value: Any, name: Any) -> None:
    """`delattr`."""
    delattr(_bindable(value, name), name)


def variables(*values: Any) -> dict[str, Any]:
    """`vars` of an object of the notebook's own."""
    if len(values) != 1:
        raise refuse("'vars()' of the notebook itself")
    return dict(read_private(values[0], "__dict__"))


def wraps(wrapped: Any) -> Callable[[Any], Any]:
    """`functools.wraps`, which could be told to copy any attribute from and to anything."""
    updated = functools.WRAPPER_UPDATES if _home(wrapped) == OWN else ()

    def decorate(wrapper: Any) -> Any:
        return functools.update_wrapper(item_writable(wrapper), wrapped, updated=updated)

    return decorate


def dataclass(kind: Any = None, /, **options: Any) -> Any:
    """`dataclasses.dataclass`, which makes source text of the names of fields."""
    if kind is None:
        return partial(dataclass, **options)
    known = [vars(each).get("__dataclass_fields__", {}) for each in kind.__mro__]
    fields = [field.name for each in known for field in each.values()]
    for name in [*_annotated(kind), *fields]:
        if not (type(name) is str and name.isidentifier()):
            raise refuse(f"A field of the name {str(name)[:100]!r}")
    written = set(vars(item_writable(kind)))
    made = dataclasses.dataclass(kind, **options)
    for name in (_SETTING & vars(made).keys()) - written:
        setattr(made, name, _of_its_own(made, vars(made)[name]))
    return check_fields(made)


def _of_its_own(kind: type, method: Callable[..., None]) -> Callable[..., None]:
    """A method that sets attributes past every guard, for instances of its class alone."""

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> None:
        if not (args and kind in type(args[0]).__mro__):
            raise refuse(f"Setting the fields of {kind.__name__!r} in another object")
        method(*args, **kwargs)

    return checked


def check_fields(kind: Any) -> Any:
    """The class, if no field of it goes by the name of what a library has under guard.

    Who turns it into a dict, or a table, reads them past every guard. So do estimators, whose
    parameters are attributes of any name.
    """
    if not _ESTIMATORS.isdisjoint(libraries := {_root(_home(base)) for base in kind.__mro__}):
        for library in libraries - _ESTIMATORS - sys.stdlib_module_names - {OWN}:
            raise refuse(f"An estimator that is of the library {library!r}, too,")
    names = getattr(kind, "__dataclass_fields__", {})
    if names and not _is_own(kind):
        for name in names:
            if name.startswith("_") or is_watched(name):
                raise refuse(f"A field of the name {name!r} beside the attributes of a library")
    return kind


def _annotated(kind: type) -> Iterable[Any]:
    """The names of a class that have annotations, none of which is evaluated."""
    if sys.version_info >= (3, 14):
        forward = import_module("annotationlib")
        names: Iterable[Any] = forward.get_annotations(kind, format=forward.Format.FORWARDREF)
        return names
    return getattr(kind, "__annotations__", {})


class Held(NamedTuple):
    """A value that was read under guard, where syntax demands the name of an attribute."""

    value: Any


class Place:
    """An attribute that is read and then set, as by `+=`; both under guard."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: Any, name: str) -> None:
        self._owner = writable(owner, name)
        self._name = name

    @property
    def value(self) -> Any:
        """What the attribute holds."""
        return _reader(self._name)(self._owner, self._name)

    @value.setter
    def value(self, content: Any) -> None:
        setattr(self._owner, self._name, content)


def from_module(module: ModuleType, name: str) -> Any:
    """What a module offers under a name, if that and where it comes from are allowed."""
    place = _module_name(module)
    rule = rule_of(place)
    if rule is None:
        raise refuse(f"The module {place!r}")
    if not rule.allows(name):
        raise refuse(f"'{place}.{name}'")
    value = getattr(module, name)
    if rule.only is EVERYTHING or isinstance(value, ModuleType):
        _check_origin(value, f"{place}.{name}")
    return asked(value) if isinstance(value, type) else value


def _looked_at(value: Any, name: str) -> Any:
    kind = type(value)
    if issubclass(kind, ModuleType):
        return from_module(value, name)
    if issubclass(kind, pathlib.PurePath) or _is_kind_of(value, pathlib.PurePath):
        return _of_path(value, name)
    if issubclass(kind, type):
        if name not in vocabulary.DESCRIPTIONS:
            _check_origin(value, value.__name__)
    else:
        _check_instance(kind, name)
    return getattr(value, name)


def _check_instance(kind: type, name: str) -> None:
    """Refuse what leads out of an object of this class; what never does is remembered."""
    if issubclass(kind, logging.Logger) and name not in _LOGGING_NAMES:
        raise refuse(f"{name!r} of a logger")
    home = _root(_home(kind))
    if home == _ENGINE and not issubclass(kind, BaseException):
        if name not in _ENGINE_NAMES:
            raise refuse(f"{name!r} of an object of the engine")
    elif home != OWN:
        if not is_known(home):
            raise refuse(f"{name!r} of an object of the library {home!r}")
        if not issubclass(kind, logging.Logger):
            _SIMPLE.add(kind)


def _of_path(path: Any, name: str) -> Any:
    if name not in _PATH_NAMES:
        raise refuse(f"{name!r} of a path")
    if name == "open" and not isinstance(path, type):
        return partial(open_to_read, path)
    return getattr(path, name)


def _check_origin(value: Any, name: str) -> None:
    """Refuse a module, function or class that only passed through where it was found."""
    if isinstance(value, ModuleType):
        rule = rule_of(_module_name(value))
        if rule is None or not rule.only or is_private(_module_name(value)):
            raise refuse(f"The module {_module_name(value)!r}")
        return
    home, own_name = _home(value), _text_or_nothing(getattr(value, "__name__", ""))
    if not _is_allowed(value, home, own_name):
        raise refuse(f"{name!r}, which is {home}.{own_name},")


def _is_allowed(value: Any, home: str, name: str) -> bool:
    if not home or home == OWN or not callable(value):
        return True
    if home == "builtins" and isinstance(value, type):
        return value is not type
    rule = rule_of(home)
    return rule is not None and rule.allows(name)


def _reader(name: str) -> Callable[[Any, str], Any]:
    if name.startswith("_") and name not in vocabulary.OPERATORS | vocabulary.DESCRIPTIONS:
        return read_private
    return read_watched if is_watched(name) else read


def _bindable(value: Any, name: Any) -> Any:
    text = _text(name)
    if not vocabulary.may_bind_attribute(text):
        raise refuse(f"Setting the attribute {text!r}")
    return writable(value, text)


def _text(name: Any) -> str:
    if type(name) is not str:
        raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")
    return name


def _is_own(value: Any) -> bool:
    """Whether the notebook has defined what this is, down to where it inherits from."""
    kind = value if isinstance(value, type) else type(value)
    return _home(kind) == OWN and all(_home(base) in _PRIVATE_BASES for base in kind.__mro__)


def _is_kind_of(value: Any, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind)


def _is_of_numpy(value: Any) -> bool:
    kind = value if isinstance(value, type) else type(value)
    return any(_root(_home(base)) == "numpy" for base in kind.__mro__)


def _home(value: Any) -> str:
    return _text_or_nothing(getattr(value, "__module__", None))


def _text_or_nothing(value: Any) -> str:
    return value if type(value) is str else ""


def _root(module: str) -> str:
    return module.partition(".")[0]


def _module_name(module: ModuleType) -> str:
    name = ModuleType.__getattribute__(module, "__dict__").get("__name__")
    return name if type(name) is str else "?"


def _described(value: Any) -> str:
    if isinstance(value, ModuleType):
        return f"the module {_module_name(value)!r}"
    if isinstance(value, type | FunctionType):
        return f"{_home(value)}.{value.__name__}"
    return f"a {type(value).__name__}"
