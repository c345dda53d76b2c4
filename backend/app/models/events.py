"""What `on_output` is told while a cell runs."""

from typing import Annotated, Literal

from pydantic import Field

from .outputs import DisplayData, ErrorOutput, ExecuteResult, Part, StreamName


class TextWritten(Part):
    """Raw text of a stream, in order; not folded, so that a terminal can show it as it comes."""

    event: Literal["text"] = "text"
    execution_id: str
    name: StreamName
    text: str


class OutputShown(Part):
    """A display, a result or an error."""

    event: Literal["output"] = "output"
    execution_id: str
    output: Annotated[DisplayData | ExecuteResult | ErrorOutput, Field(discriminator="output_type")]
    display_id: str | None = None
    """By which it can be given another look."""


class OutputUpdated(Part):
    """An earlier display with this id now looks like this."""

    event: Literal["update"] = "update"
    execution_id: str
    display_id: str
    output: DisplayData


class OutputCleared(Part):
    """Everything shown so far is to be taken away (`wait`: once the next output comes)."""

    event: Literal["clear"] = "clear"
    execution_id: str
    wait: bool


class ExecutionQueued(Part):
    """The cell waits for a worker; it is number `position` of those that do, from 1."""

    event: Literal["queued"] = "queued"
    execution_id: str
    position: int


OutputEvent = Annotated[
    TextWritten | OutputShown | OutputUpdated | OutputCleared | ExecutionQueued,
    Field(discriminator="event"),
]
