"""What using a name leads to, through the functions that its value holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from .cell_names import NO_CODE, NONE, CellNames, Code, Names


class Closure:
    """One cell's names, followed through functions of the cell and of the cells before it.

    Args:
        names: of the cell.
        code_of: what functions do that a variable's value held when the cell began.
    """

    def __init__(self, names: CellNames, code_of: Callable[[str], Code]) -> None:
        self.names = names
        self._code_of = code_of
        self._codes: dict[str, Code] = {}
        self._reached: dict[str, frozenset[str]] = {}

    def ways(self) -> dict[str, str]:
        """Names that the cell reads -> the name in it that leads there; itself if it stands there.

        What the cell itself has surely bound before it goes that way is left out.
        """
        found = {name: name for name in self.names.reads}
        for use in sorted(self._running):
            if self._has_code(use):
                behind = self._behind(use) - self.names.covered.get(use, NONE)
                for name in behind:
                    found.setdefault(name, name if _is_invented(use) else use)
        return {name: way for name, way in found.items() if not _is_invented(name)}

    @cached_property
    def called(self) -> Code:
        """What may run because the cell calls it, or gives it away to be called."""
        code = NO_CODE
        for use in self._running:
            if self._has_code(use):
                found = NO_CODE
                for name in {use, *self._behind(use)}:
                    found |= self.code(name)
                code |= found if use in self.names.calls else _weakened(found)
        return code

    @property
    def is_opaque(self) -> bool:
        """Whether the cell may have to do with any variable."""
        return self.names.opaque or self.called.opaque

    @property
    def stateful(self) -> Names:
        """Names of functions, or what holds them, that keep something from call to call."""
        if not self.called.stateful:
            return NONE
        used = self.reached(name for name in self._running if self._has_code(name))
        return frozenset(name for name in used if self.code(name).stateful)

    @cached_property
    def everything(self) -> frozenset[str]:
        """All names that the cell reads, also through functions."""
        return self.reached(self.names.uses)

    def of_value(self, name: str, sources: Iterable[str]) -> Code:
        """What functions do that the name's new value, made of these, may hold."""
        code = self.names.definitions.get(name, NO_CODE)
        holders = frozenset(each for each in sources if self._has_code(each))
        for each in holders:
            code |= self.code(each)
        named = frozenset(each for each in holders if not _is_invented(each))
        return code | Code(reads=named) if named else code

    def reached(self, names: Iterable[str]) -> frozenset[str]:
        """These, and what their functions have to do with."""
        known = frozenset(names)
        return known.union(*map(self._behind, filter(self._has_code, known)))

    def code(self, name: str) -> Code:
        """What functions do that a name stands for, or may stand for, in the cell."""
        known = self._codes.get(name)
        if known is None:
            names = self.names
            known = NO_CODE
            for each in {name, *names.sources(name)}:
                known |= names.definitions.get(each, NO_CODE)
                if each in names.reads or each not in names.binds:
                    known |= self._code_of(each)
            self._codes[name] = known
        return known

    @property
    def _running(self) -> Names:
        """Names that the cell uses for more than to give them on."""
        return self.names.uses - self.names.passed_on

    def _has_code(self, name: str) -> bool:
        return self.code(name) is not NO_CODE

    def _behind(self, name: str) -> frozenset[str]:
        """What the functions have to do with that a name leads to, and theirs."""
        known = self._reached.get(name)
        if known is None:
            found, todo = set[str](), [name]
            while todo:
                more = self.code(todo.pop()).reads - found
                found |= more
                todo += more
            known = self._reached[name] = frozenset(found)
        return known


def _weakened(code: Code) -> Code:
    """The same if nobody knows whether it runs."""
    return Code(
        reads=code.reads,
        doubts=code.doubts | code.mutates,
        passes=code.passes,
        stateful=code.stateful,
        opaque=code.opaque,
    )


def _is_invented(name: str) -> bool:
    """Whether it stands for a function without a name."""
    return name.startswith("<")
