"""Values that a caller wants to know besides what the cell shows, as Jupyter's `user_expressions`.

Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html#execute
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..errors import InvalidInputError
from ..models.outputs import MimeBundle
from ..runtime.interrupt import Gate
from ..runtime.tracebacks import describe


def evaluate(
    expressions: Mapping[str, str],
    namespace: dict[str, Any],
    render: Callable[[Any], MimeBundle],
    gate: Gate,
) -> dict[str, dict[str, Any]]:
    """Each expression's value as a MIME bundle, or what it raised; under the name it was given.

    Raises:
        KeyboardInterrupt: the cell was asked to stop through its gate.
    """
    return {name: _one(code, namespace, render, gate) for name, code in expressions.items()}


def check(expressions: object) -> None:
    """Refuse what `evaluate` could not take.

    Raises:
        InvalidInputError: this is no mapping from names to code.
    """
    if not isinstance(expressions, Mapping) or not all(
        isinstance(part, str) for pair in expressions.items() for part in pair
    ):
        raise InvalidInputError("The user expressions must be a mapping from names to code.")


def _one(
    code: str, namespace: dict[str, Any], render: Callable[[Any], MimeBundle], gate: Gate
) -> dict[str, Any]:
    try:
        bundle = render(eval(code, namespace))
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
