from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import NotebookFileError, StorageError
from nbengine.models.notebook import CellWarning, Notebook
from nbengine.names import check_id
from nbengine.services.execution_service import ExecutionService
from nbengine.services.notebook_file import (
    notebook_id,
    notebook_json,
    read_notebook,
    with_kernel,
    write_notebook,
)
from nbengine.services.notebook_formats import nbformat4
from nbengine.services.notebook_run import CellEnded, run_notebook
from tests.services.scripted_runner import ScriptedRunner

STREAM = {"output_type": "stream", "name": "stdout", "text": "x"}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "P", "language": "python"}}


def code(source: Any, **more: Any) -> dict[str, Any]:
    given = {"cell_type": "code", "id": "c", "metadata": {}, "outputs": []}
    return given | {"execution_count": None, "source": source} | more


def document(*cells: Any, **more: Any) -> dict[str, Any]:
    given = {"nbformat": 4, "nbformat_minor": 5, "metadata": KERNEL, "cells": list(cells)}
    return given | more


def file(folder: Path, content: Any, name: str = "a.ipynb") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(NotebookFileError) as caught:
        read_notebook(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert message.endswith(".")
    return message


# ---------------------------------------------------------------- there and back


def test_a_notebook_of_jupyter_comes_back_byte_for_byte(tmp_path: Path) -> None:
    """What the format's own package wrote is read and written again without a change."""
    plotly: dict[str, Any] = {"application/vnd.plotly.v1+json": {"data": [], "layout": {}}}
    shown = {"text/plain": "a\nb", "image/svg+xml": "<svg>\n</svg>", **plotly}
    outputs = [
        nbformat.v4.new_output("stream", name="stderr", text="one\ntwo"),
        nbformat.v4.new_output("display_data", data=shown, metadata={"image/png": {"width": 1}}),
        nbformat.v4.new_output("execute_result", data={"text/plain": "1"}, execution_count=3),
        nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["x\n", "y"]),
    ]
    prose = nbformat.v4.new_markdown_cell("![p](attachment:p.png)", metadata={"mine": [1, None]})
    prose["attachments"] = {"p.png": {"image/png": "AAAA"}}
    cells = [
        prose,
        nbformat.v4.new_code_cell("print('é')\n1", outputs=outputs, execution_count=3),
        nbformat.v4.new_raw_cell("raw", metadata={"format": "text/latex"}),
    ]
    given = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL | {"widgets": {"x": 1}})
    path = tmp_path / "a.ipynb"
    nbformat.write(given, path)
    before = path.read_bytes()
    write_notebook(read_notebook(path).notebook, path)
    assert path.read_bytes() == before
    assert read_notebook(path).notes == ()


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
"""Without lone surrogates, which the format's own package cannot write."""
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
LINES = st.sampled_from(["", "one", "one\n", "one\ntwo", "\r\n\x0b\u2028é\n\n🐧"])
MULTI_LINE = LINES | st.lists(LINES, max_size=3)
COUNT = st.none() | st.integers(0, 9)
METADATA = st.dictionaries(TEXTS.filter(bool), JSON_VALUES, max_size=2).map(
    lambda metadata: {f"my {name}": value for name, value in metadata.items()}
)
TEXT_TYPES = (
    "text/plain", "text/x+json", "image/png", "image/svg+xml", "application/javascript", "x/y.z",
)  # fmt: skip
JSON_TYPES = ("application/json", "application/vnd.plotly.v1+json")
BUNDLES = st.builds(
    lambda text, data: text | data,
    st.dictionaries(st.sampled_from(TEXT_TYPES), MULTI_LINE, max_size=3),
    st.dictionaries(st.sampled_from(JSON_TYPES), JSON_VALUES, max_size=2),
)


