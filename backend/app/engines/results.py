"""The last results of an engine, for who asks again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from ..errors import UnknownExecutionError
from ..models.notebook import ExecutionResult
from ..models.outputs import StreamOutput
from ..runtime.bundles import size_of


class Results:
    """Results by execution id. Thread-safe.

    Args:
        count: how many are kept.
        size: bytes that they may hold together, beside the last one.
    """

    def __init__(self, count: int, size: int) -> None:
        self._count = count
        self._size = size
        self._held = 0
        self._results: OrderedDict[str, tuple[ExecutionResult, int]] = OrderedDict()
        self._lock = Lock()

    def add(self, result: ExecutionResult, size: int = 0) -> None:
        """Remember a result, and forget the oldest ones beyond the limits.

        Args:
            size: bytes that it holds at least.
        """
        size = max(_size(result), size)
        with self._lock:
            self._results[result.execution_id] = (result, size)
            self._held += size
            while len(self._results) > self._count or (
                self._held > self._size and len(self._results) > 1
            ):
                _, (_, freed) = self._results.popitem(last=False)
                self._held -= freed

    def get(self, execution_id: str) -> ExecutionResult:
        """A result.

        Raises:
            UnknownExecutionError: there never was one, or too many came after it.
        """
        with self._lock:
            known = self._results.get(execution_id)
        if known is None:
            raise UnknownExecutionError(
                f"There is no record of an execution {execution_id!r}: the last {self._count} are "
                "kept, fewer where they are large."
            )
        return known[0]


def _size(result: ExecutionResult) -> int:
    """About how many bytes it holds."""
    shown = (o.text if isinstance(o, StreamOutput) else o for o in result.outputs)
    return sum(map(size_of, shown)) + size_of(result.user_expressions)
