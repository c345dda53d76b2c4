"""READ_ONLY in this process: the source policy and the audit net of one execution."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Any

from . import audit, source
from .builtins import READ_ONLY_BUILTINS, install
from .files import ReadableFiles


class ReadOnly:
    """The guard of one execution.

    Args:
        known: variables of the notebook.
        places: folders and files that the cell may read, besides what libraries need.
    """

    builtins = READ_ONLY_BUILTINS

    def __init__(self, known: Container[str], places: Iterable[Path]) -> None:
        install()
        audit.install()
        self._known = known
        self.files = ReadableFiles(places)

    def restrict(self, tree: ast.Module, filename: str) -> ast.Module:
        """The tree with guards in it.

        Raises:
            PolicyError: READ_ONLY does not allow it.
        """
        return source.restrict(tree, filename, self._known)

    def judge(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at an audit event of the cell.

        Raises:
            ReadOnlyError: READ_ONLY does not allow what is about to happen.
        """
        audit.judge(event, args, self.files)
