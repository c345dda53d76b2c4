"""Which objects a pickle is said to hold."""

from __future__ import annotations

import types
from typing import Any

import pytest

from nbengine.state import owned as module
from nbengine.state.definitions import Registry
from nbengine.state.known import Space
from nbengine.state.pickling import dump


class Made:
    """Its state is made when it is asked for."""

    def __init__(self) -> None:
        self.kept = [1]

    def __reduce__(self) -> Any:
        return Made, (), {"kept": self.kept, "made": [2, [3]]}


class Shut:
    """Only the patient picklers can save what it holds."""

    def __init__(self) -> None:
        self.kept, self.lock = [1], (n for n in "ab")


@pytest.fixture(params=[True, False], ids=["told", "copied"])
def tells(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With picklers that tell the collector of their memo, and as if they did not."""
    if request.param and not module._TELLS:
        pytest.skip("this Python's picklers do not, as those of 3.11.2")
    monkeypatch.setattr(module, "_TELLS", request.param)


def owned(*values: Any) -> list[Any]:
    """What a pickle of the values holds; `main` is the notebook that it is of."""
    main = types.ModuleType("__main__")
    return dump(values, Space(main), Registry()).owned


def is_among(value: object, found: list[Any]) -> bool:
    """Whether it is one of these very objects."""
    return any(each is value for each in found)


@pytest.mark.usefixtures("tells")
def test_parts_are_among_them_and_each_is_once() -> None:
    """Containers, what is in them, and attributes."""
    inner, thing = [1], Made()
    found = owned({"a": inner, "b": (inner, thing)})
    assert is_among(inner, found)
    assert is_among(thing, found)
    assert is_among(thing.kept, found)
    assert len(found) == len(set(map(id, found)))


@pytest.mark.usefixtures("tells")
def test_what_was_made_for_the_pickle_is_not() -> None:
    """Nor are its parts: they end with it, and others get their ids."""
    found = owned(Made())
    assert not [value for value in found if isinstance(value, list) and value != [1]]


@pytest.mark.usefixtures("tells")
def test_the_picklers_own_things_are_not() -> None:
    """Whichever pickler it was."""
    for value in (1, Shut()):
        kinds = {type(each) for each in owned(value)}
        assert kinds <= {Shut, types.GeneratorType, tuple, list, dict, str, type}


@pytest.mark.usefixtures("tells")
def test_what_is_only_pointed_at_is_not() -> None:
    """The namespace, and a definition that has a pickle of its own."""
    main, registry = types.ModuleType("__main__"), Registry()
    cls = type("Named", (), {"__module__": "__main__"})
    vars(main)["Named"] = cls
    registry.add(cls)
    found = dump([vars(main), cls()], Space(main), registry).owned
    assert not is_among(vars(main), found)
    assert not is_among(cls, found)
