"""The variables of a notebook, as a list of them shows each."""

from .outputs import Part


class Variable(Part):
    """One variable, told without running any code of its class."""

    name: str
    type: str
    """Name of its class."""
    module: str
    """Where the class says that it comes from; empty if it does not say."""
    shape: list[int] | None = None
    """Of arrays and tables."""
    length: int | None = None
    """Of text and Python's own containers; the rows of a table."""
    bytes: int | None = None
    """What it takes itself, without what it refers to; None where that cannot be told cheaply."""
    preview: str = ""
    """The beginning of what it looks like; the class in angle brackets where only its own code
    could tell."""
    handle: str | None = None
    """By which windows of it can be asked for, if it is a table."""
