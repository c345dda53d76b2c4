"""What the comparison sees and what it does not."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest

from tests.fidelity.error_places import places
from tests.fidelity.normalising import Reader, Shown
from tests.fidelity.pictures import Picture
from tests.fidelity.terminal_text import as_seen
from tests.fidelity.wording import plain


def shown(*outputs: dict[str, Any], count: int = 1) -> Shown:
    """What a cell with these outputs showed, as the comparison reads it."""
    from nbformat import from_dict

    cell = from_dict({"id": "first", "outputs": list(outputs), "execution_count": count})
    return Reader("<nowhere>", {1: "first", 2: "second"}).read(cell)


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(metadata: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    bundle = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "data": bundle, "metadata": metadata or {}}


def png(*, colour: int, width: int = 8) -> str:
    """A picture of one grey, as outputs hold it."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (width, 8), colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_it_says_nothing_how_a_stream_was_cut() -> None:
    """Chunks of a stream between two displays are one text, whatever came between them."""
    pieces = [stream("a"), stream("x", "stderr"), stream("b")]
    assert shown(*pieces).equals(shown(stream("x", "stderr"), stream("ab")))


def test_text_does_not_move_past_a_display() -> None:
    """Where text stands among the displays is compared."""
    value = display(text_plain="v")
    assert not shown(stream("a"), value).equals(shown(value, stream("a")))


@pytest.mark.parametrize(
    "other",
    [
        stream("one"),
        stream("two", "stderr"),
        display(text_plain="two\n"),
        {"output_type": "error", "ename": "two", "evalue": "", "traceback": []},
    ],
    ids=["words", "stream", "display", "error"],
)
def test_different_outputs_are_seen(other: dict[str, Any]) -> None:
    """Other words, another stream, another kind of output differ."""
    assert not shown(stream("two")).equals(shown(other))


def test_counts_and_metadata_are_compared() -> None:
    """Two cells with the same outputs differ by their count, and outputs by their metadata."""
    assert not shown(count=1).equals(shown(count=2))
    told = display({"text/html": {"isolated": True}}, text_html="h")
    assert not shown(told).equals(shown(display(text_html="h")))


def test_a_missing_representation_is_seen() -> None:
    """A bundle without its HTML differs from the whole bundle."""
    whole = display(text_plain="t", text_html="h")
    assert not shown(whole).equals(shown(display(text_plain="t")))


def test_what_the_engine_adds_is_passed_over() -> None:
    """Table data, the metadata of the engine and its note of warnings make no difference."""
    bundle = display({"nbengine": {"kind": "pandas"}}, text_plain="t")
    bundle["data"]["application/vnd.dataresource+json"] = {"data": []}
    note = display({"nbengine": {"kind": "statistical-warnings"}}, text_plain="beware")
    assert shown(bundle, note).equals(shown(display(text_plain="t")))


@pytest.mark.parametrize("place", ["image", "html"])
def test_pictures_are_compared_as_they_look(place: str) -> None:
    """A shade that nobody sees is equal, another colour or size is not, also inside of HTML."""

    def of(picture: str) -> Shown:
        embedded = f'<img src="data:image/png;base64,{picture}">'
        return shown(
            display(image_png=picture) if place == "image" else display(text_html=embedded)
        )

    assert of(png(colour=100)).equals(of(png(colour=101)))
    assert not of(png(colour=100)).equals(of(png(colour=140)))
    assert not of(png(colour=100)).equals(of(png(colour=100, width=9)))


def test_the_distance_of_pictures_is_a_share_of_the_range() -> None:
    """Black and white are apart by all the range of the colours, not of the opacity."""
    assert Picture(png(colour=0)).distance(Picture(png(colour=255))) == pytest.approx(0.75)


@pytest.mark.parametrize(
    "text, seen",
    [
        ("a\rb", "b"),
        ("long\rshort\n", "short\n"),
        ("abc\rX", "Xbc"),
        ("ab\bc", "ac"),
        ("a\r\n", "a\n"),
    ],
)
def test_overwritten_text_is_not_seen(text: str, seen: str) -> None:
    """Carriage returns and backspaces overwrite, character by character, as on a terminal."""
    assert as_seen(text) == seen


@pytest.mark.parametrize(
    "one, other",
    [
        ("<A at 0x7f00aa11bb22>", "<A at 0x7f00cc33dd44>"),
        ("Wall time: 3.5 ms", "Wall time: 1 min"),
        ("/tmp/ipykernel_12/345.py:3: UserWarning: w", "Cell c1:3: UserWarning: w"),
        ("id='0123456789abcdef0123456789abcdef'", "id='fedcba9876543210fedcba9876543210'"),
        ("see one/work/file.txt", "see two/work/file.txt"),
    ],
    ids=["address", "duration", "cell file", "id", "folder"],
)
def test_what_differs_between_any_two_runs_is_not_compared(one: str, other: str) -> None:
    """Addresses, durations, names of compiled cells, ids and the working folder are alike."""
    assert plain(one, "one/work") == plain(other, "two/work")


@pytest.mark.parametrize("text", ["3.5 metres", "0x10", "12:30 o'clock", "abcdef0123", "Cell c1"])
def test_ordinary_words_are_compared(text: str) -> None:
    """Numbers, short hexadecimals and words of the user are left as they are."""
    assert plain(text, "<nowhere>") == text


def test_the_user_s_lines_are_read_off_either_traceback() -> None:
    """Jupyter's arrows and the engine's own form name the same cells, lines and sources."""
    theirs = "Cell In[2], line 3\n      2 x = 0\n----> 3 1 / x\nFile lib.py:5, in f()\n----> 5 y"
    ours = (
        'Traceback:\n  Cell second, line 3, in <module>\n    1 / x\n  File "lib.py", line 5\n    y'
    )
    found = list(places(theirs, {2: "second"}))
    assert found == list(places(ours, {})) == ["second, line 3: 1 / x"]


def test_code_that_a_cell_runs_as_a_cell_is_its_own() -> None:
    """Jupyter calls it by the count of the next cell, the engine by the cell that runs it."""

    def ran(label: str) -> list[str]:
        lines = [f"{label}, line 2", "    1 / x"]
        error = {"ename": "ZeroDivisionError", "evalue": "", "traceback": lines}
        return shown({"output_type": "error", **error}).lines

    assert ran("Cell In[2]") == ran("Cell first")
    assert "at first, line 2" in ran("Cell first")[-1]
