from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.errors import InvalidIdError
from nbengine.names import MAX_LENGTH, check_cell_id, check_file_name, check_id


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


@pytest.mark.parametrize("value", ["a.csv", "a/b/c.csv", ".env", "a b.txt", "日本.csv", "x" * 255])
def test_a_file_name_is_given_back(value: str) -> None:
    """What can be the name of a file in a folder comes back as it is."""
    assert check_file_name(value) == value


@pytest.mark.parametrize(
    "value, reason",
    [
        (None, "must be a str"),
        ("", "1 to 1,024 characters"),
        ("../a", "must be a name"),
        ("/a", "must be a name"),
        ("a\\b", "backslash"),
        ("a\tb", "control characters"),
        ("a.", "ends with a space or dot"),
        ("é" * 128, "255 bytes"),
        ("a/LPT1.txt", "reserved on Windows"),
        ("a/" * 32 + "b", "folders within folders"),
        (".nbengine-x", "the engine's own"),
    ],
)
def test_what_is_no_file_name_is_refused_with_a_reason(value: object, reason: str) -> None:
    """The message says what is wrong with it."""
    with pytest.raises(InvalidIdError, match=reason):
        check_file_name(value)


@given(st.text())
def test_a_file_name_never_leaves_its_folder(value: str) -> None:
    """Whatever is accepted stays below the folder, and can be written down as UTF-8."""
    try:
        name = check_file_name(value)
    except InvalidIdError:
        return
    path = Path("/base", name)
    assert path.parts[1] == "base"
    assert ".." not in path.parts
    assert not set(name) & set("\\\0\n\r")
    assert name.encode().decode() == name
