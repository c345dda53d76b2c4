from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.chapters import chapters
from benchmarks.contenders import CONTENDERS, Contender, acts
from benchmarks.stage import Performer


@pytest.fixture
def plain() -> Iterator[Performer[Contender]]:
    """Plain Python in a process of its own."""
    performer = Performer(CONTENDERS["floor"])
    yield performer
    performer.close()


@pytest.mark.slow
def test_every_row_is_measured_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One small run beside every peer gives a line for each row, on the screen and in the file."""
    results = tmp_path / "results.md"
    assert main(["--repeats", "1", "--scale", "0.0001", "--markdown", "--save", str(results)]) == 0
    printed, kept = capsys.readouterr().out, results.read_text(encoding="utf-8")
    for row in itertools.chain(*(chapter.rows for chapter in chapters(0.0001))):
        lines = [line for line in printed.splitlines() if line.startswith(f"| {row.title} |")]
        assert len(lines) == 1, row.name
        assert lines[0] in kept


def test_chosen_rows_alone_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--row` the table has that row only, and says on which machine it was measured."""
    main(["--row", "import", "--repeats", "1"])
    printed = capsys.readouterr().out
    assert "import" in printed
    assert "trivial" not in printed
    assert "CPython" in printed


@pytest.mark.parametrize("repeats", ["0", "-1", "many"])
def test_repeats_that_are_none_are_refused(
    repeats: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a sentence, before anything is measured."""
    with pytest.raises(SystemExit):
        main([f"--repeats={repeats}"])
    assert f"{repeats!r} is not a whole number from 1 upwards" in capsys.readouterr().err


def test_a_contender_is_timed_as_often_as_asked(plain: Performer[Contender]) -> None:
    """Each call is one time, and variables last from call to call."""
    plain.act(acts.run, "count = 0")
    assert len(plain.act(acts.time_cells, "count += 1", 7, 60.0)) == 7
    plain.act(acts.run, "count")
    assert plain.act(acts.shown)[0]["data"] == {"text/plain": "7"}


def test_a_contender_without_patience_is_timed_once(plain: Performer[Contender]) -> None:
    """However little time there is, there is one measurement."""
    assert len(plain.act(acts.time_cells, "x = 1", 1000, 0.0)) == 1


def test_the_peak_of_memory_is_seen(plain: Performer[Contender]) -> None:
    """Memory that a cell takes only for a moment counts, to the megabyte."""
    cell = "import time; a = bytes([1]) * 50_000_000; time.sleep(0.2); del a"
    peak = plain.peak_memory(acts.run, cell)
    assert 50e6 <= peak < 80e6


def test_a_contender_that_fails_is_told_of(plain: Performer[Contender]) -> None:
    """What an act raises over there is raised here, with its traceback as text."""
    with pytest.raises(RuntimeError, match="TypeError"):
        plain.act(acts.time_cells, "x = 1", "often", 1.0)  # type: ignore[arg-type]
