"""Code that is run behind the user's back: nothing of what it says belongs to a cell."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..models.outputs import MimeBundle
from .execution import CURRENT, Execution


class Unheard(Execution):
    """Takes the place of an execution: what is written, shown or warned of then is nowhere."""

    def __init__(self, execution: Execution) -> None:
        vars(self).update(vars(execution))  # it has its sources, its settings, its gate
        self.on_output = self.stdin = self.show_result = self._descriptors = None
        self._warnings = None
        self.shown = deque(maxlen=0)
        self.attentive = True

    def receive(self, name: Any, text: str) -> None:
        """Pass over it."""

    write = receive

    def publish(self, bundle: MimeBundle, *, display_id: str | None = None) -> None:
        """Pass over it."""

    def update(self, display_id: str, bundle: MimeBundle) -> bool:
        """Pass over it, as if there were such a display."""
        return True

    def clear(self, *, wait: bool = False) -> None:
        """Pass over it."""

    def _show(self, output: Any, display_id: str | None = None) -> None:
        """Pass over it."""

    def flush(self) -> None:
        """There is nothing."""

    read_pending = flush


@contextmanager
def unheard(execution: Execution) -> Iterator[None]:
    """Meanwhile nothing is heard of what runs in this context; warnings are no errors either."""
    token = CURRENT.set(Unheard(execution))
    try:
        if any(entry[0] == "error" for entry in warnings.filters):
            with warnings.catch_warnings(action="ignore"):
                yield
        else:
            yield
    finally:
        CURRENT.reset(token)
