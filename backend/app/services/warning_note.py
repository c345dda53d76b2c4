"""Statistical warnings as an output, so that a notebook file and its HTML show them too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..models.notebook import OWN_METADATA, CellWarning, DisplayData

KIND = "statistical-warnings"


def warning_note(warnings: Sequence[CellWarning]) -> DisplayData | None:
    """One display of all statistical warnings with their remedies, or None without any.

    Python's own warnings are not repeated: the cell's stderr has them.
    """
    statistical = [warning for warning in warnings if warning.kind == "statistical"]
    if not statistical:
        return None
    return DisplayData(
        data={
            "text/plain": "\n".join(map(warning_text, statistical)),
            "text/html": _html(statistical),
        },
        metadata={OWN_METADATA: {"kind": KIND}},
    )


def warning_text(warning: CellWarning) -> str:
    """The warning, where and how often it was found, and what to do about it, in lines."""
    head = f"{warning.category}: {_where(warning)}{warning.message}{_times(warning)}"
    return f"{head}\n  → {warning.remedy}" if warning.remedy else head


def _html(warnings: Sequence[CellWarning]) -> str:
    items = "".join(
        f"<li><code>{escape(warning.category)}</code> "
        f"{escape(_where(warning) + warning.message + _times(warning))}"
        f"{f'<br><em>{escape(warning.remedy)}</em>' if warning.remedy else ''}</li>"
        for warning in warnings
    )
    return (
        '<div style="border-left: 4px solid #e0a100; background: #fff8e1; color: #3b2f00; '
        'padding: 0.5em 1em"><strong>Statistical warnings</strong>'
        f'<ul style="margin: 0.3em 0 0">{items}</ul></div>'
    )


def _where(warning: CellWarning) -> str:
    """The object concerned, unless the message names it."""
    subject = warning.subject
    return f"{subject}: " if subject and subject not in warning.message else ""


def _times(warning: CellWarning) -> str:
    return f" (×{warning.count})" if warning.count > 1 else ""
