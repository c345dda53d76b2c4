"""What a file is by the ending of its name: nothing is opened for it."""

from __future__ import annotations

import mimetypes

from ...models.files import Kind

_ENDINGS: dict[str, tuple[Kind, str]] = {
    "csv": ("delimited", "text/csv"),
    "tsv": ("delimited", "text/tab-separated-values"),
    "tab": ("delimited", "text/tab-separated-values"),
    "psv": ("delimited", "text/plain"),
    "xlsx": ("excel", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "xlsm": ("excel", "application/vnd.ms-excel.sheet.macroEnabled.12"),
    "xlsb": ("excel", "application/vnd.ms-excel.sheet.binary.macroEnabled.12"),
    "xls": ("excel", "application/vnd.ms-excel"),
    "ods": ("excel", "application/vnd.oasis.opendocument.spreadsheet"),
    "parquet": ("parquet", "application/vnd.apache.parquet"),
    "pq": ("parquet", "application/vnd.apache.parquet"),
    "arrow": ("arrow", "application/vnd.apache.arrow.file"),
    "feather": ("arrow", "application/vnd.apache.arrow.file"),
    "arrows": ("arrow", "application/vnd.apache.arrow.stream"),
    "json": ("json", "application/json"),
    "geojson": ("json", "application/geo+json"),
    "ipynb": ("json", "application/x-ipynb+json"),
    "jsonl": ("json_lines", "application/jsonl"),
    "ndjson": ("json_lines", "application/x-ndjson"),
    "h5": ("hdf5", "application/x-hdf5"),
    "hdf5": ("hdf5", "application/x-hdf5"),
    "hdf": ("hdf5", "application/x-hdf5"),
    "nc": ("hdf5", "application/x-netcdf"),
    "sqlite": ("sqlite", "application/vnd.sqlite3"),
    "sqlite3": ("sqlite", "application/vnd.sqlite3"),
    "db": ("sqlite", "application/vnd.sqlite3"),
    "npy": ("numpy", "application/x-npy"),
    "npz": ("numpy", "application/x-npz"),
    "gz": ("gzip", "application/gzip"),
    "zip": ("zip", "application/zip"),
    "pkl": ("pickle", "application/x-pickle"),
    "pickle": ("pickle", "application/x-pickle"),
    "joblib": ("pickle", "application/x-pickle"),
    "md": ("text", "text/markdown"),
    "py": ("text", "text/x-python"),
    "log": ("text", "text/plain"),
    "yaml": ("text", "application/yaml"),
    "yml": ("text", "application/yaml"),
    "toml": ("text", "application/toml"),
    "webp": ("image", "image/webp"),
    "svg": ("text", "image/svg+xml"),
}
_TYPES = mimetypes.MimeTypes()
"""Python's own table, not that of the system, so that the same name is the same everywhere."""


def by_name(name: str) -> tuple[Kind, str]:
    """Kind and media type that the ending of a name promises; `binary` if it promises none."""
    _, dot, ending = name.lower().rpartition(".")
    if dot and ending in _ENDINGS:
        return _ENDINGS[ending]
    media_type = _TYPES.guess_type(name, strict=True)[0] or "application/octet-stream"
    family = media_type.partition("/")[0]
    return ("image" if family == "image" else "text" if family == "text" else "binary"), media_type
