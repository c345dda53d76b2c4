"""Limits of a worker and of a cell: whoever exceeds one is told which, and how it is set."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nbengine.engines.process import ProcessEngine
from nbengine.errors import StorageError
from nbengine.models.events import OutputEvent, OutputShown
from nbengine.models.outputs import ErrorOutput
from nbengine.settings import Settings
from tests.engines.conformance import Notebook

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux")

MIB = 2**20
LIMITS: dict[str, Any] = {
    "worker_count": 2,
    "spare_workers": 0,
    "interrupt_grace": 0.3,
    "memory_limit": 512 * MIB,
    "file_size_limit": 2 * MIB,
    "disk_limit": 8 * MIB,
    "process_limit": 24,
    "open_file_limit": 80,
    "stream_limit": 1_000,
    "display_limit": 1_000,
}
REFUSED = {
    "memory": ("held = bytearray(2**30)", "536,870,912 bytes (setting `memory_limit`)"),
    "a long file": (
        "open('f', 'wb').write(b'x' * 2**22)",
        "2,097,152 bytes for one file (setting `file_size_limit`)",
    ),
    "open files": (
        "held = [open('/dev/null') for _ in range(200)]",
        "80 open files (setting `open_file_limit`)",
    ),
    "processes": (
        "import subprocess\nheld = [subprocess.Popen(['sleep', '600']) for _ in range(50)]",
        "24 processes and threads (setting `process_limit`)",
    ),
    "threads": (
        (
            "import threading\ngo = threading.Event()\nfor _ in range(50):\n"
            "    threading.Thread(target=go.wait, daemon=True).start()"
        ),
        "24 processes and threads (setting `process_limit`)",
    ),
    "the network": ("import socket\nsocket.socket()", "the network (setting `allow_network`)"),
    "files of others": ("open('/usr/x', 'w')", "setting `input_folders`"),
}
"""Cells that are refused something, and what they are told."""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    """An engine with little of everything."""
    folder = tmp_path_factory.mktemp("limited")
    with ProcessEngine(workspace_dir=folder, key_file=folder / "key", **LIMITS) as engine:
        yield engine


@pytest.fixture(scope="module")
def timed_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessEngine]:
    """An engine with little processor time for a cell."""
    folder = tmp_path_factory.mktemp("timed")
    with ProcessEngine(
        workspace_dir=folder,
        key_file=folder / "key",
        spare_workers=0,
        interrupt_grace=0.3,
        cell_cpu_limit=1.0,
    ) as engine:
        yield engine


@pytest.fixture
def timed(timed_engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook of it, whose worker ends with the test."""
    notebook = Notebook(timed_engine)
    yield notebook
    timed_engine.hibernate(notebook.id)


@pytest.fixture
def notebook(engine: ProcessEngine) -> Iterator[Notebook]:
    """A fresh notebook, whose worker ends with the test."""
    notebook = Notebook(engine)
    yield notebook
    engine.hibernate(notebook.id)


def data_of(notebook: Notebook) -> Path:
    """Its folder of data."""
    assert isinstance(notebook.engine, ProcessEngine)
    return notebook.engine.settings.workspace_dir / notebook.id / "data"


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_names_its_setting(notebook: Notebook, name: str) -> None:
    """The cell fails where it asked, its traceback says why, and the notebook goes on."""
    code, told = REFUSED[name]
    result = notebook(code)
    assert result.status == "error"
    assert result.error is not None
    assert told in result.error.traceback
    assert notebook("held = go = None\n1 + 1").status == "ok"


def test_processes_that_are_not_allowed() -> None:
    """The sentence names the setting that would allow them."""
    with ProcessEngine(spare_workers=0, allow_processes=False) as engine:
        result = Notebook(engine)("import subprocess\nsubprocess.run(['true'])")
    assert result.error is not None
    assert "processes (setting `allow_processes`)" in result.error.traceback


