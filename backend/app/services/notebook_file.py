"""Notebook files: `.ipynb` and `.py` read into a `Notebook`, nbformat 4.5 written whole."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import tokenize
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path
from typing import Any

from ..errors import NotebookFileError
from ..models.notebook import Notebook
from ..runtime.wording import reason
from .atomic_file import write_atomically
from .beneath import opened_behind
from .notebook_formats import nbformat4, percent_script
from .notebook_formats.reading import PYTHON_KERNEL, Reading

SUFFIXES = (".ipynb", ".py")
MOST_BYTES = 512 * 2**20
"""Of a file that is read: all of it is in memory then."""
_BLOCK = 2**20


def read_notebook(path: Path, within: Path | None = None) -> Reading:
    """The notebook in a file, and what had to be mended to read it.

    Args:
        path: of the file.
        within: a folder out of which no link may lead.

    Raises:
        NotebookFileError: the file is missing, unreadable or no notebook; one sentence says which.
    """
    data = _bytes(path, within)
    try:
        if path.suffix.lower() == ".py":
            return percent_script.read(_script_text(data), notebook_id(path))
        return _read_document(_document(data), notebook_id(path))
    except NotebookFileError as error:
        raise NotebookFileError(f"{path} cannot be read: {error}.") from error


def write_notebook(
    notebook: Notebook,
    path: Path,
    check: Callable[[], None] = lambda: None,
    within: Path | None = None,
    *,
    settled: Path | None = None,
) -> None:
    """Write nbformat 4.5 as Jupyter lays it out; the old file stays whole if that fails.

    Args:
        notebook: what to write.
        path: of the file.
        check: as that of `write_atomically`.
        within: as that of `write_atomically`.
        settled: as that of `write_atomically`.

    Raises:
        StorageError: the file could not be written.
    """
    write_atomically(path, notebook_json(notebook).encode(), check, within, settled=settled)


def notebook_json(notebook: Notebook) -> str:
    """The notebook as strict JSON text; lone surrogates are escaped, so it always encodes."""
    document = nbformat4.write(notebook)
    text = _json(document, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _json(document, ensure_ascii=True)
    return text


def with_kernel(notebook: Notebook) -> Notebook:
    """The notebook with the kernel that it is run as, Python's, if it names none."""
    metadata = {"kernelspec": PYTHON_KERNEL} | notebook.metadata
    return notebook.model_copy(update={"metadata": metadata})


def notebook_id(path: Path) -> str:
    """An id for the notebook in this file: its name, and a digest of where it lies."""
    stem = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem)[:40]
    digest = hashlib.blake2b(str(path.resolve()).encode(errors="surrogateescape"), digest_size=4)
    return f"{stem}-{digest.hexdigest()}"


def _bytes(path: Path, within: Path | None) -> bytes:
    if path.is_dir():
        raise NotebookFileError(f"{path} is a folder, not a notebook.")
    if path.exists() and path.suffix.lower() not in SUFFIXES:
        raise NotebookFileError(f"{path} is neither an .ipynb notebook nor a .py script.")
    try:
        with os.fdopen(opened_behind(path, within), "rb") as file:
            return _bounded(file)
    except FileNotFoundError:
        if path.exists():
            raise NotebookFileError(f"{path} cannot be read: it is no ordinary file.") from None
        raise NotebookFileError(f"There is no file {path}{_nearest(path)}.") from None
    except OSError as error:
        raise NotebookFileError(f"{path} cannot be read: {reason(error)}.") from error


def _bounded(file: BufferedReader) -> bytes:
    """All that is in a file; it may grow meanwhile, and a short one may say that it is long."""
    size, data = os.fstat(file.fileno()).st_size, bytearray()
    while size <= MOST_BYTES and (block := file.read(_BLOCK)):
        data += block
        size = max(size, len(data))
    if size > MOST_BYTES:
        raise OSError(
            errno.EFBIG, f"it has {size:,} bytes, and a notebook may have {MOST_BYTES:,} at most"
        )
    return bytes(data)


def _nearest(path: Path) -> str:
    try:
        there = sorted(p for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES)
    except OSError:
        return f", nor a folder {path.parent}"
    by_stem = {p.stem.casefold(): p.name for p in there}
    near = get_close_matches(path.stem.casefold(), by_stem, n=1)
    return f"; the nearest is {path.with_name(by_stem[near[0]])}" if near else ""


def _script_text(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, UnicodeDecodeError, LookupError):
        raise NotebookFileError(
            "it is not UTF-8 text, nor of an encoding that its first lines name"
        ) from None


def _document(data: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        raise NotebookFileError(f"it is not UTF-8 text (byte {error.start})") from None
    except json.JSONDecodeError as error:
        what = "it is empty" if not data.strip() else f"it is not JSON: {_place(error)}"
        raise NotebookFileError(what) from None
    except RecursionError:
        raise NotebookFileError("its JSON is nested too deeply") from None
    if not isinstance(document, dict):
        raise NotebookFileError("it is JSON but not a notebook: it is not an object")
    return document


def _place(error: json.JSONDecodeError) -> str:
    what = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
    return f"{what} at line {error.lineno}, column {error.colno}"


def _read_document(document: Mapping[str, Any], identity: str) -> Reading:
    version = document.get("nbformat")
    if version in (1, 2, 3):
        return _read_old(document, identity)
    if version != 4:
        what = f"its nbformat is {version!r}" if version is not None else "it has no nbformat"
        raise NotebookFileError(f"it is JSON but not a notebook that is known here: {what}")
    return nbformat4.read(document, identity)


def _read_old(document: Mapping[str, Any], identity: str) -> Reading:
    """Upgraded by the format's own package, which alone knows the old versions well."""
    import nbformat  # only old notebooks pay for it

    version = document["nbformat"]
    try:
        upgraded = nbformat.reads(json.dumps(document), as_version=4)
    except Exception as error:
        raise NotebookFileError(
            f"it says it is nbformat {version} but cannot be upgraded ({error!r})"
        ) from error
    for cell in upgraded["cells"]:
        cell.pop("id", None)  # made up anew at every reading
    reading = nbformat4.read(upgraded, identity)
    note = f"it is nbformat {version}; it was upgraded to 4.{nbformat4.MINOR}"
    return Reading(reading.notebook, (note, *reading.notes))


def _json(document: Mapping[str, Any], *, ensure_ascii: bool) -> str:
    try:
        text = _dumped(document, ensure_ascii=ensure_ascii)
    except ValueError:  # an infinity or a NaN somewhere in the metadata
        finite = json.loads(json.dumps(document), parse_constant=lambda _: None)
        text = _dumped(finite, ensure_ascii=ensure_ascii)
    return text + "\n"


def _dumped(document: Mapping[str, Any], *, ensure_ascii: bool) -> str:
    return json.dumps(
        document,
        ensure_ascii=ensure_ascii,
        indent=1,
        sort_keys=True,
        separators=(",", ": "),
        allow_nan=False,
    )
