"""What answers look like, for the OpenAPI document: name of a schema -> an example.

Members that have a default may be missing, as a client may find them missing in an older server.
"""

from __future__ import annotations

from typing import Any

_WHEN = "2026-01-02T03:04:05.678901Z"
_SOURCE = "df = pd.read_csv('penguins.csv')\nlen(df)"
_STATE = {"added": ["df"], "changed": [], "removed": [], "saved": True, "bytes_written": 9354}
_RESULT = {
    "status": "ok",
    "outputs": [
        {
            "output_type": "execute_result",
            "data": {"text/plain": "344"},
            "metadata": {},
            "execution_count": 1,
        }
    ],
    "execution_count": 1,
    "duration": 0.0123,
    "started_at": _WHEN,
    "cell_id": "c1",
    "notebook_id": "penguins",
    "execution_id": "9c1f0a2e-1",
    "state": _STATE,
}
_CELL = {"id": "c1", "cell_type": "code", "source": _SOURCE, "revision": "862515275a03cc6a"}
_COLUMNS = [
    {"name": "species", "dtype": "str", "position": 0},
    {"name": "mass_g", "dtype": "int64", "position": 1},
]
_FILE = {
    "name": "penguins.csv",
    "size": 15240,
    "modified": _WHEN,
    "media_type": "text/csv",
    "kind": "delimited",
    "etag": "2b22e2-1b-18ea394129716705-18ea394129716705",
}
_CONTEXT = {
    "kind": "delimited",
    "format": "CSV",
    "tables": [
        {
            "rows": 344,
            "rows_exact": True,
            "total_columns": 2,
            "columns": [
                {"name": "species", "type": "text", "missing": 0},
                {"name": "mass_g", "type": "integer", "missing": 2},
            ],
            "head": [["Adelie", 3700]],
        }
    ],
    "total_tables": 1,
    "file": _FILE,
}

EXAMPLES: dict[str, dict[str, Any]] = {
    "CellView": _CELL,
    "ColumnProfile": {
        **_COLUMNS[1],
        "count": 342,
        "missing": 2,
        "distinct": 94,
        "minimum": 2700,
        "maximum": 6300,
        "mean": 4201.75,
        "quantiles": {"0.25": 3550, "0.5": 4050, "0.75": 4750},
        "histogram": {"edges": [2700, 4500, 6300], "counts": [233, 109]},
        "top": [{"value": 3800, "count": 12}],
    },
    "Completeness": {"status": "incomplete", "indent": "    "},
    "Completion": {"matches": ["groupby"], "cursor_start": 3, "cursor_end": 6, "status": "ok"},
    "Condition": {"column": "mass_g", "op": ">", "value": 4000},
    "Discarded": {
        "entry": "20260102-030405-1a2b3c4d",
        "id": "penguins",
        "name": "Penguins",
        "deleted_at": _WHEN,
    },
    "ExecutionInfo": {
        "execution_id": "9c1f0a2e-1",
        "notebook_id": "penguins",
        "cell_id": "c1",
        "running": {"execution_id": "9c1f0a2e-1", "position": 0, "queued_at": _WHEN},
    },
    "ExecutionResult": _RESULT,
    "FileContext": _CONTEXT,
    "FileInfo": _FILE,
    "FileList": {"files": [_FILE]},
    "Health": {"status": "ok", "version": "0.1.0"},
    "Inspection": {
        "found": True,
        "status": "ok",
        "data": {"text/plain": "Signature: len(obj, /)"},
        "metadata": {},
    },
    "Interrupted": {"ended": True},
    "NotebookSummary": {
        "id": "penguins",
        "name": "Penguins",
        "path": "penguins/Penguins.ipynb",
        "size": 436,
        "modified": _WHEN,
        "busy": False,
    },
    "NotebookView": {
        "id": "penguins",
        "name": "Penguins",
        "revision": "ff4fb9982d850ef4",
        "cells": [_CELL],
    },
    "SnapshotInfo": {
        "id": 1,
        "parent": None,
        "cell_id": "c1",
        "execution_count": 1,
        "source": _SOURCE,
        "time": _WHEN,
        "bytes_written": 9354,
        "added": ["df"],
        "changed": [],
        "removed": [],
    },
    "SortKey": {"column": "mass_g", "ascending": False},
    "TableQuery": {
        "columns": ["species", "mass_g"],
        "sort": [{"column": "mass_g", "ascending": False}],
        "filter": [{"column": "mass_g", "op": ">", "value": 4000}],
        "limit": 20,
    },
    "TableWindow": {
        "handle": "variable:df",
        "columns": _COLUMNS,
        "rows": [["Adelie", 3700], ["Gentoo", 5000]],
        "row_numbers": [0, 1],
        "offset": 0,
        "total_rows": 344,
        "total_columns": 2,
        "matching_rows": 344,
        "revision": "fd9a2a1a-1",
    },
    "UploadState": {
        "id": "9c1f0a2e9c1f0a2e9c1f0a2e9c1f0a2e",
        "name": "data/penguins.csv",
        "offset": 8192,
        "size": 15240,
    },
    "Variable": {
        "name": "df",
        "type": "DataFrame",
        "module": "pandas",
        "shape": [344, 2],
        "length": 344,
        "bytes": 5632,
        "preview": "344 × 2",
        "handle": "variable:df",
    },
}
