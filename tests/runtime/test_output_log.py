from __future__ import annotations

import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.notebook import Cut
from nbengine.models.outputs import (
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    MimeBundle,
    Output,
    StreamName,
)
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
    """Text after a display leaves text before it as it is, and says that it goes back over it."""
    record = log(tmp_path)
    record.write("stdout", "10%")
    record.show(shown("figure"))
    record.write("stdout", "\r20%")
    assert [o.output_type for o in record.outputs()[0]] == ["stream", "display_data", "stream"]
    assert texts(record.outputs()[0])[::2] == ["10%", "\r20%"]


def test_only_an_unfinished_line_is_gone_back_over(tmp_path: Path) -> None:
    """A run that begins with a carriage return keeps it after an unfinished line only."""
    record = log(tmp_path)
    for text in ("\rnone before", "\rhalf a line", "\r", "\rwhole\n", "\rnext"):
        record.write("stderr", text)
        record.write("stdout", "-")
    kept = [o.text for o in record.outputs()[0] if o.output_type == "stream" and o.text != "-"]
    assert kept == ["none before", "\rhalf a line", "--", "\rwhole\n", "next"]


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
    outputs, cuts = record.outputs()
    assert len(outputs) == 3
    assert "1 more output left out" in str(outputs[-1])
    assert cuts == [Cut(what="display", kept=2, total=3)]


def test_only_what_is_too_large_is_left_out(tmp_path: Path) -> None:
    """A display that does not fit keeps what does, text first; its metadata names the rest."""
    record = log(tmp_path, display_limit=1000)
    data = {"image/png": "p" * 2000, "text/html": "h" * 990, "text/plain": "small"}
    metadata = {"nbengine": {"kind": "k"}, "image/png": {"width": 5}}
    record.show(ExecuteResult(execution_count=1, data=data, metadata=metadata))
    record.show(DisplayData(data=data))
    (first, second, note), cuts = record.outputs()
    assert isinstance(first, ExecuteResult)
    assert list(first.data) == ["text/html", "text/plain"]
    assert first.metadata == {"nbengine": {"kind": "k", "left_out": ["image/png"]}}
    assert isinstance(second, DisplayData)
    assert list(second.data) == ["text/plain"]
    assert second.metadata == {"nbengine": {"left_out": ["image/png", "text/html"]}}
    assert "[over the limit for one cell: 3 representations of outputs left out]" in str(note)
    assert cuts == [Cut(what="representations", kept=3, total=6)]


def test_a_cut_goes_with_the_display_that_it_is_about(tmp_path: Path) -> None:
    """Once the display looks otherwise or was cleared away, nothing is cut any more."""
    record = log(tmp_path, display_limit=1000)
    large = DisplayData(data={"text/plain": "small", "text/html": "h" * 2000})
    for display_id in ("one", "two"):
        record.show(large, display_id)
    record.show(shown("z" * 2000))
    assert [cut.what for cut in record.outputs()[1]] == ["representations", "display"]
    record.update("one", MimeBundle(data={"text/plain": "new"}))
    assert record.outputs()[1][0] == Cut(what="representations", kept=1, total=2)
    record.clear(wait=False)
    record.show(shown("fresh"))
    outputs, cuts = record.outputs()
    assert (len(outputs), cuts) == (1, [])


def test_a_new_look_has_the_same_limit(tmp_path: Path) -> None:
    """Updates do not grow a cell's displays beyond the limit; the place of the old look is free."""
    record = log(tmp_path, display_limit=1000)
    for _ in range(2):
        record.show(shown("a" * 400), "id")
    assert record.update("id", MimeBundle(data={"text/plain": "b" * 500}))
    assert record.outputs()[1] == []
    look = MimeBundle(data={"text/plain": "c", "text/html": "h" * 500})
    kept = record.update("id", look)
    assert kept is not None
    assert list(kept.data) == ["text/plain"]
    assert record.outputs()[1] == [Cut(what="representations", kept=2, total=4)]
    assert record.size == 2
    kept = record.update("id", MimeBundle(data={"text/plain": "d" * 501}))
    assert kept is not None
    assert kept.data == {}
    assert "2 representations of outputs left out" in str(record.outputs()[0][-1])
    assert record.update("id", MimeBundle(data={"text/plain": "e" * 500}))
    assert record.outputs()[1] == []


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


def test_the_size_of_text_is_at_most_what_is_kept_of_it(tmp_path: Path) -> None:
    """What went into the file is not in memory."""
    record = log(tmp_path, stream_limit=1000)
    record.write("stdout", "x" * 50_000)
    record.write("stderr", "y" * 10)
    record.show(shown("z" * 5))
    assert record.size == 1015
    record.outputs()


def test_a_display_that_was_cleared_away_has_no_looks(tmp_path: Path) -> None:
    """What stands in its place is another one."""
    record = log(tmp_path)
    record.show(shown("old"), "id")
    record.clear(wait=False)
    record.show(shown("other"))
    assert not record.update("id", MimeBundle(data={"text/plain": "new"}))
    assert "other" in str(record.outputs()[0])
