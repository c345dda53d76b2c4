"""What is kept of the last executions, for who asks again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Generic, TypeVar

from ..errors import UnknownExecutionError

T = TypeVar("T")


class Retained(Generic[T]):
    """Something of each of the last executions, by its id. Thread-safe.

    Args:
        count: how many are kept.
        size: bytes that they may hold together, beside the last one.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._held = 0
        self._kept: OrderedDict[str, tuple[T, int]] = OrderedDict()
        self._lock = Lock()

    def keep(self, execution_id: str, value: T, size: int) -> None:
        """Remember it, and forget the oldest ones beyond the limits."""
        with self._lock:
            self._kept[execution_id] = (value, size)
            self._held += size
            while len(self._kept) > self._count or (
                self._held > self._size and len(self._kept) > 1
            ):
                _, (_, freed) = self._kept.popitem(last=False)
                self._held -= freed

    def get(self, execution_id: str) -> T:
        """What is kept of it.

        Raises:
            UnknownExecutionError: there never was such an execution, or too many came after it.
        """
        with self._lock:
            known = self._kept.get(execution_id)
        if known is None:
            raise UnknownExecutionError(
                f"There is no record of an execution {execution_id!r}: the last {self._count} are "
                "kept, fewer where they are large."
            )
        return known[0]

    def clear(self) -> None:
        """Forget every execution."""
        with self._lock:
            self._kept.clear()
            self._held = 0
