from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbengine.capture.registry import Kind, Registry
from nbengine.capture.render import as_mime_value, render
from nbengine.models.outputs import MimeBundle
from nbengine.settings import Settings

NONE = Registry([])


class Base:
    """Claimed by the kind of the tests."""


class Plain(Base):
    """Says nothing of its own."""


class Speaking(Base):
    """Says itself how it looks."""

    def _repr_html_(self) -> str:
        return "its own"


class Claimed:
    """Claimed, with a method beside."""

    def _repr_html_(self) -> str:
        return "its own"


def shown(value: object, registry: Registry = NONE, **settings: int) -> tuple[MimeBundle, str]:
    """The bundle of a value, and the notes in one text."""
    bundle, notes = render(value, registry, Settings(**settings))
    return bundle, "\n".join(notes)


def kind_of(cls: type, renderer: Any) -> Registry:
    return Registry([Kind(library="builtins", renderers=lambda _module: {cls: renderer})])


def by_kind(_value: object, _settings: Settings) -> MimeBundle:
    return MimeBundle(data={"text/html": "the kind's"})


@pytest.mark.parametrize(
    "claimed, value, html",
    [
        (Base, Plain(), "the kind's"),
        (Base, Speaking(), "its own"),
        (Claimed, Claimed(), "the kind's"),
    ],
)
def test_the_most_derived_class_decides(claimed: type, value: object, html: str) -> None:
    """A kind shows subclasses too, unless they say themselves how they look."""
    bundle, _ = shown(value, kind_of(claimed, by_kind))
    assert bundle.data["text/html"] == html
    assert str(bundle.data["text/plain"]).startswith("<")


def test_a_kind_that_raises_gives_way() -> None:
    """The object's own methods and its repr are left, and a note says what happened."""

    def broken(_value: object, _settings: Settings) -> MimeBundle:
        raise ValueError("broken")

    bundle, notes = shown(Claimed(), kind_of(Claimed, broken))
    assert bundle.data["text/html"] == "its own"
    assert notes == "showing Claimed raised ValueError: broken"


def test_every_method_of_the_display_protocol() -> None:
    """Text as it is, binary as base64, JSON as JSON, metadata beside."""

    class Rich:
        def _repr_html_(self) -> str:
            return "<b>"

        def _repr_png_(self) -> bytes:
            return b"png"

        def _repr_json_(self) -> object:
            return {"a": float("nan"), 1: (2,)}, {"expanded": True}

        def _repr_latex_(self) -> None:
            return None

    bundle, notes = shown(Rich())
    assert list(bundle.data) == ["text/plain", "text/html", "image/png", "application/json"]
    assert bundle.data["image/png"] == "cG5n"
    assert bundle.data["application/json"] == {"a": None, "1": [2]}
    assert bundle.metadata == {"application/json": {"expanded": True}}
    assert notes == ""


@pytest.mark.parametrize("signature", ["include, exclude", "include=None, exclude=None", "**kw"])
def test_the_bundle_method_is_called_as_ipython_calls_it(signature: str) -> None:
    """`include` and `exclude` are given by name, and what it answers goes before other methods."""
    namespace: dict[str, Any] = {}
    exec(
        f"class Rich:\n"
        f"    def _repr_mimebundle_(self, {signature}):\n"
        "        return {'text/plain': 'own', 'text/html': 'bundle'}, {'text/html': {'k': 1}}\n"
        "    def _repr_html_(self): return 'method'\n"
        "    def _repr_markdown_(self): return 'too'\n",
        namespace,
    )
    bundle, notes = shown(namespace["Rich"]())
    assert bundle.data == {"text/plain": "own", "text/html": "bundle", "text/markdown": "too"}
    assert bundle.metadata == {"text/html": {"k": 1}}
    assert notes == ""


def test_what_raises_or_is_of_the_wrong_type_is_left_out_and_noted() -> None:
    """One bad representation loses no other."""

    class Odd:
        def _repr_html_(self) -> str:
            raise ValueError("no html")

        def _repr_latex_(self) -> int:
            return 5

        def _repr_json_(self) -> object:
            return object()

        def _repr_svg_(self) -> str:
            raise NotImplementedError

        def _repr_markdown_(self) -> str:
            return "fine"

    bundle, notes = shown(Odd())
    assert list(bundle.data) == ["text/plain", "text/markdown"]
    assert notes.splitlines() == [
        f"_repr_html_ of {Odd.__qualname__} raised ValueError: no html",
        f"_repr_latex_ of {Odd.__qualname__} gave a int for text/latex, which it cannot be",
        f"_repr_json_ of {Odd.__qualname__} gave a object for application/json, which it cannot be",
    ]


@pytest.mark.parametrize("answer", [5, "text", ({}, {}, {}), (5, {}), []])
def test_a_bundle_that_is_none(answer: object) -> None:
    """A bundle method that returns no dict is noted and the repr is shown."""

    class Odd:
        def _repr_mimebundle_(self, **_: object) -> object:
            return answer

    bundle, notes = shown(Odd())
    assert list(bundle.data) == ["text/plain"]
    assert notes == f"_repr_mimebundle_ of {Odd.__qualname__} returned no dict"


