"""Text that is no table: how it begins, and how long it is."""

from __future__ import annotations

from ....models.files import Contents
from ..bounds import BEGINNING
from ..text_sample import TextSample

_FORMATS = {
    "md": "Markdown", "py": "Python source", "svg": "SVG image", "xml": "XML", "html": "HTML",
    "yaml": "YAML", "yml": "YAML", "toml": "TOML", "tex": "TeX",
}  # fmt: skip


def describe_text(sample: TextSample, ending: str) -> Contents:
    """A text that nothing more is known of."""
    return Contents(
        kind="text",
        format=_FORMATS.get(ending, "text"),
        text=sample.spelling(),
        details={("lines" if sample.is_whole else "lines (about)"): _lines(sample)},
        beginning=sample.head[:BEGINNING],
        notes=sample.notes(),
    )


def _lines(sample: TextSample) -> int:
    last = sample.is_whole and bool(sample.head) and sample.head[-1] not in "\r\n"
    return sample.estimate(_breaks(sample.head), sum(map(_breaks, sample.later))) + last


def _breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
