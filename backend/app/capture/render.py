"""A value in, every representation of it out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any, Protocol

import orjson

from ..models.notebook import CUT
from ..models.outputs import MimeBundle, is_json_mime
from ..runtime.bundles import PLAIN, noted
from ..runtime.execution import speakable
from ..runtime.text_window import TextTooLongError, TextWindow
from ..runtime.wording import plural
from ..settings import Settings
from .pretty.text import pretty_text
from .registry import Registry, Renderer

TEXT_REPRS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_latex_": "text/latex",
    "_repr_javascript_": "application/javascript",
}
BINARY_REPRS = {
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_pdf_": "application/pdf",
}
JSON_REPRS = {"_repr_json_": "application/json"}
"""The display protocol's methods and their MIME types.

Source: https://ipython.readthedocs.io/en/stable/config/integrating.html#rich-display
"""

_REPRS = {**TEXT_REPRS, **BINARY_REPRS, **JSON_REPRS}
_BUNDLE = "_repr_mimebundle_"
_OWN = frozenset({*_REPRS, _BUNDLE})
_MOST_TEXTS = 10
"""Times the limit of a text that is made at all."""
_CANARY = "_ipython_canary_method_should_not_exist_"
"""A name that only objects which answer to every name have; they know it from IPython."""

Notes = list[str]
"""What went wrong while a value was rendered, a sentence each."""


class Plain(Protocol):
    """Makes the plain text of a value."""

    def __call__(self, value: Any, *, limit: int) -> str:
        """The text.

        Raises:
            TextTooLongError: it was given up after so many characters.
        """


def render(
    value: Any, registry: Registry, settings: Settings, plain: Plain | None = None
) -> tuple[MimeBundle, Notes]:
    """Every representation of a value; what raises is left out and noted.

    Precedence: the classes of the value are looked at from the most derived to the most basic.
    The first one that a kind claims, or that defines a `_repr_*` method itself, decides; where it
    is both, the kind wins (it calls the class's own methods where they are what a user wants to
    see). So a subclass that says how it looks is shown that way. A kind that raises gives way to
    the object's own methods, and the plain text is there in any case: as `plain` gives it, or else
    as IPython would by default.
    """
    notes: Notes = []
    bundle = _by_class(value, registry, settings, notes)
    return with_plain_text(bundle, value, settings, notes, plain), notes


def with_plain_text(
    bundle: MimeBundle, value: Any, settings: Settings, notes: Notes, plain: Plain | None = None
) -> MimeBundle:
    """The bundle with a plain text, made here if it has none, bounded.

    What was cut out is told in the text, and how much of it is kept in the metadata.
    """
    own = bundle.data.get(PLAIN)
    whole = own if isinstance(own, str) else _text(value, plain or pretty_text, settings, notes)
    head, left_out, tail = TextWindow(settings.text_limit).shown(whole)
    if not left_out:
        if own is whole:
            return bundle
        return MimeBundle(data={PLAIN: whole, **bundle.data}, metadata=bundle.metadata)
    text = f"{head} … {plural(left_out, 'character')} left out … {tail}"
    data = {PLAIN: "", **bundle.data} | {PLAIN: text}
    cut = MimeBundle(data=data, metadata=bundle.metadata)
    return noted(cut, {CUT: {PLAIN: [len(whole) - left_out, len(whole)]}})


def _text(value: Any, plain: Plain, settings: Settings, notes: Notes) -> str:
    """The text of a value; of one whose `repr` raises, its class and what was raised."""
    try:
        return speakable(plain(value, limit=_MOST_TEXTS * settings.text_limit))
    except TextTooLongError as error:
        notes.append(f"the text of a value was given up after {len(error.kept):,} characters")
        return speakable(error.kept)
    except Exception as error:
        what = said(error)
        notes.append(f"repr() of {class_name(value)} raised {what}")
        return f"<{class_name(value)}: its repr raised {what}>"


def with_registered(
    bundle: MimeBundle, answers: Iterable[tuple[str, Any]], notes: Notes
) -> MimeBundle:
    """The bundle with what printers answered that somebody registered for the value's class."""
    data, metadata = dict(bundle.data), dict(bundle.metadata)
    for mime, answer in answers:
        item, about = _with_metadata(answer)
        if _put(data, mime, item, f"the printer registered for {mime}", notes) and about:
            metadata[mime] = about
    return MimeBundle(data=data, metadata=metadata)


def _by_class(value: Any, registry: Registry, settings: Settings, notes: Notes) -> MimeBundle:
    for cls in type(value).__mro__:
        renderer = registry.renderer(cls)
        if renderer is not None:
            bundle = _by_kind(value, renderer, settings, notes)
            if bundle is not None:
                return bundle
        if not _OWN.isdisjoint(cls.__dict__):
            break
    return _by_own_methods(value, notes)


