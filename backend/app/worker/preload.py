"""What the warm parent imports, so that no worker has to."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from ..policy.sandbox.confining import prepare
from ..services.execution_service import ExecutionService
from ..settings import Settings

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

CELLS = (
    "1 + 1",
    "import pandas as pd\npd.DataFrame({'a': [1.0, 2.0], 'b': ['x', 'y']})",
    "_.sum(numeric_only=True)",
    "__.groupby('b').sum()",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[1, 2]))",
    "print(1 / 0)",
)


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
    import_module(f"{package}.worker.host")  # it imports this module
    prepare()
    rehearse()
    rehearse(CELLS[:1])  # with nothing new to be imported any more
    gc.collect()
    gc.freeze()


def rehearse(cells: Sequence[str] = CELLS, *, snapshots: bool = True) -> None:
    """Run a few cells, and save, so that what first use makes or touches is there already."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            workspace_dir=Path(folder),
            key_file=Path(folder, "key"),
            snapshots=snapshots,
            pickle_seconds=inf,  # else a thread watches the time
        )
        with ExecutionService(settings) as service:
            for source in cells:
                service.execute_code(source, "c1", "rehearsal")
