"""One function, two meanings: ours while a cell's code is calling, the library's own otherwise."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from .execution import running

_MARK = "__nbengine_bound__"


def bind(owner: Any, name: str, inside: Callable[..., Any]) -> None:
    """Make `owner.name(...)` call `inside` in a cell; the host program keeps the original.

    `owner` is a module or a class. Binding the same name again changes nothing.
    """
    outside = getattr(owner, name)
    if hasattr(outside, _MARK):
        return

    @wraps(outside)
    def bound(*args: Any, **kwargs: Any) -> Any:
        return (outside if running() is None else inside)(*args, **kwargs)

    setattr(bound, _MARK, True)
    setattr(owner, name, bound)
