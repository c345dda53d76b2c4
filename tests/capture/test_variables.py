from __future__ import annotations

import pytest

from nbengine import ExecutionService
from nbengine.capture.variables import MOST, PREVIEW, PREVIEWS
from nbengine.models.variables import Variable
from tests.conftest import Run


def listed(service: ExecutionService) -> dict[str, Variable]:
    return {variable.name: variable for variable in service.variables("n")}


def test_names_are_those_of_who(run: Run, service: ExecutionService) -> None:
    """What a notebook has from its beginning, or keeps of earlier cells, is left out."""
    run("import math\nb = 1\n_private = 2\nA = 3\ndef f(): pass\nb")
    run("%who_ls")
    assert list(listed(service)) == ["A", "b", "f", "math"]
    (shown,) = run("%who_ls").outputs
    assert shown.model_dump()["data"]["text/plain"] == "['A', 'b', 'f', 'math']"


def test_a_name_that_was_taken(run: Run, service: ExecutionService) -> None:
    """A name of the notebook's own that the user has bound is the user's."""
    run("In = 1\nexit = 2\nget_ipython = 3")
    assert list(listed(service)) == ["In", "exit", "get_ipython"]


@pytest.mark.parametrize(
    "code, due",
    [
        ("1", Variable(name="x", type="int", module="builtins", bytes=28, preview="1")),
        (
            "{'a': [1, 2]}",
            Variable(name="x", type="dict", module="builtins", length=1, preview="{'a': [1, 2]}"),
        ),
        (
            "__import__('numpy').zeros((2, 3))",
            Variable(
                name="x",
                type="ndarray",
                module="numpy",
                shape=[2, 3],
                length=2,
                bytes=48,
                preview="2×3 of float64",
            ),
        ),
        (
            "__import__('pandas').DataFrame({'a': [1.0, 2.0]})",
            Variable(
                name="x",
                type="DataFrame",
                module="pandas",
                shape=[2, 1],
                length=2,
                bytes=16,
                preview="2 × 1",
                handle="variable:x",
            ),
        ),
        (
            "__import__('decimal')",
            Variable(name="x", type="module", module="builtins", preview="<module decimal>"),
        ),
        ("int", Variable(name="x", type="type", module="builtins", preview="<type int>")),
        (
            "__import__('datetime').date(2020, 1, 1)",
            Variable(name="x", type="date", module="datetime", preview="datetime.date(2020, 1, 1)"),
        ),
        (
            "__import__('fractions').Fraction(1)",
            Variable(name="x", type="Fraction", module="fractions", preview="<Fraction>"),
        ),
    ],
)
def test_a_variable(run: Run, service: ExecutionService, code: str, due: Variable) -> None:
    """Class, shape, length and size where they are known, and what it looks like."""
    run(f"x = {code}")
    found = listed(service)["x"]
    assert found.model_copy(update={"bytes": due.bytes}) == due
    assert due.bytes is None or found.bytes == due.bytes


def test_nothing_of_the_users_runs(run: Run, service: ExecutionService) -> None:
    """Not to tell the text, the length, the shape, the class or the name of a value."""
    result = run(
        "import numpy, pandas\n"
        "calls = []\n"
        "class Meta(type):\n"
        "    def __getattribute__(cls, name): calls.append(name); return type.__getattribute__(cls, name)\n"  # noqa: E501
        "    def __repr__(cls): calls.append('repr')\n"
        "class Any(metaclass=Meta):\n"
        "    def __getattribute__(self, name): calls.append(name); return object.__getattribute__(self, name)\n"  # noqa: E501
        "    def __repr__(self): calls.append('repr'); return 'x'\n"
        "    def __len__(self): calls.append('len'); return 1\n"
        "    __sizeof__ = __hash__ = __len__\n"
        "class L(list):\n"
        "    def __len__(self): calls.append('L.len'); return 1\n"
        "class A(numpy.ndarray):\n"
        "    @property\n"
        "    def shape(self): calls.append('A.shape'); return super().shape\n"
        "class F(pandas.DataFrame):\n"
        "    @property\n"
        "    def shape(self): calls.append('F.shape'); return super().shape\n"
        "x, y, a = Any(), L([1, 2]), numpy.zeros(3).view(A)\n"
        "f = F({'a': [1]})\n"
        "globals()[type('S', (str,), {})('odd')] = 1\n"
    )
    assert result.error is None
    calls = service.notebook_globals["n"]["calls"]
    calls.clear()
    found = listed(service)
    assert calls == []
    assert (found["x"].preview, found["y"].length) == ("<Any>", 2)
    assert (found["a"].shape, found["f"].shape) == ([3], [1, 1])


def test_previews_are_bounded(run: Run, service: ExecutionService) -> None:
    """Each of them, and all together; names are there for all."""
    run("globals().update({f'v{number:05}': 'x' * 1000 for number in range(3_000)})")
    found = service.variables("n")
    assert len(found) == 3_000
    assert max(len(variable.preview) for variable in found) == PREVIEW
    assert PREVIEWS <= sum(len(variable.preview) for variable in found) <= PREVIEWS + PREVIEW


def test_many_variables(run: Run, service: ExecutionService) -> None:
    """At most so many are listed."""
    run(f"globals().update({{f'v{{number}}': number for number in range({MOST + 5})}})")
    assert len(service.variables("n")) == MOST


def test_a_notebook_that_never_ran(service: ExecutionService) -> None:
    """It has no variables."""
    assert service.variables("never") == []


def test_variables_while_a_cell_runs(run: Run, service: ExecutionService) -> None:
    """Those bound so far are listed."""
    seen: list[str] = []
    run(
        "x = 1\nprint('now', flush=True)\ny = 2",
        on_output=lambda _: seen.extend(listed(service)),
    )
    assert "x" in seen
