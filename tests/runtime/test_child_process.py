"""Commands of cells: what they write, what they find, and that they end with their cell."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from pathlib import Path
from shlex import quote
from shutil import which
from threading import Event

import psutil
import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.events import OutputEvent, TextWritten
from nbengine.runtime.child_environment import CHILD_ENVIRONMENT
from nbengine.runtime.child_process import output_of, run
from tests.conftest import PATIENCE, Run, until
from tests.descriptors import opened

IMPORT = "from nbengine.runtime.child_process import run, output_of\n"
STUBBORN = "trap '' INT TERM; echo $$; (trap '' INT TERM; sleep 1000) & while :; do sleep 1; done"
ENDLESS = {
    "waits": "echo $$; sleep 1000",
    "waits for two": "echo $$; sleep 1000 | sleep 1000",
    "talks without end": "echo $$; yes",
    "has let go of its output": "echo $$; exec > /dev/null 2>&1; sleep 1000",
    "refuses to end": STUBBORN,
    "has a child in a group of its own": "echo $$; cd . && timeout 1000 sleep 1000; true",
    "has a child in the background": "echo $$; sleep 1000 & wait",
}
"""Commands that only an interrupt ends; each says first which session it leads."""

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="the commands are those of a POSIX shell"
)


class Listener:
    """Knows what a cell has written so far, and reacts to the first of it."""

    def __init__(self, react: Callable[[], object] = lambda: None) -> None:
        self.text = ""
        self.heard = Event()
        self._react = react

    def __call__(self, event: OutputEvent) -> None:
        if isinstance(event, TextWritten):
            self.text += event.text
            if "\n" in self.text and not self.heard.is_set():
                self.heard.set()
                self._react()


def cell(command: str, function: str = "run") -> str:
    """A cell whose result is what the command gives."""
    return f"{IMPORT}{function}({command!r})"


def shown(result: ExecutionResult) -> str:
    """The text of the cell's result."""
    return str(result.outputs[-1].model_dump()["data"]["text/plain"])


def members(session: int) -> list[psutil.Process]:
    """Living processes of a session."""
    return [p for p in psutil.process_iter() if _belongs(p, session)]


