"""What a worker does for its first cells, done before there is anybody to do it for."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from ..engines.asked import Asked
from ..engines.assignment import Assignment
from ..engines.frames import NO_NONCE, Frame, Kind, dump
from ..models.session import ExecutionMode, Isolation
from ..policy.sandbox.confinement import Confinement
from ..settings import Settings
from .host import Host
from .hosted_service import HostedService

_MODE = ExecutionMode.WRITE_ENABLED
CELLS = (
    "1 + 1",
    "import pandas as pd\npd.DataFrame({'a': [1.0, 2.0], 'b': ['x', 'y']})",
    "_.sum(numeric_only=True)",
    "__.groupby('b').sum()",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "import plotly.graph_objects as go\ngo.Figure(go.Scatter(y=[1, 2]))",
    "print(1 / 0)",
)


class _Nobody:
    """Whom nobody listens to."""

    is_copy = False

    def send(self, kind: Kind, nonce: bytes, body: bytes) -> None:
        Frame(kind, nonce, body).encode()


def rehearse(cells: Sequence[str] = CELLS, *, snapshots: bool = True) -> None:
    """Take requests for a few cells, and save, so that what first use makes or touches is there."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            workspace_dir=Path(folder),
            key_file=Path(folder, "key"),
            snapshots=snapshots,
            pickle_seconds=inf,  # else a thread watches the time
        )
        given = Assignment.of(Frame(Kind.START, NO_NONCE, _assignment(settings).body))
        with HostedService(settings) as service:  # `life` does the same, and is confined besides
            service.keep(given.key)
            service.confinement = Isolation(level="process", mode=_MODE)
            service.make_ready(given.notebook_id)
            host = Host(_Nobody(), _Nobody(), service)
            for code in cells:
                host.run(Frame(Kind.REQUEST, NO_NONCE, _request(code, given.notebook_id)))


def _assignment(settings: Settings) -> Assignment:
    confinement = Confinement.chosen(settings, _MODE)
    return Assignment(
        notebook_id="rehearsal", cwd=None, secret="00", key_id="00", confinement=confinement
    )


def _request(code: str, notebook_id: str) -> bytes:
    asked = Asked(
        execution_id="rehearsal",
        cell_id="c1",
        notebook_id=notebook_id,
        timeout=None,
        on_output=None,
        stdin=None,
        options={"code": code, "mode": _MODE},
    )
    return dump({"method": "execute_code", "arguments": asked.arguments})
