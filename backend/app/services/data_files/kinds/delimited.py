"""CSV, TSV and their kin: whatever the delimiter, the quotes and the encoding."""

from __future__ import annotations

from dataclasses import dataclass

from ....models.files import Contents, TextFormat
from ..dialect import TOO_LONG, Dialect, Fit, fitting
from ..text_sample import TextSample
from ..text_table import TextTable, style_of, tabulated

_NAMES = {",": "CSV", ";": "CSV", "\t": "TSV (tab-separated)"}
_PREFERRED = {"tsv": "\t", "tab": "\t", "psv": "|"}
_LEAST_ROWS = 3


def describe_delimited(sample: TextSample, ending: str) -> Contents:
    """The table in a text that is one."""
    fit = fitting(sample.head, _PREFERRED.get(ending, ""))
    return _Reading(sample, fit.dialect).contents()


def is_delimited(sample: TextSample) -> bool:
    """Whether a text of which nothing else is known is a table without any doubt."""
    fit = fitting(sample.head)
    enough = fit.width > 1 and fit.rows >= _LEAST_ROWS and fit.evenness > 0.95
    return enough and _is_believable(fit)


def _is_believable(fit: Fit) -> bool:
    """Sentences have spaces and colons, too."""
    return fit.score > (0.45 if fit.dialect.delimiter in ",;\t|" else 0.7)


@dataclass(frozen=True)
class _Reading:
    """A text, read in a dialect."""

    sample: TextSample
    dialect: Dialect

    def contents(self) -> Contents:
        rows = list(self.dialect.rows(self.sample.head))
        readable = [row for row in rows if row is not TOO_LONG]
        unread = len(rows) - len(readable)
        table, skipped = self._table(readable)
        types = table.types()
        style = style_of(types)
        total = self._total(table, skipped, unread)
        delimiter = self.dialect.delimiter
        spelling = self.sample.spelling().model_dump() | {
            "delimiter": delimiter,
            "quote": self.dialect.quote,
            "escape": self.dialect.escape,
            "header": table.names is not None,
            "skipped": skipped,
            "decimal": style.decimal,
            "thousands": style.thousands,
        }
        described = table.described(types, total, exact=self.sample.is_whole and not unread)
        if self.sample.is_cut:
            described = described.model_copy(update={"total_columns": None, "rows": None})
        return Contents(
            kind="delimited",
            format=_NAMES.get(delimiter, f"text delimited by {delimiter!r}"),
            text=TextFormat(**spelling),
            tables=[described],
            total_tables=1,
            notes=[*self.sample.notes(), *self._notes(table, unread)],
        )

    def _table(self, rows: list[list[str]]) -> tuple[TextTable, int]:
        later = [row for part in self.sample.later for row in self.dialect.rows(part) if row]
        return tabulated(rows, later, whole=self.sample.is_whole or len(rows) > 1)

    def _total(self, table: TextTable, skipped: int, unread: int) -> int:
        above = skipped + (table.names is not None)
        total = self.sample.estimate(len(table.rows) + above + unread, len(table.later))
        return max(0, total - above)

    def _notes(self, table: TextTable, unread: int) -> list[str]:
        notes = []
        if unread:
            notes.append(f"a cell is too long to be read in {unread:,} of the rows")
        if table.uneven and not self.sample.is_cut:
            notes.append(
                f"{table.uneven:,} of {table.looked_at:,} rows looked at do not have "
                f"{table.width:,} cells"
            )
        if table.names and len(set(table.names)) < len(table.names):
            notes.append("several columns have the same name")
        if not table.rows and table.names:
            notes.append("it has a header and no rows")
        if not self.sample.is_whole:
            notes.append("rows are estimated, types and missing values are those of a sample")
        return notes
