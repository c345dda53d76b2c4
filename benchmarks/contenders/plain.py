"""The floor: the least that plain Python must do to run a cell and have what it showed."""

from __future__ import annotations

import ast
import io
import sys
import traceback
import warnings
from base64 import b64encode
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from benchmarks.memory import resident

from .contender import Shown

NAMESPACES = 10_000


class PlainPython:
    """`exec` with redirected streams and caught warnings; values are shown in the simplest way."""

    def __init__(self) -> None:
        self.reset()

    def run(self, code: str) -> None:
        self._shown: Shown = []
        text = io.StringIO()
        with redirect_stdout(text), redirect_stderr(text), warnings.catch_warnings(record=True):
            try:
                self._execute(code)
            except Exception as error:
                lines = traceback.format_exception(error)
                self._shown.append({"output_type": "error", "traceback": lines})
        if written := text.getvalue():
            self._shown.append({"output_type": "stream", "name": "stdout", "text": written})

    def shown(self) -> Shown:
        return self._shown

    def reset(self) -> None:
        self._namespace: dict[str, Any] = {}

    def idle_memory(self) -> float:
        """A namespace, shared out among many."""
        before = resident()
        namespaces = [{"__builtins__": __builtins__, "x": n} for n in range(NAMESPACES)]
        return (resident() - before) / len(namespaces)

    def close(self) -> None:
        """Nothing is to be given back."""

    def _execute(self, code: str) -> None:
        tree = ast.parse(code)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "<cell>", "exec"), self._namespace)
        if isinstance(last, ast.Expr):
            expression = compile(ast.Expression(last.value), "<cell>", "eval")
            self._show(eval(expression, self._namespace))
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            self._show_figures(pyplot)

    def _show(self, value: Any) -> None:
        if hasattr(value, "to_plotly_json"):
            self._add("application/vnd.plotly.v1+json", _json(value.to_plotly_json()))
        elif value is not None:
            self._add("text/plain", repr(value))
            if hasattr(value, "_repr_html_"):
                self._add("text/html", value._repr_html_())

    def _show_figures(self, pyplot: Any) -> None:
        for number in pyplot.get_fignums():
            picture = io.BytesIO()
            pyplot.figure(number).savefig(picture, format="png", bbox_inches="tight")
            self._add("image/png", b64encode(picture.getvalue()).decode())
        pyplot.close("all")

    def _add(self, mime: str, data: object) -> None:
        self._shown.append({"output_type": "display_data", "data": {mime: data}})


def _json(figure: dict[str, Any]) -> str:
    import orjson

    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(figure, option=options).decode()
