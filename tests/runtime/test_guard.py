from __future__ import annotations

import ast
import builtins
from types import CodeType

import pytest

from nbengine.runtime.guard import GUARD_MARK, bring_guards

GUARD = GUARD_MARK + "read"


def _code(*, guarded: bool) -> CodeType:
    tree = ast.parse("def outer():\n    return lambda: name")
    for node in ast.walk(tree):
        if guarded and isinstance(node, ast.Name):
            node.id = GUARD
    return compile(tree, "<cell>", "exec")


def test_guards_are_brought_to_code_that_needs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where only a function within a function names one; other code changes nothing."""
    monkeypatch.delitem(vars(builtins), GUARD, raising=False)
    bring_guards(_code(guarded=False))
    assert GUARD not in vars(builtins)
    bring_guards(_code(guarded=True))
    assert GUARD in vars(builtins)


def test_no_source_can_spell_a_guard() -> None:
    """A name with a blank in it is a syntax error wherever it stands."""
    with pytest.raises(SyntaxError):
        compile(f"{GUARD}(1)", "<cell>", "exec")
