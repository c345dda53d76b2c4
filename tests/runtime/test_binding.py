from __future__ import annotations

from types import SimpleNamespace

from nbengine.runtime.binding import bind
from nbengine.services.execution_service import ExecutionService


def test_a_bound_function_is_ours_in_cells_only(service: ExecutionService) -> None:
    """A cell calls what was bound, with its arguments; everybody else the original."""
    owner = SimpleNamespace(say=lambda text: f"{text} outside")
    bind(owner, "say", lambda text: f"{text} inside")
    service.execute_code("pass", cell_id="c", notebook_id="n")
    service.notebook_globals["n"]["owner"] = owner
    result = service.execute_code("print(owner.say('called'))", cell_id="c", notebook_id="n")
    assert result.stdout == "called inside\n"
    assert owner.say("called") == "called outside"


def test_binding_twice_changes_nothing() -> None:
    """The first binding stays, so that services in one process do not pile up."""
    owner = SimpleNamespace(say=lambda: "outside")
    bind(owner, "say", lambda: "first")
    bound = owner.say
    bind(owner, "say", lambda: "second")
    assert owner.say is bound
