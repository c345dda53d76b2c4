"""Displays that are updated from where they are not, or asked for in a wrong way."""

from __future__ import annotations

import gc

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.events import OutputEvent, OutputUpdated
from nbengine.models.outputs import MimeBundle
from tests.conftest import Run
from tests.runtime.ipython.cells import kernel

NOTE = "[the display mine is another notebook's: not updated]\n"


@pytest.fixture
def shown(service: ExecutionService, run: Run) -> ExecutionResult:
    """A display of notebook `n`, whose handle notebook `other` has, too."""
    result = run("handle = display('first', display_id='mine')")
    run("from IPython.display import *", notebook_id="other")
    names = service.notebook_globals
    names["other"]["handle"] = names["n"]["handle"]
    return result


@pytest.mark.parametrize(
    "update",
    [
        "handle.update('theirs')",
        "update_display('theirs', display_id='mine')",
        "display('theirs', display_id='mine', update=True);",
        "DisplayHandle('mine').update('theirs')",
        "publish_display_data({'text/plain': 'x'}, transient={'display_id': 'mine'}, update=True)",
        "__import__('threading').Thread(target=handle.update, args=(1,)).run()",
    ],
)
def test_a_display_of_another_notebook(
    update: str, shown: ExecutionResult, service: ExecutionService, run: Run
) -> None:
    """Whoever updates it is told so; it stays as it is, nobody hears of it, the cell goes on."""
    heard: list[OutputEvent] = []
    result = run(f"{update}\nprint('on')", notebook_id="other", on_output=heard.append)
    assert (result.status, result.stderr, result.stdout) == ("ok", NOTE, "on\n")
    assert service.result(shown.execution_id).outputs == shown.outputs
    assert {event.event for event in heard} == {"text"}
    run("handle.update('second')")
    (output,) = service.result(shown.execution_id).outputs
    assert isinstance(output, MimeBundle)
    assert output.data == {"text/plain": "'second'"}


def test_a_display_of_the_same_name(
    shown: ExecutionResult, service: ExecutionService, run: Run
) -> None:
    """Each notebook has its own."""
    other = run("display('theirs', display_id='mine');", notebook_id="other")
    run("update_display('new', display_id='mine')", notebook_id="other")
    assert "new" in str(service.result(other.execution_id).outputs)
    assert service.result(shown.execution_id).outputs == shown.outputs


def test_a_display_that_nobody_has(run: Run) -> None:
    """Updating it does nothing, as in Jupyter."""
    result = run("from IPython.display import update_display\nupdate_display(1, display_id='x')")
    assert (result.status, result.outputs) == ("ok", [])


def test_a_display_of_a_restarted_notebook(
    shown: ExecutionResult, service: ExecutionService, run: Run
) -> None:
    """It is nobody's any more."""
    service.restart("n")
    result = run("update_display(1, display_id='mine')", notebook_id="other")
    assert (result.status, result.outputs) == ("ok", [])
    assert service.result(shown.execution_id).outputs == shown.outputs


@pytest.mark.parametrize("name", ["5", "b'x'", "('a', 1)", "[1]", "'\\ud800'", "'x' * 1000"])
def test_a_name_of_any_kind(name: str, service: ExecutionService, run: Run) -> None:
    """Its text is the name: shown, updated and told of under it."""
    heard: list[OutputEvent] = []
    result = run(f"display(1, display_id={name});")
    run(f"display(2, display_id={name}, update=True);", on_output=heard.append)
    (output,) = service.result(result.execution_id).outputs
    assert isinstance(output, MimeBundle)
    assert output.data == {"text/plain": "2"}
    assert [event.event for event in heard] == ["update"]
    assert all(event.model_dump_json() for event in heard)


@pytest.mark.parametrize(
    "call, message",
    [
        ("display(1, update=True)", "display_id required for update_display"),
        ("display(7, raw=True)", "takes a dict of MIME types, not int"),
        ("display({7: object()}, raw=True)", "7 takes text or bytes, not object"),
        ("display({'text/html': 7}, raw=True)", "text/html takes text or bytes, not int"),
        ("display({'application/json': {1: {2}}}, raw=True)", "not JSON serializable: set"),
        ("display(1, metadata={'a': object()})", "not JSON serializable: object"),
        ("display(1, include=7)", "argument of type 'int' is not iterable"),
        ("get_ipython().display_pub.publish(7)", "takes a dict of MIME types, not int"),
    ],
)
@pytest.mark.usefixtures("next_cell")
def test_a_wrong_call_of_display(call: str, message: str, run: Run) -> None:
    """It is a type error at its line, and nothing is shown."""
    result = run(f"x = 1\n{call}")
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("TypeError", 2)
    assert message in result.error.message
    assert [output.output_type for output in result.outputs] == ["error"]


