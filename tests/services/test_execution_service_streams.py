"""Text that cells write: where it goes, in which order, how much of it is kept."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.outputs import DisplayData, ExecuteResult, StreamOutput
from tests.conftest import Run


def kinds(result: ExecutionResult) -> list[str]:
    """Stream names and output types, in order."""
    return [o.name if isinstance(o, StreamOutput) else o.output_type for o in result.outputs]


def value(result: ExecutionResult) -> object:
    (shown,) = (o for o in result.outputs if isinstance(o, ExecuteResult))
    return shown.data["text/plain"]


def test_text_and_displays_keep_their_order(run: Run) -> None:
    """Neighbouring texts of one stream are one output; displays stand where they were shown."""
    result = run(
        "import sys\n"
        "print('a'); print('b', end=''); sys.stderr.write('c'); display(1); print('d')\n"
        "print('e', file=sys.stderr); 2"
    )
    assert kinds(result) == [
        "stdout",
        "stderr",
        "display_data",
        "stdout",
        "stderr",
        "execute_result",
    ]
    assert (result.stdout, result.stderr) == ("a\nbd\n", "ce\n")


def test_a_logging_handler_of_one_cell_works_in_the_next(run: Run) -> None:
    """A handler writes to the cell that logs, whichever cell made it."""
    run(
        "import logging, sys\nlog = logging.getLogger('nb'); log.setLevel('INFO')\n"
        "log.propagate = False\nlog.addHandler(logging.StreamHandler(sys.stdout))\n"
        "log.info('one')"
    )
    assert run("log.info('two')").stdout == "two\n"
    assert run("import logging; logging.getLogger('nb').info('three')", notebook_id="m").stdout == (
        "three\n"
    )
    run("log.handlers.clear()")


def test_the_streams_behave_as_jupyter_s(run: Run) -> None:
    """What code asks a standard stream has Jupyter's answer."""
    code = (
        "import sys\ns = sys.stdout\n"
        "s.isatty(), s.encoding, s.name, s.closed, s.writable(), s.readable(), s.seekable()"
    )
    assert value(run(code)) == "(False, 'UTF-8', 'stdout', False, True, False, False)"
    assert value(run("sys.stderr.name, s.write('äb'), s.flush()")) == "('stderr', 2, None)"
    assert run("s.writelines(['a', 'b'])").stdout == "ab"
    assert isinstance(value(run("s.fileno()")), str)
    error = run("s.write(5)").error
    assert error is not None
    assert (error.type, error.message) == (
        "TypeError",
        "write() argument must be str, not <class 'int'>",
    )


def test_bytes_written_to_the_buffer_are_text_in_order(run: Run) -> None:
    """`sys.stdout.buffer` takes UTF-8, also cut within a character, and shows what is none."""
    code = (
        "import sys\nb = sys.stdout.buffer\nprint('one')\nb.write('é'.encode()[:1])\n"
        "b.write('é'.encode()[1:]); b.write(b'\\xff'); b.flush(); print('two');"
    )
    assert run(code).stdout == "one\né\\xfftwo\n"


def test_closing_a_stream_leaves_it_open(run: Run) -> None:
    """`sys.stdout.close()` does not silence the cells after it."""
    assert run("import sys; sys.stdout.close(); print('still')").stdout == "still\n"


def test_redirected_text_is_the_user_s(run: Run) -> None:
    """Text printed to something of the user's own does not come out, before and after it does."""
    code = (
        "import contextlib, io\nfile = io.StringIO()\n"
        "with contextlib.redirect_stdout(file): print('in')\nprint('out', file.getvalue())"
    )
    assert run(code).stdout == "out in\n\n"


def test_text_of_late_threads_joins_their_cell(service: ExecutionService, run: Run) -> None:
    """A thread that outlives its cell writes to that cell, not to the one that runs."""
    early = run(
        "import threading\ngo = threading.Event()\n"
        "def work():\n    go.wait(); print('late')\n"
        "thread = threading.Thread(target=work); thread.start(); print('early')"
    )
    other = run("print('other')", notebook_id="m")
    late = run("go.set(); thread.join(); print('next')")
    assert (early.stdout, other.stdout, late.stdout) == ("early\n", "other\n", "next\n")
    assert service.result(early.execution_id).stdout == "early\nlate\n"


def test_an_exception_of_a_thread_is_told_in_its_cell(run: Run) -> None:
    """What ends a thread stands in the stderr of its cell, with the cell's own lines."""
    result = run(
        "import sys, threading\ndef work(): 1 / 0\n"
        "for target in (sys.exit, work):\n"
        "    thread = threading.Thread(target=target, name='worker')\n"
        "    thread.start(); thread.join()",
        cell_id="c7",
    )
    assert result.status == "ok"
    assert result.stderr.startswith("Exception in thread worker:\nTraceback")
    assert "Cell c7, line 2, in work" in result.stderr
    assert "nbengine" not in result.stderr


def test_a_cell_s_own_hook_for_threads_is_called(run: Run) -> None:
    """A `threading.excepthook` that a cell sets is asked instead."""
    code = (
        "import threading\nbefore = threading.excepthook\n"
        "def mine(args): print('mine:', args.exc_value)\n"
        "threading.excepthook = mine\n"
        "thread = threading.Thread(target=lambda: 1 / 0); thread.start(); thread.join()\n"
        "threading.excepthook = before"
    )
    result = run(code)
    assert (result.stdout, result.stderr) == ("mine: division by zero\n", "")


