"""What the warm parent imports, so that no worker has to."""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

from ..policy.sandbox.confining import prepare
from ..runtime.process import PROCESS
from .rehearsal import CELLS, rehearse

LIBRARIES = (
    "numpy",
    "pandas",
    "matplotlib",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "plotly.graph_objects",
    "plotly.io",
    "IPython.core.interactiveshell",
)
OWN = ("services.state_persistence_service", "state.keeper", "capture.views.views")


def preload() -> None:
    """Import it, and let the memory that it takes be shared by every worker.

    A library that is not installed, or fails, is not warm; who needs it hears of that himself.
    """
    for name in LIBRARIES:
        with suppress(Exception):
            import_module(name)
    package = __package__.rpartition(".")[0]
    for name in OWN:
        import_module(f"{package}.{name}")
    import_module(f"{package}.worker.life")  # it imports this module
    prepare()
    rehearse()
    rehearse(CELLS[:1])  # with nothing new to be imported any more
    PROCESS.make_room()
    gc.collect()
    gc.freeze()
