from __future__ import annotations

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.capture.display import Display, Show
from nbengine.capture.registry import Registry
from nbengine.models.events import OutputCleared, OutputEvent
from nbengine.models.outputs import DisplayData, StreamOutput
from nbengine.settings import Settings
from tests.conftest import Run

RICH = (
    "class Rich:\n    def _repr_html_(self): return '<b>'\n    def __repr__(self): return 'rich'\n"
)


def looks(result: ExecutionResult) -> list[object]:
    """Plain text of displays and text of streams, in order."""
    assert result.error is None, result.error.traceback
    return [
        o.text if isinstance(o, StreamOutput) else o.data["text/plain"]
        for o in result.outputs
        if isinstance(o, StreamOutput | DisplayData)
    ]


def display_of(result: ExecutionResult) -> DisplayData:
    (shown,) = (o for o in result.outputs if isinstance(o, DisplayData))
    return shown


def test_each_value_is_an_output(run: Run) -> None:
    """Values are shown one after another, each with every representation."""
    result = run(f"{RICH}display(1, Rich(), None)")
    assert looks(result) == ["1", "rich", "None"]
    assert [len(o.data) for o in result.outputs if isinstance(o, DisplayData)] == [1, 2, 1]


def test_a_handle_changes_its_displays_in_place(run: Run) -> None:
    """Every display with the id takes the new look, one that comes later stands at the end."""
    code = (
        "h = display('one', display_id=True)\nprint('between')\nh.display('two')\n"
        "h.update('three');"
    )
    assert looks(run(code)) == ["'three'", "between\n", "'three'"]
    assert looks(
        run("display(1, 2, display_id='k'); display(3, display_id='k', update=True);")
    ) == [
        "3",
        "3",
    ]


def test_a_later_cell_changes_an_earlier_display(service: ExecutionService, run: Run) -> None:
    """The record of the cell that showed it changes, and the later cell's listener hears of it."""
    events: list[OutputEvent] = []
    first = run("h = display('one', display_id='k')")
    second = run("h.update('two')", on_output=events.append)
    assert looks(second) == []
    assert looks(service.result(first.execution_id)) == ["'two'"]
    (event,) = events
    assert event.event == "update"
    assert event.execution_id == first.execution_id
    note = "[the display k is another notebook's: not updated]\n"
    assert looks(run("display(0, display_id='k', update=True);", notebook_id="other")) == [note]
    assert looks(service.result(first.execution_id)) == ["'two'"]


def test_an_id_without_value_is_a_place_to_fill(run: Run) -> None:
    """`display(display_id=…)` makes an empty output that can be updated."""
    assert display_of(run("h = display(display_id='k')")).data == {}
    assert looks(run("h = display(display_id='k'); h.update('filled')")) == ["'filled'"]


def test_ids_of_the_protocol(run: Run) -> None:
    """A transient id counts, made-up ids differ, and an update needs one."""
    assert looks(
        run("display(1, transient={'display_id': 't'})\ndisplay(2, display_id='t', update=True);")
    ) == ["2"]
    assert (
        run("a, b = (display(i, display_id=True).display_id for i in 'ab')\nassert a != b").error
        is None
    )
    error = run("display(1, update=True)").error
    assert error is not None
    assert (error.type, error.message) == ("TypeError", "display_id required for update_display")


@pytest.mark.parametrize(
    "options, mimes",
    [
        ("include=['text/html']", ["text/html"]),
        ("include='text/html'", ["text/html"]),
        ("exclude={'text/html'}", ["text/plain"]),
        ("include=['text/html', 'text/plain'], exclude=['text/plain']", ["text/html"]),
    ],
)
def test_representations_can_be_chosen(options: str, mimes: list[str], run: Run) -> None:
    """As in IPython, `include` and `exclude` hold for plain text too."""
    assert list(display_of(run(f"{RICH}display(Rich(), {options})")).data) == mimes


def test_nothing_is_shown_if_nothing_is_left(run: Run) -> None:
    """A display without any of the wanted representations makes no output."""
    assert run("display(5, include=['image/png'])").outputs == []


def test_metadata_is_merged(run: Run) -> None:
    """The caller's metadata joins the object's own, and goes before it."""
    code = (
        "class Rich:\n    def _repr_html_(self): return '<b>', {'a': 1, 'b': 1}\n"
        "display(Rich(), metadata={'text/html': {'b': 2}, 'more': 3})"
    )
    assert display_of(run(code)).metadata == {"text/html": {"a": 1, "b": 2}, "more": 3}


def test_bundles_of_the_user_s_own(run: Run) -> None:
    """`raw=True` shows a dict of MIME types as it is, in strict JSON."""
    bundle = "{'text/plain': 'p', 'application/json': {'x': float('nan')}, 'image/png': b'a'}"
    code = f"display({bundle}, raw=True)"
    assert display_of(run(code)).data == {
        "text/plain": "p",
        "application/json": {"x": None},
        "image/png": "YQ==",
    }
    for bad in ("5", "{'text/plain': 5}"):
        error = run(f"display({bad}, raw=True)").error
        assert error is not None
        assert error.type == "TypeError"


def test_metadata_that_is_no_json(run: Run) -> None:
    """What could not be written to a notebook file is refused in the cell."""
    error = run("display(1, metadata={'k': object()})").error
    assert error is not None
    assert error.type == "TypeError"


def test_clearing_first(run: Run) -> None:
    """With `clear=True` the new output takes the place of all before it."""
    code = "print('gone'); display('gone'); display('kept', clear=True)"
    events: list[OutputEvent] = []
    assert looks(run(code, on_output=events.append)) == ["'kept'"]
    (cleared,) = (event for event in events if isinstance(event, OutputCleared))
    assert cleared.wait  # the page does not flicker


def test_objects_that_display_themselves(run: Run) -> None:
    """`_ipython_display_` takes over, whatever else was asked for, unless it raises."""
    own = "class Own:\n    def _ipython_display_(self): print('own')\n"
    assert looks(run(f"{own}display(Own()); display(Own(), metadata={{'a': 1}}); Own()")) == [
        "own\n" * 3
    ]
    broken = (
        "class Own:\n    def _ipython_display_(self): 1 / 0\n    def __repr__(self): return 'r'\n"
    )
    assert looks(run(f"{broken}display(Own())")) == [
        "[_ipython_display_ of Own raised ZeroDivisionError: division by zero]\n",
        "r",
    ]
    unwilling = broken.replace("1 / 0", "raise NotImplementedError")
    assert looks(run(f"{unwilling}display(Own())")) == ["r"]


def test_threads_display_in_their_cell(run: Run) -> None:
    """A thread's displays stand in the cell that started it."""
    code = "import threading\nt = threading.Thread(target=display, args=(1,)); t.start(); t.join()"
    assert looks(run(code)) == ["1"]


def test_outside_of_cells_it_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """The function handed out to host code prints there."""
    assert Display(Show(Registry([]), Settings()), lambda _: False)(1, "two") is None
    assert capsys.readouterr().out == "1\ntwo\n"


def test_a_handle_is_its_notebooks(service: ExecutionService) -> None:
    """Updated from another notebook a display stays as it is, and a line in stderr says so."""
    first = service.execute_code("h = display('one', display_id='k')", "c", "n")
    service.execute_code("pass", "c", "other")
    service.notebook_globals["other"]["h"] = service.notebook_globals["n"]["h"]
    result = service.execute_code("h.update('two')", "c", "other")
    assert result.stderr == "[the display k is another notebook's: not updated]\n"
    assert result.status == "ok"
    assert looks(service.result(first.execution_id)) == ["'one'"]
