"""What a cell calls, magics included."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from .assignments import Assignments, arguments, root
from .known_calls import (
    ANYTHING,
    FIRST_CHANGES,
    MUTATORS,
    PLAIN,
    PYTHON_BODIES,
    QUIET_MAGICS,
    SHARING,
)
from .python_of_cell import expansions, statement_of_magic, tree_of

_MAGICS = frozenset(("run_line_magic", "run_cell_magic", "system", "getoutput"))


class Calls(Assignments):
    """Reads a tree: what is given to whom, and changed by it."""

    def visit_Call(self, node: ast.Call) -> None:
        if _is_magic(node):
            self._magic(node)
            return
        self.generic_visit(node)
        match node.func:
            case ast.Name(id=name):
                self._call_of_name(name, node)
            case ast.Attribute():
                self._call_of_method(node.func, node)
            case _:
                self._give(arguments(node), self._sources(node.func))

    def _call_of_name(self, name: str, call: ast.Call) -> None:
        given = arguments(call)
        if name in ANYTHING and not (name == "vars" and given):
            self._now.opaque = True
        self._change_first(name, call)
        if name in SHARING or name in PLAIN:
            self._iterates |= self._sources_of_all(given)
        else:
            self._give(given, {self._scopes.key(name)})

    def _call_of_method(self, method: ast.Attribute, call: ast.Call) -> None:
        owner = self._sources(root(method.value))
        self._change_first(method.attr, call)
        if method.attr in MUTATORS or _is_in_place(call):
            self._now.mutates |= owner
            self._put_into(owner, arguments(call))
        self._give([method.value, *arguments(call)], owner)

    def _put_into(self, owners: Iterable[str], parts: Iterable[ast.expr]) -> None:
        sources = self._sources_of_all(parts)
        for each in owners:
            self._now.flow(each, sources)

    def _change_first(self, function: str, call: ast.Call) -> None:
        if function in FIRST_CHANGES and call.args:
            self._put_into(self._change(call.args[0]), call.args[1:])

    def _give(self, given: Iterable[ast.expr], callees: set[str]) -> None:
        """Values go to functions, which may change them, and put parts of one into another."""
        names = self._sources_of_all(given)
        self._now.calls |= callees
        self._now.passes |= {(name, callee) for name in names for callee in callees or {""}}
        for name in names:
            self._now.flow(name, (names | callees) - {name})

    def _magic(self, call: ast.Call) -> None:
        name, *rest = (str(each.value) for each in call.args if isinstance(each, ast.Constant))
        kind = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if kind in ("system", "getoutput"):
            self._command("!", name)
        elif name in PYTHON_BODIES:
            self._python_magic(name, rest)
        elif name not in QUIET_MAGICS:
            self._command(f"%{name}" if kind == "run_line_magic" else f"%%{name}", rest[0])
            self._now.opaque |= name == "run" and "-i" in rest[0].split()

    def _python_magic(self, name: str, rest: list[str]) -> None:
        """The line, or the body, is the notebook's code; it may be run any number of times."""
        before = set(self._bound)
        parts = [*rest[1:], "" if name == "capture" else statement_of_magic(rest[0])]
        trees = [tree_of(part) for part in parts if part.strip()]
        for tree in trees:
            if tree is None:
                self._unknown.add(f"%{name}")
            else:
                self.run(tree.body)
        if name == "capture" and rest[0].strip().isidentifier():
            self._bind(rest[0].strip())
        if name in ("timeit", "prun"):
            self._bound = before

    def _command(self, name: str, command: str) -> None:
        self._unknown.add(name)
        for expression in expansions(command):
            tree = tree_of(expression)
            self.run([] if tree is None else tree.body)


def _is_in_place(call: ast.Call) -> bool:
    """Whether it has the argument `inplace`, other than a plain False."""
    given = (keyword.value for keyword in call.keywords if keyword.arg == "inplace")
    return any(not (isinstance(v, ast.Constant) and v.value is False) for v in given)


def _is_magic(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=attr):
            return attr in _MAGICS and any(isinstance(a, ast.Constant) for a in call.args)
    return False
