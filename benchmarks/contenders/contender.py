"""What everybody who runs cells can do here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

Shown = list[dict[str, Any]]
"""Outputs as nbformat has them."""


class Contender(Protocol):
    """Runs cells of one notebook."""

    def run(self, code: str) -> None:
        """Run a cell; what it showed is at hand when this returns, an error of its code too."""

    def shown(self) -> Shown:
        """What the last cell showed."""

    def reset(self) -> None:
        """Forget every variable."""

    def close(self) -> None:
        """Give everything back."""


@runtime_checkable
class Idler(Protocol):
    """Knows what an idle notebook of its costs."""

    def idle_memory(self) -> float:
        """Bytes that one notebook takes which has run a trivial cell and waits."""


Maker = Callable[[], Contender]
