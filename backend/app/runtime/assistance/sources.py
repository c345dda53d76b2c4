"""Where live functions and classes are written, and what is written there."""

from __future__ import annotations

import inspect
import linecache
from collections import Counter
from types import CodeType, FunctionType

from .live import class_dict, imported, module_of, name_of_class, own_dict


def source_of_code(code: CodeType) -> str:
    """The source of a function; empty if it is not to be had."""
    try:
        return inspect.getsource(code)
    except (OSError, TypeError, SyntaxError, IndexError):
        return ""


def file_of_class(cls: type) -> str:
    """The file, or the cell, that a class was written in; empty if nobody knows."""
    files = Counter(code.co_filename for code in _methods(cls))
    if files:
        return files.most_common(1)[0][0]
    file = own_dict(imported(module_of(cls) or "", "")).get("__file__")
    return file if type(file) is str else ""


def source_of_class(cls: type) -> str:
    """The source of a class: of several of one name in a file, the one with its methods."""
    file = file_of_class(cls)
    lines = linecache.getlines(file)
    name = name_of_class(cls).rpartition(".")[2]
    inside = [code.co_firstlineno for code in _methods(cls) if code.co_filename == file]
    for start in [number for number, line in enumerate(lines) if _defines(line, name)]:
        block = inspect.getblock(lines[start:])
        if all(start < line <= start + len(block) for line in inside):
            return "".join(block)
    return ""


def _methods(cls: type) -> list[CodeType]:
    """The functions that the body of the class itself defined, not those made from text."""
    functions = [value for value in class_dict(cls).values() if type(value) is FunctionType]
    return [
        function.__code__
        for function in functions
        if function.__qualname__.startswith(f"{_path(cls)}.")
        and function.__code__.co_filename != "<string>"
    ]


def _path(cls: type) -> str:
    return str(type.__dict__["__qualname__"].__get__(cls))


def _defines(line: str, name: str) -> bool:
    words = line.replace("(", " ").replace(":", " ").split()
    return words[:2] == ["class", name]
