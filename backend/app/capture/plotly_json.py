"""A Plotly figure as strict JSON: NaN and infinities are null, typed arrays stay base64."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from types import NoneType
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
_TEXT = frozenset({str})
_SCALARS = frozenset({str, int, bool, float, NoneType})
_NESTED = frozenset({dict, list})


def both_forms(figure: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
    """The figure in Python's own dicts, lists, text and numbers, and as JSON text in UTF-8.

    Values that JSON does not know are said as plotly.py says them. A figure without any is given
    back itself: its arrays are megabytes of base64 that need not be read again.

    Raises:
        TypeError: a value that plotly.py cannot say either.
    """
    from plotly.utils import PlotlyJSONEncoder

    try:
        text = orjson.dumps(figure, default=PlotlyJSONEncoder().default, option=_OPTIONS)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits, lone surrogates.
        text = json.dumps(figure, cls=PlotlyJSONEncoder, ensure_ascii=False).encode(
            errors="replace"
        )
        return json.loads(text), text
    return (figure if _is_plain(figure) else orjson.loads(text)), text


def _is_plain(value: Any) -> bool:
    """Whether JSON would give back just this value."""
    kind = type(value)
    if kind is dict:
        return set(map(type, value)) <= _TEXT and all(map(_is_plain, value.values()))
    if kind is not list:
        return kind in _SCALARS and (kind is not float or isfinite(value))
    kinds = set(map(type, value))
    if kinds <= _SCALARS:
        return float not in kinds or all(isfinite(v) for v in value if type(v) is float)
    return kinds <= _NESTED and all(map(_is_plain, value))
