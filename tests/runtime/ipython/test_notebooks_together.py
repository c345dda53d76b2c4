"""Several notebooks in one process: what one does with its shell means nothing to the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from nbengine import ExecutionResult, ExecutionService
from tests.conftest import PATIENCE, Run
from tests.runtime.ipython.cells import displayed, refusal, value

ROUNDS = 4
TALK = """
import asyncio, os, threading
ip = get_ipython()
seen = []
def look(): seen.append((get_ipython() is ip, ip.ev('who'), *ip.run_line_magic('who_ls', 'float')))
{who}_number = {number} / 3
%precision {number}
%mkdir -p {who}
%cd -q {who}
x = !echo {who} in a list
!echo {who} by a command
helper = threading.Thread(target=look); helper.start(); helper.join()
async def task():
    await asyncio.sleep(0.01)
    look()
await asyncio.gather(task(), task())
get_ipython().run_line_magic('set_env', 'WHO_AM_I={who}')
mine = %env WHO_AM_I
print(x, seen, mine, os.path.basename(os.getcwd()))
%cd -q ..
"""
CAPTURE = """%%capture kept
import time
print(who, 'kept')
display(who)
!echo {who} kept, too
time.sleep(0.01)
"""
SHOW = """
from IPython.display import HTML, display
%time pass
handle = display(HTML(f'<b>{{who}}</b>'), display_id='same')
time.sleep(0.01)
handle.update(HTML(f'<i>{{who}}</i>'))
{number} / 3
"""
FAIL = """
import time
print(who, 'before')
time.sleep(0.01)
%run {who}.py
"""


def test_three_notebooks_on_threads_mix_nothing(service: ExecutionService) -> None:
    """Magics, commands, folders, environments, displays and errors are each notebook's own."""
    start = Barrier(3)

    def play(number: int) -> None:
        who = f"notebook{number}"

        def run(code: str) -> ExecutionResult:
            return service.execute_code(code.format(who=who, number=number), "c", who)

        run("who = '{who}'")
        start.wait(PATIENCE)
        for _ in range(ROUNDS):
            _check_talk(run(TALK), who)
            captured = run(CAPTURE)
            assert (captured.stdout, captured.outputs) == ("", [])
            kept = value(run("kept.stdout, kept.outputs[0].data['text/plain']"))
            assert kept == str((f"{who} kept\n{who} kept, too\n", repr(who)))
            shown = run(SHOW)
            assert [bundle["text/html"] for bundle in displayed(shown)] == [f"<i>{who}</i>"]
            assert value(shown) == f"{number / 3:.{number}f}"
            failed = run(FAIL)
            assert failed.stdout == f"{who} before\n"
            assert refusal(failed) == f"Exception: File `'{who}.py'` not found."

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(play, (1, 2, 3)))


def _check_talk(result: ExecutionResult, who: str) -> None:
    assert result.error is None, result.error.traceback
    looks = [(True, who, f"{who}_number")] * 3
    assert result.stdout == (
        f"{who} by a command\nenv: WHO_AM_I={who}\n['{who} in a list'] {looks} {who} {who}\n"
    )


def test_what_one_notebook_registers_is_its_own(run: Run) -> None:
    """Magics, events, printers and aliases of one notebook mean nothing to another."""
    run(
        "from IPython.core.magic import register_line_magic\n"
        "@register_line_magic\ndef mine(line): return 'mine ' + line\n"
        "get_ipython().events.register('post_run_cell', lambda result: print('told'))\n"
        "plain = get_ipython().display_formatter.formatters['text/plain']\n"
        "plain.for_type(int, lambda n, p, cycle: p.text('my int'))\n"
        "%alias hello echo hello"
    )
    assert value(run("%mine x")) == "'mine x'"
    shown = run("7")
    assert (value(shown), shown.stdout) == ("my int", "told\n")
    other = run("7", notebook_id="other")
    assert (value(other), other.stdout) == ("7", "")
    assert "UsageError" in refusal(run("%mine x", notebook_id="other"))
    assert "UsageError" in refusal(run("%hello", notebook_id="other"))


def test_two_services_share_a_process(run: Run) -> None:
    """Notebooks of the same name in two services have two shells."""
    with ExecutionService(snapshots=False) as second:
        run("x = 'first'\n%precision 2")
        second.execute_code("x = 'second'\n%precision 4", "c1", "n")
        asked = "get_ipython().user_ns['x'], 1 / 3"
        assert value(run(asked)) == "('first', 0.33)"
        assert value(second.execute_code(asked, "c1", "n")) == "('second', 0.3333)"
    assert value(run("get_ipython().ev('x')")) == "'first'"
