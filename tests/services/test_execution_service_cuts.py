"""What a limit keeps out of a result is told in it, for people and for programs."""

from __future__ import annotations

import pytest

from nbengine import ExecutionResult, ExecutionService
from nbengine.models.events import OutputEvent, OutputShown
from nbengine.models.notebook import Cut
from nbengine.models.outputs import DisplayData, ExecuteResult, MimeBundle
from tests.conftest import Run

TEXT = Cut(what="text", kept=1_000_000, total=10_000_002)
RICH = """
class Rich:
    def __init__(self, size):
        self.size = size
    def __repr__(self):
        return f"Rich({self.size})"
    def _repr_html_(self):
        return "h" * self.size
    def _repr_markdown_(self):
        return "small"
"""


def bundles(result: ExecutionResult) -> list[MimeBundle]:
    return [output for output in result.outputs if isinstance(output, MimeBundle)]


@pytest.mark.parametrize("code", ["'x' * 10_000_000", "display('x' * 10_000_000)"])
def test_a_cut_text_is_told(service: ExecutionService, run: Run, code: str) -> None:
    """The result of a text too long says so as that of a long stream does, also asked again."""
    result = run(code)
    assert "9,000,002 characters left out" in str(bundles(result)[0].data["text/plain"])
    assert result.cuts == [TEXT]
    assert service.result(result.execution_id) == result
    assert ExecutionResult.model_validate_json(result.model_dump_json()) == result


def test_what_was_cut_is_summed(run: Run) -> None:
    """Several texts are one cut, beside those of other limits."""
    result = run("print('y' * 2_000_000)\nlong = 'x' * 10_000_000\ndisplay(long, 'short')\nlong")
    (stream, text) = result.cuts
    assert (stream.what, stream.artifact is not None) == ("stdout", True)
    assert text == Cut(what="text", kept=2_000_000, total=20_000_004)


def test_what_is_not_shown_is_not_cut(run: Run) -> None:
    """Neither a text that nobody asked for, nor one that was cleared away or replaced."""
    run("class Long:\n    def __repr__(self): return 'x' * 10_000_000\n"
        "    def _repr_html_(self): return 'h'")  # fmt: skip
    assert run("display(Long(), exclude=['text/plain'])").cuts == []
    assert run("display(Long())\ndisplay(1, clear=True)").cuts == []
    result = run("handle = display(Long(), display_id=True)")
    assert result.cuts == [Cut(what="text", kept=1_000_000, total=10_000_000)]
    assert run("handle.update(1)").cuts == []


def test_a_text_cut_by_an_update(service: ExecutionService, run: Run) -> None:
    """The cell that shows the text has it among its cuts, whichever cell gave it."""
    first = run("handle = display(1, display_id=True)")
    assert run("handle.update('x' * 10_000_000)").cuts == []
    assert service.result(first.execution_id).cuts == [TEXT]


def test_a_display_too_large_keeps_what_is_small() -> None:
    """Its plain text and what else fits stay; callers are told of the same output as the result."""
    events: list[OutputEvent] = []
    with ExecutionService(display_limit=1000) as service:
        service.execute_code(RICH, "c1", "n")
        result = service.execute_code("Rich(5000)", "c2", "n", on_output=events.append)
        assert service.execute_code("Rich(500)", "c3", "n").cuts == []
    large, note = result.outputs
    assert isinstance(large, ExecuteResult)
    assert large.data == {"text/plain": "Rich(5000)", "text/markdown": "small"}
    assert isinstance(note, DisplayData)
    assert note.data == {
        "text/plain": "[over the limit for one cell: 1 representation of outputs left out]"
    }
    assert result.cuts == [Cut(what="representations", kept=2, total=3)]
    assert [event.output for event in events if isinstance(event, OutputShown)] == [large]


def test_a_figure_too_large_leaves_its_text() -> None:
    """The plots of the result are those that it has."""
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    with ExecutionService(display_limit=1000) as service:
        result = service.execute_code(code, "c1", "n")
    assert bundles(result)[0].data == {"text/plain": "<Figure size 640x480 with 1 Axes>"}
    assert result.plots == []
    assert result.cuts == [Cut(what="representations", kept=1, total=2)]