def _belongs(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


@pytest.fixture
def leaves_nothing() -> Iterator[None]:
    """After the test as many descriptors are open as before, and no child is unaccounted for."""
    ExecutionService().close()
    before = opened()
    yield
    with suppress(AssertionError):
        until(lambda: opened() <= before)  # threads may yet end
    assert opened() - before == {}
    assert [child for child in psutil.Process().children() if "zombie" in child.status()] == []


def test_both_streams_come_in_order(run: Run) -> None:
    """What a command writes to stdout and stderr is the cell's stdout, in the order of writing."""
    result = run(cell("echo a; echo b >&2; echo c") + ";print('d')")
    assert result.stdout == "a\nb\nc\nd\n"
    assert result.stderr == ""


@pytest.mark.parametrize(
    "first",
    ["echo first", f"{quote(sys.executable)} -c 'import time; print(\"first\"); time.sleep(0.1)'"],
    ids=["of a shell", "of a program that buffers"],
)
def test_output_streams_as_it_comes(run: Run, tmp_path: Path, first: str) -> None:
    """A line is seen while the command still runs, which here it does until the line was seen."""
    seen = tmp_path / "seen"
    command = f"{first}; while [ ! -e {quote(str(seen))} ]; do sleep 0.01; done; echo second"
    listener = Listener(seen.touch)
    assert run(cell(command), on_output=listener).stdout == "first\nsecond\n"


@pytest.mark.parametrize(
    "command, code",
    [
        ("true", 0),
        ("exit 7", 7),
        ("", 0),
        ("kill -KILL $$", -signal.SIGKILL),
        ("sh -c 'kill -TERM $$'; exit $?", -signal.SIGTERM),
        ("exec > /dev/null 2>&1; exit 5", 5),
    ],
)
def test_the_exit_code_is_as_in_ipython(run: Run, command: str, code: int) -> None:
    """That of a signal is negative, also where the shell says 128 + n."""
    assert shown(run(cell(command))) == str(code)


def test_a_missing_command_is_told_by_the_shell(run: Run) -> None:
    """The shell's words are output, its exit code is 127, the cell goes on."""
    result = run(cell("surely-no-such-command"))
    assert "surely-no-such-command" in result.stdout
    assert "not found" in result.stdout
    assert shown(result) == "127"


def test_a_command_sees_a_terminal(run: Run) -> None:
    """Of 80 columns, in colour, without a keyboard and without a pager."""
    result = run(cell("[ -t 1 ] && [ -t 2 ] && stty size <&1; echo $TERM $PAGER $FORCE_COLOR"))
    assert result.stdout == "24 80\nxterm-color cat 1\n"


def test_a_command_that_asks_gets_no_answer(run: Run) -> None:
    """Its stdin is empty, and it has no terminal to open."""
    assert run(cell("read line; echo $?; (: < /dev/tty) 2> /dev/null || echo none")).stdout == (
        "1\nnone\n"
    )


def test_a_command_works_where_its_cell_works(run: Run, tmp_path: Path) -> None:
    """The folder and the environment are those of the cell."""
    code = f"import os; os.chdir({str(tmp_path)!r}); os.environ['COLOUR_OF_DAY'] = 'blue'\n"
    result = run(code + cell("pwd -P; echo $COLOUR_OF_DAY; : > made"))
    assert result.stdout == f"{tmp_path.resolve()}\nblue\n"
    assert (tmp_path / "made").exists()


def test_a_pager_that_the_cell_chose_is_used(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the host's environment says of a terminal does not count, what a cell says does."""
    with monkeypatch.context() as host:
        host.setenv("PAGER", "less")
        CHILD_ENVIRONMENT.remember()
        ours = run(cell("echo $PAGER"))
        chosen = run("import os; os.environ['PAGER'] = 'more'\n" + cell("echo $PAGER"))
    CHILD_ENVIRONMENT.remember()
    assert (ours.stdout, chosen.stdout) == ("cat\n", "more\n")


def test_text_survives_however_it_is_cut(run: Run) -> None:
    """A character that comes in two pieces is one; bytes that are no text are marked."""
    result = run(cell(r"printf '\303'; sleep 0.2; printf '\251|\377|\303'"))
    assert result.stdout == "é|\ufffd|\ufffd"


def test_a_progress_bar_rewrites_its_line(run: Run) -> None:
    """Carriage returns work as they do for prints."""
    assert run(cell(r"printf '10%%\r20%%\r100%%\ndone\n'")).stdout == "100%\ndone\n"


def test_a_command_may_contain_anything_but_nul(run: Run) -> None:
    """Quotes and newlines reach the shell as they are; a NUL is one clear error."""
    assert run(cell('echo "it\'s" \'a "b"\'\necho é\n')).stdout == 'it\'s a "b"\né\n'
    error = run(cell("echo a\0b")).error
    assert error is not None
    assert (error.type, error.message) == (
        "ValueError",
        "A shell command cannot contain a NUL character.",
    )


@pytest.mark.usefixtures("leaves_nothing")
def test_a_command_too_long_for_the_system_is_an_error(run: Run) -> None:
    """It is told, and nothing is left open."""
    error = run(IMPORT + "run('true ' + 'x' * 10_000_000)").error
    assert error is not None
    assert error.type == "OSError"
    run("", notebook_id="n")


def test_a_shell_of_another_kind_is_not_used(run: Run) -> None:
    """`$SHELL` is, if it is one that takes POSIX commands; otherwise the `sh` that is found."""
    code = "import os; os.environ['SHELL'] = {!r}\n" + cell("echo $0")
    assert run(code.format("/bin/false")).stdout == f"{which('sh')}\n"
    assert run(code.format("/bin/bash")).stdout == "/bin/bash\n"


def test_long_output_is_bounded() -> None:
    """The limits of streams hold for commands."""
    with ExecutionService(stream_limit=10_000) as service:
        command = "head -c 20000000 /dev/zero | tr '\\0' '#'; echo; echo end"
        result = service.execute_code(cell(command), "c", "n")
    assert len(result.stdout) < 12_000
    assert result.stdout.endswith("end\n")
    assert [cut.what for cut in result.cuts] == ["stdout"]


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("function", ["run", "output_of"])
def test_the_background_does_not_hold_up_the_cell(run: Run, function: str) -> None:
    """What still holds the output when the shell has ended is hung up, as by a terminal."""
    result = run(cell("echo $$; sleep 1000 & yes > /dev/null & true", function))
    text = result.stdout if function == "run" else shown(result).strip("'").replace("\\n", "")
    assert result.status == "ok"
    until(lambda: members(int(text)) == [])


def test_nohup_lets_a_command_outlive_its_cell(run: Run) -> None:
    """Who asks not to be hung up is not."""
    result = run(cell("nohup sleep 1000 > /dev/null 2>&1 & echo $!; sleep 0.2"))
    process = psutil.Process(int(result.stdout))
    try:
        assert process.is_running()
        assert process.status() != psutil.STATUS_ZOMBIE
    finally:
        process.kill()


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize("timeout", [None, 1000.0], ids=["main thread", "home thread"])
@pytest.mark.parametrize("command", ENDLESS.values(), ids=ENDLESS)
def test_an_interrupt_ends_all_of_a_command(command: str, timeout: float | None) -> None:
    """Whatever it does, and whatever it has started; what it wrote before is kept."""
    with ExecutionService(interrupt_grace=4.0) as service, ThreadPoolExecutor() as pool:
        service.execute_code("", "c", "n")
        listener = Listener()
        stopped = pool.submit(lambda: listener.heard.wait(PATIENCE) and service.interrupt("n"))
        result = service.execute_code(cell(command), "c", "n", timeout=timeout, on_output=listener)
        assert stopped.result()
    assert result.status == "interrupted"
    assert result.error is not None
    assert result.error.type == "KeyboardInterrupt"
    assert members(int(result.stdout.split()[0])) == []


@pytest.mark.usefixtures("leaves_nothing")
def test_a_timeout_ends_a_command(service: ExecutionService) -> None:
    """And the cell with it."""
    result = service.execute_code(cell("echo $$; sleep 1000"), "c", "n", timeout=0.5)
    assert result.status == "timeout"
    assert members(int(result.stdout)) == []


def test_a_command_can_say_its_last_words(callers: ThreadPoolExecutor) -> None:
    """It hears of the interrupt first, and what it writes then is seen."""
    command = "trap 'echo goodbye; exit' INT; echo ready; while :; do sleep 0.01; done"
    with ExecutionService(interrupt_grace=PATIENCE) as service:
        listener = Listener(lambda: callers.submit(service.interrupt, "n"))
        result = service.execute_code(cell(command), "c", "n", on_output=listener)
    assert result.stdout == "ready\ngoodbye\n"


def test_a_cell_that_catches_the_interrupt_can_clean_up() -> None:
    """With another command, which runs to its end."""
    code = f"{IMPORT}try: run('sleep 1000')\nexcept KeyboardInterrupt: run('sleep 0.2; echo done')"
    with ExecutionService(interrupt_grace=PATIENCE) as service:
        assert service.execute_code(code, "c", "n", timeout=0.3).stdout == "done\n"


@pytest.mark.usefixtures("leaves_nothing")
def test_commands_in_threads_belong_to_their_cell(service: ExecutionService) -> None:
    """What they write is its output, and they end when it is interrupted."""
    code = IMPORT + (
        "from threading import Thread\n"
        "threads = [Thread(target=run, args=['echo $$; sleep 1000']) for _ in range(2)]\n"
        "for t in threads: t.start()\nfor t in threads: t.join()"
    )
    result = service.execute_code(code, "c", "n", timeout=1.0)
    sessions = [int(line) for line in result.stdout.split()]
    assert len(sessions) == 2
    until(lambda: [members(session) for session in sessions] == [[], []])
    for thread in service.notebook_globals["n"]["threads"]:
        thread.join(PATIENCE)


def test_commands_of_two_notebooks_do_not_mix(service: ExecutionService) -> None:
    """Each writes to the cell that started it, also while a cell of the other runs."""
    code = IMPORT + (
        "from threading import Thread\n"
        "t = Thread(target=run, args=['for i in 1 2 3 4 5; do echo {0}; sleep 0.02; done'])\n"
        "t.start()\nrun('for i in 1 2 3 4 5; do echo {0}; sleep 0.01; done')"
    )
    results = [service.execute_code(code.format(name), "c", name) for name in ("one", "two")]
    for name in ("one", "two"):
        service.notebook_globals[name]["t"].join(PATIENCE)
    texts = [service.result(result.execution_id).stdout for result in results]
    assert texts == ["one\n" * 10, "two\n" * 10]


def test_output_of_a_command_is_text(run: Run) -> None:
    """Both streams in order, as written for another program, and nothing is shown."""
    result = run(cell("[ -t 1 ] || echo piped; echo é >&2; printf 'a\\r\\nb\\377'", "output_of"))
    assert shown(result) == repr("piped\né\na\r\nb\ufffd")
    assert result.stdout == ""


@pytest.mark.usefixtures("leaves_nothing")
def test_a_stream_that_fails_ends_the_command(run: Run) -> None:
    """The error of the cell's own `sys.stdout` is the cell's, and the command does not run on."""
    code = (
        "import sys, io\nclass Full(io.StringIO):\n    def write(self, text):\n"
        "        seen.append(text)\n        raise OSError('full')\n"
        "seen = []\nbefore, sys.stdout = sys.stdout, Full()\n"
        "try:\n    run('echo $$; sleep 1000')\nfinally:\n    sys.stdout = before\n    print(*seen)"
    )
    result = run(IMPORT + code)
    assert result.error is not None
    assert result.error.message == "full"
    assert members(int(result.stdout)) == []


def test_a_redirected_stdout_gets_the_output(run: Run) -> None:
    """What a cell has put in the place of `sys.stdout` is written to."""
    code = "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()) as f: "
    result = run(IMPORT + code + "run('echo a')\nf.getvalue()")
    assert shown(result) == repr("a\n")
    assert result.stdout == ""


def test_many_commands_leave_nothing_open(run: Run) -> None:
    """Neither a descriptor nor a child."""
    code = IMPORT + "for _ in range(20): run('true'); output_of('true')"
    run(code)
    before = opened()
    assert run(code).status == "ok"
    assert opened() <= before


def test_commands_run_outside_of_cells_too() -> None:
    """There they write to the host's stdout."""
    with redirect_stdout(io.StringIO()) as written:
        assert run("echo a; exit 3") == 3
    assert written.getvalue() == "a\n"
    assert output_of("echo b") == "b\n"


def test_without_stdout_a_command_still_runs() -> None:
    """A program without a console has none."""
    code = "import sys; sys.stdout = None\n" + IMPORT + "sys.exit(run('echo a; exit 3'))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3
