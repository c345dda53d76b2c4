"""A Plotly figure as strict JSON: NaN and infinities are null, typed arrays stay base64."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS


def encoded(figure: Mapping[str, Any]) -> bytes:
    """The figure as JSON text in UTF-8.

    Values that JSON does not know are said as plotly.py says them. What orjson refuses (integers
    beyond 64 bits, lone surrogates) takes the slow way round.

    Raises:
        TypeError: a value that plotly.py cannot say either.
    """
    from plotly.utils import PlotlyJSONEncoder

    try:
        return orjson.dumps(figure, default=PlotlyJSONEncoder().default, option=_OPTIONS)
    except orjson.JSONEncodeError:
        text = json.dumps(figure, cls=PlotlyJSONEncoder, ensure_ascii=False)
        return text.encode(errors="replace")


def decoded(text: bytes) -> dict[str, Any]:
    """The figure as Python's own dicts, lists, text and numbers."""
    figure: dict[str, Any] = orjson.loads(text)
    return figure
