"""Notebooks as their readers and writers see them: with revisions, and with what runs."""

from datetime import datetime

from pydantic import Field

from .notebook import Cell, ExecutionResult, Notebook
from .outputs import Output, Part
from .staleness import Reason


class Question(Part):
    """A line that a cell waits for."""

    prompt: str
    password: bool


class Running(Part):
    """An execution of a cell that has not ended."""

    execution_id: str
    position: int
    """Place in the notebook's queue, from 1; 0 is the one that runs."""
    queued_at: datetime
    """UTC."""
    started_at: datetime | None = None
    """UTC; None while it waits."""
    outputs: list[Output] = Field(default_factory=list)
    """What it has shown so far, as its result would have it."""
    told: int = 0
    """Number of the last event that these outputs contain; what later ones show comes on top."""
    asks: Question | None = None
    """What it waits for somebody to answer."""


class CellView(Cell):
    """A cell, and what is going on with it."""

    revision: str
    """Changes with everything that an edit can change, and with nothing else; see `Cell`."""
    running: Running | None = None
    stale: Reason | None = None
    """Why its result may not be what running it now would give."""


class NotebookView(Notebook):
    """A notebook that is open."""

    name: str
    """That of its file, without `.ipynb`."""
    revision: str
    """Changes with every cell's, with their order, and with the notebook's own metadata."""
    cells: list[CellView] = Field(default_factory=list)  # type: ignore[assignment]
    notes: list[str] = Field(default_factory=list)
    """What had to be mended to read the file."""
    problem: str | None = None
    """Why what lies in the file now is not what is shown here, if so."""


class NotebookSummary(Part):
    """A notebook in a list of them."""

    id: str
    name: str
    path: str
    """Of its file, within the folder of all notebooks; with `/`."""
    size: int
    """Bytes of the file."""
    modified: datetime
    """UTC."""
    busy: bool = False
    """Whether a cell runs, or waits to."""


class Discarded(Part):
    """A notebook in the trash."""

    entry: str
    """Under which it can be brought back."""
    id: str
    name: str
    deleted_at: datetime
    """UTC."""


class ExecutionInfo(Part):
    """One execution: where it is, and its result once there is one."""

    execution_id: str
    notebook_id: str
    cell_id: str
    running: Running | None = None
    """None once it has ended."""
    result: ExecutionResult | None = None
