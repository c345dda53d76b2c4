"""Values that a caller wants to know besides what the cell shows, as Jupyter's `user_expressions`.

Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..models.outputs import MimeBundle
from ..runtime.compiling import Restrict, restricted_expression
from ..runtime.interrupt import Gate
from ..runtime.tracebacks import describe


def evaluate(
    expressions: Mapping[str, str],
    namespace: dict[str, Any],
    render: Callable[[Any], MimeBundle],
    gate: Gate,
    restrict: Restrict | None = None,
) -> dict[str, dict[str, Any]]:
    """Each expression's value as a MIME bundle, or what it raised; under the name it was given.

    Raises:
        KeyboardInterrupt: the cell was asked to stop through its gate.
    """
    return {
        name: _one(partial(_value, code, namespace, restrict), render, gate)
        for name, code in expressions.items()
    }


def _value(code: str, namespace: dict[str, Any], restrict: Restrict | None) -> Any:
    if restrict is None:
        return eval(code, namespace)
    return eval(restricted_expression(code, restrict), namespace)


def _one(
    value: Callable[[], Any], render: Callable[[Any], MimeBundle], gate: Gate
) -> dict[str, Any]:
    try:
        bundle = render(value())
    except BaseException as error:
        if gate.reason is not None:
            raise
        described, output = describe(error, "<string>")
        return {
            "status": "error",
            "ename": described.type,
            "evalue": described.message,
            "traceback": output.traceback,
        }
    return {"status": "ok", "data": dict(bundle.data), "metadata": dict(bundle.metadata)}
