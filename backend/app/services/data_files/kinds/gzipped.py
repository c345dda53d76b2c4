"""gzip files: the text within, as far as its first megabyte goes."""

from __future__ import annotations

import zlib

from ....models.files import Contents
from ..recognising import described_text, textual
from ..source import HEAD, Source
from ..text_sample import Sample

_BLOCK = 64 * 2**10


def describe_gzipped(source: Source, form: str) -> Contents:
    """What is in the compressed file."""
    try:
        sample = _unpacked(source)
    except zlib.error as error:
        told = f"This gzip file is damaged: {error}."
        return Contents(kind="gzip", format=form, problem=told)
    if not sample.head:
        return Contents(kind="gzip", format=form, problem="This gzip file holds nothing.")
    ending = source.name.lower().removesuffix(".gz").rpartition(".")[2]
    found = textual(sample, ending)
    if found.text is None:
        return Contents(
            kind="gzip", format="gzip of a binary file", details={"begins": sample.head[:16].hex()}
        )
    contents = described_text(found, ending)
    return contents.model_copy(update={"format": f"{contents.format}, gzip-compressed"})


def _unpacked(source: Source) -> Sample:
    """The beginning, and by its rate of compression how much all of it would be.

    Raises:
        zlib.error: the first bytes are damaged already.
    """
    unpacker, head, place = zlib.decompressobj(wbits=31), bytearray(), 0
    while len(head) < HEAD and not unpacker.eof:
        block = unpacker.unconsumed_tail or source.read(place, _BLOCK)
        place += 0 if unpacker.unconsumed_tail else len(block)
        if not block:
            break
        head += unpacker.decompress(block, HEAD - len(head))
    used = place - len(unpacker.unconsumed_tail) - len(unpacker.unused_data)
    if unpacker.eof and used >= source.size:
        return Sample(bytes(head), len(head))
    return Sample(bytes(head), max(len(head) + 1, len(head) * source.size / max(1, used)))
