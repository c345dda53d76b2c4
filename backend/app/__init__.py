"""An in-process notebook execution engine with rich output capture.

Importing this costs next to nothing: each public name is looked up where it lives on first use.
"""

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .bootstrap import open_engine
    from .engines.process import ProcessEngine
    from .errors import NbengineError
    from .models.notebook import Cell, ExecutionResult, Notebook
    from .models.session import ExecutionMode
    from .services.execution_service import ExecutionService
    from .services.notebook_service import NotebookService
    from .services.state_persistence_service import StatePersistenceService
    from .settings import Settings, load_settings

__version__ = "0.1.0"

__all__ = [
    "Cell",
    "ExecutionMode",
    "ExecutionResult",
    "ExecutionService",
    "NbengineError",
    "Notebook",
    "NotebookService",
    "ProcessEngine",
    "Settings",
    "StatePersistenceService",
    "load_settings",
    "open_engine",
]

_HOMES = {
    "Cell": ".models.notebook",
    "ExecutionMode": ".models.session",
    "ExecutionResult": ".models.notebook",
    "ExecutionService": ".services.execution_service",
    "NbengineError": ".errors",
    "Notebook": ".models.notebook",
    "NotebookService": ".services.notebook_service",
    "ProcessEngine": ".engines.process",
    "Settings": ".settings",
    "StatePersistenceService": ".services.state_persistence_service",
    "load_settings": ".settings",
    "open_engine": ".bootstrap",
}


def __getattr__(name: str) -> object:
    """A public name, imported on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
