"""The files in which the runs of cells are kept: what they hold, and how it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from ...models.notebook import CellError, Cut, ExecutionResult
from ...models.outputs import ErrorOutput, Output, Part

RUN, SHOWN = ".json", ".shown"
PREFIX = "cell-"
"""Some systems keep certain names for devices."""

Stamp = tuple[int, int, int]
"""Of a file: inode, size, time of the last change in nanoseconds."""


class KeptResult(Part):
    """A result, and what gave it."""

    source: str
    result: ExecutionResult
    file: Stamp | None = None
    """Of the notebook's file when the cell ended."""

    def is_newer_than(self, stamp: Stamp | None) -> bool:
        """Whether the notebook's file, of which this is the stamp, is still that of then.

        No clock is asked: it may have jumped. A copy has another inode.
        """
        return None not in (self.file, stamp) and self.file[1:] == stamp[1:]  # type: ignore[index]


class Begun(Part):
    """What runs, since when, in which process."""

    source: str
    execution_id: str
    started_at: datetime
    pid: int


class Ended(Part):
    """What it gave."""

    result: ExecutionResult
    file: Stamp | None = None


class Shown(Part):
    """What it has shown so far."""

    outputs: list[Output] = Field(default_factory=list)
    cuts: list[Cut] = Field(default_factory=list)


def dead_result(cell_id: str, notebook_id: str, begun: Begun, shown: Shown) -> ExecutionResult:
    """The result of a cell that ran when its server ended."""
    began = begun.started_at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")
    message = (
        f"The server ended while this cell ran (it began at {began} UTC). The variables are "
        "those from before it."
    )
    error = CellError(type="WorkerDied", message=message, traceback=message)
    told = ErrorOutput(ename=error.type, evalue=message, traceback=[f"{error.type}: {message}"])
    return ExecutionResult(
        status="dead",
        outputs=[*shown.outputs, told],
        cuts=shown.cuts,
        error=error,
        execution_count=0,
        duration=0.0,
        started_at=begun.started_at.astimezone(UTC),
        cell_id=cell_id,
        notebook_id=notebook_id,
        execution_id=begun.execution_id,
    )


def begun_by(kept: KeptResult) -> Begun:
    """The beginning that goes with a result of which there is none."""
    return Begun(
        source=kept.source,
        execution_id=kept.result.execution_id,
        started_at=kept.result.started_at,
        pid=os.getpid(),
    )


def runs_in(folder: Path) -> Iterator[tuple[str, int]]:
    """The cells and numbers of the runs of which there are files."""
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return
    for name in names:
        if name.startswith(PREFIX) and name.endswith(RUN):
            cell_id, _, number = name[len(PREFIX) : -len(RUN)].rpartition(".")
            if cell_id and number.isdecimal():
                yield cell_id, int(number)


def line(part: Part) -> bytes:
    """One line of a file."""
    return part.__pydantic_serializer__.to_json(part) + b"\n"


def lines(path: str) -> list[bytes]:
    """The whole lines of a file; one that was cut short is none."""
    return Path(path).read_bytes().split(b"\n")[:-1]
