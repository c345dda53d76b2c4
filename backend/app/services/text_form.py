"""The most that plain text can say of an output, for a reader without a typesetter."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LATEX = "text/latex"
JSON = "application/json"


def text_form(data: Mapping[str, Any]) -> str:
    """The plain text of a MIME bundle, or its LaTeX or JSON where that only names a class.

    Args:
        data: representations by MIME type, text as `str` or as the list of lines of a file.

    Returns:
        The text, empty if there is none.
    """
    plain = _joined(data.get("text/plain", ""))
    if plain and not _only_names_a_class(plain):
        return plain
    if LATEX in data:
        return _joined(data[LATEX])
    if JSON in data:
        return json.dumps(data[JSON], indent=2, ensure_ascii=False)
    return plain


def _joined(text: Any) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _only_names_a_class(plain: str) -> bool:
    """As `object.__repr__` does: `<IPython.core.display.Latex object>`."""
    return plain.startswith("<") and " object" in plain and plain.endswith(">")
