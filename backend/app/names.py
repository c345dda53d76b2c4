"""The one place where ids are checked, before they touch a file system, a URL or a traceback."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
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


OWN_PREFIX = ".nbengine"
"""Begins the names of files and folders that are the engine's own, among those of its user."""
PATH_LENGTH = 1_024
PATH_PARTS = 32
_COMPONENT_LENGTH = 255
_HIDING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of what breaks lines, is not seen, or turns the order of what is."""


def check_file_name(value: object) -> str:
    """The name itself, if it is one of a file in a folder or, with `/`, in a folder therein.

    Raises:
        InvalidIdError: anything else, so also what leads elsewhere, what another operating system
            takes for a device or cannot store, and our own names.
    """
    if not isinstance(value, str) or not 0 < len(value) <= PATH_LENGTH:
        raise InvalidIdError(f"{_shown(value)} cannot be a file name: {_no_path(value)}.")
    parts = value.split("/")
    wrong = next((wrong for part in parts if (wrong := fault_of_file_name(part))), None)
    if len(parts) > PATH_PARTS:
        wrong = f"it names {len(parts):,} folders within folders, {PATH_PARTS} are allowed"
    if wrong is not None:
        raise InvalidIdError(f"{_shown(value)} cannot be a file name: {wrong}.")
    return value


def _no_path(value: object) -> str:
    if not isinstance(value, str):
        return "it must be a str"
    return f"it must have 1 to {PATH_LENGTH:,} characters, not {len(value):,}"


def fault_of_file_name(part: str) -> str | None:
    """What is wrong with a name between two slashes."""
    return next((sentence for is_wrong, sentence in _FAULTS if is_wrong(part)), None)


def _hides(part: str) -> bool:
    joiners = "\u200c\u200d"
    return any(unicodedata.category(c) in _HIDING and c not in joiners for c in part)


def _is_ours(part: str) -> bool:
    """Also for a file system to which some letters are the same."""
    return unicodedata.normalize("NFKC", part).lower().startswith(OWN_PREFIX)


_FAULTS: tuple[tuple[Callable[[str], bool], str], ...] = (
    (
        lambda part: part in ("", ".", ".."),
        "each part between slashes must be a name, not empty, '.' or '..'",
    ),
    (_hides, "it has control characters, or such as cannot be seen or stored"),
    (lambda part: "\\" in part, "it has a backslash; folders are separated by '/'"),
    (
        lambda part: part[-1] in ". " or part[0] == " ",
        "a part of it begins with a space, or ends with a space or dot",
    ),
    (
        lambda part: len(part.encode()) > _COMPONENT_LENGTH,
        f"a part of it has more than {_COMPONENT_LENGTH} bytes",
    ),
    (
        lambda part: part.partition(".")[0].rstrip().lower() in _RESERVED,
        "a part of it is reserved on Windows",
    ),
    (_is_ours, f"names that begin with {OWN_PREFIX} are the engine's own"),
)
"""In this order, because the later ones rely on the earlier."""


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
