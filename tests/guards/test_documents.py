from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.guards.repository import ROOT, documents, name, tokens

OURS = ("backend/", "benchmarks/", "docs/", "examples/", "scripts/", "src/", "tests/")


def python_of(document: Path) -> str:
    """The document with everything but its ```python blocks blanked, so that lines keep numbers."""
    lines = [""] * len(document.read_text(encoding="utf-8").splitlines())
    for token in tokens(document):
        if token.type == "fence" and token.info.strip() == "python" and token.map:
            code = token.content.splitlines()
            first = token.map[0] + 1
            lines[first : first + len(code)] = code
    return "\n".join(lines) + "\n"


def with_python() -> list[Path]:
    return [document for document in documents() if python_of(document).strip()]


def paths_in(document: Path) -> Iterator[str]:
    for token in tokens(document):
        for child in token.children or ():
            if child.type == "code_inline" and child.content.startswith(OURS):
                yield f"/{child.content}"
            target = child.attrGet("href") or child.attrGet("src")
            if isinstance(target, str) and "://" not in target and not target.startswith("mailto:"):
                yield target.partition("#")[0]


def is_there(document: Path, path: str) -> bool:
    """Whether a path exists: from the checkout's top with a leading slash, else from the document.

    `tests/a/test_b.py::test_c` names a function in the file; `*` stands for any name; a path with
    a place to fill in, such as `<notebook_id>`, names nothing that could be missing.
    """
    if not path or "<" in path or "{" in path or "…" in path or " " in path:
        return True
    path, _, test = path.partition("::")
    base = ROOT if path.startswith("/") else document.parent
    if "*" in path:
        return any(base.glob(path.lstrip("/")))
    target = base / path.lstrip("/")
    return target.exists() and (not test or test.partition("[")[0] in names_in(target))


def names_in(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


@pytest.mark.parametrize("document", with_python(), ids=name)
def test_the_python_blocks_of_a_document_run_in_order(document: Path, tmp_path: Path) -> None:
    """Whoever pastes a document's Python blocks one after another into a script sees it run."""
    script = tmp_path / f"{document.stem}.py"
    script.write_text(python_of(document), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("document", documents(), ids=name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    """A file, folder or test that a document links to or names in code is in the checkout."""
    missing = [path for path in paths_in(document) if not is_there(document, path)]
    assert not missing


def test_a_missing_path_would_be_seen() -> None:
    """The search for missing paths finds a wrong file, a wrong test and an empty pattern."""
    here = ROOT / "CONTRIBUTING.md"
    own = f"/{name(Path(__file__))}"
    assert is_there(here, f"{own}::test_a_missing_path_would_be_seen")
    assert is_there(here, "/tests/guards/*.py")
    for wrong in ("/backend/nowhere.py", f"{own}::test_nothing", "/tests/*.nowhere", "no.md"):
        assert not is_there(here, wrong)
