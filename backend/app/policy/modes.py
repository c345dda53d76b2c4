"""Which mode a caller means, and what that promises where the cell runs."""

from __future__ import annotations

from difflib import get_close_matches

from ..errors import InvalidInputError
from ..models.session import ExecutionMode, Isolation


def check_mode(mode: object) -> ExecutionMode:
    """The mode of this name.

    Raises:
        InvalidInputError: there is none.
    """
    try:
        return ExecutionMode(mode)  # type: ignore[arg-type]
    except ValueError:
        names = [known.value for known in ExecutionMode]
        near = get_close_matches(str(mode).lower(), names, n=1, cutoff=0.4)
        meant = f"; the nearest is {near[0]!r}" if near else ""
        raise InvalidInputError(
            f"There is no execution mode {str(mode)[:40]!r}{meant}. Modes are {', '.join(names)}."
        ) from None


def isolation_of(mode: ExecutionMode, around: Isolation) -> Isolation:
    """What holds a cell of this mode.

    Args:
        around: what holds the process in which it runs.
    """
    guarded = mode is ExecutionMode.READ_ONLY
    return around.model_copy(
        update={
            "mode": mode,
            "device_control": mode is ExecutionMode.EPICS_CONTROL,
            "source_policy": guarded,
            "audit": guarded,
        }
    )
