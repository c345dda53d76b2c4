"""How much of a file a context shows."""

from ...runtime.execution import speakable

COLUMNS = 200
"""Columns of one table that are listed."""
ROWS = 5
"""First rows of one table."""
CELLS = 50
"""Cells of one of these rows."""
TABLES = 50
"""Sheets, data sets, tables of one file."""
NAMES = 100
"""Names of members, keys, attributes."""
NAME_LENGTH = 200
"""Characters of one name."""
BEGINNING = 1_000
"""Characters of the beginning of a text."""


def short(name: object) -> str:
    """The beginning of a name, as UTF-8 can say it."""
    text = str(name)
    return speakable(text if len(text) <= NAME_LENGTH else text[: NAME_LENGTH - 1] + "…")
