"""What has been seen of a piece of code while it is read, its local variables included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .cell_names import UNKNOWN_CALLEE, Code
from .scopes import LOCAL


@dataclass
class Effects:
    """Keys of names (see `Scopes.key`), collected from a cell's top level or from functions."""

    reads: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    mutates: set[str] = field(default_factory=set)
    passes: set[tuple[str, str]] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)
    flows: dict[str, set[str]] = field(default_factory=dict)
    stateful: bool = False
    opaque: bool = False

    def flow(self, into: str, sources: Iterable[str]) -> None:
        """The value of a name may be made of those of others, or get them as its parts."""
        self.flows.setdefault(into, set()).update(sources)

    def merge(self, inner: Effects) -> None:
        """Add what a function in it does."""
        self.reads |= inner.reads
        self.binds |= inner.binds
        self.mutates |= inner.mutates
        self.calls |= inner.calls
        self.passes |= inner.passes
        for name, sources in inner.flows.items():
            self.flow(name, sources)
        self.stateful |= inner.stateful
        self.opaque |= inner.opaque

    def origins(self, name: str) -> set[str]:
        """Names of the notebook that a name's value may be made of; itself if it is one."""
        if LOCAL not in name:
            return {name}
        seen, todo = {name}, [name]
        while todo:
            more = self.flows.get(todo.pop(), set()) - seen
            seen |= more
            todo += (each for each in more if LOCAL in each)
        return {each for each in seen if LOCAL not in each}

    def doubts(self) -> frozenset[str]:
        """Names of the notebook that may change because a local variable does."""
        inner = (name for name in self.mutates if LOCAL in name)
        return frozenset(origin for name in inner for origin in self.origins(name))

    def given(self) -> frozenset[tuple[str, str]]:
        """Names of the notebook with the functions that they are given to."""
        return frozenset(
            (origin, callee)
            for name, function in self.passes
            for origin in self.origins(name)
            for callee in self.origins(function) or {UNKNOWN_CALLEE}
        )

    def code(self) -> Code:
        """The same of the notebook's names alone."""
        return Code(
            reads=outside(self.reads),
            binds=outside(self.binds),
            mutates=outside(self.mutates),
            doubts=self.doubts(),
            passes=self.given(),
            calls=frozenset(c for name in self.calls for c in self.origins(name)),
            stateful=self.stateful,
            opaque=self.opaque,
        )


def outside(names: Iterable[str]) -> frozenset[str]:
    """Those that are no local variables."""
    return frozenset(name for name in names if LOCAL not in name)
