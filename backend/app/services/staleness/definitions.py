"""The functions, classes and comprehensions of a cell."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from .assignments import Assignments
from .cell_names import Code
from .effects import Effects, outside
from .scopes import Comprehension, Function, bound_in, parameters, with_default


class Definitions(Assignments):
    """Reads a tree: what its functions do later, told apart from what runs at once."""

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.run(node.decorator_list)
        self._define(self._scopes.bind(node.name), node)
        key = self._bind(node.name)
        for each in node.decorator_list:
            self._now.flow(key, self._sources(each))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Assign(self, node: ast.Assign) -> None:
        """`f = lambda: x` defines a function as `def` does."""
        first = node.targets[0]
        if isinstance(node.value, ast.Lambda) and isinstance(first, ast.Name):
            self._define(self._scopes.bind(first.id), node.value)
            self._assign(node.targets, set())
        else:
            super().visit_Assign(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name is taken to run where it stands, and where its value goes."""
        key = f"<lambda {len(self._inside) + 1}>"
        self._inside[id(node)] = {key}
        self._define(key, node)
        self._now.reads.add(key)
        self._now.calls.add(key)
        if self._is_top:
            self._covered[key] = frozenset(self._bound)

    def _define(self, key: str, node: Function) -> None:
        """Read a function that is known by this key."""
        self.run([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        self.run(p.annotation for p in parameters(node.args) if p.annotation is not None)
        if not isinstance(node, ast.Lambda) and node.returns is not None:
            self.visit(node.returns)
        defaults = {name: self._sources(value) for name, value in with_default(node.args)}
        for sources in defaults.values():
            self._now.flow(key, sources)
        with self._deferred(key) as effects:
            self._body(node, defaults, effects)

    def _body(self, node: Function, defaults: dict[str, set[str]], effects: Effects) -> None:
        scope = self._scopes.enter("function")
        bound_in(node, scope)
        for name, sources in defaults.items():
            effects.flow(self._scopes.key(name), sources)
        self.run([node.body] if isinstance(node, ast.Lambda) else node.body)
        kept = {self._scopes.key(name) for name in defaults}
        effects.stateful |= not kept.isdisjoint(effects.mutates | {n for n, _ in effects.passes})
        self._scopes.open.pop()

    @contextmanager
    def _deferred(self, owner: str) -> Iterator[Effects]:
        """What is read here runs later, when the owner is used."""
        before, home = self._now, self._home
        effects = self._now = Effects()
        self._home = self._home or effects
        yield effects
        self._now, self._home = before, home
        if home is None:
            self._definitions[owner] = self._definitions.get(owner, Code()) | effects.code()
        else:
            home.merge(effects)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self._now.stateful = True

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Its body runs at once, its methods belong to the name of the class."""
        self.run([*node.decorator_list, *node.bases, *(each.value for each in node.keywords)])
        key, home, now = self._scopes.key(node.name), self._home, self._now
        read_before = set(now.reads)
        self._home = methods = self._home or Effects()
        self._scopes.enter("class")
        self.run(node.body)
        self._scopes.open.pop()
        self._home = home
        inherited = {s for each in (*node.bases, *node.decorator_list) for s in self._sources(each)}
        now.flow(key, outside(now.reads - read_before) | inherited)
        if home is None:
            self._definitions[key] = self._definitions.get(key, Code()) | methods.code()
        self._bind(node.name)

    def visit_ListComp(self, node: Comprehension) -> None:
        """Its first iterable is read outside of its scope."""
        scope = self._scopes.enter("comprehension")
        before, self._now.reads = self._now.reads, set()
        bound = set(self._bound)
        for place, each in enumerate(node.generators):
            if place:
                self._generator(each, scope.bound)
            else:
                self._first_generator(each, scope.bound)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.run(elements)
        self._scopes.open.pop()
        inside, self._now.reads = self._now.reads, before | self._now.reads
        self._bound = bound
        self._inside[id(node)] = {o for name in inside for o in self._now.origins(name)}

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def _first_generator(self, node: ast.comprehension, bound: set[str]) -> None:
        inner = self._scopes.open.pop()
        self.visit(node.iter)
        sources = self._sources(node.iter)
        self._scopes.open.append(inner)
        self._bind_generator(node, bound, sources)

    def _generator(self, node: ast.comprehension, bound: set[str]) -> None:
        self.visit(node.iter)
        self._bind_generator(node, bound, self._sources(node.iter))

    def _bind_generator(self, node: ast.comprehension, bound: set[str], sources: set[str]) -> None:
        self._iterates |= sources
        bound.update(n.id for n in ast.walk(node.target) if isinstance(n, ast.Name))
        self._assign([node.target], sources)
        self.run(node.ifs)
