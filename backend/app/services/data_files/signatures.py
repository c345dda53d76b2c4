"""The first bytes by which formats are known."""

from __future__ import annotations

from ...models.files import Kind

_IMAGES = {
    b"\x89PNG\r\n\x1a\n": "PNG image",
    b"\xff\xd8\xff": "JPEG image",
    b"GIF87a": "GIF image",
    b"GIF89a": "GIF image",
    b"II*\0": "TIFF image",
    b"MM\0*": "TIFF image",
    b"BM": "BMP image",
    b"\0\0\x01\0": "icon",
}
_DATA: dict[bytes, tuple[Kind, str]] = {
    b"PAR1": ("parquet", "Parquet"),
    b"ARROW1\0\0": ("arrow", "Arrow file (Feather 2)"),
    b"\xff\xff\xff\xff": ("arrow", "Arrow stream"),
    b"SQLite format 3\0": ("sqlite", "SQLite database"),
    b"\x93NUMPY": ("numpy", "NumPy array"),
    b"PK\x03\x04": ("zip", "ZIP archive"),
    b"PK\x05\x06": ("zip", "ZIP archive"),
    b"\x1f\x8b": ("gzip", "gzip"),
}
_OTHERS = {
    b"FEA1": "Feather 1 file",
    b"PARE": "encrypted Parquet file",
    b"%PDF-": "PDF document",
    b"\x7fELF": "ELF program",
    b"MZ": "Windows program",
    b"BZh": "bzip2 archive",
    b"\xfd7zXZ\0": "xz archive",
    b"7z\xbc\xaf\x27\x1c": "7-Zip archive",
    b"Rar!": "RAR archive",
    b"\x28\xb5\x2f\xfd": "Zstandard archive",
    b"CDF\x01": "NetCDF 3 file",
    b"CDF\x02": "NetCDF 3 file",
    b"CDF\x05": "NetCDF 3 file",
    b"MATLAB 5.0 MAT": "MATLAB 5 file",
    b"<stata_dta>": "Stata file",
    b"$FL2": "SPSS file",
    b"Obj\x01": "Avro file",
    b"ORC": "ORC file",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "OLE document",
    b"RIFF": "RIFF media file",
    b"OggS": "Ogg media file",
    b"ID3": "MP3 audio",
    b"fLaC": "FLAC audio",
}
_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_PLACES = (0, 512, 1024, 2048, 4096)
_WORKBOOK = "Workbook".encode("utf-16-le")
"""The stream of an OLE document that makes it an Excel workbook (or `Book` before 1997)."""


def by_signature(begin: bytes) -> tuple[Kind, str] | None:
    """Kind and format of a file that begins so; None where nothing tells."""
    if any(begin.startswith(_HDF5, place) for place in _HDF5_PLACES):
        return "hdf5", "HDF5"
    for mark, found in _DATA.items():
        if begin.startswith(mark):
            return found
    if (image := _image(begin)) is not None:
        return "image", image
    return _other(begin)


def _image(begin: bytes) -> str | None:
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "WebP image"
    name = next((name for mark, name in _IMAGES.items() if begin.startswith(mark)), None)
    is_text = begin.startswith(b"BM") and begin[6:10] != bytes(4)
    return None if is_text else name


def _other(begin: bytes) -> tuple[Kind, str] | None:
    name = next((name for mark, name in _OTHERS.items() if begin.startswith(mark)), None)
    if name is None or (begin[:64].isascii() and begin[:64].decode().isprintable()):
        return ("binary", name) if name in _ALSO_TEXT else None
    return "binary", name


_ALSO_TEXT = frozenset({"PDF document", "Stata file", "MATLAB 5 file", "SPSS file"})
"""Formats that begin with readable characters, by which they are known all the same."""


def is_excel_97(begin: bytes, ending: str) -> bool:
    """Whether an OLE document is a workbook."""
    is_ole = begin.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return is_ole and (ending == "xls" or _WORKBOOK in begin)


def is_pickle(begin: bytes, last: bytes, ending: str) -> bool:
    """Whether bytes are a pickle: by the mark of protocol 2 and later, or by the file's name."""
    if begin[:1] == b"\x80" and 2 <= (begin[1:2] or b"\0")[0] <= 5:
        return last == b"." or ending in ("pkl", "pickle", "joblib")
    return ending in ("pkl", "pickle") and last == b"."
