"""The source of a READ_ONLY cell: refused where it must be, and with guards where it may be.

RestrictedPython's transformer says yes to each kind of node by name, so that syntax of a later
Python is refused until somebody has looked at it. What it forbids beyond that for the sake of a web
server's templates (private names, annotations, augmented assignment, `async`, `match`) analyses
need; here it is guarded instead. Guards have names that no source can spell.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Container
from typing import TypeVar

from RestrictedPython.transformer import RestrictingNodeTransformer

from ..runtime.guard import GUARD_MARK
from . import vocabulary
from .annotation import is_plain_annotation
from .magic import MAGIC, called_magic, is_harmless
from .modules import is_importable
from .patterns import SELF_MATCHING, check_taken
from .refusal import policy_error
from .tree import bound_names, has_future_annotations
from .watched import is_watched

N = TypeVar("N", bound=ast.AST)

READ, READ_PRIVATE, READ_WATCHED = (GUARD_MARK + name for name in ("read", "private", "watched"))
WRITE, WRITE_ITEM, PLACE = (GUARD_MARK + name for name in ("write", "item", "place"))
PREPARE, OWN_NAME = GUARD_MARK + "prepare", GUARD_MARK + "own"
HELD = GUARD_MARK + "held"
METACLASS, IMPORT, IMPORT_AS, IMPORT_FROM = (
    GUARD_MARK + name for name in ("metaclass", "import", "import as", "import from")
)
HOLD, PATTERNS = GUARD_MARK + "hold", GUARD_MARK + "patterns"
MIXED = GUARD_MARK + "mixed"


def restrict(tree: ast.Module, filename: str, known: Container[str]) -> ast.Module:
    """The tree with guards around everything that leads out of the cell's own values.

    Args:
        tree: changed in place.
        filename: for the error.
        known: variables of the notebook, which go before builtins of the same name.

    Raises:
        PolicyError: what is not allowed first, where, and how much more there is.
    """
    transformer = ReadOnlySource(tree, known)
    restricted = transformer.visit(tree)
    if transformer.refusals:
        raise policy_error(transformer.refusals, filename)
    assert isinstance(restricted, ast.Module)
    return ast.fix_missing_locations(restricted)


class ReadOnlySource(RestrictingNodeTransformer):
    """Visits each node once; refusals are gathered, so that all of them can be told."""

    def __init__(self, tree: ast.Module, known: Container[str]) -> None:
        super().__init__()
        self.refusals: list[tuple[ast.AST, str]] = []
        self._bound = frozenset(bound_names(tree))
        self._known = known
        self._classes: list[str] = []
        self._in_class = False
        self._futures = has_future_annotations(tree)
        self._held: list[ast.expr] = []
        self._held_count = 0

    def error(self, node: ast.AST, info: str) -> None:
        """Something of the base class's own refusals."""
        self.refusals.append((node, info.rstrip(".")))

    def not_allowed(self, node: ast.AST) -> None:
        self.error(node, f"the syntax of {type(node).__name__}")

    def check_name(
        self, node: ast.AST, name: str | None, allow_magic_methods: bool = False
    ) -> None:
        if name is not None and not vocabulary.may_bind_name(name, in_class=self._in_class):
            self.error(node, f"giving the name {name!r} to something")

    def _contents(self, node: N) -> N:
        return self.node_contents_visit(node)

    # What needs no guard: control flow, and what only takes values apart.

    visit_For = visit_AsyncFor = visit_comprehension = _contents
    visit_With = visit_AsyncWith = visit_Assign = visit_Await = visit_Try = visit_TryStar = (
        _contents
    )
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _contents
    visit_Match = visit_MatchSingleton = _contents
    visit_MatchSequence = visit_MatchOr = visit_TypeAlias = _contents

    def visit_Module(self, node: ast.Module) -> ast.Module:
        return self._contents(node)

    # Names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if not isinstance(node.ctx, ast.Load):
            self.check_name(node, node.id)
            return node
        if node.id in self._bound or node.id in self._known:
            if vocabulary.is_dunder(node.id) and node.id not in vocabulary.GLOBALS:
                self.error(node, f"the use of {node.id!r}")
            if node.id in vocabulary.GUARDED_BUILTINS:
                return _called(OWN_NAME, [node], node)
            return node
        if node.id in vocabulary.GUARDED_BUILTINS:
            return _named(GUARD_MARK + node.id, node)
        if not _may_read(node.id):
            self.error(node, f"the use of {node.id!r}")
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        return self._naming(node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.AST:
        return self._naming(node)

    def _naming(self, node: ast.Global | ast.Nonlocal) -> ast.AST:
        for name in node.names:
            self.check_name(node, name)
        return node

    def visit_TypeVar(self, node: ast.AST) -> ast.AST:
        self.check_name(node, getattr(node, "name", None))
        return self._contents(node)

    visit_ParamSpec = visit_TypeVarTuple = visit_TypeVar

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.check_name(node, node.name)
        return self._contents(node)

    # Patterns bind names, and those of classes read attributes.

    def visit_MatchAs(self, node: ast.AST) -> ast.AST:
        self.check_name(node, getattr(node, "name", None))
        return self._contents(node)

    visit_MatchStar = visit_MatchAs

    def visit_MatchMapping(self, node: ast.MatchMapping) -> ast.AST:
        self.check_name(node, node.rest)
        return self._contents(node)

    def visit_match_case(self, node: ast.match_case) -> ast.match_case | list[ast.match_case]:
        """Stand-ins for classes that its pattern takes apart are held ready just before."""
        around, self._held = self._held, []
        node = self._contents(node)
        held, self._held = self._held, around
        if not held:
            return node
        ready = held[0] if len(held) == 1 else ast.BoolOp(ast.Or(), held)
        before = ast.match_case(pattern=ast.MatchAs(), guard=ready, body=[ast.Pass()])
        for part in (before.pattern, ready, before.body[0]):
            ast.copy_location(part, node.pattern)
        return [ast.fix_missing_locations(before), node]

    def visit_MatchClass(self, node: ast.MatchClass) -> ast.AST:
        """The class itself stays a dotted name, as syntax demands: it is asked, not kept."""
        for name in node.kwd_attrs:
            self._check_taken_apart(node, name)
        node.patterns = [self.visit(pattern) for pattern in node.patterns]
        node.kwd_patterns = [self.visit(pattern) for pattern in node.kwd_patterns]
        if self._takes_apart(node):
            node.cls = self._stand_in(node)
        for part in ast.walk(node.cls):
            if isinstance(part, ast.Attribute):
                self._check_taken_apart(part, part.attr)
        return node

    def _takes_apart(self, node: ast.MatchClass) -> bool:
        name = node.cls.id if isinstance(node.cls, ast.Name) else ""
        is_whole = len(node.patterns) == 1 and not node.kwd_attrs and name in _SELF_MATCHING
        if is_whole and name not in self._bound and name not in self._known:
            return False
        return bool(node.patterns or node.kwd_attrs)

    def _stand_in(self, node: ast.MatchClass) -> ast.expr:
        key, positions = str(self._held_count), len(node.patterns)
        self._held_count += 1
        nothing = ast.arguments([], [], None, [], [], None, [])
        find = ast.Lambda(nothing, self.visit(node.cls))
        words = [ast.Constant(word) for word in node.kwd_attrs]
        asked = [ast.Constant(key), find, ast.Constant(positions), *words]
        self._held.append(_called(HOLD, asked, node.cls))
        patterns = ast.Name(PATTERNS, ast.Load())
        found = ast.copy_location(ast.Attribute(patterns, key, ast.Load()), node.cls)
        return ast.fix_missing_locations(found)

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        """A dotted name is compared with what is matched, which so gets hold of it."""
        node = self._contents(node)
        if isinstance(node.value, ast.Call):
            held = _called(HELD, [node.value], node.value)
            node.value = ast.copy_location(ast.Attribute(held, "value", ast.Load()), held)
        return node

    def _check_taken_apart(self, node: ast.AST, name: str) -> None:
        try:
            check_taken(name)
        except PermissionError:
            self.error(node, f"taking the attribute {name!r} out of a pattern")

    # Attributes and items

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node = self._contents(node)
        name = self._mangled(node.attr)
        if isinstance(node.ctx, ast.Load):
            if not vocabulary.may_read_attribute(name):
                self.error(node, f"the attribute {node.attr!r}")
            return _called(_reader(name), [node.value, ast.Constant(name)], node)
        self._check_bound_attribute(node)
        node.value = _called(WRITE, [node.value, ast.Constant(name)], node.value)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        node = self._contents(node)
        if not isinstance(node.ctx, ast.Load):
            node.value = _called(WRITE_ITEM, [node.value], node.value)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        target = node.target
        if not isinstance(target, ast.Attribute):
            return self._contents(node)
        self._check_bound_attribute(target)
        owner, name = self.visit(target.value), ast.Constant(self._mangled(target.attr))
        place = _called(PLACE, [owner, name], target)
        node.target = ast.copy_location(ast.Attribute(place, "value", ast.Store()), target)
        node.value = self.visit(node.value)
        return node

    def _check_bound_attribute(self, node: ast.Attribute) -> None:
        if not vocabulary.may_bind_attribute(node.attr):
            self.error(node, f"setting the attribute {node.attr!r}")

    def _mangled(self, name: str) -> str:
        """The name as the compiler would have it within a class."""
        if not (self._classes and name.startswith("__")) or name.endswith("__"):
            return name
        owner = self._classes[-1].lstrip("_")
        return f"_{owner}{name}" if owner else name

    # Annotations: values for now, or text that others may evaluate later.

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = self._annotation(node.annotation)
        node.target = self.visit(node.target)
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        if node.annotation is not None:
            node.annotation = self._annotation(node.annotation)
        return node

    def _annotation(self, node: ast.expr) -> ast.expr:
        if not is_plain_annotation(node, as_text=self._futures):
            self.error(node, "an annotation that is more than a type")
        if self._futures:
            return node
        visited = self.visit(node)
        assert isinstance(visited, ast.expr)
        return visited

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.AST:
        magic = called_magic(node)
        if magic is None:
            return self._prepared(node)
        if not is_harmless(magic):
            self.error(node, f"the magic or shell command {magic.text!r}")
        values: list[ast.expr] = [ast.Constant(part) for part in magic]
        return _called(GUARD_MARK + MAGIC, values, node)

    def _prepared(self, node: ast.Call) -> ast.AST:
        """A call whose arguments may have to be looked at is prepared first, then made."""
        node = self._contents(node)
        function = node.func
        if not (isinstance(function, ast.Call) and _calls(function, READ_WATCHED)):
            return node
        prepared = _called(PREPARE, [function, *node.args], node)
        prepared.keywords = node.keywords
        return ast.copy_location(ast.Call(prepared, [], []), node)

    # Functions and classes

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._check_parameters(node)
        return self._within(node, in_class=False)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.check_name(node, node.name)
        self._check_parameters(node)
        if node.returns is not None:
            returns, node.returns = self._annotation(node.returns), None
            node = self._within(node, in_class=False)
            node.returns = returns
            return node
        return self._within(node, in_class=False)

    def _check_parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        in_class, self._in_class = self._in_class, False
        self.check_function_argument_names(node)
        self._in_class = in_class

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.check_name(node, node.name)
        self._classes.append(node.name)
        node = self._within(node, in_class=True)
        self._classes.pop()
        for keyword in node.keywords:
            if keyword.arg == "metaclass":
                keyword.value = _called(METACLASS, [keyword.value], keyword.value)
        if node.bases:
            node.decorator_list.append(_named(MIXED, node.bases[0]))
        return node

    def _within(self, node: N, *, in_class: bool) -> N:
        before, self._in_class = self._in_class, in_class
        try:
            return self._contents(node)
        finally:
            self._in_class = before

    # Imports become calls of guards, which hold wherever and whenever the code runs.

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        statements: list[ast.stmt] = []
        for alias in node.names:
            self._check_import(alias.name, node)
            guard = IMPORT if alias.asname is None else IMPORT_AS
            name = alias.asname or alias.name.partition(".")[0]
            statements.append(self._binding(name, guard, [alias.name], node))
        return statements

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        if node.module == "__future__":
            return node
        if node.level:
            self.error(node, "a relative import")
        else:
            self._check_import(node.module or "", node)
        statements: list[ast.stmt] = []
        for alias in node.names:
            if alias.name == "*":
                self.error(node, f"'from {node.module} import *'")
            elif not vocabulary.may_read_attribute(alias.name):
                self.error(node, f"the import of {alias.name!r}")
            texts = [node.module or "", alias.name]
            statements.append(self._binding(alias.asname or alias.name, IMPORT_FROM, texts, node))
        return statements

    def _check_import(self, module: str, node: ast.stmt) -> None:
        if not is_importable(module):
            self.error(node, f"the import of {module!r}")

    def _binding(self, name: str, guard: str, texts: list[str], node: ast.stmt) -> ast.stmt:
        self.check_name(node, name)
        value = _called(guard, [ast.Constant(text) for text in texts], node)
        target = ast.copy_location(ast.Name(name, ast.Store()), node)
        return ast.copy_location(ast.Assign([target], value), node)


_SELF_MATCHING = frozenset(kind.__name__ for kind in SELF_MATCHING)


def _reader(name: str) -> str:
    if name.startswith("_") and name not in vocabulary.OPERATORS | vocabulary.DESCRIPTIONS:
        return READ_PRIVATE
    return READ_WATCHED if is_watched(name) else READ


def _may_read(name: str) -> bool:
    if name in vocabulary.PLAIN_BUILTINS or name in vocabulary.GLOBALS:
        return True
    return not (vocabulary.is_dunder(name) or hasattr(builtins, name))


def _named(name: str, like: ast.AST) -> ast.Name:
    return ast.copy_location(ast.Name(name, ast.Load()), like)


def _calls(node: ast.Call, guard: str) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == guard


def _called(guard: str, args: list[ast.expr], like: ast.AST) -> ast.Call:
    call = ast.Call(func=ast.Name(guard, ast.Load()), args=args, keywords=[])
    return ast.fix_missing_locations(ast.copy_location(call, like))
