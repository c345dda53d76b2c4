"""A notebook, its cells, and the result of running one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from .outputs import (
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    InteractivePlot,
    MimeBundle,
    Output,
    Part,
    Plot,
    StreamName,
    StreamOutput,
    joined,
)
from .session import IN_PROCESS, Isolation
from .tables import Table

Seconds = Annotated[float, Field(ge=0, le=2**32, allow_inf_nan=False)]
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))
]
"""What can be told in every zone, with those seconds added: a worker may say anything."""
Status = Literal["ok", "error", "timeout", "interrupted", "aborted", "dead"]

OWN_METADATA = "nbengine"
"""Output metadata key under which the engine says what a bundle shows: `{"kind": "matplotlib"}`."""
CUT = "cut"
"""There: MIME type -> characters kept and in all, of a text that was cut to the limit of one."""
LEFT_OUT = "left_out"
"""There: MIME types of representations for which the limit of one cell's displays left no room."""

PLOTLY_MIME = "application/vnd.plotly.v1+json"
PICTURE_MIMES = ("image/png", "image/jpeg", "image/svg+xml")


class CellWarning(Part):
    """Something a scientist should know about this cell, once for all its repeats."""

    kind: Literal["python", "statistical"]
    category: str
    """The Python warning's class name, or the id of the statistical rule that found it."""
    message: str
    line: int | None = None
    """Line in the cell, from 1, where known."""
    count: int = 1
    remedy: str | None = None
    """What to do about it, for statistical ones."""
    subject: str | None = None
    """The variable or value concerned, for statistical ones found in an object."""


class CellError(Part):
    """The exception that ended a cell, as plain text."""

    type: str
    message: str
    traceback: str
    """User frames with their source lines, no frame of the engine, no ANSI codes."""
    line: int | None = None
    """Line in the cell, from 1, where known."""
    column: int | None = None
    """Column in that line, from 1, for syntax errors."""


class Cut(Part):
    """A limit that was reached: what was left out of the result, and where all of it is."""

    what: Literal["stdout", "stderr", "text", "representations", "display", "tables", "warnings"]
    """`text` are the plain texts of shown values that were cut, `representations` those of
    displays that lost some; the metadata of these outputs says which and by how much."""
    kept: int
    """Characters of a stream or of texts, or representations, displays, tables, Python warnings,
    that are in the result."""
    total: int
    """As many as the cell produced; repeats of a warning that is not listed count each."""
    artifact: str | None = None
    """Name of the file in the notebook's artifacts folder with the whole stream."""


class StateChange(Part):
    """What the cell did to the namespace, and what of it the snapshot kept."""

    added: list[str] = Field(default_factory=list)
    changed: list[str] = Field(default_factory=list)
    removed: list[str] = Field(default_factory=list)
    mutated: list[str] = Field(default_factory=list)
    """Names not bound anew whose value changed in place, or something in it, as far as the
    snapshot saw it: all that is not in `unsaved` if the state is `saved`, else nothing."""
    saved: bool = False
    """Whether the variables as they are now would survive the end of the process."""
    pending: bool = False
    """Whether they are still to be saved, the answer having come first: `ExecutionService.result`
    tells later what became of it."""
    unsaved: dict[str, str] = Field(default_factory=dict)
    """Name -> why it, or a part of it, could not be kept."""
    problem: str | None = None
    """Why nothing could be saved; the next successful cell catches up."""
    bytes_written: int = 0
    """Content that had not been stored before."""
    seconds: Seconds = 0.0
    """What saving took; a part of the result's `duration`, unless it was done later."""


class ExecutionResult(Part):
    """Everything that running one cell gave back. JSON round-trips; strict JSON, no bare NaN."""

    status: Status
    outputs: list[Output] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)
    warnings: list[CellWarning] = Field(default_factory=list)
    error: CellError | None = None
    execution_count: int
    duration: Seconds
    """Seconds from the cell's first instruction to the end of capture."""
    started_at: Moment
    """UTC."""
    cell_id: str
    notebook_id: str
    execution_id: str
    state: StateChange = Field(default_factory=StateChange)
    user_expressions: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """What the caller wanted to know besides: a MIME bundle or an error each, as in Jupyter."""
    isolation_effective: Isolation = IN_PROCESS
    """What the cell was allowed to do, and what held it to that."""
    cuts: list[Cut] = Field(default_factory=list)
    """Limits reached; empty when this is everything that the cell showed, made and warned of."""

    @property
    def stdout(self) -> str:
        """Text of standard output."""
        return self._text("stdout")

    @property
    def stderr(self) -> str:
        """Text of standard error."""
        return self._text("stderr")

    @property
    def plots(self) -> list[Plot]:
        """Matplotlib figures, in order; without those shown, by choice or limit, as text only."""
        return [plot for bundle in self._shown("matplotlib") if (plot := _plot(bundle))]

    @property
    def interactive_plots(self) -> list[InteractivePlot]:
        """Plotly figures, in order."""
        bundles = (o for o in self.outputs if isinstance(o, MimeBundle) and PLOTLY_MIME in o.data)
        return [InteractivePlot(figure=_figure(bundle)) for bundle in bundles]

    def _text(self, name: StreamName) -> str:
        return joined(
            o.text for o in self.outputs if isinstance(o, StreamOutput) and o.name == name
        )

    def _shown(self, kind: str) -> Iterator[MimeBundle]:
        for output in self.outputs:
            if isinstance(output, MimeBundle) and own_metadata(output).get("kind") == kind:
                yield output


def own_metadata(bundle: MimeBundle) -> dict[str, Any]:
    """What the engine says of a bundle; nothing where a user's own metadata took its place."""
    about = bundle.metadata.get(OWN_METADATA)
    return about if isinstance(about, dict) else {}


def _figure(bundle: MimeBundle) -> dict[str, Any]:
    figure = bundle.data[PLOTLY_MIME]
    return figure if isinstance(figure, dict) else {}


def _plot(bundle: MimeBundle) -> Plot | None:
    mime = next((mime for mime in PICTURE_MIMES if mime in bundle.data), None)
    if mime is None:
        return None
    size = bundle.metadata.get(mime)
    pixels = {
        side: size[side]
        for side in ("width", "height")
        if isinstance(size, dict) and isinstance(size.get(side), int)
    }
    return Plot(mime=mime, data=str(bundle.data[mime]), **pixels)


class Cell(Part):
    """One cell of a notebook."""

    id: str
    cell_type: Literal["code", "markdown", "raw"] = "code"
    source: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    attachments: dict[str, Any] | None = None
    last_result: ExecutionResult | None = None
    unknown: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict, exclude=True)
    """What its file says of it that is not understood here, and is written back as it was."""


class Notebook(Part):
    """A notebook: its cells in order, and what its file says about it."""

    id: str
    cells: list[Cell] = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)
    unknown: SkipJsonSchema[dict[str, Any]] = Field(default_factory=dict, exclude=True)
    """As that of a cell."""


__all__ = [
    "Cell",
    "CellError",
    "CellWarning",
    "Cut",
    "DisplayData",
    "ErrorOutput",
    "ExecuteResult",
    "ExecutionResult",
    "Notebook",
    "StateChange",
    "Status",
    "StreamOutput",
]
