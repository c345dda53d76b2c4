"""The names of a cell, met in the order in which it runs."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from .cell_names import CellNames, Code
from .effects import Effects, outside
from .known_calls import PLAIN, SHARING
from .scopes import LOCAL, Scopes, imported_name


class Assignments(ast.NodeVisitor):
    """Reads a tree: which names are read, bound and assigned into, and what flows into them."""

    def __init__(self) -> None:
        self._scopes = Scopes()
        self._top = self._now = Effects()
        self._home: Effects | None = None
        """What the functions do that are read now; None where functions are told apart."""
        self._bound: set[str] = set()
        """Names that the top level has surely bound so far."""
        self._early: set[str] = set()
        self._covered: dict[str, frozenset[str]] = {}
        self._loads: Counter[str] = Counter()
        """How often the top level reads each name; less how often only to give it another one."""
        self._deletes: set[str] = set()
        self._iterates: set[str] = set()
        self._imports: set[str] = set()
        self._definitions: dict[str, Code] = {}
        self._inside: dict[int, set[str]] = {}
        """Names in each comprehension and nameless function, by the id of its node."""
        self._unknown: set[str] = set()

    def names(self) -> CellNames:
        """What was found."""
        top = self._top
        flows = {
            name: frozenset(o for source in top.flows[name] for o in top.origins(source))
            for name in outside(top.flows)
        }
        return CellNames(
            reads=frozenset(self._early),
            uses=outside(top.reads),
            passed_on=frozenset(name for name, count in self._loads.items() if not count),
            binds=outside(top.binds),
            deletes=frozenset(self._deletes),
            mutates=outside(top.mutates),
            doubts=top.doubts(),
            passes=top.given(),
            calls=frozenset(c for name in top.calls for c in top.origins(name)),
            iterates=frozenset(o for name in self._iterates for o in top.origins(name)),
            imports=frozenset(self._imports),
            flows=flows,
            definitions=self._definitions,
            covered=self._covered,
            opaque=top.opaque,
            unknown=frozenset(self._unknown),
        )

    def run(self, body: Iterable[ast.AST]) -> None:
        """Statements or expressions, one after the other."""
        for node in body:
            self.visit(node)

    @property
    def _is_top(self) -> bool:
        return self._now is self._top

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._load(self._scopes.key(node.id))
        elif isinstance(node.ctx, ast.Store):
            self._bind(node.id)
        else:
            self._unbind(node.id)

    def _load(self, key: str) -> None:
        self._now.reads.add(key)
        if self._is_top and LOCAL not in key:
            if key not in self._bound:
                self._early.add(key)
            self._loads[key] += 1
            bound = frozenset(self._bound)
            self._covered[key] = self._covered.get(key, bound) & bound

    def _bind(self, name: str) -> str:
        key = self._scopes.bind(name)
        self._now.binds.add(key)
        if self._is_top and LOCAL not in key:
            self._bound.add(key)
        return key

    def _unbind(self, name: str) -> None:
        key = self._scopes.key(name)
        self._load(key)
        self._now.binds.add(key)
        if self._is_top and LOCAL not in key:
            self._deletes.add(key)
            self._bound.discard(key)

    def _sources(self, node: ast.AST) -> set[str]:
        """Keys of names of whose values this expression's value may be, or hold a part."""
        match node:
            case ast.Name():
                return {self._scopes.key(node.id)}
            case ast.Call():
                return self._sources_of_call(node)
            case ast.Compare() | ast.Constant() | ast.JoinedStr():
                return set()
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                return self._inside.get(id(node), set())
            case ast.GeneratorExp():
                return self._inside.get(id(node), set())
        return self._sources_of_all(_giving(node))

    def _sources_of_call(self, call: ast.Call) -> set[str]:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in PLAIN:
            return set()
        given = self._sources_of_all(arguments(call))
        return given if name in SHARING else given | self._sources(call.func)

    def _sources_of_all(self, nodes: Iterable[ast.AST]) -> set[str]:
        return set[str]().union(*map(self._sources, nodes))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        if isinstance(node.value, ast.Name) and self._is_top:
            self._loads[self._scopes.key(node.value.id)] -= 1
        self._assign(node.targets, self._sources(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._assign([node.target], self._sources(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._assign([node.target], self._sources(node.value))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._load(self._scopes.key(node.target.id))
        self.visit(node.value)
        self._assign([node.target], self._sources(node.value) | self._sources(node.target))
        self._now.mutates |= self._sources(root(node.target))

    def _assign(self, targets: Sequence[ast.expr], sources: set[str]) -> None:
        """Bind or change the targets; what one value is bound to twice is shared."""
        keys = [key for target in targets for key in self._targets(target)]
        for key in keys:
            self._now.flow(key, sources)
            if len(keys) > 1:
                self._now.flow(key, (other for other in keys if other != key))

    def _targets(self, target: ast.expr) -> Iterator[str]:
        match target:
            case ast.Name():
                yield self._bind(target.id)
            case ast.Tuple() | ast.List():
                for each in target.elts:
                    yield from self._targets(each)
            case ast.Starred():
                yield from self._targets(target.value)
            case ast.Attribute() | ast.Subscript():
                self.generic_visit(target)
                yield from self._change(target.value)

    def _change(self, value: ast.expr) -> set[str]:
        """Something in this is set or deleted."""
        roots = self._sources(root(value))
        self._now.mutates |= roots
        return roots

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._change(node.value)

    visit_Subscript = visit_Attribute  # type: ignore[assignment]

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._unknown.add("import *")
                continue
            key = self._bind(imported_name(alias))
            if self._is_top:
                self._imports.add(key)

    visit_ImportFrom = visit_Import


def _giving(node: ast.AST) -> Iterable[ast.AST]:
    """Parts of an expression whose values may be in its value."""
    match node:
        case ast.Attribute() | ast.Subscript():
            return (node.value,)
        case ast.IfExp():
            return (node.body, node.orelse)
    return ast.iter_child_nodes(node)


def root(node: ast.expr) -> ast.expr:
    """What an item or attribute is reached from: `x` of `x.a[0].b`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node


def arguments(call: ast.Call) -> list[ast.expr]:
    """All that a call is given, by place or by name."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]
