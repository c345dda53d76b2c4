"""ipykernel, driven by jupyter_client: execute, then read messages until the kernel is idle."""

from __future__ import annotations

from subprocess import DEVNULL
from typing import Any

from benchmarks.memory import proportional

from .contender import Shown

PATIENCE = 120.0
"""Seconds for which a message is waited for."""


class Kernel:
    """One kernel and the channels to it."""

    def __init__(self) -> None:
        from jupyter_client.manager import KernelManager

        self._manager = KernelManager()
        self._manager.start_kernel(stderr=DEVNULL)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> None:
        self._messages: list[Any] = []
        request = self._client.execute(code, allow_stdin=False)
        while True:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["content"].get("execution_state") == "idle":
                break
            self._messages.append(message)
        self._client.get_shell_msg(timeout=PATIENCE)

    def shown(self) -> Shown:
        from nbformat.v4 import output_from_msg

        kinds = {"stream", "display_data", "execute_result", "error"}
        return [dict(output_from_msg(m)) for m in self._messages if m["msg_type"] in kinds]

    def reset(self) -> None:
        self.run("%reset -f")

    def idle_memory(self) -> float:
        """The kernel's process, pages that it shares counted in part."""
        self.run("x = 1")
        assert self._manager.provisioner is not None
        return proportional(int(self._manager.provisioner.pid))  # type: ignore[attr-defined]

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