def tagged(key: str, value: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({key: st.just(value), **fields})


OUTPUTS = st.one_of(
    tagged("output_type", "stream", name=st.sampled_from(["stdout", "stderr"]), text=MULTI_LINE),
    tagged("output_type", "display_data", data=BUNDLES, metadata=METADATA),
    tagged("output_type", "execute_result", data=BUNDLES, metadata=METADATA, execution_count=COUNT),
    tagged("output_type", "error", ename=TEXTS, evalue=TEXTS, traceback=st.lists(TEXTS)),
)
CODE = {"metadata": METADATA, "source": MULTI_LINE, "execution_count": COUNT}
CODE_CELLS = tagged("cell_type", "code", outputs=st.lists(OUTPUTS, max_size=3), **CODE)
PROSE_CELLS = [
    st.builds(
        lambda cell, more: cell | more,
        tagged("cell_type", cell_type, metadata=METADATA, source=MULTI_LINE),
        st.sampled_from([{}, {"attachments": {}}])
        | tagged("cell_type", cell_type, attachments=st.dictionaries(TEXTS, BUNDLES, max_size=2)),
    )
    for cell_type in ("markdown", "raw")
]
CELLS = st.lists(st.one_of(CODE_CELLS, *PROSE_CELLS), max_size=4)
IDS = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)


@given(CELLS, METADATA, st.lists(IDS, min_size=4, max_size=4, unique=True))
def test_any_valid_notebook_is_written_as_the_formats_own_package_writes_it(
    cells: list[dict[str, Any]], metadata: dict[str, Any], ids: list[str]
) -> None:
    """Unknown metadata and MIME types, attachments, ids, counts: the same text to the last byte."""
    for cell, cell_id in zip(cells, ids, strict=False):
        cell["id"] = cell_id
    given = document(*cells, metadata=KERNEL | metadata)
    nbformat.validate(given)
    expected = nbformat.writes(nbformat.v4.reads(json.dumps(given))) + "\n"
    reading = nbformat4.read(given, "n")
    assert reading.notes == ()
    assert notebook_json(reading.notebook) == expected
    assert notebook_json(_read(json.loads(expected))) == expected


@given(CELLS, st.integers(0, 4))
def test_any_older_notebook_is_upgraded_as_the_formats_own_package_does_it(
    cells: list[dict[str, Any]], minor: int
) -> None:
    """All but the new ids, which are made up, is the same."""
    given = document(*cells, nbformat_minor=minor)
    upgraded = nbformat.v4.upgrade(nbformat.v4.reads(json.dumps(given)))
    ours = json.loads(notebook_json(_read(given)))
    for cell, new in zip(upgraded.cells, ours["cells"], strict=True):
        cell.id = new["id"]
    assert ours == json.loads(nbformat.writes(upgraded))


def test_what_is_for_an_open_notebook_only_is_not_written(tmp_path: Path) -> None:
    """Signature, trust and original version are left out, as by the format's own package."""
    metadata = KERNEL | {"signature": "x", "orig_nbformat": 3, "orig_nbformat_minor": 0, "mine": 1}
    cell = code("1", metadata={"trusted": True, "mine": 2})
    reading = read_notebook(file(tmp_path, document(cell, metadata=metadata)))
    assert reading.notebook.metadata == KERNEL | {"mine": 1}
    assert reading.notebook.cells[0].metadata == {"mine": 2}
    assert reading.notes == ()


@pytest.mark.parametrize("cell_id", ["-Rh3-Vt9Nev9", "con", "_", "x" * 64])
def test_every_id_that_the_format_allows_is_kept_and_run(tmp_path: Path, cell_id: str) -> None:
    """Also one that begins with a dash or is a device on some systems."""
    reading = read_notebook(file(tmp_path, document(code("6 * 7", id=cell_id))))
    assert reading.notes == ()
    with ExecutionService(workspace_dir=tmp_path) as service:
        last = list(run_notebook(service, reading.notebook))[-1]
    assert isinstance(last, CellEnded)
    assert last.result.status == "ok"
    assert [cell.id for cell in last.notebook.cells] == [cell_id]


def test_what_a_run_leaves_is_valid_nbformat(tmp_path: Path) -> None:
    """Results, aborted cells and statistical warnings make a file the format's package accepts."""
    path = file(tmp_path, document(code("ok hello"), code("error", id="d"), code("ok", id="e")))
    steps = list(run_notebook(ScriptedRunner(), read_notebook(path).notebook))
    last = steps[-1]
    assert isinstance(last, CellEnded)
    write_notebook(last.notebook, path)
    written = nbformat.read(path, as_version=4)
    nbformat.validate(written)
    assert [cell.execution_count for cell in written.cells] == [1, 2, None]
    assert written.cells[0].outputs[0].text == "hello"


