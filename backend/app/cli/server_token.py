"""The token of a server: where it is read, so that other users of the machine do not see it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ..errors import InvalidInputError
from ..runtime.wording import reason
from ..settings import TOKEN_VARIABLE

_LONGEST = 4_096


def chosen_token(given: str | None, file: Path | None) -> str:
    """The token that was given, else that of the file, else of the environment, else a random one.

    It is taken out of the environment, where cells that run in this process would find it.

    Raises:
        InvalidInputError: it was given twice, or the file cannot be read, or has none.
    """
    from_environment = os.environ.pop(TOKEN_VARIABLE, None)
    if file is None:
        return given if given is not None else from_environment or secrets.token_urlsafe(32)
    if given is not None:
        raise InvalidInputError("Say --token or --token-file, not both.")
    return _first_line(file)


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            token = file.readline(_LONGEST).strip()
    except OSError as error:
        raise InvalidInputError(f"The token file {path} cannot be read: {reason(error)}.") from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"The token file {path} is not text.") from None
    if not token:
        raise InvalidInputError(f"The first line of the token file {path} is empty.")
    return token
