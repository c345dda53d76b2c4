"""Which cells of a notebook are out of date, and why: a library without files and engines."""

from .ledger import Ledger
from .reading import reads_and_writes
from .staleness import Staleness

__all__ = ["Ledger", "Staleness", "reads_and_writes"]
