"""What the exit code of a command says, by kind of failure."""

from __future__ import annotations

from ..models.notebook import ExecutionResult, Status
from ..services.notebook_run import CellEnded, exit_asked

OF_STATUS: dict[Status, int] = {
    "ok": 0,
    "aborted": 0,
    "error": 1,
    "timeout": 124,
    "interrupted": 130,
    "dead": 70,
}
"""Of a cell that ended so; 124 and 130 as `timeout(1)` and the shell have them."""

BROKEN_PIPE = 141
"""What a shell reports of a program that ended because its reader did: 128 + SIGPIPE."""

HELP = """\b
Exit codes:
    0  every cell ran, or failed where its tag raises-exception lets it
    1  a cell raised an exception; after sys.exit(N), N
    2  the command line makes no sense
   65  the notebook or script cannot be read, or a snapshot is damaged
   69  a library that this needs is not installed, or the host cannot hold cells to their mode
   70  the engine failed, or its worker died
   74  a file, or standard output, could not be written
   75  an earlier cell could not be stopped, or another process has the state
   77  another key signed the snapshot
  124  a cell took longer than --timeout
  130  interrupted
  141  exec: the reader of its output went away
"""


def exit_code(endings: list[CellEnded]) -> int:
    """Of a run: that of the first cell that failed."""
    return next((of_result(ended.result) for ended in endings if ended.failed), 0)


def of_result(result: ExecutionResult) -> int:
    """Of a cell: what it asked for with `sys.exit`, else what its status says."""
    asked = exit_asked(result)
    return OF_STATUS[result.status] if asked is None else asked
