"""What the code of a notebook can get at by name, from cell to cell."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Mapping
from types import CodeType

from .aftermath import absent_imports, functions_over, leaves_a_way, stirs
from .binding_code import only_binds
from .reach import leads_on, mentioned_names, reaches_by_other_ways

_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Touch:
    """The bound on what a cell may have changed.

    Functions that a cell defines may run whenever anything is called, also after their names are
    gone: what they mention counts for every cell after it. What a cell does outside of functions
    counts for itself, unless it may leave something behind by which later ones get anywhere.

    Args:
        anything: whether later cells get anywhere already.
    """

    def __init__(self, *, anything: bool = False) -> None:
        self.only_binds = False
        """Whether the cell does nothing but bind names."""
        self.anything = anything
        """Whether any code may get at any variable."""
        self._cell: tuple[CodeType, ...] = ()
        self._mentioned: frozenset[str] | None = None
        """Names in it; None if they were not asked for yet."""
        self._namespace: Mapping[str, object] = {}
        self._of_functions: set[str] = set()
        self._stirs = False
        """Whether code may run that no cell calls."""
        self._absent: set[str] = set()
        """Modules that code imports, and that were not there when the cell began."""
        self._is_way = False
        """Whether the cell runs code that is not written in it."""
        self._is_behind = False
        """Whether there may be functions that were not read: they came with such code."""
        self._is_everywhere: bool | None = None
        """Whether the cell gets anywhere; None if that was not asked yet."""

    def enter(self, codes: Iterable[CodeType], namespace: Mapping[str, object]) -> None:
        """A cell with this code is about to run."""
        self._is_behind |= self._is_way
        self._cell, self._namespace = tuple(codes), namespace
        self._mentioned = self._is_everywhere = None
        self._absent = {name for name in self._absent if name not in sys.modules}
        self._is_way = False
        self.only_binds = not self._stirs and only_binds(self._cell, namespace)
        if self.only_binds:
            self.anything |= leaves_a_way(self._cell)
        else:
            self._is_way = reaches_by_other_ways(self._cell, namespace)
            self.learn(self._cell)

    def learn(self, codes: Collection[CodeType]) -> None:
        """The functions in this code exist from now on, and what it keeps is kept."""
        self.anything = self.anything or leaves_a_way(codes)
        self._stirs = self._stirs or stirs(codes)
        self._absent |= absent_imports(codes)
        self._learn_functions([c for code in codes for c in code.co_consts if _is_code(c)])

    def learn_source(self, source: str) -> None:
        """The same of a cell whose functions came back; one without source may do anything."""
        try:
            self.learn([compile(source, "<cell>", "exec", _TOP_LEVEL_AWAIT, dont_inherit=True)])
        except SyntaxError:
            source = ""
        if not source:
            self.anything = self._stirs = True

    def reaches(self, names: Collection[str]) -> bool:
        """Whether the cell may have got at the value of one of these names by itself."""
        if self._is_everywhere is None or self._mentioned is None:
            self._is_everywhere = self._gets_anywhere()
            self._mentioned = mentioned_names(self._cell)
        return (
            self._is_everywhere
            or not self._of_functions.isdisjoint(names)
            or not self._mentioned.isdisjoint(names)
        )

    def _learn_functions(self, codes: Collection[CodeType]) -> None:
        if codes and not self.anything:
            self._of_functions |= mentioned_names(codes)
            self.anything = reaches_by_other_ways(codes, self._namespace)

    def _gets_anywhere(self) -> bool:
        if self._is_behind:
            self._is_behind = False
            self._learn_functions(functions_over(self._namespace))
            return True
        return (
            self.anything
            or self._is_way
            or any(map(sys.modules.__contains__, self._absent))
            or reaches_by_other_ways(self._cell, self._namespace)
            or any(self._leads_on(name) for name in self._of_functions)
        )

    def _leads_on(self, name: str) -> bool:
        """Whether a variable that functions mention has become a way."""
        return name in self._namespace and leads_on(self._namespace[name], self._namespace)


def _is_code(constant: object) -> bool:
    return isinstance(constant, CodeType)
