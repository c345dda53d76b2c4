"""What C code and child processes write through descriptors 1 and 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Timer

import pytest

from nbengine import ExecutionService
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.runtime.descriptors import Descriptors, pipe_reader
from tests.conftest import until
from tests.descriptors import NEED_PROC, opened


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ExecutionService]:
    """A service that owns the descriptors."""
    with ExecutionService(workspace_dir=tmp_path, own_descriptors=True) as service:
        yield service


def test_child_processes_and_prints_keep_their_order(service: ExecutionService) -> None:
    """What `os.system` writes stands between the prints around it."""
    code = "import os\nprint('one')\nos.system('echo two; echo aside >&2')\nprint('three')"
    result = service.execute_code(code, "c1", "n")
    assert result.stdout == "one\ntwo\nthree\n"
    assert result.stderr == "aside\n"


def test_displays_keep_their_place_among_what_children_write(service: ExecutionService) -> None:
    """A display comes after what was written before it, and nothing of that is taken away later."""
    code = "import os\nfor n in range(50):\n    os.write(1, b'-')\n    display(n)\n"
    kinds = [output.output_type for output in service.execute_code(code, "c1", "n").outputs]
    assert kinds == ["stream", "display_data"] * 50
    cleared = "from IPython.display import clear_output\nos.write(1, b'-')\nclear_output()"
    assert service.execute_code(cleared, "c2", "n").outputs == []


def test_what_the_reader_has_in_hand_is_waited_for() -> None:
    """After draining, also what another thread was about to hand over is with the writer."""
    in_hand, go_on, order = Event(), Event(), []

    class Writer:
        def receive(self, name: str, text: str) -> None:
            in_hand.set()
            go_on.wait()
            order.append(text)

    pipes = Descriptors(pipe_reader())
    pipes.enter(Writer())
    try:
        os.write(1, b"before")
        in_hand.wait()
        Timer(0.1, go_on.set).start()
        pipes.drain()
        order.append("after")
    finally:
        go_on.set()
        pipes.leave()
        pipes.close()
    assert order == ["before", "after"]


def test_two_threads_may_drain_at_once() -> None:
    """As a caller does whose cell has ended while the next one runs."""
    pipes = Descriptors(pipe_reader())

    def drain_often() -> None:
        for _ in range(5_000):
            pipes.drain()

    try:
        with ThreadPoolExecutor(4) as threads:
            done = [threads.submit(drain_often) for _ in range(4)]
        assert [each.exception() for each in done] == [None] * 4
    finally:
        pipes.close()


def test_the_host_gets_its_folder_back_whatever_becomes_of_the_pipes(
    service: ExecutionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of theirs at the end of a cell is the caller's to hear, and leaves nothing behind."""
    service.execute_code("1", "c0", "n")
    here = Path.cwd()

    def fail(_pipes: Descriptors) -> None:
        raise OSError("a pipe is gone")

    with monkeypatch.context() as patch:
        patch.setattr(Descriptors, "drain", fail)
        with pytest.raises(OSError, match="a pipe is gone"):
            service.execute_code("1", "c1", "n")
        assert Path.cwd() == here


def test_buffered_output_of_c_code_belongs_to_its_cell(service: ExecutionService) -> None:
    """Text in C's own buffers comes out before the next print, and at the end of the cell."""
    code = "import ctypes\nc = ctypes.CDLL(None)\nc.printf(b'from C, ')\nprint('from Python')"
    assert service.execute_code(code, "c1", "n").stdout == "from C, from Python\n"
    assert service.execute_code("c.printf(b'last');", "c2", "n").stdout == "last"


def test_a_child_may_write_more_than_a_pipe_holds(service: ExecutionService) -> None:
    """A child that writes much does not wait for a reader."""
    code = (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(\"x\" * 900_000)']);"
    )
    result = service.execute_code(code, "c1", "n")
    assert result.stdout == "x" * 900_000 + "\n"


def test_output_of_a_child_is_announced_while_it_runs(service: ExecutionService) -> None:
    """The listener hears of the first line before the child writes the second."""
    heard: list[str] = []
    go_on = service.settings.workspace_dir / "go-on"

    def listen(event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            heard.append(event.text)
            go_on.touch()

    script = f"echo one; while [ ! -e {go_on} ]; do sleep 0.01; done; echo two"
    code = f"import os\nos.system('{script}');"
    result = service.execute_code(code, "c1", "n", on_output=listen, timeout=20)
    assert (result.status, "".join(heard)) == ("ok", "one\ntwo\n")


def test_a_child_that_outlives_its_cell_never_writes_to_another_notebook(
    service: ExecutionService, tmp_path: Path
) -> None:
    """Late output of a child reaches the notebook that started it, whichever cell runs."""
    flag = tmp_path / "flag"
    script = f"while [ ! -e {flag} ]; do sleep 0.01; done; echo late"
    code = f"import subprocess\nchild = subprocess.Popen('{script}', shell=True)"
    first = service.execute_code(code, "c1", "one")
    other = service.execute_code(f"open({str(flag)!r}, 'w').close()", "c1", "two")
    until(lambda: service.result(first.execution_id).stdout == "late\n")
    assert service.result(other.execution_id).stdout == ""
    service.execute_code("child.wait();", "c2", "one")


def test_undecodable_bytes_come_out_as_escapes(service: ExecutionService) -> None:
    """Bytes that are no UTF-8 are shown as what they are."""
    result = service.execute_code(r"import os; os.write(1, b'\xff\xfeok\n');", "c1", "n")
    assert result.stdout == "\\xff\\xfeok\n"


def test_a_character_may_be_written_in_two_pieces(service: ExecutionService) -> None:
    """However its bytes arrive, it comes out whole."""
    code = "import os\nos.write(1, b'\\xc3')\nprint(end='')\nos.write(1, b'\\xa9\\n');"
    assert service.execute_code(code, "c1", "n").stdout == "é\n"


def test_what_the_host_has_not_flushed_stays_its_own(
    service: ExecutionService, capfd: pytest.CaptureFixture[str]
) -> None:
    """Text that waited in a buffer when the cell began does not come out in the cell."""
    assert sys.__stdout__ is not None
    sys.__stdout__.write("the host's")
    assert service.execute_code("import os; os.system('echo cell');", "c1", "n").stdout == "cell\n"
    assert "the host's" in capfd.readouterr().out


@NEED_PROC
def test_the_host_gets_its_descriptors_back(service: ExecutionService) -> None:
    """Outside of cells the descriptors are those they were before, and none is left open."""
    before = [os.fstat(1).st_ino, os.fstat(2).st_ino]
    service.execute_code("import os", "c1", "n")
    open_before = opened()
    for _ in range(50):
        service.execute_code("os.system('true');", "c1", "n")
    assert [os.fstat(1).st_ino, os.fstat(2).st_ino] == before
    assert opened() <= open_before
