"""Which variables a piece of code could get at: a bound that may be too wide, never too narrow.

By their names, which its instructions show; or by a way that shows no name. A value that is reached
from another variable's value is not seen here: that is what groups of shared objects, and the seal
around them, are for.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import BuiltinFunctionType, CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from ..runtime.cell_names import instructions
from .own_modules import is_of_ones_own

WAYS = frozenset({
    # A namespace, or a frame that has one, as an object.
    "globals", "locals", "vars", "__dict__", "__globals__", "__builtins__",
    "f_globals", "f_locals", "f_back", "f_builtins", "gi_frame", "cr_frame", "ag_frame", "tb_frame",
    "_getframe", "_current_frames", "currentframe",
    # Code in strings; pandas and numexpr look variables up in the frame that calls them.
    "exec", "eval", "compile", "query", "evaluate",
    # Modules by name, among them the one that the notebook is.
    "modules", "__main__", "__import__", "import_module", "reload", "run_path", "run_module",
    # Attributes by a name that is not written down; `getattr` itself is looked at more closely.
    "__getattribute__", "__getattr__", "attrgetter", "methodcaller", "getattr_static", "getmembers",
    # Annotations in strings.
    "get_type_hints", "get_annotations",
    # Memory by its address.
    "__array_interface__", "__array_struct__", "ctypeslib",
    # The shell, which knows all variables.
    "get_ipython", "run_line_magic", "run_cell_magic", "run_cell", "run_cell_async", "user_ns",
    "user_global_ns", "user_module", "ex", "ev", "breakpoint", "set_trace",
    # Every object there is.
    "get_objects", "get_referrers", "get_referents", "__subclasses__",
})  # fmt: skip
"""Names that lead to variables which the code does not name, be they a variable's, an attribute's
or a string's."""

_IN_STRINGS = ("__main__", "__globals__")
"""What leads to variables wherever in a string it stands: `__main__.x`, `{0.__globals__[x]}`."""

_MODULES = frozenset({
    # Find a notebook's functions by their names.
    "pickle", "cloudpickle", "dill", "joblib", "shelve",
    # Run code in strings.
    "timeit", "cProfile", "profile", "trace", "doctest", "bdb",
    # Write anywhere.
    "ctypes", "cffi",
    # Evaluate formulas in the frame that calls them.
    "patsy", "formulaic", "statsmodels",
    # Know the notebook.
    "nbengine", "IPython", "runpy", "code", "pdb",
})  # fmt: skip
"""Libraries, any part of which may get at variables by itself."""

_Instruction = tuple[int, int]


def _numbers(*names: str) -> frozenset[int]:
    """Of the operations that this version of Python has."""
    return frozenset(dis.opmap[name] for name in names if name in dis.opmap)


_OF_NAMES = _numbers(
    "LOAD_NAME", "STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL",
    "LOAD_FROM_DICT_OR_GLOBALS",
)  # fmt: skip
_LOAD_GLOBAL = dis.opmap["LOAD_GLOBAL"]
"""Its argument has one bit more, below the name's."""
_OF_NO_VARIABLES = _numbers(
    "LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR",
    "IMPORT_NAME", "IMPORT_FROM",
)  # fmt: skip
_UNKNOWN = frozenset(dis.hasname) - _OF_NAMES - _OF_NO_VARIABLES - {_LOAD_GLOBAL}
"""Operations of newer Pythons that have a name, nobody knows of what."""

_LOAD_CONST = dis.opmap["LOAD_CONST"]
_LOAD_ATTR = dis.opmap["LOAD_ATTR"]
_LOADS = _numbers(
    "LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW",
)  # fmt: skip
_VALUES = _LOADS | _numbers("LOAD_CONST", "LOAD_SMALL_INT")
_CALLS = _numbers("PRECALL", "CALL")
_SILENT = _numbers("CACHE", "PUSH_NULL", "NOP")
_IMPORT_STAR = dis.opmap.get("IMPORT_STAR")
_INTRINSIC = dis.opmap.get("CALL_INTRINSIC_1")
_INTRINSIC_IMPORT_STAR = 2


def mentioned_names(codes: Iterable[CodeType]) -> frozenset[str]:
    """Every global name that the code, and code nested in it, reads, binds or deletes.

    Also of builtins; not of attributes, and not of local variables.
    """
    return frozenset(name for code in with_nested(codes) for name in _global_names(code))


def reaches_by_other_ways(codes: Iterable[CodeType], namespace: Mapping[str, object]) -> bool:
    """Whether the code mentions a way to variables that its names do not show.

    As a name, an attribute or a string, or as a variable of the namespace that is one: `g = vars`
    makes `g` a way, too. What is in a container or comes out of a call is not looked at.
    """
    return any(_is_way(code, namespace) for code in with_nested(codes))


