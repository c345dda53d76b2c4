"""IPython's shell, in process: `run_cell` with history, streams and displays kept."""

from __future__ import annotations

import io
import sys
from typing import Any

from .contender import Shown


class IPythonShell:
    """One shell. Its streams are redirected once, not for each cell, which costs it nothing."""

    def __init__(self) -> None:
        from IPython.core.displayhook import DisplayHook
        from IPython.core.displaypub import CapturingDisplayPublisher
        from IPython.core.interactiveshell import InteractiveShell
        from traitlets.config import Config

        results: Shown = []

        class RecordingHook(DisplayHook):
            """Keeps every representation of a result, as the kernel's hook does."""

            def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
                results.append({"output_type": "execute_result", "data": format_dict})

        self._results = results
        self._text = sys.stdout = io.StringIO()
        self._shell = InteractiveShell.instance(
            config=Config(HistoryManager={"hist_file": ":memory:"}),
            displayhook_class=RecordingHook,
        )
        self._shell.display_pub = self._publisher = CapturingDisplayPublisher()  # type: ignore[no-untyped-call]

    def run(self, code: str) -> None:
        self._text.seek(0)
        self._text.truncate()
        self._results.clear()
        self._publisher.outputs.clear()
        self._shell.run_cell(code, store_history=True)  # type: ignore[no-untyped-call]

    def shown(self) -> Shown:
        stream = {"output_type": "stream", "name": "stdout", "text": self._text.getvalue()}
        displays = [
            {"output_type": "display_data", "data": shown["data"]}
            for shown in self._publisher.outputs
        ]
        return [stream, *displays, *self._results]

    def reset(self) -> None:
        self._shell.reset(new_session=True)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        sys.stdout = sys.__stdout__
