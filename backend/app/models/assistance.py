"""Help with code that is being written, in the shapes of Jupyter's messages.

Source: https://jupyter-client.readthedocs.io/en/stable/messaging.html
"""

from typing import Any, Literal

from pydantic import Field

from .outputs import MimeBundle, Part


class Match(Part):
    """One way to complete the code: `text` in place of what is between `start` and `end`."""

    text: str
    start: int
    end: int
    type: str
    """`function`, `class`, `module`, `instance`, `property`, `keyword`, `param`, `path`,
    `dict key`, `magic`, or what the analyser calls it."""
    signature: str = ""


class Completion(Part):
    """A `complete_reply`: what can stand between two places of the code.

    `cursor_start` and `cursor_end` count Unicode code points. The metadata has the matches with
    their types under `_jupyter_types_experimental`.
    """

    matches: list[str] = Field(default_factory=list)
    cursor_start: int
    cursor_end: int
    metadata: dict[str, Any] = Field(default_factory=dict)
    status: Literal["ok"] = "ok"


class Inspection(MimeBundle):
    """An `inspect_reply`: what there is to know of a name, as a MIME bundle."""

    found: bool = False
    status: Literal["ok"] = "ok"


class Completeness(Part):
    """An `is_complete_reply`: whether Enter should run the code or begin another line."""

    status: Literal["complete", "incomplete", "invalid", "unknown"]
    indent: str = ""
    """What the next line begins with; empty unless the code is incomplete."""
