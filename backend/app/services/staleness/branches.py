"""What a cell does only under conditions, or any number of times."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial

from .assignments import Assignments
from .known_calls import HONEST_MANAGERS


class Branches(Assignments):
    """Reads a tree: what is surely bound after branches, loops and failures."""

    def _branches(self, *branches: Callable[[], None]) -> None:
        """One of these runs: what all of them bind is bound."""
        before, ends = self._bound, []
        for branch in branches:
            self._bound = set(before)
            branch()
            ends.append(self._bound)
        self._bound = set.intersection(*ends)

    def _perhaps(self, *bodies: Iterable[ast.AST]) -> None:
        """These may run, in this order, or not."""

        def all_of_them() -> None:
            for body in bodies:
                self.run(body)

        self._branches(all_of_them, lambda: None)

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        self._branches(partial(self.run, node.body), partial(self.run, node.orelse))

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        self._branches(partial(self.visit, node.body), partial(self.visit, node.orelse))

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.visit(node.values[0])
        self._perhaps(node.values[1:])

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        sources = self._sources(node.iter)
        self._iterates |= sources

        def round_() -> None:
            self._assign([node.target], sources)
            self.run(node.body)

        self._branches(round_, lambda: None)
        self._perhaps(node.orelse)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        self._perhaps(node.body)
        self._perhaps(node.orelse)

    def visit_Try(self, node: ast.Try) -> None:
        whole = partial(self.run, [*node.body, *node.orelse])
        self._branches(whole, *(partial(self.visit, handler) for handler in node.handlers))
        self.run(node.finalbody)

    visit_TryStar = visit_Try  # type: ignore[assignment]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self._bind(node.name)
        self.run(node.body)
        if node.name:
            self._bound.discard(node.name)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._assign([item.optional_vars], self._sources(item.context_expr))
        if all(_is_honest(item.context_expr) for item in node.items):
            self.run(node.body)
        else:  # it may have swallowed an exception anywhere
            self._perhaps(node.body)

    visit_AsyncWith = visit_With

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        sources = self._sources(node.subject)

        def case_(case: ast.match_case) -> None:
            for each in ast.walk(case.pattern):
                name = getattr(each, "name", None) or getattr(each, "rest", None)
                if isinstance(name, str):
                    self._now.flow(self._bind(name), sources)
            self.visit(case.pattern)
            self.run([*([case.guard] if case.guard else []), *case.body])

        self._branches(*(partial(case_, case) for case in node.cases), lambda: None)


def _is_honest(manager: ast.expr) -> bool:
    """Whether a context manager is known to let every exception pass."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    return name in HONEST_MANAGERS
