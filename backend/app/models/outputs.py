"""What a cell showed, in the notebook file format's own shapes (nbformat 4.5).

Source: https://nbformat.readthedocs.io/en/latest/format_description.html#code-cell-outputs
"""

import base64
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SkipValidation

MimeData = dict[str, SkipValidation[JsonValue]]
"""An open MIME bundle: MIME type -> text, base64 text of a binary type, or JSON of a JSON type."""

StreamName = Literal["stdout", "stderr"]


def is_json_mime(mime: str) -> bool:
    """Whether representations of this type are JSON; all others are text."""
    return mime == "application/json" or (
        mime.startswith("application/") and mime.endswith("+json")
    )


class Part(BaseModel):
    """Base of every model: frozen, closed to unknown fields, cheap to make."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class MimeBundle(Part):
    """One value rendered: every representation of it, richest for the reader to choose."""

    data: MimeData = Field(default_factory=dict)
    metadata: dict[str, Any] = Field(default_factory=dict)


class StreamOutput(Part):
    """Text that the cell wrote to a standard stream, folded as a terminal would show it.

    It begins with a carriage return if it takes the place of the unfinished line with which the
    stream's output before it ends.
    """

    output_type: Literal["stream"] = "stream"
    name: StreamName
    text: str


def joined(texts: Iterable[str]) -> str:
    """Folded texts of one stream as one: what follows a carriage return replaces its line."""
    whole = "".join(texts)
    if "\r" not in whole:
        return whole
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in whole.split("\n"))


class DisplayData(MimeBundle):
    """A value the cell displayed."""

    output_type: Literal["display_data"] = "display_data"


class ExecuteResult(MimeBundle):
    """The value of the cell's last expression."""

    output_type: Literal["execute_result"] = "execute_result"
    execution_count: int | None


class ErrorOutput(Part):
    """The exception that ended the cell; `traceback` lines carry ANSI colours as Jupyter's do."""

    output_type: Literal["error"] = "error"
    ename: str
    evalue: str
    traceback: list[str]


Output = Annotated[
    StreamOutput | DisplayData | ExecuteResult | ErrorOutput,
    Field(discriminator="output_type"),
]


class Plot(Part):
    """A Matplotlib figure as the cell showed it."""

    mime: str
    data: str
    """The picture: base64 text of a PNG or JPEG, or the source of an SVG."""
    width: int | None = None
    """Width at which to show it, in CSS pixels, if the figure said so."""
    height: int | None = None
    """Height at which to show it, in CSS pixels, if the figure said so."""

    @property
    def png(self) -> bytes:
        """The picture's bytes.

        Raises:
            ValueError: it was drawn as something else than a PNG, as the setting `figure_format`
                may ask for; `data` has it.
        """
        if self.mime != "image/png":
            raise ValueError(f"The figure was drawn as {self.mime}, not as a PNG: see `data`.")
        return base64.b64decode(self.data)


class InteractivePlot(Part):
    """A Plotly figure as the cell showed it."""

    figure: dict[str, Any]
    """The figure as plotly.js takes it: `data`, `layout`, and `frames` where it has some."""