def test_statistical_warnings_are_the_last_output(tmp_path: Path) -> None:
    """They and their remedies can be read in the file; Python's own warnings are not repeated."""
    path = file(tmp_path, document(code("ok hello")))
    last = list(run_notebook(ScriptedRunner(), read_notebook(path).notebook))[-1]
    cell = last.notebook.cells[0] if isinstance(last, CellEnded) else None
    assert cell is not None
    assert cell.last_result is not None
    warnings = [
        CellWarning(kind="statistical", category="rule", message="p < 0", remedy="Do & check."),
        CellWarning(kind="python", category="UserWarning", message="not this one"),
    ]
    result = cell.last_result.model_copy(update={"warnings": warnings})
    warned = cell.model_copy(update={"last_result": result})
    write_notebook(Notebook(id="n", cells=[warned]), path)
    outputs = nbformat.read(path, as_version=4).cells[0].outputs
    assert outputs[-1].data["text/plain"] == "rule: p < 0\n  → Do & check."
    assert "p &lt; 0" in outputs[-1].data["text/html"]
    assert "not this one" not in json.dumps(outputs)


@given(st.lists(st.text(st.characters()), min_size=1, max_size=3))
def test_any_source_comes_back(sources: list[str]) -> None:
    """Odd line ends, control characters and lone surrogates survive writing and reading."""
    cells = [code(source, id=f"c{n}") for n, source in enumerate(sources)]
    text = notebook_json(_read(document(*cells)))
    again = _read(json.loads(text.encode().decode()))
    assert [cell.source for cell in again.cells] == sources


def _read(given: dict[str, Any]) -> Notebook:
    return nbformat4.read(given, "n").notebook


def test_lone_surrogates_in_outputs_come_back() -> None:
    """What a cell printed and showed is kept, though no UTF-8 has it."""
    shown = {"output_type": "display_data", "data": {"text/plain": "\udc80"}, "metadata": {}}
    given = document(code("1", outputs=[STREAM | {"text": "a\udc80b"}, shown]))
    text = notebook_json(_read(given))
    outputs = json.loads(text.encode())["cells"][0]["outputs"]
    assert outputs[0]["text"] == ["a\udc80b"]
    assert outputs[1]["data"]["text/plain"] == ["\udc80"]


def test_numbers_that_json_does_not_know_become_null(tmp_path: Path) -> None:
    """A NaN in the metadata, which other tools write, is read and not written again."""
    path = file(tmp_path, json.dumps(document(metadata=KERNEL | {"x": float("nan")})))
    assert json.loads(notebook_json(read_notebook(path).notebook))["metadata"]["x"] is None


def test_infinities_become_null(tmp_path: Path) -> None:
    """A number too large for a float, which JSON allows, is written as strict JSON."""
    text = json.dumps(document(metadata=KERNEL | {"x": 17})).replace("17", "1e999")
    written = notebook_json(read_notebook(file(tmp_path, text)).notebook)
    assert "Infinity" not in written
    assert json.loads(written)["metadata"]["x"] is None


def test_a_count_without_outputs_is_kept(tmp_path: Path) -> None:
    """A cell that ran and showed nothing keeps the number of its run."""
    path = file(tmp_path, document(code("x = 1", execution_count=7)))
    assert (
        json.loads(notebook_json(read_notebook(path).notebook))["cells"][0]["execution_count"] == 7
    )


def test_a_failed_write_leaves_the_old_notebook(tmp_path: Path) -> None:
    """A folder in the place of the file is refused and nothing is left beside it."""
    (tmp_path / "a.ipynb").mkdir()
    with pytest.raises(StorageError, match="it is a folder"):
        write_notebook(Notebook(id="n"), tmp_path / "a.ipynb")
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


# ---------------------------------------------------------------- what is mended, with a note

KEPT = "fields that nbformat does not know are kept as they are: "


