from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import InvalidIdError
from nbengine.names import MAX_LENGTH, check_cell_id, check_id


@pytest.mark.parametrize("value", ["a", "c3", "3f2a-9", "_x", "a.b", "A-b_c.d", "x" * MAX_LENGTH])
def test_an_id_is_given_back(value: str) -> None:
    """What can be an id comes back as it is."""
    assert check_id("cell", value) == value


@pytest.mark.parametrize(
    "value, reason",
    [
        ("", "it is empty"),
        ("../x", "use ASCII letters"),
        ("a/b", "use ASCII letters"),
        ("a\\b", "use ASCII letters"),
        (".", "use ASCII letters"),
        ("..", "use ASCII letters"),
        (".hidden", "use ASCII letters"),
        ("-rf", "use ASCII letters"),
        ("ends.", "use ASCII letters"),
        ("two words", "use ASCII letters"),
        ("tab\t", "use ASCII letters"),
        ("line\n", "use ASCII letters"),
        ("nul\0", "use ASCII letters"),
        ("🐧", "use ASCII letters"),
        ("é", "use ASCII letters"),
        ("\ud800", "use ASCII letters"),
        ("x" * 300, "it has 300 characters, 128 are allowed"),
        ("NUL", "the name is reserved on Windows"),
        ("com1.txt", "the name is reserved on Windows"),
        (7, "it must be a str"),
        (None, "it must be a str"),
        (b"bytes", "it must be a str"),
        (Path("x"), "it must be a str"),
    ],
)
def test_what_is_no_id_says_why(value: object, reason: str) -> None:
    """Anything that could be a path, or confuse one, is refused in one printable sentence."""
    with pytest.raises(InvalidIdError) as refusal:
        check_id("cell", value)
    sentence = str(refusal.value)
    assert "cannot be a cell id" in sentence
    assert reason in sentence
    assert sentence.isprintable()
    assert len(sentence) < 200


@pytest.mark.parametrize("value", ["-Rh3-Vt9Nev9", "con", "-", "a.b", "x" * MAX_LENGTH])
def test_a_cell_has_any_id_that_its_file_may_give_it(value: str) -> None:
    """Cell ids are those of the notebook file format, and whatever else can be an id."""
    assert check_cell_id(value) == value


@pytest.mark.parametrize("value", ["", "-" * 65, "-a.b", "../x", "a b", "é", "-x\n", 7, None])
def test_what_is_no_cell_id_says_why(value: object) -> None:
    """The message is the one for any id."""
    with pytest.raises(InvalidIdError, match="cannot be a cell id"):
        check_cell_id(value)


@given(st.text(max_size=200))
def test_an_id_stays_within_its_folder(value: str) -> None:
    """Whatever passes is one plain entry of the folder it is put in."""
    try:
        name = check_id("notebook", value)
    except InvalidIdError:
        return
    folder = Path("/workspace")
    assert (folder / name).resolve().parent == folder
    assert len(name.encode()) <= 255
