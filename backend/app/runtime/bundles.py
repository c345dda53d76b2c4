"""MIME bundles made smaller: what of one is kept, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from ..models.notebook import CUT, LEFT_OUT, OWN_METADATA, Cut, ExecutionResult, own_metadata
from ..models.outputs import MimeBundle, Output, StreamOutput

PLAIN = "text/plain"

B = TypeVar("B", bound=MimeBundle)


def only(bundle: B, mimes: Collection[str]) -> B:
    """The bundle with these of its representations and without metadata of the others."""
    data = {mime: item for mime, item in bundle.data.items() if mime in mimes}
    about = {key: said for key, said in bundle.metadata.items() if "/" not in key or key in data}
    return bundle.model_copy(update={"data": data, "metadata": about})


def within(bundle: B, room: int) -> B:
    """The representations of the bundle for which there is room; the metadata names the others.

    Plain text goes first, the others in their order.
    """
    sizes = {mime: size_of(item) for mime, item in bundle.data.items()}
    if sum(sizes.values()) <= room:
        return bundle
    kept = []
    for mime in sorted(sizes, key=lambda mime: mime != PLAIN):
        if sizes[mime] <= room:
            room -= sizes[mime]
            kept.append(mime)
    left_out = [mime for mime in sizes if mime not in kept]
    return noted(only(bundle, kept), {LEFT_OUT: left_out})


def noted(bundle: B, about: Mapping[str, Any]) -> B:
    """The bundle with something more that the engine itself says of it in the metadata."""
    metadata = merged(bundle.metadata, {OWN_METADATA: about})
    return bundle.model_copy(update={"metadata": metadata})


def merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both, the second first, dicts within dicts merged too."""
    nested = {k: merged(one[k], v) for k, v in other.items() if _both_dicts(one.get(k), v)}
    return {**one, **other, **nested}


def cuts_in(outputs: Iterable[Output | MimeBundle]) -> list[Cut]:
    """What the metadata of these outputs says was left out of their bundles."""
    bundles = [output for output in outputs if isinstance(output, MimeBundle) and output.metadata]
    pairs = [pair for bundle in bundles if (pair := _cut_text(bundle))]
    lost = [(len(bundle.data), left_out) for bundle in bundles if (left_out := lost_from(bundle))]
    cuts = []
    if pairs:
        kept, total = map(sum, zip(*pairs, strict=True))
        cuts.append(Cut(what="text", kept=kept, total=total))
    if lost:
        kept, left_out = map(sum, zip(*lost, strict=True))
        cuts.append(Cut(what="representations", kept=kept, total=kept + left_out))
    return cuts


def lost_from(bundle: MimeBundle) -> int:
    """How many representations had no room."""
    left_out = own_metadata(bundle).get(LEFT_OUT)
    return len(left_out) if isinstance(left_out, list) else 0


def size_of(value: object, depth: int = 6) -> int:
    """About how many bytes of memory a bundle, or a part of one, holds; cheap, never exact."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, MimeBundle):
        return size_of(value.data)
    if depth and isinstance(value, dict):
        return sum(size_of(item, depth - 1) for item in value.values())
    if depth and isinstance(value, list):
        few = value[:100]
        return sum(size_of(item, depth - 1) for item in few) * len(value) // max(1, len(few))
    return 8


def size_of_result(result: ExecutionResult) -> int:
    """About how many bytes of memory a result holds, tables aside."""
    shown = (o.text if isinstance(o, StreamOutput) else o for o in result.outputs)
    return sum(map(size_of, shown)) + size_of(result.user_expressions)


def _cut_text(bundle: MimeBundle) -> tuple[int, int] | None:
    """Characters kept and in all of a plain text that was cut."""
    cut = own_metadata(bundle).get(CUT)
    if PLAIN not in bundle.data or not isinstance(cut, dict):
        return None
    match cut.get(PLAIN):
        case [int(kept), int(total)]:
            return kept, total
    return None


def _both_dicts(one: object, other: object) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)
