"""Code behind the user's back: what it says is nowhere, and what comes after it is heard."""

from __future__ import annotations

import warnings

import pytest

from nbengine import ExecutionService
from nbengine.runtime.execution import CURRENT, running
from nbengine.runtime.unheard import Unheard, unheard


def test_only_what_runs_meanwhile_is_passed_over() -> None:
    """Text before and after it is an output, and the code belongs to the same gate and cell."""
    with ExecutionService() as service:
        code = (
            "from nbengine.runtime.unheard import unheard\n"
            "from nbengine.runtime.execution import running\n"
            "own = running()\nprint('before')\nwith unheard(own):\n    print('meanwhile')\n"
            "    same = running().gate is own.gate and running().cell_id == 'c'\n"
            "print('after', same, running() is own)"
        )
        assert service.execute_code(code, "c", "n").stdout == "before\nafter True True\n"


def test_a_listener_hears_nothing_either() -> None:
    """Nor does a display have another look by it."""
    with ExecutionService() as service:
        heard: list[object] = []
        code = (
            "from nbengine.runtime.unheard import unheard\n"
            "from nbengine.runtime.execution import running\n"
            "from IPython.display import display\n"
            "with unheard(running()):\n    print('meanwhile', flush=True)\n    display(1)\n"
            "    display(2, display_id='d').update(3)"
        )
        result = service.execute_code(code, "c", "n", on_output=heard.append)
        assert (result.error, result.outputs) == (None, [])
        assert not any(hasattr(event, "text") or hasattr(event, "output") for event in heard)


def test_the_filters_of_warnings_are_as_they_were() -> None:
    """Warnings that are errors are none meanwhile."""
    with ExecutionService() as service:
        service.execute_code("x = 1", "c", "n")
        execution = service._kernels.get("n").context[CURRENT]
    assert execution is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        with unheard(execution):
            warnings.warn("passed over", stacklevel=1)
            assert isinstance(running(), Unheard)
        assert list(warnings.filters) == before
        with pytest.raises(UserWarning, match="heard"):
            warnings.warn("heard", stacklevel=1)
