"""nbformat 4: the notebook file format, read from and written to plain JSON data.

Source: https://nbformat.readthedocs.io/en/latest/format_description.html
Read here and not by the nbformat package, so that what is wrong can be said in one sentence and
a small slip costs a note instead of the notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ...errors import InvalidIdError, NotebookFileError
from ...models.notebook import Cell, ExecutionResult, Notebook
from ...models.outputs import Output, is_json_mime
from ...names import check_cell_id
from ..warning_note import warning_note
from .reading import Reading

MINOR = 5
JAVASCRIPT = "application/javascript"
SVG = "image/svg+xml"
STORED = "stored"
"""Execution id of a result that a file told of."""

_FIELDS = frozenset({"cells", "metadata", "nbformat", "nbformat_minor"})
_FIELDS_OF_ALL = frozenset({"cell_type", "id", "metadata", "source"})
_FIELDS_OF_CELL = {
    "code": _FIELDS_OF_ALL | {"outputs", "execution_count"},
    "markdown": _FIELDS_OF_ALL | {"attachments"},
    "raw": _FIELDS_OF_ALL | {"attachments"},
}
CELL_TYPES = tuple(_FIELDS_OF_CELL)
_OUTPUTS_AS_READ = "outputs"
"""Among what is unknown of a code cell: outputs that could not be understood."""
_TRANSIENT = frozenset({"orig_nbformat", "orig_nbformat_minor", "signature"})
_TRANSIENT_OF_CELL = frozenset({"trusted"})
"""Metadata for the time that a notebook is open, which never belongs into a file."""

_OUTPUTS: TypeAdapter[list[Output]] = TypeAdapter(list[Output])


def read(document: Mapping[str, Any], notebook_id: str) -> Reading:
    """The notebook in a document of nbformat 4, with the outputs stored in it.

    Raises:
        NotebookFileError: it cannot be taken for a notebook of Python cells.
    """
    notes: list[str] = []
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise NotebookFileError("it is JSON but not a notebook: it has no list of cells")
    metadata = _mapping(document.get("metadata"))
    _check_version(document, notes)
    _check_language(metadata, notes)
    ids = _Ids(cells)
    read_cells = [
        _cell(raw, number, ids, notebook_id, notes) for number, raw in enumerate(cells, start=1)
    ]
    notes += [*ids.notes(), *_kept(document, cells)]
    notebook = Notebook(
        id=notebook_id,
        cells=read_cells,
        metadata=_without(metadata, _TRANSIENT),
        unknown=_unknown_of(document),
    )
    return Reading(notebook, tuple(notes))


def write(notebook: Notebook) -> dict[str, Any]:
    """The notebook as a document of nbformat 4.5, its statistical warnings as a last output.

    What its file said beyond that, of a later minor or of nobody's, is there as it was.
    """
    return {
        "nbformat_minor": MINOR,
        **notebook.unknown,
        "cells": [_document_cell(cell) for cell in notebook.cells],
        "metadata": notebook.metadata,
        "nbformat": 4,
    }


# ---------------------------------------------------------------- reading


class _Ids:
    """Cell ids: those of the file where they are usable and unique, else counted ones."""

    def __init__(self, cells: list[Any]) -> None:
        self.taken = {c["id"] for c in cells if isinstance(c, dict) and _usable(c.get("id"))}
        self.given: set[str] = set()
        self.replaced = 0

    def give(self, raw: Mapping[str, Any], number: int) -> str:
        wanted = raw.get("id")
        if _usable(wanted) and wanted not in self.given:
            self.given.add(str(wanted))
            return str(wanted)
        self.replaced += wanted is not None
        return self._fresh(number)

    def _fresh(self, number: int) -> str:
        name = f"cell-{number}"
        while name in self.taken:
            name += "x"
        self.taken.add(name)
        return name

    def notes(self) -> list[str]:
        if not self.replaced:
            return []
        return [f"{self.replaced} of its cell ids were doubled or unusable and were replaced"]


def _usable(cell_id: object) -> bool:
    try:
        return "." not in check_cell_id(cell_id) and len(str(cell_id)) <= 64
    except InvalidIdError:
        return False


def _check_version(document: Mapping[str, Any], notes: list[str]) -> None:
    minor = document.get("nbformat_minor")
    if not isinstance(minor, int):
        notes.append("it does not say which nbformat 4 it is; it is read as 4.5")
    elif minor < MINOR:
        notes.append(f"it is nbformat 4.{minor}; it is written as 4.{MINOR}")
    elif minor > MINOR:
        notes.append(f"it is nbformat 4.{minor}, newer than the 4.{MINOR} that is known here")


def _check_language(metadata: Mapping[str, Any], notes: list[str]) -> None:
    kernel = _mapping(metadata.get("kernelspec"))
    language = kernel.get("language") or _mapping(metadata.get("language_info")).get("name")
    if isinstance(language, str) and language.lower() not in ("python", "ipython", "python3"):
        raise NotebookFileError(
            f"its kernel {str(kernel.get('name') or language)!r} runs {language}; "
            "only Python notebooks can be run"
        )
    if not kernel:
        notes.append("it names no kernel; it is run as Python")


def _cell(raw: object, number: int, ids: _Ids, notebook_id: str, notes: list[str]) -> Cell:
    if not isinstance(raw, dict):
        raise NotebookFileError(f"it is not a valid notebook: cell {number} is not an object")
    cell_type = raw.get("cell_type")
    if cell_type not in CELL_TYPES:
        raise NotebookFileError(f"it is not a valid notebook: cell {number} has no known cell_type")
    cell_id = ids.give(raw, number)
    result = _stored_result(raw, number, cell_id, notebook_id, notes)
    return Cell(
        id=cell_id,
        cell_type=cell_type,
        source=_source(raw, number, notes),
        metadata=_without(_mapping(raw.get("metadata")), _TRANSIENT_OF_CELL),
        attachments=_attachments(raw),
        last_result=result,
        unknown=_unknown_of_cell(raw, is_shown=result is not None),
    )


def _source(raw: Mapping[str, Any], number: int, notes: list[str]) -> str:
    if "source" not in raw:
        notes.append(f"cell {number} has no source; it is taken as empty")
        return ""
    source = _joined(raw["source"])
    if not isinstance(source, str):
        raise NotebookFileError(
            f"it is not a valid notebook: the source of cell {number} is not text"
        )
    return source


def _stored_result(
    raw: Mapping[str, Any], number: int, cell_id: str, notebook_id: str, notes: list[str]
) -> ExecutionResult | None:
    """What the file says an earlier run gave."""
    stored, count = raw.get("outputs") or (), raw.get("execution_count")
    if not stored and not isinstance(count, int):
        return None
    try:
        outputs = _OUTPUTS.validate_python([_joined_output(output) for output in stored])
    except (ValidationError, TypeError, ValueError, AttributeError):
        notes.append(f"the stored outputs of cell {number} are not valid and are not shown")
        return None
    return ExecutionResult(
        status="error" if any(o.output_type == "error" for o in outputs) else "ok",
        outputs=outputs,
        execution_count=count if isinstance(count, int) else 0,
        duration=0.0,
        started_at=datetime.fromtimestamp(0, UTC),
        cell_id=cell_id,
        notebook_id=notebook_id,
        execution_id=STORED if isinstance(count, int) else f"{STORED}-uncounted",
    )


def _joined_output(raw: Mapping[str, Any]) -> dict[str, Any]:
    output = dict(raw)
    if "text" in output:
        output["text"] = _joined(output["text"])
    if isinstance(output.get("data"), dict):
        output["data"] = _joined_bundle(output["data"])
    return output


def _attachments(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    attachments = raw.get("attachments")
    if not isinstance(attachments, dict):
        return None
    return {
        name: _joined_bundle(bundle) if isinstance(bundle, dict) else bundle
        for name, bundle in attachments.items()
    }


def _joined_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    return {mime: data if is_json_mime(mime) else _joined(data) for mime, data in bundle.items()}


def _joined(value: Any) -> Any:
    """Text of a multi-line string, which the format allows to be a list of lines."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return value


