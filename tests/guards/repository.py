"""The checkout that the guards look at: its tracked files and its documents."""

from __future__ import annotations

import subprocess
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    """Files that a fresh clone has, or that a commit of everything would add; links excluded."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listing.split("\0") if name)
    return sorted(path for path in paths if path.is_file() and not path.is_symlink())


def documents() -> list[Path]:
    """Every Markdown file of ours."""
    return tracked("*.md")


def tokens(document: Path) -> list[Token]:
    """The document's blocks, and the inline parts of each as their `children`."""
    return MarkdownIt("commonmark").enable("table").parse(document.read_text(encoding="utf-8"))


def name(path: Path) -> str:
    """How a test's id calls a file of the checkout."""
    return path.relative_to(ROOT).as_posix()
