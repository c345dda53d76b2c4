"""The libraries that read data files: loaded when a file needs one."""

from __future__ import annotations

import importlib
from typing import Any

from ...errors import MissingDependencyError


def library(name: str) -> Any:
    """The module.

    Raises:
        MissingDependencyError: it is not installed; with the pip line.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        raise MissingDependencyError(
            f"This file is read by {error.name}, which is not installed: "
            "pip install 'nbengine[files]'"
        ) from None
