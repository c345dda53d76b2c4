from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.outputs import DisplayData, ErrorOutput, MimeBundle, Output, StreamName
from nbengine.runtime.output_log import OutputLog
from nbengine.settings import Settings

STREAM = st.sampled_from(["stdout", "stderr"])


def log(folder: Path, **settings: int) -> OutputLog:
    return OutputLog(Settings(workspace_dir=folder, **settings), lambda name: folder / name)


def shown(text: str) -> DisplayData:
    return DisplayData(data={"text/plain": text})


def texts(outputs: list[Output]) -> list[str]:
    return [o.text if o.output_type == "stream" else str(o) for o in outputs]


@given(st.lists(st.tuples(STREAM, st.text("ab\n", min_size=1, max_size=4)), max_size=30))
def test_adjacent_text_of_one_stream_is_one_output(written: list[tuple[StreamName, str]]) -> None:
    """Neighbouring outputs are of different streams, and nothing is lost or out of order."""
    record = log(Path())
    for name, text in written:
        record.write(name, text)
    outputs = [o for o in record.outputs()[0] if o.output_type == "stream"]
    names = [o.name for o in outputs]
    assert all(one != other for one, other in itertools.pairwise(names))
    assert "".join(o.text for o in outputs) == "".join(text for _, text in written)


def test_text_that_erased_itself_leaves_no_output(tmp_path: Path) -> None:
    """A progress bar that clears itself around a line of text does not cut the text in pieces."""
    record = log(tmp_path)
    for number in range(3):
        record.write("stderr", "\r 33%\r    \r")
        record.write("stdout", f"line {number}\n")
    outputs, cuts = record.outputs()
    assert texts(outputs) == ["line 0\nline 1\nline 2\n"]
    assert cuts == []


def test_a_display_ends_a_run_of_text(tmp_path: Path) -> None:
    """Text after a display cannot go back over text before it."""
    record = log(tmp_path)
    record.write("stdout", "10%")
    record.show(shown("figure"))
    record.write("stdout", "\r20%")
    assert [o.output_type for o in record.outputs()[0]] == ["stream", "display_data", "stream"]
    assert texts(record.outputs()[0])[::2] == ["10%", "20%"]


def test_the_middle_of_a_long_stream_is_left_out(tmp_path: Path) -> None:
    """Beginning and end are kept, the cut says so in the text, and the file has all of it."""
    record = log(tmp_path, stream_limit=1000)
    whole = "".join(f"{number}\n" for number in range(1000))
    record.write("stdout", whole)
    (text,), (cut,) = texts(record.outputs()[0]), record.outputs()[1]
    assert text.startswith("0\n1\n2\n")
    assert text.endswith("998\n999\n")
    assert "2,890 characters of stdout left out; all of it is in artifacts/stdout.txt" in text
    assert (cut.what, cut.kept, cut.total, cut.artifact) == ("stdout", 1000, 3890, "stdout.txt")
    assert (tmp_path / "stdout.txt").read_text() == whole


def test_the_limit_is_for_all_text_of_a_stream(tmp_path: Path) -> None:
    """Text in several places of a cell shares one allowance; another stream has its own."""
    record = log(tmp_path, stream_limit=1000)
    for _ in range(4):
        record.write("stdout", "#" * 400)
        record.write("stderr", "e" * 100)
    outputs, cuts = record.outputs()
    kept = "".join(texts(outputs))
    assert (kept.count("#"), kept.count("eeee")) == (1000, 100)
    assert [(cut.what, cut.kept, cut.total) for cut in cuts] == [("stdout", 1000, 1600)]


def test_folded_text_is_what_counts(tmp_path: Path) -> None:
    """A progress bar of a million refreshes reaches no limit and leaves no file."""
    record = log(tmp_path, stream_limit=1000)
    for number in range(5000):
        record.write("stderr", f"\r{number}%")
    assert texts(record.outputs()[0]) == ["4999%"]
    assert record.outputs()[1] == []
    assert list(tmp_path.iterdir()) == []


