"""An in-process notebook execution engine with rich output capture."""

from .errors import NbengineError
from .models.notebook import Cell, ExecutionResult, Notebook
from .services.execution_service import ExecutionService
from .settings import Settings, load_settings

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "ExecutionResult",
    "ExecutionService",
    "NbengineError",
    "Notebook",
    "Settings",
    "load_settings",
]
