"""The variables of a notebook, listed without running any of their code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import PosixPath, PurePosixPath, WindowsPath
from typing import Any

from ..models.variables import Variable
from ..runtime.assistance.live import (
    is_class,
    is_module,
    module_of,
    mro,
    name_of_class,
    one_of,
    own_dict,
    snapshot,
)
from ..runtime.assistance.plain_text import text_or_class
from ..runtime.execution import speakable
from ..runtime.history import History
from ..runtime.ipython.bridge import get_ipython
from ..runtime.kernel import Kernel
from .views.footprint import footprint
from .views.shown import VARIABLE
from .views.source import Source, has_windows, source_of

MOST = 10_000
"""Variables of one list."""
PREVIEW = 200
"""Characters of one preview."""
PREVIEWS = 200_000
"""Characters of all previews together, after which they are left out."""

_SIZED: tuple[type, ...] = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
_SPEAKING = (date, datetime, timedelta, Decimal, PosixPath, PurePosixPath, WindowsPath)
"""Classes of Python's own whose `repr` is nobody else's code."""


def variables_of(kernel: Kernel) -> list[Variable]:
    """What `%who` lists, sorted by name; not what is there without the user's doing."""
    names = snapshot(kernel.namespace)
    listed = sorted(name for name in names if not _is_hidden(name, names[name], kernel.history))
    return list(_described(names, listed[:MOST]))


def _is_hidden(name: str, value: Any, history: History) -> bool:
    """Whether it is private, or what a notebook has from its beginning."""
    if name in ("exit", "quit"):
        return (module_of(type(value)) or "").startswith("IPython.")
    own = {"In": history.inputs, "Out": history.outputs, "get_ipython": get_ipython}
    return name.startswith("_") or (name in own and value is own[name])


def _described(names: Mapping[str, Any], listed: list[str]) -> Iterator[Variable]:
    left = PREVIEWS
    for name in listed:
        made = _variable(name, names[name], speaks=left > 0)
        left -= len(made.preview)
        yield made


def _variable(name: str, value: Any, *, speaks: bool) -> Variable:
    cls = type(value)
    source = _source(value)
    return Variable(
        name=speakable(name),
        type=name_of_class(cls),
        module="builtins" if cls is type else speakable(module_of(cls) or ""),
        shape=_shape(value) if source is None else [source.height, source.width],
        length=_length(value) if source is None else source.height,
        bytes=_bytes(value) if source is None else footprint(value).own,
        preview=_preview(value, source) if speaks else "",
        handle=None if source is None else VARIABLE + name,
    )


def _source(value: Any) -> Source | None:
    """A table as what can be asked for its shape; None for anything else, or one that fails."""
    try:
        return source_of(value, "") if has_windows(value) else None
    except Exception:  # a cell changes it at this moment, or left half of one
        return None


def _array_part(value: Any, name: str) -> Any:
    """What NumPy itself says of an array; None of anything else."""
    ndarray = getattr(sys.modules.get("numpy"), "ndarray", None)
    if ndarray is None or not one_of(ndarray, mro(type(value))):
        return None
    return vars(ndarray)[name].__get__(value)


def _shape(value: Any) -> list[int] | None:
    shape = _array_part(value, "shape")
    return None if shape is None else list(shape)


def _length(value: Any) -> int | None:
    base = next((base for base in _SIZED if one_of(base, mro(type(value)))), None)
    if base is None:
        shape = _shape(value)
        return shape[0] if shape else None
    length: Callable[[Any], int] = vars(base)["__len__"]
    return length(value)


def _bytes(value: Any) -> int | None:
    size: int | None = _array_part(value, "nbytes")
    if size is None and one_of(type(value), (*_SIZED, int, float, complex, bool)):
        return sys.getsizeof(value)
    return size


def _preview(value: Any, source: Source | None) -> str:
    if source is not None:
        return f"{source.height:,} × {source.width:,}"
    if is_class(value) or is_module(value):
        name = name_of_class(value) if is_class(value) else own_dict(value).get("__name__")
        return f"<{name_of_class(type(value))} {speakable(str(name))}>"[:PREVIEW]
    dtype = _array_part(value, "dtype")
    if dtype is not None:
        return f"{'×'.join(map(str, _shape(value) or ()))} of {dtype}"[:PREVIEW]
    if one_of(type(value), _SPEAKING) and getattr(value, "tzinfo", None) is None:
        return repr(value)[:PREVIEW]
    text = speakable(text_or_class(value))
    return text if len(text) <= PREVIEW else text[: PREVIEW - 1] + "…"