def _by_kind(value: Any, renderer: Renderer, settings: Settings, notes: Notes) -> MimeBundle | None:
    try:
        return renderer(value, settings)
    except Exception as error:
        notes.append(f"showing {class_name(value)} raised {said(error)}")
        return None


def _by_own_methods(value: Any, notes: Notes) -> MimeBundle:
    """The display protocol: `_repr_mimebundle_` first, then a method for each type it left out."""
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    if (answer := _call(value, _BUNDLE, notes, include=None, exclude=None)) is not None:
        bundle, about = _with_metadata(answer)
        if isinstance(bundle, dict):
            for mime, item in bundle.items():
                _put(data, str(mime), item, f"{_BUNDLE} of {class_name(value)}", notes)
            metadata.update(about)
        else:
            notes.append(f"{_BUNDLE} of {class_name(value)} returned no dict")
    for method, mime in _REPRS.items():
        if mime in data or (answer := _call(value, method, notes)) is None:
            continue
        item, about = _with_metadata(answer)
        if _put(data, mime, item, f"{method} of {class_name(value)}", notes) and about:
            metadata[mime] = about
    return MimeBundle(data=data, metadata=metadata)


def _with_metadata(answer: Any) -> tuple[Any, dict[str, Any]]:
    """What a method answered, apart from the metadata that it may give in a pair."""
    if not (isinstance(answer, tuple) and len(answer) == 2):
        return answer, {}
    try:
        about = strict_json(answer[1])
    except TypeError:
        about = None
    return answer[0], about if isinstance(about, dict) else {}


def _call(value: Any, name: str, notes: Notes, **options: None) -> Any:
    method = _method(value, name)
    if method is None:
        return None
    try:
        return method(**options)
    except NotImplementedError:
        return None
    except Exception as error:
        notes.append(f"{name} of {class_name(value)} raised {said(error)}")
        return None


def _method(value: Any, name: str) -> Callable[..., Any] | None:
    """The object's own method, as IPython finds it; None for one that has just any attribute."""
    try:
        if not hasattr(type(value), name) and hasattr(value, _CANARY):
            return None
        method = getattr(value, name, None)
    except Exception:
        return None
    unbound = issubclass(type(value), type) and not isinstance(method, MethodType)
    return method if callable(method) and not unbound else None


def _put(data: dict[str, Any], mime: str, item: Any, origin: str, notes: Notes) -> bool:
    """Take one representation if it is of the kind its MIME type needs."""
    try:
        data[mime] = as_mime_value(mime, item)
    except (TypeError, ValueError):
        notes.append(f"{origin} gave a {type(item).__name__} for {mime}, which it cannot be")
        return False
    return True


def as_mime_value(mime: str, item: Any) -> Any:
    """A representation as it is kept in a bundle: text, base64 text, or strict JSON.

    Raises:
        TypeError: the item is of no type that this MIME type can have.
        ValueError: the item cannot be said in JSON.
    """
    if is_json_mime(mime):
        return strict_json(item)
    if isinstance(item, list) and all(isinstance(line, str) for line in item):
        return speakable("".join(item))
    if isinstance(item, bytes):
        if mime.startswith("text/") or mime == "image/svg+xml":
            return item.decode("utf-8", "backslashreplace")
        return base64.b64encode(item).decode("ascii")
    if not isinstance(item, str):
        raise TypeError(f"{mime} takes text or bytes, not {type(item).__name__}")
    return speakable(item)


def strict_json(item: Any) -> Any:
    """The item as JSON sees it: NaN and infinities null, keys text, arrays lists.

    Raises:
        TypeError: something in it has no JSON form.
    """
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    try:
        return orjson.loads(orjson.dumps(item, option=options))
    except TypeError:
        return orjson.loads(orjson.dumps(_spoken(item), option=options))


def _spoken(item: Any) -> Any:
    """The item with lone surrogates in its texts as escapes."""
    if isinstance(item, str):
        return speakable(item)
    if isinstance(item, dict):
        return {_spoken(key): _spoken(value) for key, value in item.items()}
    return list(map(_spoken, item)) if isinstance(item, list | tuple) else item


def class_name(value: Any) -> str:
    """What a value's class is called."""
    return str(getattr(type(value), "__qualname__", "an object"))


def said(error: BaseException) -> str:
    """Class and message of an exception, bounded, whatever its own methods do."""
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:
        message = ""
    return speakable(f"{name}: {message}" if message else name)[:1000]
