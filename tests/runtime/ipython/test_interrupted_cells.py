"""An interrupt or a timeout ends a cell with everything that it has started."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import psutil
import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.runtime.ipython.shell import ZMQInteractiveShell
from tests.conftest import PATIENCE, until
from tests.runtime.ipython.cells import bridge, kernel, value
from tests.runtime.ipython.processes import STUBBORN, Listener, leaving_nothing

ENDLESS = {
    "a command": "!echo $$; sleep 1000",
    "a command of a name": "!echo $$; exec sh -c 'sleep 1000; true'",
    "the output of a command": "print(get_ipython().getoutput('echo $$'))\nx = !sleep 1000",
    "%sx": "print('-')\n%sx sleep 1000",
    "%%bash": "%%bash\necho $$\nsleep 1000",
    "%%sh with children": "%%sh\necho $$\nsleep 1000 | sleep 1000 & sleep 1000",
    "%%script": "%%script python3 -u\nimport os, time\nprint(os.getpid())\ntime.sleep(1000)",
    "one that refuses to end": f"%%bash\n{STUBBORN}",
    "one whose output is kept": (
        "print('-')\nget_ipython().run_cell_magic('sh', '--out x', 'yes | head -99999; sleep 1000')"
    ),
    "one with children in groups of their own": "%%bash\nset -m; echo $$\nsleep 1000 & sleep 1000",
    "one whose leader ends at once": "%%bash\necho $$\n(trap '' INT TERM; sleep 1000) & sleep 1000",
    "os.system": "import os\nprint('-')\nos.system('sleep 1000')",
    "a timed sleep": "print('-')\nimport time\n%time time.sleep(1000)",
    "a timed loop": "%%time\nprint('-')\nwhile True: pass",
    "many runs": "print('-')\n%timeit -n 1000000000 pass",
    "a profile": "print('-')\n%prun while True: pass",
    "a script file": "%run loops.py",
}
"""Cells that only an interrupt ends; each writes a line before it waits."""

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="the scripts are those of a POSIX shell"),
    pytest.mark.usefixtures("mark"),
]


def interrupted(service: ExecutionService, code: str, timeout: float | None) -> ExecutionResult:
    """The result of a cell that is interrupted once it has written a line."""
    listener = Listener()
    with ThreadPoolExecutor() as pool:
        stopped = pool.submit(lambda: listener.heard.wait(PATIENCE) and service.interrupt("n"))
        result = service.execute_code(code, "c", "n", timeout=timeout, on_output=listener)
        assert stopped.result()
    return result


@pytest.mark.parametrize("timeout", [None, 1000.0], ids=["main thread", "home thread"])
@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS)
def test_an_interrupt_ends_all_of_a_cell(code: str, timeout: float | None) -> None:
    """Whatever it waits for, and whatever that has started; the next cell is fine."""
    with ExecutionService(interrupt_grace=4.0) as service:
        service.execute_code("%%bash\ntrue", "c", "n")
        service.execute_code("%%writefile loops.py\nprint('-')\nwhile True: pass", "c", "n")
        with leaving_nothing():
            assert interrupted(service, code, timeout).status == "interrupted"
        assert service.execute_code("%%bash\necho fine", "c", "n").stdout == "fine\n"


@pytest.mark.parametrize(
    "code",
    [
        "!sleep 1000",
        "%%bash\nsleep 1000 & sleep 1000",
        "import os; os.system('sleep 1000')",
        "x = !sleep 1000",
        "import time\n%time time.sleep(1000)",
    ],
)
def test_a_timeout_ends_all_of_a_cell(code: str, warm: ExecutionService) -> None:
    """As an interrupt does."""
    with leaving_nothing():
        assert warm.execute_code(code, "c", "n", timeout=0.3).status == "timeout"
    assert warm.execute_code("!echo fine", "c", "n").stdout == "fine\n"


def test_a_shell_is_made_whole(
    service: ExecutionService, callers: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupt that comes while IPython makes it is raised once it is there."""
    making, make_history = Event(), ZMQInteractiveShell.init_history

    def is_stopped() -> bool:
        execution = kernel(service).running
        return execution is not None and execution.gate.reason is not None

    def make_late(shell: ZMQInteractiveShell) -> None:
        making.set()
        until(is_stopped)
        make_history(shell)

    monkeypatch.setattr(ZMQInteractiveShell, "init_history", make_late)
    cell = callers.submit(service.execute_code, "%who", "c", "n")
    assert making.wait(PATIENCE)
    assert service.interrupt("n")
    assert cell.result().status == "interrupted"
    assert bridge(service).made is not None


def test_an_interrupt_is_not_held_up_by_a_daemon(service: ExecutionService) -> None:
    """Who has left the session on purpose keeps the output open, but nobody waits for it."""
    result = interrupted(service, "%%bash\nsetsid sleep 1000 &\necho $!\nsleep 1000", None)
    daemon = psutil.Process(int(result.stdout))
    try:
        assert result.status == "interrupted"
        assert daemon.is_running()
    finally:
        daemon.kill()


def test_a_script_can_say_its_last_words() -> None:
    """It hears of the interrupt first, and what it writes then is seen."""
    script = "%%bash\ntrap 'echo goodbye; exit' INT\necho ready\nwhile :; do sleep 0.01; done"
    with ExecutionService(interrupt_grace=PATIENCE) as service:
        assert interrupted(service, script, None).stdout == "ready\ngoodbye\n"


def test_last_words_are_read_however_late(service: ExecutionService) -> None:
    """Whoever reads them may be held up until the script is gone for long."""
    service.execute_code("%%bash\ntrue", "c", "n")
    shell = bridge(service).made
    assert shell is not None
    loop = shell.magics_manager.registry["ScriptMagics"].event_loop
    script = "%%bash\ntrap 'echo goodbye; exit' INT\necho ready\nwhile :; do sleep 0.01; done"
    listener = Listener(lambda: loop.call_soon_threadsafe(time.sleep, 0.5))
    with ThreadPoolExecutor() as pool:
        stopped = pool.submit(lambda: listener.heard.wait(PATIENCE) and service.interrupt("n"))
        result = service.execute_code(script, "c", "n", on_output=listener)
        assert stopped.result()
    assert result.stdout == "ready\ngoodbye\n"


def test_a_profile_is_taken_after_an_interrupt(service: ExecutionService) -> None:
    """An interrupt that was raised in a thread leaves nothing on which a profiler would wait."""
    assert service.execute_code("while True: pass", "c", "n", timeout=0.2).status == "timeout"
    assert service.execute_code("%prun -q pass", "c", "n", timeout=PATIENCE).status == "ok"


LAZY = """
%%writefile lazy.py
import signal
signal.raise_signal(signal.SIGINT)
from IPython.core.magic import Magics, line_magic, magics_class
@magics_class
class Lazy(Magics):
    @line_magic
    def mine(self, line): return line
"""


def test_an_interrupt_waits_until_a_magic_is_loaded(service: ExecutionService) -> None:
    """The first use is interrupted; the magic is whole, and works from then on."""
    service.execute_code(LAZY.lstrip(), "c", "n")
    declare = "get_ipython().magics_manager.register_lazy('mine', 'lazy:Lazy', 'line')"
    service.execute_code(declare, "c", "n")
    assert service.execute_code("%mine here", "c", "n").status == "interrupted"
    assert value(service.execute_code("%mine here", "c", "n")) == "'here'"
