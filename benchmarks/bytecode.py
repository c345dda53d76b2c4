"""Commands as they are once installed: their modules were compiled before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

OBSTACLE = "PYTHONDONTWRITEBYTECODE"
PLACE = "PYTHONPYCACHEPREFIX"


@contextmanager
def compiled_once() -> Iterator[dict[str, str]]:
    """An environment in which the second of two like processes compiles nothing.

    An installer compiles what it installs; nobody compiles a checkout, and some shells forbid it.
    """
    with TemporaryDirectory(prefix="nbengine-bytecode-") as folder:
        inherited = {name: value for name, value in os.environ.items() if name != OBSTACLE}
        yield inherited | {PLACE: folder}
