"""Where output goes that a value writes while the engine, not the user, looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from ..models.outputs import StreamName
from ..runtime.execution import CURRENT, Execution
from ..settings import Settings


class _Nowhere(Execution):
    """An execution that shows nothing."""

    def write(self, name: StreamName, text: str) -> None:
        pass

    def _show(self, *_: Any) -> None:
        pass

    def update(self, *_: Any) -> bool:
        return False

    def clear(self, **_: Any) -> None:
        pass


@contextmanager
def silence() -> Iterator[None]:
    """What the calling code writes or displays within belongs to no cell and is not kept."""
    token = CURRENT.set(_nowhere() if CURRENT.get() else None)
    try:
        yield
    finally:
        CURRENT.reset(token)


@cache
def _nowhere() -> Execution:
    return _Nowhere(
        execution_id="",
        cell_id="",
        notebook_id="",
        settings=Settings(),
        artifact_path=Path,
        on_output=None,
        started_at=datetime.now(UTC),
    )
