"""Which encoding bytes of a text have: told by a mark, proved by UTF-8's own form, or guessed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass

from .extra import library

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8", 1),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le", 4),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be", 4),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be", 2),
)
"""Byte order marks, in an order in which none hides another."""
_CONTROLS = bytes(set(range(32)) - set(b"\b\t\n\v\f\r\x1b")) + b"\x7f"
"""Characters that text has not, or hardly."""
_WESTERN = frozenset("cp1252 latin_1 cp1250 iso8859_2 iso8859_15 mac_roman cp1254 cp1257".split())
"""Between these nothing but a dictionary decides, so they are taken for the commonest one."""
_CANDIDATES = [
    *_WESTERN, "cp932", "euc_jp", "gb18030", "big5", "euc_kr", "cp1251", "koi8_r", "cp1253",
    "cp1255", "cp1256", "cp874",
]  # fmt: skip
_CENTRAL = bytes.fromhex("b3b9bf9c9fa3afa58d8f9dec9a9e8a8e")
"""Letters of Polish, Czech and Slovak in cp1250; in cp1252 signs, or letters seldom met."""
_GUESSED_BY = 32 * 2**10


@dataclass(frozen=True)
class Encoding:
    """How bytes are read as text."""

    name: str
    """As `open` takes it for the whole file."""
    codec: str
    """For a part from within the file."""
    mark: int = 0
    """Bytes of the byte order mark."""
    unit: int = 1
    """Bytes that belong together at least."""
    guessed: bool = False
    faulty: bool = False
    """Whether some bytes are not of this encoding."""

    def decode(self, part: bytes) -> str:
        """Text of a part that may begin and end within a character."""
        if self.codec == "utf-8":
            part = _without_continuation(part)
        return codecs.getincrementaldecoder(self.codec)("replace").decode(part)


def encoding_of(parts: Sequence[bytes]) -> Encoding | None:
    """The encoding of a text of which these are parts, the first its beginning; None for no text.

    Raises:
        MissingDependencyError: only a guess could tell, and what guesses is not installed.
    """
    head = parts[0]
    for mark, name, codec, unit in _MARKS:
        if head.startswith(mark):
            return Encoding(name, codec, len(mark), unit)
    if (wide := _wide(head)) is not None:
        return Encoding(wide, wide, unit=2, guessed=True)
    whole = b"".join(parts)
    if _share(whole, _CONTROLS) > 0.02:
        return None
    if all(_is_utf8(part) for part in parts):
        return Encoding("utf-8", "utf-8")
    if _is_mostly_utf8(whole):
        return Encoding("utf-8", "utf-8", faulty=True)
    guess = _guess(whole)
    return Encoding(guess, guess, guessed=True)


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark, known by the zeros in every other byte of its ASCII characters."""
    half = max(1, len(head) // 2)
    even, odd = head[::2].count(0) / half, head[1::2].count(0) / half
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else None


def _share(data: bytes, of: bytes) -> float:
    return 1 - len(data.translate(None, of)) / max(1, len(data))


def _without_continuation(part: bytes) -> bytes:
    """Without the rest of a UTF-8 character that began before."""
    start = 0
    while start < min(3, len(part)) and part[start] & 0xC0 == 0x80:
        start += 1
    return part[start:]


def _is_utf8(part: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(_without_continuation(part))
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_utf8(data: bytes) -> bool:
    """A few wrong bytes in what is UTF-8 otherwise."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = len(text) - wrong - len(data.translate(None, bytes(range(128, 256))))
    return wrong * 20 < right


def _guess(data: bytes) -> str:
    """By what bytes beyond ASCII are; where nothing is recognised, what most such files are."""
    lines = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    sample = b"".join(lines)[:_GUESSED_BY]
    best = library("charset_normalizer").from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is not None and best.encoding not in _WESTERN:
        return str(best.encoding)
    return _western(sample)


def _western(sample: bytes) -> str:
    strange = sample.translate(None, bytes(range(128)))
    if _share(strange, _CENTRAL) > 0.2:
        return "cp1250"
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
