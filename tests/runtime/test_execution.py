from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.events import OutputEvent, TextWritten
from nbengine.models.outputs import MimeBundle, StreamName
from nbengine.runtime.execution import PENDING, Execution, speakable
from nbengine.settings import Settings


def execution(
    on_output: Callable[[OutputEvent], None] | None = None,
    pace: float = 0.0,
    folder: Path = Path(),
) -> Execution:
    return Execution(
        execution_id="e",
        cell_id="c1",
        notebook_id="n",
        settings=Settings(output_interval=pace),
        artifact_path=folder.joinpath,
        on_output=on_output,
        started_at=datetime(2030, 1, 1, tzinfo=UTC),
    )


NAME = st.sampled_from(["stdout", "stderr"])


@given(st.lists(st.tuples(NAME, st.text("ab\n", min_size=1, max_size=3)), max_size=30))
def test_events_and_outputs_tell_the_same(written: list[tuple[StreamName, str]]) -> None:
    """The texts announced are those of the outputs, in order."""
    events: list[OutputEvent] = []
    run = execution(events.append, pace=3600)
    for name, text in written:
        run.write(name, text)
    run.flush()
    told = [(e.name, e.text) for e in events if isinstance(e, TextWritten)]
    assert told == [(o.name, o.text) for o in run.outputs()[0] if o.output_type == "stream"]


def test_text_before_a_display_is_told_before_it() -> None:
    """However little time passed, order goes before pace."""
    events: list[OutputEvent] = []
    run = execution(events.append, pace=3600)
    for number in range(3):
        run.write("stdout", f"{number}")
        run.publish(MimeBundle(data={"text/plain": "x"}))
    assert [event.event for event in events] == ["text", "output"] * 3


def test_text_is_told_at_the_pace_of_the_settings() -> None:
    """Between two displays a flood is one event at first and one at the end."""
    events: list[OutputEvent] = []
    run = execution(events.append, pace=3600)
    for number in range(3 * PENDING):
        run.write("stdout", f"{number}\n")
        run.read_pending()
    run.flush()
    assert [event.event for event in events] == ["text", "text"]


def test_threads_write_at_the_same_time() -> None:
    """No text of any thread is lost or torn."""
    run = execution()
    start = Barrier(8)

    def write(number: int) -> None:
        start.wait()
        for line in range(2000):
            run.write("stdout", f"{number}:{line}\n")

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (output,) = run.outputs()[0]
    assert output.output_type == "stream"
    lines = output.text.splitlines()
    for number in range(8):
        mine = [line for line in lines if line.startswith(f"{number}:")]
        assert mine == [f"{number}:{line}" for line in range(2000)]


@pytest.mark.parametrize(
    "text, said", [("plain", "plain"), ("é日", "é日"), ("\ud800é", "\\ud800é"), ("", "")]
)
def test_text_that_can_be_said(text: str, said: str) -> None:
    """Lone surrogates become escapes, everything else stays."""
    assert speakable(text) == said


def test_text_before_clearing_is_told_before_it() -> None:
    """Who listens sees what was cleared away, and in that order."""
    events: list[OutputEvent] = []
    run = execution(events.append, pace=3600)
    for number in range(2):
        run.write("stdout", f"{number}")
        run.clear()
    assert [event.event for event in events] == ["text", "clear"] * 2


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_little_text_waits_to_be_looked_at(name: StreamName) -> None:
    """However many small pieces are written, few wait as they came."""
    run = execution()
    for _ in range(3 * PENDING):
        run.write(name, "x")
        assert len(run.pending) < PENDING
    (output,) = run.outputs()[0]
    assert output.output_type == "stream"
    assert output.text == "x" * 3 * PENDING


def test_text_that_nobody_listens_to_is_kept_once(tmp_path: Path) -> None:
    """In the outputs, within their limits, and nowhere else."""
    run = execution(pace=3600, folder=tmp_path)
    tracemalloc.start()
    try:
        for number in range(1_000):
            run.write("stdout", f"{number:20000}\n")
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 10_000_000
    run.clear()
