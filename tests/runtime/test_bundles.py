from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.models.notebook import Cut
from nbengine.models.outputs import DisplayData, MimeBundle, Output, StreamOutput
from nbengine.runtime.bundles import cuts_in, merged, noted, only, size_of, within

MIMES = st.sampled_from(["text/plain", "text/html", "image/png", "application/json"])
BUNDLES = st.builds(
    MimeBundle,
    data=st.dictionaries(MIMES, st.text("ab", max_size=20)),
    metadata=st.dictionaries(MIMES | st.just("x"), st.dictionaries(st.text("k"), st.integers())),
)


@given(BUNDLES, st.integers(0, 60))
def test_what_is_kept_fits_and_what_is_not_is_named(bundle: MimeBundle, room: int) -> None:
    """No representation is lost without a word, none is changed, and what fits whole is itself."""
    kept = within(bundle, room)
    assert size_of(kept) <= room
    assert kept.data.items() <= bundle.data.items()
    left_out = kept.metadata.get("nbengine", {}).get("left_out", [])
    assert ([*kept.data, *left_out] and sorted([*kept.data, *left_out]) == sorted(bundle.data)) or (
        not bundle.data
    )
    assert (kept is bundle) == (size_of(bundle) <= room)


def test_plain_text_is_kept_before_the_others() -> None:
    """It says what the others showed."""
    kept = within(MimeBundle(data={"text/html": "123", "text/plain": "123", "a/b": ""}), 5)
    assert list(kept.data) == ["text/plain", "a/b"]


def test_metadata_of_what_is_gone_is_gone() -> None:
    """What is said of the bundle as a whole stays."""
    metadata = {"text/html": {"a": 1}, "image/png": {"width": 1}, "nbengine": {"kind": "k"}}
    kept = only(
        MimeBundle(data={"text/html": "", "image/png": ""}, metadata=metadata), ["text/html"]
    )
    assert kept == MimeBundle(
        data={"text/html": ""}, metadata={"text/html": {"a": 1}, "nbengine": {"kind": "k"}}
    )


@given(st.recursive(st.integers(), lambda v: st.dictionaries(st.text("abc", max_size=1), v)))
def test_merging_with_nothing_changes_nothing(value: Any) -> None:
    """And what is merged with itself is itself."""
    one = {"k": value}
    assert merged(one, {}) == merged({}, one) == merged(one, one) == one


def test_merging_goes_into_dicts() -> None:
    """The second has the last word, entry by entry."""
    one = {"a": {"x": 1, "y": {"z": 1}}, "b": {"x": 1}}
    other = {"a": {"y": {"w": 2}}, "b": 5}
    assert merged(one, other) == {"a": {"x": 1, "y": {"z": 1, "w": 2}}, "b": 5}


def text(kept: object, total: object) -> DisplayData:
    data = {"text/plain": "x"}
    return DisplayData(data=data, metadata={"nbengine": {"cut": {"text/plain": [kept, total]}}})


def test_cuts_are_summed() -> None:
    """One of each sort, over all outputs."""
    lost = noted(DisplayData(data={"a/a": ""}), {"left_out": ["b/b", "c/c"]})
    outputs: list[Output] = [
        text(1, 10),
        StreamOutput(name="stdout", text=""),
        lost,
        text(2, 20),
        lost,
    ]
    assert cuts_in(outputs) == [
        Cut(what="text", kept=3, total=30),
        Cut(what="representations", kept=2, total=6),
    ]


def test_a_cut_of_what_is_not_there_is_none() -> None:
    """Whoever asked for no text misses none of it."""
    assert cuts_in([only(text(1, 10), [])]) == []


@pytest.mark.parametrize(
    "own",
    [5, None, [], {"cut": 5}, {"cut": {"text/plain": 5}}, {"cut": {"text/plain": ["a", 1]}},
     {"cut": {"text/plain": [1]}}, {"left_out": 5}, {"left_out": {}}],
    ids=json.dumps,
)  # fmt: skip
def test_metadata_of_the_user_s_own_under_our_name(own: object) -> None:
    """It says nothing that could be a cut, and breaks nothing."""
    assert cuts_in([DisplayData(data={"text/plain": ""}, metadata={"nbengine": own})]) == []


@pytest.mark.parametrize(
    "value, size",
    [("abc", 3), (5, 8), (["ab"] * 1000, 2000), ({"k": ["abc", None]}, 11), ([], 0), ({}, 0)],
)
def test_sizes_are_about_right(value: object, size: int) -> None:
    """Text counts its characters, anything else a word; long lists by their beginning."""
    assert size_of(value) == size


def test_what_is_nested_very_deep_is_not_followed() -> None:
    """The size of a value costs no more than the value."""
    deep: object = "x" * 100
    for _ in range(10):
        deep = [deep]
    assert size_of(deep) == 8
