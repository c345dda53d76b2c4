"""What the code of a notebook can get at by name, from cell to cell."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from types import CodeType

from .binding_code import only_binds
from .reach import mentioned_names, reaches_by_other_ways

_TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Touch:
    """The bound on what a cell may have changed.

    Functions that a cell defines may run whenever anything is called, also after their names are
    gone: what they mention counts for every cell after it. What a cell does outside of functions
    counts for itself.
    """

    def __init__(self) -> None:
        self.only_binds = False
        """Whether the cell does nothing but bind names."""
        self._cell: tuple[CodeType, ...] = ()
        self._namespace: Mapping[str, object] = {}
        self._of_functions: set[str] = set()
        self._anything = False

    def enter(self, codes: Iterable[CodeType], namespace: Mapping[str, object]) -> None:
        """A cell with this code is about to run."""
        self._cell, self._namespace = tuple(codes), namespace
        self.only_binds = only_binds(self._cell, namespace)
        self.learn(self._cell)

    def learn(self, codes: Iterable[CodeType]) -> None:
        """The functions in this code exist from now on."""
        inner = [c for code in codes for c in code.co_consts if isinstance(c, CodeType)]
        if inner and not self._anything:
            self._of_functions |= mentioned_names(inner)
            self._anything = reaches_by_other_ways(inner, self._namespace)

    def learn_source(self, source: str) -> None:
        """The same of a cell whose functions came back; one without source may do anything."""
        try:
            self.learn([compile(source, "<cell>", "exec", _TOP_LEVEL_AWAIT, dont_inherit=True)])
        except SyntaxError:
            self._anything = True
        self._anything |= not source

    def reaches(self, names: Collection[str]) -> bool:
        """Whether the cell may have got at the value of one of these names by itself."""
        return (
            self._anything
            or not self._of_functions.isdisjoint(names)
            or not mentioned_names(self._cell).isdisjoint(names)
            or reaches_by_other_ways(self._cell, self._namespace)
        )
