"""One line of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from benchmarks.goals import Goal
from benchmarks.quantities import Samples, Unit
from benchmarks.stage import Stage


class Row(Protocol):
    """A piece of work that is measured for ourselves and for those who do the same."""

    @property
    def name(self) -> str:
        """By which the command line knows it."""

    @property
    def title(self) -> str:
        """What the table calls it."""

    @property
    def goals(self) -> Sequence[Goal]:
        """What is to be reached."""

    @property
    def unit(self) -> Unit:
        """Of the measured quantity."""

    def measure(self, stage: Stage, repeats: int | None = None) -> Samples:
        """Do the work, so often or as often as this row deems enough."""