@pytest.mark.parametrize("minor", [0, 2, 4])
def test_an_older_minor_is_upgraded_with_a_word(tmp_path: Path, minor: int) -> None:
    """Cells get ids, the file is written as 4.5, and a note says so."""
    cell = code("1")
    del cell["id"]
    path = file(tmp_path, document(cell, cell, nbformat_minor=minor))
    reading = read_notebook(path)
    assert reading.notes == (f"it is nbformat 4.{minor}; it is written as 4.5",)
    assert [c.id for c in reading.notebook.cells] == ["cell-1", "cell-2"]
    nbformat.validate(json.loads(notebook_json(reading.notebook)))


def test_nbformat_3_as_it_lies_on_disks_is_read(tmp_path: Path) -> None:
    """Lists of lines are joined, and cells get the same ids at every reading."""
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Title"], "metadata": {}},
        {
            "cell_type": "code",
            "input": ["print(1)\n", "2"],
            "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["2"]}],
            "prompt_number": 1,
            "language": "python",
            "metadata": {},
        },
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    path = file(tmp_path, old)
    given = read_notebook(path).notebook
    assert [(c.id, c.source) for c in given.cells] == [
        ("cell-1", "## Title"),
        ("cell-2", "print(1)\n2"),
    ]
    assert read_notebook(path).notebook == given


def test_nbformat_3_is_upgraded_with_a_word(tmp_path: Path) -> None:
    """Worksheets, input and headings of nbformat 3 become cells of nbformat 4."""
    old = nbformat.v3.new_notebook(
        worksheets=[
            nbformat.v3.new_worksheet(
                cells=[
                    nbformat.v3.new_heading_cell("Title", level=2),
                    nbformat.v3.new_code_cell("print(1)", prompt_number=1),
                ]
            )
        ]
    )
    reading = read_notebook(file(tmp_path, json.dumps(old)))
    assert reading.notes[0] == "it is nbformat 3; it was upgraded to 4.5"
    cells = [(cell.cell_type, cell.source) for cell in reading.notebook.cells]
    assert cells == [("markdown", "## Title"), ("code", "print(1)")]


@pytest.mark.parametrize(
    "given, note",
    [
        (document(code("1"), metadata={}), "it names no kernel; it is run as Python"),
        (document({"cell_type": "code", "id": "c"}), "cell 1 has no source; it is taken as empty"),
        (
            document(code("1", outputs=[{"output_type": "pyout"}])),
            "the stored outputs of cell 1 are not valid and are not shown",
        ),
        (
            document(code("1"), code("2"), code("3", id="x" * 65), code("4", id="é")),
            "3 of its cell ids were doubled or unusable and were replaced",
        ),
        (
            document(code("1"), nbformat_minor=6),
            "it is nbformat 4.6, newer than the 4.5 that is known here",
        ),
        (
            document(
                code("1", attachments={}),
                {"cell_type": "markdown", "id": "d", "metadata": {}, "source": "", "outputs": []},
                code("1", id="e", colour="red"),
                code("1", id="f", colour="blue"),
                worksheets=[],
            ),
            f"{KEPT}attachments, colour, outputs, worksheets",
        ),
        (
            document(code("1", outputs=[STREAM | {"name": "log"}])),
            "the stored outputs of cell 1 are not valid and are not shown",
        ),
        (
            document(code("1", outputs=[STREAM | {"colour": "red"}])),
            "the stored outputs of cell 1 are not valid and are not shown",
        ),
    ],
)
def test_small_slips_cost_a_note(tmp_path: Path, given: dict[str, Any], note: str) -> None:
    """The notebook is read all the same, can be written, and one sentence says what was mended."""
    reading = read_notebook(file(tmp_path, given))
    assert reading.notes == (note,)
    written = nbformat.reads(notebook_json(reading.notebook), as_version=4)
    ids = [cell["id"] for cell in written["cells"]]
    assert len(set(ids)) == len(ids)


def test_what_is_not_understood_is_written_back(tmp_path: Path) -> None:
    """Fields of a later format or of nobody's, and outputs that are not valid."""
    odd = STREAM | {"colour": "red"}
    cells = [
        code("1", outputs=[odd], colour="blue"),
        {"cell_type": "raw", "id": "r", "metadata": {}, "source": "", "later": [1]},
    ]
    given = document(*cells, nbformat_minor=6, worksheets=[{"x": 1}])
    notebook = read_notebook(file(tmp_path, given)).notebook
    written = json.loads(notebook_json(notebook))
    assert written["cells"][0]["outputs"] == [odd]
    assert written["cells"][0]["colour"] == "blue"
    assert written["cells"][1]["later"] == [1]
    assert (written["nbformat_minor"], written["worksheets"]) == (6, [{"x": 1}])


