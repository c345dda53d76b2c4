"""What a cell may leave behind that shows in no cell after it: kept ways, and code that stirs."""

from __future__ import annotations

import dis
import gc
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType

from ..runtime.cell_names import instructions
from .reach import mentioned_names, strings, with_nested

_LASTING = frozenset({
    "__globals__", "f_globals", "f_locals", "user_ns", "user_global_ns", "user_module",
    "modules", "__main__", "import_module", "builtins", "__builtins__", "ctypes", "cffi",
})  # fmt: skip
"""Names that give a namespace, or a way to variables, which may be kept where nothing shows it."""

_RUNNING = frozenset({"exec", "eval", "compile", "__import__"})
"""Variables by which code comes in that nobody has read; as attributes they are others."""

_LASTING_VARIABLES = frozenset({"globals", "locals", "vars"}) | _RUNNING
"""As `_LASTING`, but not where they are attributes: `re.compile`, `df.eval`."""

_STIRRING = frozenset({
    # At the end of an object, whenever the collector finds it.
    "__del__", "weakref", "finalize", "callbacks",
    # In the midst of any code.
    "signal", "settrace", "setprofile", "settrace_all_threads", "setprofile_all_threads",
    "monitoring", "addaudithook", "showwarning", "unraisablehook",
    # With every module that is found.
    "meta_path", "path_hooks",
    # By way of code that nobody has read.
    "builtins", "ctypes", "cffi",
    # Around every cell.
    "events", "ast_transformers", "input_transformers_post", "input_transformers_cleanup",
    "input_transformer_manager", "load_ext", "reload_ext",
})  # fmt: skip
"""Names by which code comes to run that nobody calls."""

_SHELL = frozenset({"run_line_magic", "run_cell_magic", "run_cell", "run_cell_async", "ex", "ev"})
"""What runs strings of which the names have to be looked for."""

_IMPORT_NAME = dis.opmap["IMPORT_NAME"]


def leaves_a_way(codes: Iterable[CodeType]) -> bool:
    """Whether later code may get at variables, by what this one keeps, although it shows no name.

    `held = [globals()]` lets any cell say `held[0]["x"]`; `exec` defines functions unread.
    """
    return any(
        not _LASTING.isdisjoint(code.co_names) or _has_variable(code, _LASTING_VARIABLES)
        for code in with_nested(codes)
    )


def stirs(codes: Iterable[CodeType]) -> bool:
    """Whether code may run from now on that no cell calls: finalizers, handlers, hooks."""
    return any(map(_stirs, with_nested(codes)))


def absent_imports(codes: Iterable[CodeType]) -> set[str]:
    """Modules that it imports and that are not there yet: their code will run then, unread."""
    imported = (name for code in with_nested(codes) for name in _imported(code))
    return {name for name in imported if name not in sys.modules}


def functions_over(namespace: Mapping[str, object]) -> list[CodeType]:
    """The code of every function there is that has this namespace as its globals."""
    return [
        holder.__code__
        for holder in gc.get_referrers(namespace)
        if type(holder) is FunctionType and holder.__globals__ is namespace
    ]


def _stirs(code: CodeType) -> bool:
    texts = list(strings(code.co_consts))
    if not _STIRRING.isdisjoint(code.co_names) or not _STIRRING.isdisjoint(texts):
        return True
    if _has_variable(code, _RUNNING):
        return True
    is_shell = not _SHELL.isdisjoint(code.co_names)
    return is_shell and any(name in text for text in texts for name in _STIRRING)


def _has_variable(code: CodeType, names: frozenset[str]) -> bool:
    """Whether it mentions one of these, and not just attributes of this name."""
    return not names.isdisjoint(code.co_names) and not names.isdisjoint(mentioned_names([code]))


def _imported(code: CodeType) -> Iterator[str]:
    if _IMPORT_NAME not in code.co_code[::2]:
        return
    for operation, argument in instructions(code):
        if operation == _IMPORT_NAME:
            yield code.co_names[argument]
