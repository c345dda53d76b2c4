"""The last results of an engine, for who asks again."""

from __future__ import annotations

from ..models.notebook import ExecutionResult
from ..runtime.bundles import size_of_result
from ..runtime.retained import Retained


class Results(Retained[ExecutionResult]):
    """Results by execution id."""

    def add(self, result: ExecutionResult, size: int = 0) -> None:
        """Remember a result, and forget the oldest ones beyond the limits.

        Args:
            result: it.
            size: bytes that it holds at least.
        """
        self.keep(result.execution_id, result, max(size_of_result(result), size))