@pytest.mark.parametrize("about", [5, None, {"k": object()}, ["k"]])
def test_metadata_that_is_none(about: object) -> None:
    """Metadata that is no JSON dict is left out, what it was about stays."""

    class Odd:
        def _repr_mimebundle_(self, **_: object) -> object:
            return {"text/html": "<b>"}, about

        def _repr_markdown_(self) -> object:
            return "text", about

    bundle, _ = shown(Odd())
    assert (bundle.data["text/html"], bundle.data["text/markdown"]) == ("<b>", "text")
    assert bundle.metadata == {}


def test_methods_are_found_where_ipython_finds_them() -> None:
    """On the instance, as class and static methods; not on a class that is shown itself."""

    class Rich:
        def _repr_html_(self) -> str:
            return "method"

        @staticmethod
        def _repr_markdown_() -> str:
            return "static"

        @classmethod
        def _repr_latex_(cls) -> str:
            return "class"

    own = Rich()
    own._repr_html_ = lambda: "instance"  # type: ignore[method-assign]
    html, markdown, latex = list(shown(own)[0].data.values())[1:]
    assert (html, markdown, latex) == ("instance", "static", "class")
    assert list(shown(Rich)[0].data) == ["text/plain", "text/latex"]


def test_objects_that_answer_to_every_name() -> None:
    """Mocks and proxies that have just any attribute show their repr only."""
    from unittest.mock import MagicMock

    class Everything:
        def __getattr__(self, name: str) -> object:
            return lambda *_, **__: name

    class Meta(type):
        def __getattr__(cls, name: str) -> object:
            return lambda *_: name

    class Odd(metaclass=Meta):
        pass

    for value in (MagicMock(), Everything(), Odd, Odd()):
        bundle, notes = shown(value)
        assert list(bundle.data) == ["text/plain"]
        assert notes == ""


def test_objects_that_lie_about_their_class() -> None:
    """The real class decides, whatever `__class__` says."""

    class Liar:
        __class__ = property(lambda _self: Claimed)

    assert list(shown(Liar(), kind_of(Claimed, by_kind))[0].data) == ["text/plain"]


def test_a_repr_that_raises() -> None:
    """Class and error stand in its place."""

    class Odd:
        def __repr__(self) -> str:
            raise ValueError("no repr")

    bundle, notes = shown(Odd())
    assert "its repr raised ValueError: no repr" in str(bundle.data["text/plain"])
    assert "raised ValueError: no repr" in notes


def test_a_huge_repr_is_cut_in_the_middle() -> None:
    """Text beyond the limit is left out visibly: in the text, and for programs in the metadata."""
    bundle, _ = shown("x" * 5000, text_limit=1000)
    text = str(bundle.data["text/plain"])
    assert len(text) < 1100
    assert text.startswith("'xxx")
    assert text.endswith("xxx'")
    assert "4,002 characters left out" in text
    assert bundle.metadata == {"nbengine": {"cut": {"text/plain": [1000, 5002]}}}


@pytest.mark.parametrize("length, told", [(998, False), (999, True)])
def test_text_is_cut_beyond_the_limit_only(length: int, told: bool) -> None:
    """A text that just fits is whole and nothing is said of it; one more character is a cut."""
    bundle, _ = shown("x" * length, text_limit=1000)
    assert ("1 character left out" in str(bundle.data["text/plain"])) is told
    assert bool(bundle.metadata) is told


def test_plain_text_of_a_kind_is_cut_too() -> None:
    """The limit is for any plain text; place and metadata of the representations stay."""

    def long(_value: object, _settings: Settings) -> MimeBundle:
        return MimeBundle(
            data={"text/html": "<b>", "text/plain": "y" * 2000},
            metadata={"nbengine": {"kind": "long"}, "text/html": {"a": 1}},
        )

    bundle, _ = shown(Claimed(), kind_of(Claimed, long), text_limit=1000)
    assert "1,000 characters left out" in str(bundle.data["text/plain"])
    assert bundle.data["text/html"] == "<b>"
    assert bundle.metadata == {
        "nbengine": {"kind": "long", "cut": {"text/plain": [1000, 2000]}},
        "text/html": {"a": 1},
    }


@given(st.recursive(st.text() | st.floats(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_any_json_becomes_strict_json(value: object) -> None:
    """NaN, infinities and lone surrogates never make a bundle that is no JSON."""
    made = as_mime_value("application/json", value)
    json.dumps(made, allow_nan=False).encode()


@pytest.mark.parametrize(
    "mime, item, made",
    [
        ("text/plain", "\ud800", "\\ud800"),
        ("text/html", b"\xff<b>", "\\xff<b>"),
        ("image/svg+xml", b"<svg/>", "<svg/>"),
        ("image/png", b"png", "cG5n"),
        ("image/png", "cG5n", "cG5n"),
        ("text/plain", ["a\n", "b"], "a\nb"),
        ("application/vnd.x+json", {"k": ["\ud800"]}, {"k": ["\\ud800"]}),
    ],
)
def test_each_type_has_its_form(mime: str, item: object, made: object) -> None:
    """Text is text, binary is base64, JSON is JSON, lists of lines are joined."""
    assert as_mime_value(mime, item) == made


@pytest.mark.parametrize("mime, item", [("text/plain", 5), ("image/png", None), ("a/b", object())])
def test_what_a_type_cannot_be(mime: str, item: object) -> None:
    """The error says which type takes what."""
    with pytest.raises(TypeError, match=f"{mime} takes text or bytes, not {type(item).__name__}"):
        as_mime_value(mime, item)
