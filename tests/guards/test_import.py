from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
import tomllib

import nbengine
from tests.guards.repository import ROOT

HEAVY = frozenset(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"][
        "flake8-tidy-imports"
    ]["banned-module-level-imports"]
)
"""What the lint step bans at the top of a module: one list for both."""
MOST = 500
"""Modules, the interpreter's own included: pydantic's take up some 250 of them."""


def loaded_by(statement: str) -> list[str]:
    """Names in `sys.modules` after a fresh interpreter ran a statement."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    ended = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    loaded: list[str] = json.loads(ended.stdout)
    return loaded


def test_the_import_loads_no_heavy_library() -> None:
    """`import nbengine`, and naming all it offers, loads nothing that only a cell may need."""
    loaded = loaded_by("from nbengine import *")
    assert not HEAVY & set(loaded)
    assert len(loaded) < MOST


def test_a_heavy_library_would_be_seen() -> None:
    """The search for heavy libraries finds one that is imported."""
    assert "numpy" in loaded_by("import nbengine, numpy")


def test_every_public_name_is_there_and_documented() -> None:
    """Each name in `__all__` can be had from the package, and says what it is."""
    names = importlib.import_module("nbengine").__all__
    assert len(names) == len(set(names)) > 0
    for name in names:
        value = getattr(nbengine, name)
        assert name.startswith("__") or inspect.getdoc(value)
