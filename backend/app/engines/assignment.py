"""What a worker is told when it becomes a notebook's."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from ..policy.sandbox.confinement import Confinement
from ..state.signing import NotebookKey
from .frames import Frame, dump


class Assignment(BaseModel):
    """Travels in a frame: `body`, and `of` at the other end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notebook_id: str
    cwd: str | None
    """Working folder, if not the notebook's own."""
    secret: str
    """That its snapshots are signed with, in hexadecimal digits."""
    key_id: str
    """Of the key that this comes from, alike."""
    confinement: Confinement

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """What the frame tells.

        Raises:
            FrameError, ValidationError: nothing.
        """
        return cls.model_validate(frame.load())

    @property
    def body(self) -> bytes:
        """Of the frame that tells it; pydantic's own JSON has no words for all names of folders."""
        return dump(self.model_dump(mode="json"))

    @property
    def key(self) -> NotebookKey:
        """That its snapshots are signed with."""
        return NotebookKey(self.notebook_id, bytes.fromhex(self.secret), bytes.fromhex(self.key_id))