@pytest.mark.parametrize(
    "code, killed",
    [
        ("while True: pass", False),
        ("sum(range(10**12))", True),
        (("import threading\nfor _ in range(2):\n    threading.Thread(target=sum, args=[range("
         "10**12)], daemon=True).start()\nimport time; time.sleep(600)"), True),
    ],
    ids=["Python", "C", "threads"],
)  # fmt: skip
def test_processor_time_of_a_cell(timed: Notebook, code: str, killed: bool) -> None:
    """It ends as if it had met a timeout; one that heeds nothing takes its worker with it."""
    timed("x = 1")
    events: list[OutputEvent] = []
    result = timed(f"print('shown')\ndisplay(1)\n{code}", on_output=events.append)
    assert (result.status, result.stdout) == ("timeout", "shown\n")
    assert result.error is not None
    assert result.error.type == "TimeoutError"
    told = "Execution used up its limit of 1 s of processor time (setting `cell_cpu_limit`)"
    assert result.error.message.startswith(told)
    assert ("its worker was killed" in result.error.message) == killed
    errors = [
        event.output
        for event in events
        if isinstance(event, OutputShown) and isinstance(event.output, ErrorOutput)
    ]
    assert errors == [result.outputs[-1]]
    assert timed.value("x") == "1"


def test_processor_time_begins_anew_with_each_cell(timed: Notebook) -> None:
    """Cells that wait, or take a little each, take nothing from those that follow."""
    burn = "import time\nbegan = time.process_time()\nwhile time.process_time() < began + 0.4: pass"
    for _ in range(4):
        assert timed(burn).status == "ok"
    assert timed("time.sleep(1.5)").status == "ok"


def test_output_is_cut(notebook: Notebook) -> None:
    """The result says what of it is left out."""
    result = notebook("print('x' * 10_000)\ndisplay({'text/html': 'y' * 10_000}, raw=True)")
    assert {cut.what for cut in result.cuts} >= {"stdout"}
    assert len(result.stdout) < 2_000
    assert len(result.model_dump_json()) < 20_000


# ---------------------------------------------------- the disk


FILL = "for i in range(8):\n    with open(f'f{i}', 'wb') as f: f.write(b'x' * 1_500_000)"


def test_too_much_on_the_disk(notebook: Notebook) -> None:
    """The next cell that may write is refused, one that only reads is not."""
    assert notebook(FILL).status == "ok"
    with pytest.raises(StorageError, match=r"limit of 8,388,608 bytes .*`disk_limit`.*read_only"):
        notebook("1 + 1")
    assert notebook("1 + 1", mode="read_only").status == "ok"
    for file in data_of(notebook).iterdir():
        file.unlink()
    assert notebook("1 + 1").status == "ok"


def test_files_that_are_closed_to_those_who_count(notebook: Notebook) -> None:
    """What cannot be counted is refused, too."""
    deep = "import os\nfor _ in range(300):\n    os.mkdir('d' * 100); os.chdir('d' * 100)"
    assert notebook(f"{deep}\nos.chdir('/')").status == "ok"
    with pytest.raises(StorageError, match="cannot be counted against its limit"):
        notebook("1 + 1")


def test_temporary_files_count(notebook: Notebook) -> None:
    """They go with the worker, and are no way around the limit."""
    notebook(f"import os, tempfile\nos.chdir(tempfile.gettempdir())\n{FILL}")
    with pytest.raises(StorageError, match="disk_limit"):
        notebook("1 + 1")


def test_many_small_files_count(notebook: Notebook) -> None:
    """Each takes up a block, however empty it is."""
    assert notebook("for i in range(3_000): open(f'f{i}', 'w').close()").status == "ok"
    with pytest.raises(StorageError, match="disk_limit"):
        notebook("1 + 1")


def test_a_hole_counts_for_nothing(notebook: Notebook) -> None:
    """A file is as large as what is on the disk of it."""
    notebook("for i in range(9):\n    with open(f'f{i}', 'wb') as f: f.truncate(2_000_000)")
    assert notebook("1 + 1").status == "ok"


def test_links_are_not_followed(notebook: Notebook) -> None:
    """What they lead to is not the notebook's."""
    notebook("import os\nfor i in range(50): os.symlink('/usr', f'l{i}')")
    assert notebook("1 + 1").status == "ok"


def test_without_limits_nothing_is_counted() -> None:
    """By default neither the disk nor a cell's processor time is limited."""
    settings = Settings()
    assert (settings.disk_limit, settings.cell_cpu_limit) == (None, None)


@pytest.mark.parametrize("name", ["idle_timeout", "interrupt_grace", "pickle_seconds"])
def test_without_end(tmp_path: Path, name: str) -> None:
    """Seconds may be infinite: that is how one says never."""
    settings: dict[str, Any] = {"workspace_dir": tmp_path, "key_file": tmp_path / "key"}
    settings[name] = float("inf")
    with ProcessEngine(**settings) as engine:
        assert engine.execute_code("1", "c", "n").status == "ok"
        assert engine.execute_code("2", "c", "n").status == "ok"
