"""Real cells, and their outputs said shortly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbengine.models.notebook import PLOTLY_MIME, ExecutionResult
from nbengine.models.outputs import ErrorOutput, Output, StreamOutput
from nbengine.services.execution_service import ExecutionService

Run = Callable[[str], ExecutionResult]


@contextmanager
def runner(folder: Path, **settings: Any) -> Iterator[Run]:
    """What runs one cell after the other in one notebook."""
    with ExecutionService(workspace_dir=folder, **settings) as service:
        yield lambda code: service.execute_code(code, cell_id="c", notebook_id="n")


def shown(result: ExecutionResult) -> list[str]:
    """Every output in order: text of a stream, error, `figure`, plain text, or MIME types."""
    return [_said(output) for output in result.outputs]


def _said(output: Output) -> str:
    if isinstance(output, StreamOutput):
        return output.text.strip()
    if isinstance(output, ErrorOutput):
        return f"{output.ename}: {output.evalue}"
    if "image/png" in output.data or PLOTLY_MIME in output.data:
        return "figure"
    mimes = sorted(output.data)
    return str(output.data["text/plain"]) if mimes == ["text/plain"] else " ".join(mimes)
