"""A server in a process of its own, as an embedding application would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGKILL

import httpx

from tests.api.site import TOKEN
from tests.conftest import PATIENCE
from tests.guards.repository import ROOT


@dataclass
class Served:
    """It, and a client of it."""

    process: subprocess.Popen[str]
    client: httpx.Client

    @classmethod
    def started(cls, workspace: Path, engine: str) -> Served:
        """Start it and wait until it listens."""
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, engine],
            cwd=ROOT,
            env={**os.environ, "NBENGINE_WORKSPACE_DIR": str(workspace)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        headers = {"authorization": f"Bearer {TOKEN}"}
        return cls(process, httpx.Client(base_url=url, headers=headers, timeout=PATIENCE))

    def end(self, signal: int) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(signal)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        """End it, if it has not, and what leads to it."""
        if self.process.poll() is None:
            self.end(SIGKILL)
        self.client.close()
        assert self.process.stdout is not None
        self.process.stdout.close()


def main() -> None:
    """Serve until a signal comes."""
    from nbengine.api.app import open_app
    from nbengine.api.server import Server, address_of, listen

    app = open_app(engine=sys.argv[1], token=TOKEN)
    listening = listen("127.0.0.1", 0, TOKEN)
    print(address_of(listening, None), flush=True)
    Server(app).run(sockets=[listening])


if __name__ == "__main__":
    main()