@pytest.mark.parametrize(
    "written, shown",
    [
        ("print('10%\\r20%\\r30%')", "30%\n"),
        ("print('abc\\b\\bX')", "aXc\n"),
        ("import time\nfor i in range(3): print(f'\\r{i}', end='', flush=True)", "2"),
    ],
)
def test_text_is_folded_as_a_terminal_would(written: str, shown: str, run: Run) -> None:
    """Carriage returns and backspaces are carried out."""
    assert run(written).stdout == shown


def test_a_progress_bar_ends_as_one_line(run: Run) -> None:
    """Each tqdm bar shows its last state once, lines written meanwhile stand whole above it."""
    bar = run("from tqdm import tqdm\nfor i in tqdm(range(9), mininterval=0): pass")
    assert bar.stderr.count("\n") == 1
    assert bar.stderr.startswith("100%")
    mixed = run("for i in tqdm(range(3), mininterval=0): tqdm.write(f'line {i}')")
    assert kinds(mixed) == ["stdout", "stderr"]
    assert mixed.stdout == "line 0\nline 1\nline 2\n"
    assert mixed.stderr.startswith("100%")
    inner = (
        "for i in tqdm(range(2), mininterval=0):\n"
        "    for j in tqdm(range(4), leave=False, mininterval=0): pass"
    )
    lines = run(inner).stderr.splitlines()
    assert [line[:4] for line in lines] == ["100%"]


def test_rich_shows_as_in_jupyter(run: Run) -> None:
    """Rich sees a notebook: what it prints is HTML with its plain text."""
    result = run("import rich\nrich.print('[bold]x[/bold]')")
    (output,) = result.outputs
    assert isinstance(output, DisplayData)
    assert "font-weight: bold" in str(output.data["text/html"])
    assert "x" in str(output.data["text/plain"])


def test_a_long_stream_is_cut_visibly_and_kept_whole(service: ExecutionService, run: Run) -> None:
    """The middle is left out in the result, and the artifact has every byte."""
    result = run("for i in range(400_000): print(i)")
    (cut,) = result.cuts
    whole = "".join(f"{number}\n" for number in range(400_000))
    assert (cut.what, cut.kept, cut.total) == ("stdout", 1_000_000, len(whole))
    assert f"{cut.total - cut.kept:,} characters of stdout left out" in result.stdout
    assert cut.artifact is not None
    assert cut.artifact in result.stdout
    assert (service.artifacts_dir("n") / cut.artifact).read_text() == whole


def test_each_stream_has_a_limit_of_its_own(run: Run) -> None:
    """A flood on stdout leaves stderr whole."""
    result = run("import sys\nprint('x' * 2_000_000)\nprint('y' * 900_000, file=sys.stderr)")
    assert [cut.what for cut in result.cuts] == ["stdout"]
    assert result.stderr == "y" * 900_000 + "\n"


def test_streams_that_alternate_are_bounded(service: ExecutionService, run: Run) -> None:
    """So many turns between the streams are cut visibly; both files have all of it."""
    code = "import sys\nfor i in range(50_000):\n    print(i); print(i, file=sys.stderr)"
    result = run(code)
    assert len(result.outputs) <= service.settings.output_count_limit + 1
    assert "characters of stdout left out" in str(result.outputs[-1])
    whole = "".join(f"{number}\n" for number in range(50_000))
    for cut in result.cuts:
        assert cut.artifact is not None
        assert (service.artifacts_dir("n") / cut.artifact).read_text() == whole
    assert {cut.what for cut in result.cuts} == {"stdout"}


def test_memory_of_endless_text_is_bounded(run: Run) -> None:
    """A hundred megabytes of text go through in a few."""
    run("pass")
    tracemalloc.start()
    try:
        run("line = 'x' * 999\nfor _ in range(100_000): print(line)")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 40_000_000


def test_displays_have_limits(run: Run) -> None:
    """Displays beyond the limit are left out, and the result says how many."""
    result = run("for i in range(10_005): display(i)")
    assert [cut.model_dump() for cut in result.cuts] == [
        {"what": "display", "kept": 10_000, "total": 10_005, "artifact": None}
    ]
    assert "5 more outputs left out" in str(result.outputs[-1])


def test_a_disk_that_refuses_the_artifact_never_breaks_the_cell(
    service: ExecutionService, run: Run
) -> None:
    """Without a file the result is cut just the same and names none."""
    folder: Path = service.artifacts_dir("n")
    folder.parent.mkdir(parents=True)
    folder.write_text("in the way")
    result = run("print('x' * 2_000_000)\nprint('after')")
    assert result.status == "ok"
    assert result.stdout.endswith("after\n")
    assert [cut.artifact for cut in result.cuts] == [None]


def test_surrogates_and_odd_strings(run: Run) -> None:
    """Lone surrogates come out as escapes, subclasses of `str` as their text."""
    assert run("print('\\ud800 é 日')").stdout == "\\ud800 é 日\n"
    assert run("class S(str): pass\nimport sys; sys.stdout.write(S('sub'));").stdout == "sub"


def test_reading_finds_nobody(run: Run) -> None:
    """There is nobody to type: what reads `sys.stdin` finds its end."""
    assert value(run("import sys; sys.stdin.read()")) == "''"


def test_warnings_are_in_stderr_and_in_the_result(run: Run) -> None:
    """A warning is shown once with the cell's line and listed with its count."""
    result = run("import warnings\nfor _ in range(3): warnings.warn('look')", cell_id="c4")
    assert result.stderr == (
        "Cell c4:2: UserWarning: look\n  for _ in range(3): warnings.warn('look')\n"
    )
    (warning,) = result.warnings
    assert (warning.kind, warning.category, warning.message) == ("python", "UserWarning", "look")
    assert (warning.line, warning.count) == (2, 3)
