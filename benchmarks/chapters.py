"""The tables of one run: which rows stand together, and beside whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from .contenders import CONTENDERS
from .contenders.notebook_runner import RUNNERS
from .contenders.savers import SAVERS
from .quantities import OURS
from .rows import Row, rows
from .rows.http import PEER as ECHO
from .rows.http import http_rows
from .rows.sessions import PEER, session_rows
from .rows.snapshots import snapshot_rows

_RUNNING = (
    "Medians; × is how many times what nbengine needs. The floor is the least that plain Python "
    "must do for the same."
)
_SNAPSHOTS = (
    "A notebook of 200 small variables, functions and classes, an array of 1 GB and a frame of "
    "2,000,000 rows; times are those of saving, the cell's own aside. The peers write everything "
    "again into one file, joblib without functions and classes; what they bring back they have "
    "read, ours is read where it is used. Kishu (PVLDB 18, 2025), measured elsewhere on such a "
    "notebook: first save 25 s for the array and 16 s for the frame, after `x = 1` 119 ms, after "
    "`big.sum()` 3.9 s, after `big[0] = 1` 2.7–3.7 s, that undone 26 s."
)

_SESSIONS = (
    "The `process` engine: each notebook in a worker that was forked from a warm parent and "
    "confined. ipykernel starts a fresh interpreter and imports what the cell needs. Memory is the "
    "proportional set size (PSS): pages that processes share count in part."
)
_HTTP = (
    "`nbengine serve`, and one client in another process that keeps its connection open. Each "
    "result is in a file before it is told, and the variables are saved. The echo is an "
    "asynchronous route of FastAPI on uvicorn that gives back what it got."
)


@dataclass(frozen=True)
class Chapter:
    """One table."""

    title: str
    peers: Sequence[str]
    """Its columns beside ours."""
    rows: Sequence[Row]
    legend: str

    def only(self, names: Collection[str]) -> Chapter:
        """The same with these rows alone."""
        return replace(self, rows=[row for row in self.rows if row.name in names])


def chapters(scale: float = 1.0) -> list[Chapter]:
    """Every row; lines, points, table rows and variables multiplied by `scale`."""
    return [
        Chapter("Cells and notebooks", _peers(*CONTENDERS, *RUNNERS), rows(scale), _RUNNING),
        Chapter("Sessions", [PEER], session_rows(scale), _SESSIONS),
        Chapter("HTTP", [ECHO], http_rows(), _HTTP),
        Chapter("Snapshots", _peers(*SAVERS), snapshot_rows(scale), _SNAPSHOTS),
    ]


def _peers(*names: str) -> list[str]:
    return [name for name in dict.fromkeys(names) if name != OURS]