@pytest.mark.parametrize(
    "old",
    [
        {"nbformat": 1, "cells": [{"cell_type": "code", "code": "1 + 1"}]},
        {
            "nbformat": 2,
            "metadata": {"name": "old"},
            "worksheets": [{"cells": [{"cell_type": "code", "input": "1 + 1", "outputs": []}]}],
        },
    ],
    ids=["1", "2"],
)
def test_the_oldest_notebooks_are_read_too(tmp_path: Path, old: dict[str, Any]) -> None:
    """Every version that the format's own package can upgrade is upgraded, with a word."""
    reading = read_notebook(file(tmp_path, old))
    assert reading.notes[0] == f"it is nbformat {old['nbformat']}; it was upgraded to 4.5"
    assert [cell.source for cell in reading.notebook.cells] == ["1 + 1"]
    nbformat.validate(json.loads(notebook_json(reading.notebook)))


def test_a_kernel_is_named_where_there_is_none(tmp_path: Path) -> None:
    """Reading names none of its own accord; whoever runs the notebook can say as what."""
    unnamed = read_notebook(file(tmp_path, document(metadata={"mine": 1}))).notebook
    assert unnamed.metadata == {"mine": 1}
    assert with_kernel(unnamed).metadata["kernelspec"]["name"] == "python3"
    named = read_notebook(file(tmp_path, document())).notebook
    assert with_kernel(named) == named


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    """A file that an editor gave a byte order mark is read."""
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(document(code("1"))), encoding="utf-8-sig")
    assert read_notebook(path).notebook.cells[0].source == "1"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "content, said",
    [
        ("", "it is empty"),
        (
            "{\n  nope",
            "it is not JSON: expecting property name enclosed in double quotes at line 2",
        ),
        ("[1, 2]", "it is JSON but not a notebook: it is not an object"),
        ('{"a": 1}', "it has no nbformat"),
        ('{"nbformat": 9}', "its nbformat is 9"),
        ('{"nbformat": "4"}', "its nbformat is '4'"),
        ('{"nbformat": 4, "nbformat_minor": 5}', "it has no list of cells"),
        ('{"nbformat": 3, "worksheets": 7}', "cannot be upgraded"),
        ("[" * 100_000, "nested too deeply"),
        (document(7), "cell 1 is not an object"),
        (document({"cell_type": "heading", "source": "x"}), "cell 1 has no known cell_type"),
        (document(code(7)), "the source of cell 1 is not text"),
        (document(code([1])), "the source of cell 1 is not text"),
    ],
)
def test_what_is_no_notebook_is_refused(tmp_path: Path, content: Any, said: str) -> None:
    """One sentence names the file and what is wrong with it."""
    assert said in refusal(file(tmp_path, content))


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}},
        {"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}},
    ],
)
def test_another_language_is_refused(tmp_path: Path, metadata: dict[str, Any]) -> None:
    """A notebook of another language is not run as Python."""
    message = refusal(file(tmp_path, document(code("1"), metadata=metadata)))
    assert "its kernel 'ir' runs R; only Python notebooks can be run" in message


def test_an_id_that_is_made_up_is_nobody_elses(tmp_path: Path) -> None:
    """One that the format forbids is replaced, by none that another cell has."""
    cells = [code("1", id="a.b"), code("2", id="cell-1"), code("3", id="cell-1x")]
    reading = read_notebook(file(tmp_path, document(*cells)))
    assert [cell.id for cell in reading.notebook.cells] == ["cell-1xx", "cell-1", "cell-1x"]


def test_a_missing_file_names_the_nearest(tmp_path: Path) -> None:
    """A slip of the finger is met with the name that was probably meant."""
    file(tmp_path, document(), "penguins.ipynb")
    assert "the nearest is" in refusal(tmp_path / "pengiuns.ipynb")
    assert "the nearest is" in refusal(tmp_path / "PENGUINS")
    assert "the nearest is" not in refusal(tmp_path / "other.ipynb")
    assert f"nor a folder {tmp_path / 'none'}" in refusal(tmp_path / "none" / "a.ipynb")


