from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nbengine.models.outputs import (
    DisplayData,
    ErrorOutput,
    ExecuteResult,
    Output,
    Plot,
    StreamOutput,
    is_json_mime,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | TEXT,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=8,
).filter(lambda value: "Infinity" not in json.dumps(value))
TEXT_MIMES = st.sampled_from(["text/plain", "text/html", "image/png", "image/svg+xml"])
JSON_MIMES = st.sampled_from(["application/json", "application/vnd.plotly.v1+json"])
DATA = st.builds(
    lambda text, values: text | values,
    st.dictionaries(TEXT_MIMES, TEXT, max_size=3),
    st.dictionaries(JSON_MIMES, st.dictionaries(TEXT, JSON, max_size=3), max_size=2),
)
METADATA = st.dictionaries(TEXT, JSON, max_size=2)
OUTPUTS: st.SearchStrategy[Output] = st.one_of(
    st.builds(StreamOutput, name=st.sampled_from(["stdout", "stderr"]), text=TEXT),
    st.builds(DisplayData, data=DATA, metadata=METADATA),
    st.builds(
        ExecuteResult, data=DATA, metadata=METADATA, execution_count=st.integers(0) | st.none()
    ),
    st.builds(ErrorOutput, ename=TEXT, evalue=TEXT, traceback=st.lists(TEXT, max_size=3)),
)
ANY_OUTPUT: TypeAdapter[Output] = TypeAdapter(Output)


def strict(text: str) -> Any:
    """JSON as the standard has it, without NaN and infinities."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


@given(OUTPUTS)
def test_outputs_survive_json(output: Output) -> None:
    """An output is the same after a trip through strict JSON."""
    text = output.model_dump_json()
    strict(text)
    assert ANY_OUTPUT.validate_json(text) == output
    assert ANY_OUTPUT.validate_python(output.model_dump()) == output


@given(st.lists(OUTPUTS, max_size=5))
def test_outputs_are_what_nbformat_wants(outputs: list[Output]) -> None:
    """The dumped outputs make a valid cell of a notebook file as they are."""
    cell = nbformat.v4.new_code_cell("1", outputs=[output.model_dump() for output in outputs])
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))


def test_numbers_that_json_has_not_become_null() -> None:
    """NaN and infinities in a bundle are written as null."""
    output = DisplayData(data={"application/json": [float("nan"), float("inf"), 1.0]})
    assert strict(output.model_dump_json())["data"]["application/json"] == [None, None, 1.0]


@pytest.mark.parametrize(
    "raw",
    [
        {"output_type": "stream", "name": "stdlog", "text": ""},
        {"output_type": "unknown"},
        {"output_type": "stream", "name": "stdout", "text": "", "more": 1},
        {"output_type": "display_data", "data": [], "metadata": {}},
        {"output_type": "error", "ename": "E"},
    ],
)
def test_what_is_no_output_is_refused(raw: dict[str, object]) -> None:
    """Unknown types, streams and fields do not pass."""
    with pytest.raises(ValidationError):
        ANY_OUTPUT.validate_python(raw)


def test_outputs_are_frozen() -> None:
    """Nobody changes what a cell showed."""
    with pytest.raises(ValidationError):
        StreamOutput(name="stdout", text="a").text = "b"  # type: ignore[misc]


def test_a_picture_s_bytes() -> None:
    """A PNG's base64 text is decoded."""
    assert Plot(mime="image/png", data="aGk=").png == b"hi"


@pytest.mark.parametrize("mime, data", [("image/svg+xml", "<svg/>"), ("image/jpeg", "aGk=")])
def test_a_picture_that_is_no_png(mime: str, data: str) -> None:
    """A picture of another type does not pass for a PNG; one is told where it is."""
    with pytest.raises(ValueError, match=f"drawn as {mime.replace('+', '.')}.*see `data`"):
        assert Plot(mime=mime, data=data).png


def test_which_types_are_json() -> None:
    """JSON itself and the `+json` family are, others are not."""
    assert is_json_mime("application/json")
    assert is_json_mime("application/vnd.plotly.v1+json")
    assert not is_json_mime("application/javascript")
    assert not is_json_mime("text/x+json")
