from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.guards.repository import name, tracked


def without_a_sentence(module: Path) -> list[str]:
    """Tests of a module whose docstring is missing or does not end as a sentence does."""
    tests = (
        node
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    )
    return [
        test.name for test in tests if not (ast.get_docstring(test) or "").endswith((".", "`", "?"))
    ]


@pytest.mark.parametrize("module", tracked("tests/**/test_*.py"), ids=name)
def test_every_test_states_a_behaviour(module: Path) -> None:
    """Each test's docstring is a sentence, so that a list of them reads as a specification."""
    assert without_a_sentence(module) == []


def test_a_test_without_a_sentence_would_be_seen(tmp_path: Path) -> None:
    """The search finds a test without docstring and one whose docstring breaks off."""
    module = tmp_path / "test_some.py"
    module.write_text("def test_a(): ...\ndef test_b():\n    'It'\ndef test_c():\n    'It is.'\n")
    assert without_a_sentence(module) == ["test_a", "test_b"]
