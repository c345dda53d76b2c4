"""Python scripts as notebooks: cells between `# %%` lines, or the whole file as one cell.

Format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html#the-percent-format
"""

from __future__ import annotations

import io
import itertools
import json
import tokenize
from collections.abc import Iterator

from ...models.notebook import Cell, Notebook
from .reading import PYTHON_KERNEL, Reading

MARKERS = ("# %%", "#%%")
PROSE = {"[markdown]": "markdown", "[md]": "markdown", "[raw]": "raw"}


def read(source: str, notebook_id: str) -> Reading:
    """The cells of a script; prose cells lose their comment signs."""
    lines = io.StringIO(source).readlines()
    starts = _marker_lines(source, lines)
    bounds = [0, *starts, len(lines)]
    parts = (lines[first:last] for first, last in itertools.pairwise(bounds))
    bodies = [part for part in parts if "".join(part).strip()]
    cells = [_cell(part, number) for number, part in enumerate(bodies, start=1)]
    metadata = {"kernelspec": PYTHON_KERNEL, "language_info": {"name": "python"}}
    return Reading(Notebook(id=notebook_id, cells=cells, metadata=metadata))


def _marker_lines(source: str, lines: list[str]) -> list[int]:
    """Indexes of the lines that begin a cell; a marker inside a string literal is none."""
    candidates = [index for index, line in enumerate(lines) if line.startswith(MARKERS)]
    if not candidates:
        return []
    try:
        comments = set(_comment_lines(source))
    except (tokenize.TokenError, SyntaxError):
        return candidates
    return [index for index in candidates if index in comments]


def _comment_lines(source: str) -> Iterator[int]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.start[1] == 0:
            yield token.start[0] - 1


def _cell(lines: list[str], number: int) -> Cell:
    marker, body = (lines[0], lines[1:]) if lines[0].startswith(MARKERS) else ("", lines)
    cell_type = next((kind for tag, kind in PROSE.items() if tag in marker), "code")
    source = "".join(body).strip("\n")
    if cell_type != "code":
        source = _without_comment_signs(source)
    return Cell.model_validate(
        {
            "id": f"cell-{number}",
            "cell_type": cell_type,
            "source": source,
            "metadata": _metadata(marker),
        }
    )


def _metadata(marker: str) -> dict[str, object]:
    """The tags that a marker line gives its cell: `# %% tags=["parameters"]`."""
    _, _, after = marker.partition(" tags=")
    try:
        tags, _ = json.JSONDecoder().raw_decode(after)
    except ValueError:
        return {}
    return {"tags": tags} if isinstance(tags, list) else {}


def _without_comment_signs(text: str) -> str:
    for quotes in ('"""', "'''"):
        if text.startswith(quotes) and text.endswith(quotes) and len(text) >= 6:
            return text[3:-3].strip("\n")
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.split("\n"))