def test_too_many_outputs_are_left_out(tmp_path: Path) -> None:
    """Displays beyond the limit are counted, text beyond it is in the file; both are told."""
    record = log(tmp_path, output_count_limit=10)
    for number in range(8):
        record.write("stdout", f"{number}\n")
        record.show(shown("figure"))
    outputs, cuts = record.outputs()
    assert len(outputs) == 11
    note = str(outputs[-1])
    assert "3 more outputs left out" in note
    assert "6 characters of stdout left out; all of it is in artifacts/stdout.txt" in note
    assert [(cut.what, cut.kept, cut.total) for cut in cuts] == [
        ("stdout", 10, 16),
        ("display", 10, 13),
    ]
    assert (tmp_path / "stdout.txt").read_text() == "".join(f"{n}\n" for n in range(8))


def test_displays_together_have_a_limit(tmp_path: Path) -> None:
    """A display that would make the cell's displays too big is left out, a small one still fits."""
    record = log(tmp_path, display_limit=1000)
    assert record.show(shown("a" * 600))
    assert not record.show(shown("b" * 600))
    assert record.show(shown("c" * 300))
    outputs, (cut,) = record.outputs()
    assert len(outputs) == 3
    assert "1 more outputs left out" in str(outputs[-1])
    assert cut.what == "display"


def test_an_error_is_shown_in_any_case(tmp_path: Path) -> None:
    """No limit keeps out what ended the cell."""
    record = log(tmp_path, output_count_limit=10)
    for _ in range(20):
        record.show(shown("x"))
    record.show(ErrorOutput(ename="E", evalue="e", traceback=[]))
    assert "error" in [o.output_type for o in record.outputs()[0]]


def test_an_update_changes_every_display_with_the_id(tmp_path: Path) -> None:
    """Displays keep their place and take the new look; an unknown id changes nothing."""
    record = log(tmp_path)
    for display_id in ("one", "other", "one"):
        record.show(shown("old"), display_id)
    assert record.update("one", MimeBundle(data={"text/plain": "new"}))
    assert not record.update("none", MimeBundle())
    looks = [o.data["text/plain"] for o in record.outputs()[0] if isinstance(o, DisplayData)]
    assert looks == ["new", "old", "new"]


@pytest.mark.parametrize("wait, left", [(False, 0), (True, 1)])
def test_clearing_now_or_once_something_comes(wait: bool, left: int, tmp_path: Path) -> None:
    """With `wait` the old outputs stay until the next one takes their place."""
    record = log(tmp_path, stream_limit=1000)
    record.write("stdout", "x" * 2000)
    record.clear(wait=wait)
    assert len(record.outputs()[0]) == left
    record.write("stdout", "new")
    assert texts(record.outputs()[0]) == ["new"]
    assert record.outputs()[1] == []
    assert list(tmp_path.iterdir()) == []


def test_memory_is_bounded_by_the_limits(tmp_path: Path) -> None:
    """A hundred megabytes of text pass through a log that keeps one of them."""
    record = log(tmp_path)
    line = "0123456789" * 100 + "\n"
    tracemalloc.start()
    try:
        for _ in range(1000):
            record.write("stdout", line * 100)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000
    assert (tmp_path / "stdout.txt").stat().st_size == 0 or record.outputs()
    assert (tmp_path / "stdout.txt").stat().st_size == 100_100_000


@pytest.mark.parametrize("folded", ["x\n", "\r99%"])
def test_many_small_pieces_cost_what_they_weigh(folded: str, tmp_path: Path) -> None:
    """Feeding a piece does not look at the pieces before it: their number is never counted."""
    record = log(tmp_path)
    seen = 0

    class Piece(str):
        def __len__(self) -> int:
            nonlocal seen
            seen += 1
            return super().__len__()

    pieces = [Piece(folded) for _ in range(5000)]
    for piece in pieces:
        record.write("stdout", piece)
    assert seen < 20 * len(pieces)
