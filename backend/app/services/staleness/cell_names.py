"""What a cell's source says about names: which it reads, binds, and may change in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Names = frozenset[str]
NONE: Names = frozenset()

UNKNOWN_CALLEE = ""
"""Stands for a function that no name leads to."""


@dataclass(frozen=True, slots=True)
class Code:
    """What running some functions may do to the notebook's variables, their calls not followed."""

    reads: Names = NONE
    binds: Names = NONE
    """Those declared `global`."""
    mutates: Names = NONE
    """Written to change in place."""
    doubts: Names = NONE
    """May change in place: reached through a local variable that is."""
    passes: frozenset[tuple[str, str]] = frozenset()
    """Names with the functions that they are given to, which may change them."""
    calls: Names = NONE
    stateful: bool = False
    """Whether the functions keep something of their own from call to call."""
    opaque: bool = False
    """Whether they may get at any variable, as with `eval`."""

    def __or__(self, other: Code) -> Code:
        """What either does; one of them itself if it does all that the other does."""
        if other is self or other is NO_CODE:
            return self
        if self is NO_CODE:
            return other
        whole = Code(
            self.reads | other.reads,
            self.binds | other.binds,
            self.mutates | other.mutates,
            self.doubts | other.doubts,
            self.passes | other.passes,
            self.calls | other.calls,
            self.stateful or other.stateful,
            self.opaque or other.opaque,
        )
        return self if whole == self else whole


NO_CODE = Code()


@dataclass(frozen=True, slots=True)
class CellNames:
    """A cell's names, as far as its source tells.

    What functions do that the cell defines is charged to whoever uses them.
    """

    reads: Names = NONE
    """Read by the cell's top level, perhaps before the cell has bound them."""
    uses: Names = NONE
    """Read by it at all; functions without a name are under invented ones, `<lambda 1>`."""
    passed_on: Names = NONE
    """Those of `uses` that only get other names: `g = f` runs nothing of `f`."""
    binds: Names = NONE
    """Perhaps bound by it."""
    deletes: Names = NONE
    mutates: Names = NONE
    """Written to change in place: `x[0] = 1`, `x.append(1)`, `x += 1`, `del x[0]`."""
    doubts: Names = NONE
    """May change in place, through something that the cell makes of them: `for row in rows`."""
    passes: frozenset[tuple[str, str]] = frozenset()
    """Names with the functions or objects that they are given to, which may change them."""
    calls: Names = NONE
    iterates: Names = NONE
    """Those that the cell goes through, which uses up what can be gone through only once."""
    imports: Names = NONE
    """Those of `binds` that are bound by an import."""
    flows: Mapping[str, Names] = field(default_factory=dict)
    """Name -> names of whose values its value may be made, or hold a part."""
    definitions: Mapping[str, Code] = field(default_factory=dict)
    """Function or class -> what its code does."""
    covered: Mapping[str, Names] = field(default_factory=dict)
    """Name of `uses` -> names that the cell has surely bound wherever it is used."""
    opaque: bool = False
    """Whether the cell may get at any variable: `eval`, `globals()`, `%run -i`."""
    unknown: Names = NONE
    """Parts whose doings the source does not tell: `%run`, `!`, `%%bash`, `import *`, `syntax`."""

    def sources(self, name: str) -> set[str]:
        """Names of whose values this one's value may be made within the cell, step by step."""
        found, todo = set[str](), [name]
        while todo:
            more = self.flows.get(todo.pop(), NONE) - found
            found |= more
            todo += more
        return found

    @property
    def touched(self) -> Names:
        """Names that the cell may bind or change, its functions included."""
        given = frozenset(name for name, _ in self.passes)
        behind = (code.binds | code.mutates | code.doubts for code in self.definitions.values())
        return self.binds | self.mutates | self.doubts | given.union(*behind)


NOTHING = CellNames()