@pytest.mark.parametrize("wait", ["'yes'", "[]", "7", "None"])
def test_clearing_with_a_wait_that_is_no_truth_value(wait: str, run: Run) -> None:
    """It is taken for what it is as a condition."""
    heard: list[OutputEvent] = []
    code = f"from IPython.display import clear_output\nprint(1)\nclear_output({wait})\nprint(2)"
    result = run(code, on_output=heard.append)
    assert (result.status, result.stdout) == ("ok", "2\n")
    assert "clear" in {event.event for event in heard}


@pytest.mark.parametrize(
    "again",
    [
        "handle.update('second')",
        "display('second', display_id='mine');",
        "publish_display_data({'text/plain': \"'second'\"}, transient={'display_id': 'mine'})",
    ],
)
def test_a_display_that_several_cells_show(
    again: str, shown: ExecutionResult, service: ExecutionService, run: Run
) -> None:
    """Looks the same in all of them, whether it is updated or shown once more; all are told."""
    beside = run("display('beside', display_id='mine');", on_output=lambda _: None)
    heard: list[OutputEvent] = []
    run(f"from IPython.display import *\n{again}", on_output=heard.append)
    for result in (shown, beside):
        (output,) = service.result(result.execution_id).outputs
        assert isinstance(output, MimeBundle)
        assert output.data == {"text/plain": "'second'"}
    updated = [event.execution_id for event in heard if isinstance(event, OutputUpdated)]
    assert updated == [shown.execution_id, beside.execution_id]


def test_a_display_that_is_shown_over_and_over(run: Run) -> None:
    """Is one, in all its places, and costs no more at the end than at the beginning."""
    result = run("for n in range(5_000): display(n, display_id='x')")
    assert {str(o.data) for o in result.outputs if isinstance(o, MimeBundle)} == {
        "{'text/plain': '4999'}"
    }
    assert len(result.outputs) == 5_000


def test_names_of_displays_are_forgotten() -> None:
    """Once no record of a cell that showed them is left."""
    with ExecutionService(record_count=2) as service:
        for n in range(5):
            service.execute_code(f"display(1, display_id='name {n}');", "c", "n")
        gc.collect()
        assert set(kernel(service).displays) == {"name 3", "name 4"}


@pytest.mark.parametrize(
    "choice",
    ["active_types = ['text/plain']", "formatters['text/html'].enabled = False"],
)
def test_forms_that_are_switched_off(choice: str, run: Run) -> None:
    """The notebook shows no value in them, whatever the value has; others still do."""
    run(f"get_ipython().display_formatter.{choice}")
    made = "type('A', (), {'__repr__': lambda _: 'a', '_repr_html_': lambda _: '<a>'})()"
    for code in (made, f"display({made})", "import pandas\npandas.Series([1]).to_frame()"):
        (output,) = run(code).outputs
        assert isinstance(output, MimeBundle)
        assert "text/html" not in output.data
        assert output.data["text/plain"]
    (other,) = run(made, notebook_id="other").outputs
    assert isinstance(other, MimeBundle)
    assert other.data["text/html"] == "<a>"


def test_more_than_the_protocol_knows(run: Run) -> None:
    """Is accepted without meaning, as by IPython."""
    result = run("display('x', source='me', more=1)")
    assert [o.data for o in result.outputs if isinstance(o, MimeBundle)] == [{"text/plain": "'x'"}]


def test_a_handle_outlives_the_process() -> None:
    """It is saved by itself, without anything of the engine, and shows in the cell that calls."""
    shows = "h = display('old', display_id='d'); show = display"
    with ExecutionService(snapshots=True) as service:
        result = service.execute_code(shows, "c", "n")
        assert (result.state.saved, result.state.unsaved) == (True, {})
    with ExecutionService(snapshots=True) as service:
        result = service.execute_code("h.display('again'); h.update('new'); show('too')", "c", "n")
    assert result.error is None
    shown = [o.data["text/plain"] for o in result.outputs if isinstance(o, MimeBundle)]
    assert shown == ["'new'", "'too'"]