def _mapping(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _without(metadata: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name not in names}


def _unknown_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is written back as it was: fields that are not known, and a later minor."""
    unknown = _without(document, _FIELDS)
    minor = document.get("nbformat_minor")
    return unknown | {"nbformat_minor": minor} if _is_later(minor) else unknown


def _is_later(minor: object) -> bool:
    return isinstance(minor, int) and minor > MINOR


def _unknown_of_cell(raw: Mapping[str, Any], *, is_shown: bool) -> dict[str, Any]:
    """The same of a cell, and its outputs if they are not understood, until it runs."""
    unknown = _without(raw, _FIELDS_OF_CELL[raw["cell_type"]])
    if raw["cell_type"] == "code" and raw.get("outputs") and not is_shown:
        unknown[_OUTPUTS_AS_READ] = raw["outputs"]
    return unknown


def _kept(document: Mapping[str, Any], cells: Iterable[Mapping[str, Any]]) -> list[str]:
    """That there are fields which the format does not know."""
    unknown = set(document) - _FIELDS
    for cell in cells:
        unknown |= set(cell) - _FIELDS_OF_CELL[cell["cell_type"]]
    if not unknown:
        return []
    return [f"fields that nbformat does not know are kept as they are: {_listed(unknown)}"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


# ---------------------------------------------------------------- writing


def _document_cell(cell: Cell) -> dict[str, Any]:
    unknown = cell.unknown
    document: dict[str, Any] = {
        **_without(unknown, _FIELDS_OF_CELL[cell.cell_type]),
        "cell_type": cell.cell_type,
        "id": cell.id,
        "metadata": cell.metadata,
        "source": _lines(cell.source),
    }
    if cell.attachments is not None and cell.cell_type != "code":
        document["attachments"] = {
            name: _split_bundle(bundle) if isinstance(bundle, dict) else bundle
            for name, bundle in cell.attachments.items()
        }
    if cell.cell_type == "code":
        result = cell.last_result
        document["execution_count"] = _count(result) if result else None
        as_read = unknown.get(_OUTPUTS_AS_READ)
        stored = as_read if isinstance(as_read, list) else []
        document["outputs"] = document_outputs(result) if result else stored
    return document


def _count(result: ExecutionResult) -> int | None:
    """Only a file can say that a cell's count is 0; a cell that was not run here has none."""
    if result.execution_id == STORED:
        return result.execution_count
    return result.execution_count or None


def document_outputs(result: ExecutionResult) -> list[dict[str, Any]]:
    """What a file stores of a result."""
    note = warning_note(result.warnings)
    shown = [*result.outputs, note] if note else result.outputs
    return [_split_output(output.model_dump(mode="json")) for output in shown]


def _split_output(output: dict[str, Any]) -> dict[str, Any]:
    if "text" in output:
        output["text"] = _lines(output["text"])
    if "data" in output:
        output["data"] = _split_bundle(output["data"])
    return output


def _split_bundle(bundle: Mapping[str, Any]) -> dict[str, Any]:
    return {mime: _lines(data) if _is_lines(mime, data) else data for mime, data in bundle.items()}


def _is_lines(mime: str, data: object) -> bool:
    """Whether the format stores it as a list of lines, so that it can be compared by line."""
    return isinstance(data, str) and (mime.startswith("text/") or mime in (JAVASCRIPT, SVG))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)