def with_nested(codes: Iterable[CodeType]) -> Iterator[CodeType]:
    """The code and that of all functions, classes and comprehensions written in it."""
    todo = list(codes)
    while todo:
        code = todo.pop()
        todo.extend(const for const in code.co_consts if isinstance(const, CodeType))
        yield code


def _global_names(code: CodeType) -> Iterator[str]:
    names = code.co_names
    for operation, argument in instructions(code):
        if operation in _OF_NAMES:
            yield names[argument]
        elif operation == _LOAD_GLOBAL:
            yield names[argument >> 1]
        elif operation in _UNKNOWN:
            yield from names


def _is_way(code: CodeType, namespace: Mapping[str, object]) -> bool:
    names = code.co_names
    return (
        not WAYS.isdisjoint(names)
        or any(map(_is_way_in_string, strings(code.co_consts)))
        or any(_root(name) in _MODULES for name in names)
        or any(leads_on(namespace[name], namespace) for name in names if name in namespace)
        or _imports_all(code)
        or ("getattr" in names and _asks_for_any_attribute(code))
    )


def _is_way_in_string(text: str) -> bool:
    return text in WAYS or any(part in text for part in _IN_STRINGS)


def strings(constants: Iterable[object]) -> Iterator[str]:
    """The strings among the constants of code."""
    for constant in constants:
        if isinstance(constant, str):
            yield constant
        elif isinstance(constant, tuple | frozenset):
            yield from strings(constant)


def leads_on(value: object, namespace: Mapping[str, object]) -> bool:
    """Whether a variable's value is itself a way; nothing of it is run."""
    if value is namespace or value is sys.modules or type(value) is FrameType:
        return True
    if issubclass(type(value), ModuleType):
        own: Any = object.__getattribute__(value, "__dict__")
        return own is namespace or _may_reach(own.get("__name__"))
    if type(value) in {FunctionType, BuiltinFunctionType}:
        name = value.__name__  # type: ignore[attr-defined]
        return name in WAYS or value is getattr or _may_reach(value.__module__)
    return _may_reach(_module_of(value))


def _may_reach(module: object) -> bool:
    """Whether it is part of a library that does, or a file of one's own, which nobody has read."""
    root = _root(module)
    return root in _MODULES or (type(module) is str and is_of_ones_own(module.partition(".")[0]))


def _module_of(value: object) -> object:
    cls: Any = value if issubclass(type(value), type) else type(value)
    return type.__getattribute__(cls, "__module__")


def _root(module: object) -> str:
    """The library's name; its part in C has an underscore before it."""
    return module.partition(".")[0].lstrip("_") if type(module) is str else ""


def _imports_all(code: CodeType) -> bool:
    """Whether it has `from m import *`, which binds names that it does not mention."""
    return any(
        operation == _IMPORT_STAR
        or (operation == _INTRINSIC and argument == _INTRINSIC_IMPORT_STAR)
        for operation, argument in instructions(code)
    )


def _asks_for_any_attribute(code: CodeType) -> bool:
    """Whether `getattr` is used but as `getattr(a.b, "name")`, with or without a default."""
    steps = [step for step in instructions(code) if step[0] not in _SILENT]
    return any(
        _names_getattr(code, step) and not _asks_for_one(code, steps[place + 1 :])
        for place, step in enumerate(steps)
    )


def _names_getattr(code: CodeType, step: _Instruction) -> bool:
    operation, argument = step
    if operation == _LOAD_GLOBAL:
        argument >>= 1
    elif operation not in _OF_NAMES:
        return False
    return code.co_names[argument] == "getattr"


def _asks_for_one(code: CodeType, steps: Sequence[_Instruction]) -> bool:
    """Whether these load an object, perhaps through attributes, and a constant, and call."""
    place = 1
    while place < len(steps) and _is_plain_attribute(steps[place]):
        place += 1
    if len(steps) < place + 2 or steps[0][0] not in _LOADS or steps[place][0] != _LOAD_CONST:
        return False
    has_default = steps[place + 1][0] in _VALUES
    operation, count = steps[place + 1 + has_default]
    return (
        isinstance(code.co_consts[steps[place][1]], str)
        and operation in _CALLS
        and count == 2 + has_default
    )


def _is_plain_attribute(step: _Instruction) -> bool:
    """Not that of a method which is called."""
    operation, argument = step
    return operation == _LOAD_ATTR and not (sys.version_info >= (3, 12) and argument & 1)
