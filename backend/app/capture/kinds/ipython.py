"""IPython's display functions: `from IPython.display import display` shows in the cell too."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ...runtime.binding import bind
from ...runtime.execution import running
from ...runtime.ipython.bridge import display_in_cell
from ..registry import Kind


def _publish(data: Any, metadata: Any = None, **options: Any) -> None:
    display_in_cell(data, metadata=metadata, raw=True, **options)


def _clear(wait: bool = False) -> None:
    execution = running()
    if execution is not None:
        execution.clear(wait=wait)


def _bind(module: ModuleType) -> None:
    bind(module, "display", display_in_cell)
    bind(module, "publish_display_data", _publish)
    bind(module, "clear_output", _clear)


KIND = Kind(
    library="IPython.core.display_functions",
    when_imported={"IPython.core.display_functions": _bind, "IPython.display": _bind},
)
