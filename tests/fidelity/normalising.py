"""What is compared of a cell: lines of text and pictures, whichever side ran it."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbengine.models.notebook import OWN_METADATA
from nbengine.services.warning_note import KIND as WARNING_NOTE
from tests.fidelity.error_places import STYLE, places
from tests.fidelity.pictures import Picture
from tests.fidelity.terminal_text import as_seen
from tests.fidelity.wording import plain

PICTURES = ("image/png", "image/jpeg", "image/gif")
EMBEDDED = re.compile(r"data:image/(?:png|jpeg|gif);base64,([A-Za-z0-9+/=\s\\]+)")
PLOTLY = "application/vnd.plotly.v1+json"
BESIDE = {"application/vnd.dataresource+json"}
"""MIME types that the engine adds to what Jupyter shows."""
BESIDE_PLOTLY = {"text/plain", "text/html"}
"""What it adds to a Plotly figure, so that the figure is drawn without a network."""


@dataclass
class Shown:
    """What a cell showed, ready to be compared."""

    lines: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def equals(self, other: Shown) -> bool:
        """Whether nobody could tell the two apart."""
        return self.lines == other.lines and all(
            mine.resembles(theirs)
            for mine, theirs in zip(self.pictures, other.pictures, strict=True)
        )


class Reader:
    """Reads the cells of one executed notebook.

    Args:
        folder: where its cells ran.
        ids: cell ids by execution count.
    """

    def __init__(self, folder: str, ids: Mapping[int, str]) -> None:
        self._folder = folder
        self._ids = ids

    def read(self, cell: Any) -> Shown:
        """What the cell showed, with its count."""
        shown = Shown([f"execution count {cell.execution_count}"])
        outputs = (output for output in cell.outputs if not _is_note(output))
        for is_text, group in itertools.groupby(outputs, lambda o: o.output_type == "stream"):
            if is_text:
                shown.lines += self._streams(list(group))
                continue
            for output in group:
                is_error = output.output_type == "error"
                shown.lines += (
                    self._error(output, cell) if is_error else self._bundle(output, shown)
                )
        return shown

    def _streams(self, outputs: list[Any]) -> Iterator[str]:
        """The text of each stream between two displays, whole: how it was cut says nothing."""
        for name in ("stdout", "stderr"):
            text = "".join(output.text for output in outputs if output.name == name)
            if text:
                yield f"{name}:"
                yield from self._text(as_seen(text))

    def _error(self, output: Any, cell: Any) -> Iterator[str]:
        yield f"error {output.ename}:"
        yield from self._text(STYLE.sub("", _without_place(output.evalue)))
        # What a cell runs as a cell Jupyter calls by the count of the next one.
        ids = {n: cell.id if n > cell.execution_count else name for n, name in self._ids.items()}
        for place in places("\n".join(output.traceback), ids):
            yield from self._text(f"at {place}")

    def _bundle(self, output: Any, shown: Shown) -> Iterator[str]:
        count = output.get("execution_count")
        yield output.output_type if count is None else f"{output.output_type} {count}"
        beside = BESIDE | BESIDE_PLOTLY if PLOTLY in output.data else BESIDE
        for mime in sorted(output.data.keys() - beside):
            yield f"{mime}:"
            yield from self._value(mime, output.data[mime], shown)
        metadata = {k: v for k, v in output.metadata.items() if k != OWN_METADATA}
        if metadata:
            yield "metadata:"
            yield from self._text(_json(metadata))

    def _value(self, mime: str, value: Any, shown: Shown) -> Iterator[str]:
        if mime in PICTURES:
            yield from self._picture(value, shown)
        elif isinstance(value, str):
            text, embedded = _without_pictures(value)
            for picture in embedded:
                yield from self._picture(picture, shown)
            yield from self._text(text.replace("><", ">\n<"))
        else:
            text, embedded = _without_pictures(_json(value))
            for picture in embedded:
                yield from self._picture(picture, shown)
            yield from self._text(text)

    def _picture(self, text: str, shown: Shown) -> Iterator[str]:
        picture = Picture(text)
        try:
            line = str(picture)
        except (OSError, ValueError):
            yield from self._text(f"no picture: {text}")
        else:
            shown.pictures.append(picture)
            yield line

    def _text(self, text: str) -> Iterator[str]:
        return (f"  {line}" for line in plain(text, self._folder).split("\n"))


def _is_note(output: Any) -> bool:
    """Whether it is the engine's own note of statistical warnings, which stands beside."""
    kind = output.get("metadata", {}).get(OWN_METADATA, {}).get("kind")
    return bool(kind == WARNING_NOTE)


def _without_place(message: str) -> str:
    """A syntax error's message without the name of a temporary file and the line in it."""
    return re.sub(r" \([^()]*, line \d+\)$", "", message)


def _without_pictures(text: str) -> tuple[str, list[str]]:
    """A text with the pictures written into it taken out."""
    found = [match[1].replace("\\n", "").replace("\\", "") for match in EMBEDDED.finditer(text)]
    return EMBEDDED.sub("<picture>", text), found


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
