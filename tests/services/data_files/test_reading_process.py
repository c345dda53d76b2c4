from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest

from nbengine.models.files import Contents
from nbengine.services.data_files.reading_process import PATIENCE, ReadingProcess
from nbengine.services.data_files.recognising import recognised
from nbengine.services.data_files.source import Source
from nbengine.services.data_files.stream import FileStream


@pytest.fixture
def process(tmp_path: Path) -> Iterator[ReadingProcess]:
    process = ReadingProcess(tmp_path)
    yield process
    process.close()


def ask(process: ReadingProcess, path: Path, seconds: float = PATIENCE) -> Contents:
    size = path.stat().st_size
    with FileStream(os.open(path, os.O_RDONLY), 0, size) as stream:
        source = Source(stream, path.name, size)
        return process.ask(source, recognised(source), seconds)


@pytest.fixture
def array(tmp_path: Path) -> Path:
    np.save(tmp_path / "a.npy", np.arange(3))
    return tmp_path / "a.npy"


def test_one_process_answers_many_questions_and_ends_when_told(
    process: ReadingProcess, array: Path
) -> None:
    """Threads share it, each gets its own answer; after `close` it is gone, and starts anew."""
    assert process.pid is None
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(process, array), range(12)))
    assert all(answer.tables[0].rows == 3 for answer in answers)
    pid = process.pid
    assert pid is not None
    process.close()
    assert not psutil.pid_exists(pid)
    assert ask(process, array).problem is None
    assert process.pid != pid


def test_a_process_that_was_killed_is_replaced(process: ReadingProcess, array: Path) -> None:
    """Whoever killed it: the next question has its answer."""
    ask(process, array)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    psutil.Process(process.pid).wait(20)
    assert ask(process, array).tables[0].rows == 3


def test_a_process_that_ended_by_itself_is_replaced_unnoticed(
    process: ReadingProcess, array: Path
) -> None:
    """Also if it ends, for want of questions, in the moment of the next one."""
    for _ in range(3):
        ask(process, array)
        assert process._worker is not None
        process._worker._link.shutdown(socket.SHUT_WR)
        assert ask(process, array).problem is None


def test_a_file_that_takes_too_long_costs_one_sentence(
    process: ReadingProcess, array: Path
) -> None:
    """The process is ended, and the answer says that it would have taken longer."""
    problem = ask(process, array, seconds=0.001).problem
    assert problem == "This NumPy array cannot be read: that would take longer than 0.001 seconds."
    assert process.pid is None
    assert ask(process, array).problem is None


def test_it_ends_by_itself_if_nobody_is_there_to_end_it() -> None:
    """A file that it hangs on does not outlive a server that was killed."""
    code = (
        "from nbengine.services.data_files.reading_worker import _ending_after\n"
        "with _ending_after(30): pass\n"
        "with _ending_after(0.1):\n    while True: pass"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGALRM


def test_it_has_none_of_the_servers_secrets(
    process: ReadingProcess, array: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its environment is a list of what it needs; its memory is limited and it writes no file."""
    monkeypatch.setenv("SOME_TOKEN", "secret")
    ask(process, array)
    reader = psutil.Process(process.pid)
    assert "SOME_TOKEN" not in reader.environ()
    assert reader.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert 0 < reader.rlimit(psutil.RLIMIT_DATA)[0] <= 2**31


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines")
def test_it_is_confined_as_a_cell_that_only_reads_is(process: ReadingProcess, array: Path) -> None:
    """A file that takes over its reader finds itself without any privilege."""
    ask(process, array)
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status


def test_no_descriptor_of_the_server_is_inherited(process: ReadingProcess, array: Path) -> None:
    """It has its socket and the file that it reads, for as long as it reads it."""
    with array.open("rb"):
        ask(process, array)
        reader = psutil.Process(process.pid)
        assert str(array) not in [file.path for file in reader.open_files()]
