"""Live names as a few lines of source, so that an analyser of source can know what they are.

The analyser never sees an object: it reads `import numpy as np` and `df: DataFrame`, and finds
the rest in the files of the libraries.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from types import FunctionType, NoneType
from typing import Any

from .live import BUILTINS, imported, is_class, is_module, module_of, name_of_class, own_dict

MOST = 200
"""Names declared for one question."""


def declarations(names: Iterable[str], namespace: Mapping[str, Any]) -> str:
    """Source that binds those of the names that the namespace has, each as what it is."""
    wanted = [name for name in names if name in namespace and name.isidentifier()]
    return "".join(_declaration(name, namespace[name]) for name in wanted[:MOST])


def _declaration(name: str, value: Any) -> str:
    if value is None:
        return f"{name} = None\n"
    if is_module(value):
        return _module(name, value)
    if is_class(value):
        return _imported(name, value) or _source(value)
    if type(value) is FunctionType:
        return _imported(name, value) or _source(value)
    return _instance(name, type(value))


def _module(name: str, module: Any) -> str:
    path = own_dict(module).get("__name__")
    if type(path) is not str or imported(path, "") is not module:
        return ""
    return f"import {path} as {name}\n"


def _imported(name: str, value: Any) -> str:
    """The import that finds a class or a function, where there is one."""
    module = module_of(value)
    qualname = name_of_class(value) if is_class(value) else value.__qualname__
    if module in (None, "__main__") or imported(str(module), qualname) is not value:
        return ""
    first, _, rest = qualname.partition(".")
    if not rest:
        return f"from {module} import {first} as {name}\n"
    return f"from {module} import {first} as _{name}\n{name} = _{name}.{rest}\n"


def _instance(name: str, cls: type) -> str:
    if cls is NoneType:
        return f"{name} = None\n"
    if BUILTINS.get(name_of_class(cls)) is cls:
        return f"{name}: {name_of_class(cls)}\n"
    made = _imported(f"_type_of_{name}", cls)
    return f"{made}{name}: _type_of_{name}\n" if made else ""


def _source(value: Any) -> str:
    """The definition of a function that a cell made."""
    if type(value) is not FunctionType:
        return ""
    try:
        return textwrap.dedent(inspect.getsource(value.__code__)).rstrip("\n") + "\n"
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""
