"""What a file is by its content; its name only decides between kinds of text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ...models.files import Contents, Kind
from .kind import by_name
from .kinds.delimited import describe_delimited, is_delimited
from .kinds.json_text import describe_json, describe_json_lines, is_json, is_json_lines
from .kinds.plain_text import describe_text
from .signatures import by_signature, is_excel_97, is_pickle
from .source import Source
from .text_sample import Sample, TextSample, decoded, sampled
from .zip_directory import zipped

_TEXTS: dict[Kind, Callable[[TextSample, str], Contents]] = {
    "delimited": describe_delimited,
    "json": describe_json,
    "json_lines": describe_json_lines,
    "text": describe_text,
}
_ENDINGS_OF_TEXT = frozenset(
    "md py log yaml yml toml svg xml html htm tex rst cfg ini r sh sql css js".split()
)
"""What nobody takes for a table, however even its lines are."""


@dataclass(frozen=True)
class Recognised:
    """A kind and a format, and the text if it is one."""

    kind: Kind
    format: str
    text: TextSample | None = None

    def note(self, name: str) -> str | None:
        """A word on a name that promises something else."""
        promised, _ = by_name(name)
        is_text = self.kind in _TEXTS
        if (
            self.kind == "empty"
            or promised in ("binary", self.kind)
            or (promised in _TEXTS and is_text)
        ):
            return None
        ending = name.rpartition(".")[2]
        return f"the name ends in .{ending}, but by its content it is: {self.format}"


def recognised(source: Source) -> Recognised:
    """What the file is.

    Raises:
        MissingDependencyError: its encoding has to be guessed, and what guesses is missing.
    """
    if source.size == 0 or not source.begin:
        return Recognised("empty", "empty file")
    if is_pickle(source.begin, source.read(source.size - 1, 1), source.ending):
        return Recognised("pickle", "pickle")
    if is_excel_97(source.begin, source.ending):
        return Recognised("excel", "Excel workbook (xls)")
    if (found := by_signature(source.begin)) is not None:
        return Recognised(*(zipped(source) if found[0] == "zip" else found))
    return textual(sampled(source), source.ending)


def textual(sample: Sample, ending: str) -> Recognised:
    """A text, or `binary` if it is none."""
    text = decoded(sample)
    if text is None:
        return Recognised("binary", "unknown binary file")
    kind = _kind_of_text(text, ending)
    return Recognised(kind, _FORMATS[kind], text)


def described_text(found: Recognised, ending: str) -> Contents:
    """What can be said of a recognised text."""
    assert found.text is not None
    return _TEXTS[found.kind](found.text, ending)


def _kind_of_text(text: TextSample, ending: str) -> Kind:
    start = text.head.lstrip()[:1]
    if start in ("{", "[") and start and ending not in _ENDINGS_OF_TEXT:
        if is_json_lines(text.head):
            return "json_lines"
        if is_json(text.head):
            return "json"
    promised, _ = by_name(f"x.{ending}")
    if promised in _TEXTS and promised != "text":
        return promised
    if ending in _ENDINGS_OF_TEXT or not is_delimited(text):
        return "text"
    return "delimited"


_FORMATS: dict[Kind, str] = {
    "delimited": "delimited text", "json": "JSON", "json_lines": "JSON Lines", "text": "text",
}  # fmt: skip
