"""Who is measured: one file each, all of them behind `Contender`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.quantities import FLOOR, OURS

from .contender import Contender, Maker
from .engine import Engine
from .ipython import IPythonShell
from .jupyter import Kernel
from .notebook_client import NotebookPeer
from .plain import PlainPython

CONTENDERS: Mapping[str, Maker] = {
    OURS: Engine,
    FLOOR: PlainPython,
    "IPython": IPythonShell,
    "ipykernel": Kernel,
    "nbclient": NotebookPeer,
}
"""How each is made, in the order of the table's columns."""

__all__ = ["CONTENDERS", "Contender", "Maker"]
