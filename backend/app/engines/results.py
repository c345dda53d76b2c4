"""The last results of an engine, for who asks again."""

from __future__ import annotations

from ..models.notebook import ExecutionResult
from ..models.outputs import StreamOutput
from ..runtime.bundles import size_of
from ..runtime.retained import Retained


class Results(Retained[ExecutionResult]):
    """Results by execution id."""

    def add(self, result: ExecutionResult, size: int = 0) -> None:
        """Remember a result, and forget the oldest ones beyond the limits.

        Args:
            result: it.
            size: bytes that it holds at least.
        """
        self.keep(result.execution_id, result, max(_size(result), size))


def _size(result: ExecutionResult) -> int:
    """About how many bytes it holds."""
    shown = (o.text if isinstance(o, StreamOutput) else o for o in result.outputs)
    return sum(map(size_of, shown)) + size_of(result.user_expressions)
