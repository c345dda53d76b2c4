"""What is compared of a result: everything but what no two runs share.

Those are execution ids, handles of tables, when and how long it ran, what confined it, addresses in
memory, the folder of the workspace, and how much a snapshot took.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from nbengine import ExecutionResult

ADDRESS = re.compile(r"0x[0-9a-f]{6,16}")
HANDLE = re.compile(r"\bshown:[\w-]+")
ELSEWHERE = {"execution_id", "started_at", "duration", "isolation_effective"}
OF_THE_SNAPSHOT = {"bytes_written", "seconds"}


def normalised(
    result: ExecutionResult, workspace: Path, vague: Iterable[str] = ()
) -> dict[str, Any]:
    """The result as plain data, ready to be compared.

    Args:
        result: of a cell.
        workspace: the folder of its engine's notebooks.
        vague: regular expressions of further texts that are not compared.
    """
    data = result.model_dump(mode="json", exclude=ELSEWHERE)
    for name in OF_THE_SNAPSHOT:
        del data["state"][name]
    patterns = [re.compile(pattern) for pattern in vague]

    def clean(text: str) -> str:
        text = text.replace(result.execution_id, "<execution>").replace(str(workspace), "<root>")
        text = HANDLE.sub("<handle>", ADDRESS.sub("<address>", text))
        for number, pattern in enumerate(patterns):
            text = pattern.sub(f"<vague {number}>", text)
        return text

    cleaned: dict[str, Any] = _in_texts(data, clean)
    return cleaned


def _in_texts(value: Any, clean: Callable[[str], str]) -> Any:
    """The same value with each of its texts, names included, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_in_texts(item, clean) for item in value]
    if isinstance(value, dict):
        return {clean(name): _in_texts(item, clean) for name, item in value.items()}
    return value
