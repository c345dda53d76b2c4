from __future__ import annotations

import ast
import inspect
from itertools import pairwise

from nbengine.settings import Settings
from tests.guards.repository import ROOT, tokens

PAGE = ROOT / "docs" / "settings.md"


def with_docstring() -> set[str]:
    """Names of the settings whose line is followed by a sentence."""
    (settings,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(settings, ast.ClassDef)
    return {
        before.target.id
        for before, after in pairwise(settings.body)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
        and isinstance(after.value.value, str)
    }


def in_the_table() -> list[str]:
    """Names in the first column of the page's table, in order."""
    parts = tokens(PAGE)
    triples = zip(parts, parts[1:], parts[2:], strict=False)
    return [
        text.content.strip("`")
        for row, cell, text in triples
        if row.type == "tr_open" and cell.type == "td_open"
    ]


def test_every_setting_has_a_docstring() -> None:
    """Whoever reads the class finds a sentence under each setting."""
    assert with_docstring() == set(Settings.model_fields)


def test_the_page_lists_every_setting_in_order() -> None:
    """`docs/settings.md` has one row a setting, and no row for one that is gone."""
    assert in_the_table() == list(Settings.model_fields)
