"""What the tests of the bridge read from results."""

from __future__ import annotations

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.outputs import DisplayData, ErrorOutput, ExecuteResult
from nbengine.runtime.ipython.bridge import Bridge
from nbengine.runtime.kernel import Kernel


def value(result: ExecutionResult) -> str | None:
    """The text of the value that a cell showed as its result; None if it showed none."""
    assert result.error is None, result.error.traceback
    shown = [o.data["text/plain"] for o in result.outputs if isinstance(o, ExecuteResult)]
    assert len(shown) <= 1
    return str(shown[0]) if shown else None


def displayed(result: ExecutionResult) -> list[dict[str, object]]:
    """The MIME bundles of a cell's displays, in order."""
    assert result.error is None, result.error.traceback
    return [dict(o.data) for o in result.outputs if isinstance(o, DisplayData)]


def refusal(result: ExecutionResult) -> str:
    """Class and message of the error that ended a cell."""
    assert result.error is not None
    return f"{result.error.type}: {result.error.message}"


def told(result: ExecutionResult) -> list[str]:
    """Errors among the outputs, also those that a magic has shown without failing."""
    errors = [o for o in result.outputs if isinstance(o, ErrorOutput)]
    return [f"{error.ename}: {error.evalue}" for error in errors]


def kernel(service: ExecutionService, notebook_id: str = "n") -> Kernel:
    """The kernel of an open notebook."""
    found = service._kernels.find(notebook_id)
    assert found is not None
    return found


def bridge(service: ExecutionService, notebook_id: str = "n") -> Bridge:
    """The bridge of an open notebook."""
    return kernel(service, notebook_id).bridge
