"""The one who helps with code: each question is answered in time, with less if need be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from ...errors import InvalidInputError
from ...models.assistance import Completeness, Completion, Inspection
from .analysis import Ask
from .completeness import UNKNOWN, completeness
from .completion import complete, no_completion
from .deadline import Deadlines
from .inspection import inspect_at
from .jedi_process import Jedi
from .place import Place

_log = logging.getLogger("nbengine")

T = TypeVar("T")


class Assistant:
    """Completes, inspects and judges code for any number of notebooks. Thread-safe.

    The analyser of source starts with the first question that needs it. An answer that is not
    there when the time is up is left out, the rest of what was found is given.

    Args:
        timeout: seconds for one answer.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._deadlines = Deadlines()
        self._jedi = Jedi()

    def complete(self, code: str, cursor: int, place: Place) -> Completion:
        """What the code can go on with at the cursor, which counts code points."""
        check_place(code, cursor)
        work = partial(complete, code, cursor, place, self._ask())
        return self._in_time(work) or no_completion(code, cursor)

    def inspect(self, code: str, cursor: int, detail_level: int, place: Place) -> Inspection:
        """What there is to know of the name at the cursor, with its source from level 1 on."""
        check_place(code, cursor)
        if type(detail_level) is not int or detail_level not in (0, 1):
            raise InvalidInputError("The detail level of an inspection must be 0 or 1.")
        work = partial(inspect_at, code, cursor, detail_level, place, self._ask())
        return self._in_time(work) or Inspection()

    def is_complete(self, code: str) -> Completeness:
        """Whether the code can run as it stands."""
        check_place(code, 0)
        return self._in_time(partial(completeness, code)) or UNKNOWN

    def close(self) -> None:
        """End the analyser; a further question starts it again."""
        self._jedi.close()

    def _ask(self) -> Ask:
        """How to ask the analyser within nine tenths of the time, so that an answer remains."""
        until = time.monotonic() + 0.9 * self._timeout
        return lambda question: self._jedi.ask(question, until - time.monotonic())

    def _in_time(self, work: Callable[[], T]) -> T | None:
        return self._deadlines.run(partial(_logged, work), self._timeout)


def _logged(work: Callable[[], T]) -> T | None:
    """A failure of ours is told in the log; whoever types is not to be disturbed."""
    try:
        return work()
    except Exception:
        _log.exception("no help with this code")
        return None


def check_place(code: object, cursor: object) -> None:
    """Refuse what is no place in a code.

    Raises:
        InvalidInputError: the code is no `str` or the cursor no `int`.
    """
    if not isinstance(code, str):
        raise InvalidInputError(f"The code must be a str, not {type(code).__name__}.")
    if not isinstance(cursor, int) or isinstance(cursor, bool):
        raise InvalidInputError(
            f"The cursor must be an int that counts characters, not {type(cursor).__name__}."
        )