def test_capital_letters_in_the_suffix_are_fine(tmp_path: Path) -> None:
    """As some systems write it."""
    assert read_notebook(file(tmp_path, document(), "A.IPYNB")).notes == ()
    assert read_notebook(file(tmp_path, "x = 1", "A.PY")).notebook.cells[0].source == "x = 1"


@pytest.mark.parametrize(
    "marker, tags",
    [
        ('# %% tags=["parameters", "x"]', ["parameters", "x"]),
        ('#%% First [markdown] tags=["a"] other="b"', ["a"]),
        ("# %% tags=[broken", None),
        ("# %% tags=7", None),
        ('# %% mytags=["a"]', None),
    ],
)
def test_a_script_may_tag_its_cells(tmp_path: Path, marker: str, tags: list[str] | None) -> None:
    """A JSON list in the line that begins the cell; what is none is passed over."""
    path = file(tmp_path, f"{marker}\nx = 1\n", "a.py")
    assert read_notebook(path).notebook.cells[0].metadata.get("tags") == tags


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """A folder, a file taken for a folder, another format and bytes that are no text."""
    (tmp_path / "folder.ipynb").mkdir()
    latin = tmp_path / "latin.ipynb"
    latin.write_bytes(b'{"a": "\xe9"}')
    script = tmp_path / "latin.py"
    script.write_bytes(b"x = '\xe9'\n")
    assert "is a folder" in refusal(tmp_path / "folder.ipynb")
    assert "not a directory" in refusal(latin / "a.ipynb")
    assert "neither an .ipynb notebook nor a .py script" in refusal(file(tmp_path, "", "a.txt"))
    assert "it is not UTF-8 text (byte 7)" in refusal(latin)
    assert "it is not UTF-8 text" in refusal(script)


# ---------------------------------------------------------------- scripts and ids


SCRIPT = '''# A script
import math

# %% First
x = """
# %% not a cell
"""

#%% [markdown]
# # Title
#
# text
# %% [markdown]
"""
quoted
"""
# %%

# %%
%matplotlib inline
'''


def test_a_script_is_split_at_its_cell_markers(tmp_path: Path) -> None:
    """Markers in string literals are text, prose cells lose their comment signs."""
    reading = read_notebook(file(tmp_path, SCRIPT, "a.py"))
    assert [(cell.cell_type, cell.source) for cell in reading.notebook.cells] == [
        ("code", "# A script\nimport math"),
        ("code", 'x = """\n# %% not a cell\n"""'),
        ("markdown", "# Title\n\ntext"),
        ("markdown", "quoted"),
        ("code", ""),
        ("code", "%matplotlib inline"),
    ]


def test_a_script_without_markers_is_one_cell(tmp_path: Path) -> None:
    """Also one that Python cannot parse: the cell will say so."""
    for source in ("x = 1\nprint(x)", "def (:\n", "s = '''open"):
        cells = read_notebook(file(tmp_path, source, "a.py")).notebook.cells
        assert [cell.source for cell in cells] == [source.strip("\n")]


def test_a_script_may_name_its_encoding(tmp_path: Path) -> None:
    """The coding line of PEP 263 is honoured."""
    path = tmp_path / "a.py"
    path.write_bytes("# coding: latin-1\nx = 'é'\n".encode("latin-1"))
    assert "é" in read_notebook(path).notebook.cells[0].source


def test_an_id_comes_from_the_place_of_the_file(tmp_path: Path) -> None:
    """Odd names make usable ids, and files of one name in two folders make two."""
    for name in ("a b.ipynb", "é.ipynb", "-.ipynb", "x" * 200 + ".ipynb", "con.ipynb"):
        assert check_id("notebook", notebook_id(tmp_path / name))
    assert notebook_id(tmp_path / "a.ipynb") != notebook_id(tmp_path / "b" / "a.ipynb")
    assert notebook_id(tmp_path / "a.ipynb") == notebook_id(tmp_path / "b" / ".." / "a.ipynb")
