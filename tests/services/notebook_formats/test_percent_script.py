"""Where the cells of a script begin and end, and what they are."""

from __future__ import annotations

import pytest

from nbengine.services.notebook_formats import percent_script


def cells(source: str) -> list[tuple[str, str]]:
    """Kind and source of each cell."""
    return [(c.cell_type, c.source) for c in percent_script.read(source, "n").notebook.cells]


@pytest.mark.parametrize("marker", ["# %%", "#%%", "# %% with a title"])
def test_a_marker_begins_a_cell(marker: str) -> None:
    """At the beginning of its line, with a title or without; what comes before is a cell too."""
    assert cells(f"first = 1\n{marker}\nsecond = 2\n") == [
        ("code", "first = 1"),
        ("code", "second = 2"),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "text = '''\n# %%\n'''",
        "text = '''\n# %%'''  # said",
        "if True:\n    x = 1\n    # %% indented",
        "x = 1  # %% beside",
    ],
    ids=["in a text", "in a text with a comment", "indented", "beside code"],
)
def test_what_looks_like_a_marker_is_none(source: str) -> None:
    """Within a literal, or not at the beginning of its line."""
    assert cells(source) == [("code", source)]


def test_a_script_that_python_cannot_read_has_cells_all_the_same() -> None:
    """Then every line that looks like a marker is one."""
    assert cells("# %%\nx = (\n# %%\ny = 1") == [("code", "x = ("), ("code", "y = 1")]


@pytest.mark.parametrize(
    "tag, kind", [("[markdown]", "markdown"), ("[md]", "markdown"), ("[raw]", "raw")]
)
@pytest.mark.parametrize(
    "body, text",
    [
        ("# Title\n#\n#    indented", "Title\n\n   indented"),
        ('"""\nTitle\n\ntext\n"""', "Title\n\ntext"),
        ("'''one line'''", "one line"),
        ('"""', '"""'),
        ('"""""', '"""""'),
    ],
    ids=["comments", "a literal", "a short literal", "quotes", "more quotes"],
)
def test_prose_has_no_signs_of_python(tag: str, kind: str, body: str, text: str) -> None:
    """Neither comment signs nor the quotes of a literal; what is no literal is left as it is."""
    assert cells(f"# %% {tag}\n{body}\n") == [(kind, text)]
