"""`os.system` in cells and outside of them."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from nbengine import ExecutionService
from nbengine.models.events import OutputEvent, TextWritten
from tests.conftest import Run, until
from tests.runtime.ipython.cells import value

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere it is the system's own")


@pytest.mark.parametrize(
    "command, status",
    [
        ("'true'", 0),
        ("'exit 3'", 3 << 8),
        ("b'exit 3'", 3 << 8),
        ("'kill -KILL $$'", signal.SIGKILL),
        ("'surely-no-such-command 2> /dev/null'", 127 << 8),
    ],
)
def test_the_wait_status_is_the_systems(command: str, status: int, run: Run) -> None:
    """The same in a cell and outside of it."""
    assert value(run(f"import os\nos.system({command})")) == str(int(status))
    assert os.system(eval(command)) == status


def test_it_finds_the_place_of_its_cell(tmp_path: Path) -> None:
    """Folder and environment; what it writes comes through the descriptors, as it comes."""
    seen = tmp_path / "seen"

    def listen(event: OutputEvent) -> None:
        if isinstance(event, TextWritten) and "blue" in event.text:
            seen.touch()

    code = (
        f"import os\nos.chdir({str(tmp_path)!r})\nos.environ['COLOUR_OF_DAY'] = 'blue'\n"
        "os.system('echo $COLOUR_OF_DAY $PAGER; while [ ! -e seen ]; do sleep 0.01; done; pwd -P');"
    )
    with ExecutionService(own_descriptors=True) as service:
        result = service.execute_code(code, "c", "n", on_output=listen)
    assert result.stdout == f"blue cat\n{tmp_path.resolve()}\n"


def test_what_it_leaves_in_the_background_goes_on() -> None:
    """As everywhere; a command of `!` would be hung up."""
    with ExecutionService(own_descriptors=True) as service:
        code = "import os\nos.system('sleep 1000 > /dev/null 2>&1 & echo $!');"
        process = psutil.Process(int(service.execute_code(code, "c", "n").stdout))
        try:
            assert service.execute_code("1", "c", "n").status == "ok"
            assert process.is_running()
        finally:
            process.kill()


def test_a_cell_that_catches_the_interrupt_can_clean_up(service: ExecutionService) -> None:
    """With another command, which runs to its end."""
    code = (
        "import os\ntry: os.system('sleep 1000')\n"
        "except KeyboardInterrupt: status = os.system('sleep 0.2; exit 3')"
    )
    assert service.execute_code(code, "c", "n", timeout=0.3).status == "timeout"
    assert service.notebook_globals["n"]["status"] == 3 << 8


def test_it_is_ended_in_a_thread_of_a_cell(service: ExecutionService) -> None:
    """With the cell that has started the thread."""
    code = (
        "import os\nfrom threading import Thread\n"
        "t = Thread(target=os.system, args=['sleep 1000'])\nt.start(); t.join()"
    )
    assert service.execute_code(code, "c", "n", timeout=0.3).status == "timeout"
    until(lambda: not service.notebook_globals["n"]["t"].is_alive())


def test_it_is_pickled_by_its_name(run: Run) -> None:
    """As the system's is, so that other processes may call it."""
    run("1")
    assert pickle.loads(pickle.dumps(os.system)) is os.system
    call = "import pickle, sys; pickle.load(sys.stdin.buffer)('exit 0')"
    subprocess.run([sys.executable, "-c", call], input=pickle.dumps(os.system), check=True)
