"""The one place where ids are checked, before they touch a file system, a URL or a traceback."""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import InvalidIdError

MAX_LENGTH = 128
_FORM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_CELL_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""Source: nbformat 4.5, `cell_id`."""
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
"""Names that Windows keeps for devices, whatever their extension."""


def check_id(what: str, value: object) -> str:
    """The id itself, if it is one: 1–128 ASCII letters, digits, `_`, `-` and inner dots.

    Args:
        what: what the id names, for the message: `notebook`, `cell`, `execution` …

    Raises:
        InvalidIdError: anything else; the message says what is wrong with it.
    """
    if isinstance(value, str) and _is_one(value):
        return value
    raise InvalidIdError(f"{_shown(value)} cannot be a {what} id: {_reason(value)}.")


def check_cell_id(value: object) -> str:
    """The id itself, if `check_id` or the notebook file format takes it for one of a cell.

    The format has ids that begin with a dash or are names of devices. They name no file.

    Raises:
        InvalidIdError: anything else; the message says what is wrong with it.
    """
    if isinstance(value, str) and (_is_one(value) or _CELL_FORM.fullmatch(value)):
        return value
    return check_id("cell", value)


@lru_cache(maxsize=1024)
def _is_one(value: str) -> bool:
    if len(value) > MAX_LENGTH or not _FORM.fullmatch(value):
        return False
    return not value.endswith(".") and value.partition(".")[0].lower() not in _RESERVED


def _shown(value: object) -> str:
    if not isinstance(value, str):
        return f"A {type(value).__name__}"
    return ascii(value if len(value) <= 40 else value[:40] + "...")


def _reason(value: object) -> str:
    if not isinstance(value, str):
        return "it must be a str"
    if not value:
        return "it is empty"
    if len(value) > MAX_LENGTH:
        return f"it has {len(value)} characters, {MAX_LENGTH} are allowed"
    if value.partition(".")[0].lower() in _RESERVED:
        return "the name is reserved on Windows"
    return "use ASCII letters, digits, '_', '-' and inner dots only, starting with no dot or dash"
