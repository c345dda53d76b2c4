"""Why a cell was interrupted when nobody asked for it: a limit, or whoever follows it."""

from __future__ import annotations

from ..models.notebook import CellError, ExecutionResult, Status
from ..models.outputs import ErrorOutput, Output
from .told_error import message_of

INTERRUPTED = "Execution was interrupted"
_NONE = CellError(type="", message="", traceback="")


def processor_time(limit: float) -> TimeoutError:
    """It used up what a cell has."""
    return TimeoutError(
        f"Execution used up its limit of {limit:g} s of processor time (setting `cell_cpu_limit`)"
    )


def broken(result: ExecutionResult, breach: BaseException) -> ExecutionResult:
    """The result of the cell, as if it had met with this error itself."""
    status = _status_of(breach)
    if result.status not in {"ok", "interrupted"} or result.status == status:
        return result
    was, name = result.error or _NONE, type(breach).__name__
    message = message_of(breach)
    if was.message.startswith(INTERRUPTED):  # and how far one had to go for that
        message += was.message.removeprefix(INTERRUPTED)
    told = f"{name}: {message}" if message else name
    before, lines, after = _around_error(result)
    output = ErrorOutput(ename=name, evalue=message, traceback=[*lines, told])
    error = {"type": name, "message": message, "traceback": f"{was.traceback}{told}\n"}
    return result.model_copy(
        update={
            "status": status,
            "outputs": [*before, output, *after],
            "error": was.model_copy(update=error),
        }
    )


def _around_error(result: ExecutionResult) -> tuple[list[Output], list[str], list[Output]]:
    """What comes before the cell's error, its traceback, and what comes after: a note on limits."""
    outputs = result.outputs
    for place in reversed(range(len(outputs))) if result.error is not None else ():
        output = outputs[place]
        if isinstance(output, ErrorOutput):
            return outputs[:place], output.traceback, outputs[place + 1 :]
    return outputs, [], []


def _status_of(breach: BaseException) -> Status:
    match breach:
        case KeyboardInterrupt():
            return "interrupted"
        case TimeoutError():
            return "timeout"
        case _:
            return "error"
