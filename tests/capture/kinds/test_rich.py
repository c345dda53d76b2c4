from __future__ import annotations

import pytest
import rich

from nbengine.models.outputs import DisplayData
from nbengine.services.execution_service import ExecutionService

SETUP = "from rich.live import Live\nfrom rich.progress import Progress, track\n"


def seen(service: ExecutionService, code: str) -> list[str]:
    """The texts of a cell's displays that are not empty."""
    result = service.execute_code(SETUP + code, "c", "n")
    assert result.error is None, result.error.traceback
    displays = [o for o in result.outputs if isinstance(o, DisplayData)]
    texts = [str(o.data.get("text/plain", "")).strip() for o in displays]
    return [text for text in texts if text]


def test_a_live_display_is_one_output(service: ExecutionService) -> None:
    """It is brought up to date in its place and shows at last what it ends up with."""
    code = (
        "with Live('one') as live:\n    live.update('two', refresh=True)\n    live.update('three')"
    )
    assert seen(service, code) == ["three"]


def test_what_is_printed_meanwhile_comes_after_it(service: ExecutionService) -> None:
    """A line printed while it is live is an output of its own."""
    code = "with Live('one') as live:\n    print('between')\n    live.update('two')"
    assert seen(service, code) == ["two", "between"]


def test_a_progress_shows_its_end(service: ExecutionService) -> None:
    """The tracks of a progress are there with their last state."""
    code = (
        "with Progress('{task.description} {task.completed}') as progress:\n"
        "    progress.update(progress.add_task('doing', total=3), advance=3)"
    )
    assert seen(service, code) == ["doing 3"]


@pytest.mark.parametrize(
    "code",
    [
        "with Live('one', transient=True) as live: live.update('two', refresh=True)",
        "for n in track(range(3), transient=True): pass",
    ],
    ids=["live", "progress"],
)
def test_a_transient_display_leaves_nothing(service: ExecutionService, code: str) -> None:
    """Nothing of it can be seen when it has ended."""
    assert seen(service, code) == []


def test_a_status_that_was_never_drawn_is_not_drawn_at_its_end(service: ExecutionService) -> None:
    """One that ends before its first picture leaves no output for it."""
    code = SETUP + "with Live('one', transient=True, auto_refresh=False) as live: live.stop()"
    service.execute_code(code, "c", "n")
    quiet = "live = Live(transient=True, auto_refresh=False)\nlive.start()\nlive.stop()"
    result = service.execute_code(quiet, "c", "n")
    assert not [o for o in result.outputs if isinstance(o, DisplayData) and not o.data]


def test_one_within_another_is_a_part_of_it(service: ExecutionService) -> None:
    """Both are in the output of the outer one, as long as they are live."""
    code = (
        "outer, inner = (Live(text, auto_refresh=False) for text in ('outer', 'inner'))\n"
        "outer.start(refresh=True)\ninner.start()\ninner.refresh()"
    )
    assert [text.split() for text in seen(service, code)] == [["outer", "inner"]]


def test_a_live_display_is_its_notebooks(service: ExecutionService) -> None:
    """One that is left open takes no part in what another notebook shows."""
    assert seen(service, "Live('one', auto_refresh=False).start(refresh=True)") == ["one"]
    code = SETUP + "with Live('two', auto_refresh=False) as live: live.refresh()"
    result = service.execute_code(code, "c", "other")
    assert [o.output_type for o in result.outputs] == ["display_data"] * 2  # it, and a blank line


def test_the_console_of_the_host_is_its_own(service: ExecutionService) -> None:
    """Cells have one that knows that it is in a notebook, whoever made one first."""
    hosts = rich.get_console()
    assert not hosts.is_jupyter
    [text] = seen(service, "import rich\nrich.print('[b]text')")
    assert "text" in text
    assert rich.get_console() is hosts


def test_it_goes_on_in_a_later_cell(service: ExecutionService) -> None:
    """What a later cell does to a live display is seen where it is."""
    code = SETUP + "live = Live('one', auto_refresh=False)\nlive.start(refresh=True)"
    first = service.execute_code(code, "first", "n")
    service.execute_code("live.update('two', refresh=True); live.stop()", "later", "n")
    display = service.result(first.execution_id).outputs[0]
    assert isinstance(display, DisplayData)
    assert str(display.data["text/plain"]).strip() == "two"
