"""What a cell is asked to be run with, checked before anything happens."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InvalidCodeError, InvalidInputError
from ..names import check_cell_id

MAX_TIMEOUT = 31_536_000
"""Seconds: a year."""


def check_request(code: object, cell_id: object, timeout: object) -> None:
    """Whether these make sense.

    Raises:
        InvalidCodeError, InvalidIdError, InvalidInputError: one does not.
    """
    check_code(code)
    check_cell_id(cell_id)
    _check_timeout(timeout)


def check_code(code: object) -> None:
    """Whether it can be the code of a cell.

    Raises:
        InvalidCodeError: it is no text.
    """
    if not isinstance(code, str):
        raise InvalidCodeError(f"The code of a cell must be a str, not {type(code).__name__}.")


def check_user_expressions(expressions: object) -> None:
    """Whether they can be evaluated after the cell.

    Raises:
        InvalidInputError: this is no mapping from names to code.
    """
    if not isinstance(expressions, Mapping) or not all(
        isinstance(part, str) for pair in expressions.items() for part in pair
    ):
        raise InvalidInputError("The user expressions must be a mapping from names to code.")


def _check_timeout(timeout: object) -> None:
    if timeout is None:
        return
    if not isinstance(timeout, int | float) or not 0 < timeout <= MAX_TIMEOUT:
        raise InvalidInputError(
            f"The timeout must be a positive number of seconds (at most {MAX_TIMEOUT:,}) or None, "
            f"not {repr(timeout)[:40]}."
        )
