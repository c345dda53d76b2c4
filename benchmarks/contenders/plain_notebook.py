"""The floor of a whole notebook: `exec` of each cell, and what it prints; also as a script."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any


def run_file(source: Path, target: Path) -> None:
    """Read a notebook, run its cells, write it with what they printed."""
    document: dict[str, Any] = json.loads(source.read_bytes())
    namespace: dict[str, Any] = {}
    for cell in document["cells"]:
        with redirect_stdout(StringIO()) as text:
            exec("".join(cell["source"]), namespace)
        stream = {"output_type": "stream", "name": "stdout", "text": text.getvalue()}
        cell["outputs"] = [stream] if text.getvalue() else []
    target.write_text(json.dumps(document), encoding="utf-8")


if __name__ == "__main__":
    run_file(*map(Path, sys.argv[1:]))
