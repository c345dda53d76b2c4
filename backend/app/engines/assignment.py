"""What a worker is told when it becomes a notebook's."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ..policy.sandbox.confinement import Confinement
from ..state.signing import NotebookKey


class Assignment(BaseModel):
    """Travels in a frame: `dump(assignment.model_dump(mode="json"))`, and `model_validate` back.

    Not by `model_dump_json`, as names of folders need not be Unicode.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    notebook_id: str
    cwd: str | None
    """Working folder, if not the notebook's own."""
    secret: str
    """That its snapshots are signed with, in hexadecimal digits."""
    key_id: str
    """Of the key that this comes from, alike."""
    confinement: Confinement

    @property
    def key(self) -> NotebookKey:
        """That its snapshots are signed with."""
        return NotebookKey(self.notebook_id, bytes.fromhex(self.secret), bytes.fromhex(self.key_id))
