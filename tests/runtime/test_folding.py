from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

from nbengine.runtime.folding import LONGEST_LINE, TerminalText, fold, unstyled
from tests.runtime.screen import Screen

PLAIN = st.text(st.characters(exclude_characters="\r\b\x1b", exclude_categories=["Cs"]))
MOVES = ["\r", "\b", "\n", "\x1b[A", "\x1b[2A", "\x1b[K", "\x1b[0K", "\x1b[1K", "\x1b[2K"]
TERMINAL = st.lists(st.sampled_from([*MOVES, "a", "bc", "def ", " ", "é日"]), max_size=40)
ESCAPES = ["\x1b[31m", "\x1b[0m", "\x1b[1;32m", "\x1b", "\x1b[", "\x1b]0;t\x07", "\x1b[?25l"]


def lines(text: str) -> list[str]:
    return [line.rstrip(" ") for line in text.split("\n")]


@pytest.mark.parametrize(
    "written, shown",
    [
        ("10%\r20%\r", "20%"),
        ("abc\rX", "Xbc"),
        ("abc\b\bX", "aXc"),
        ("\b\bX", "X"),
        ("line\n\bX", "line\nX"),
        ("a\r\nb", "a\nb"),
        ("one\ntwo\x1b[A\rONE", "ONE\ntwo"),
        ("one\ntwo\x1b[9A\rONE", "ONE\ntwo"),
        ("hello\r\x1b[K", ""),
        ("hello\b\b\x1b[K", "hel"),
        ("bar    \rb", "bar"),
        ("\x1b[31mred\x1b[0m\rRED", "RED"),
        ("\x1b[31ma\x1b[0m\r\x1b[32mb\x1b[0m", "\x1b[32mb\x1b[0m"),
        ("\x1b[?25lhidden cursor", "\x1b[?25lhidden cursor"),
        ("cut \x1b[3", "cut \x1b[3"),
    ],
)
def test_moves_of_the_cursor(written: str, shown: str) -> None:
    """A control character moves the cursor, and what is written there replaces what was."""
    assert fold(written) == shown


@given(PLAIN)
def test_plain_text_stays(text: str) -> None:
    """Text without control characters comes out as it went in, blanks at line ends included."""
    assert fold(text) == text


@given(TERMINAL.map("".join))
def test_a_terminal_shows_the_same(text: str) -> None:
    """Folded text reads as it would on a terminal."""
    assert lines(fold(text)) == Screen().feed(text).lines()


@given(st.lists(st.one_of(st.sampled_from([*MOVES, *ESCAPES]), PLAIN), max_size=20), st.data())
def test_how_text_is_cut_does_not_matter(parts: list[str], data: st.DataObject) -> None:
    """Text fed in pieces, cut anywhere, is shown as the same text fed at once."""
    text = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    screen = TerminalText()
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        screen.feed(text[start:end])
    assert screen.text() == fold(text)


@given(TERMINAL)
def test_folded_text_has_nothing_left_to_fold(parts: list[str]) -> None:
    """Folding again changes nothing."""
    once = fold("".join(parts))
    assert fold(once) == once


@given(st.lists(st.sampled_from([*MOVES[:3], "abc", "x\n"]), max_size=30), st.data())
def test_lines_above_the_cursor_can_be_handed_over(parts: list[str], data: st.DataObject) -> None:
    """Without moves up, taking finished lines away in between changes nothing."""
    screen, taken = TerminalText(), ""
    for part in parts:
        screen.feed(part)
        if data.draw(st.booleans()):
            taken += screen.take()
    assert taken + screen.text() == fold("".join(parts))


def test_a_line_longer_than_anybody_overwrites_is_handed_over() -> None:
    """An endless line does not stay in memory."""
    screen = TerminalText()
    screen.feed("x" * (LONGEST_LINE + 1))
    assert len(screen.take()) == LONGEST_LINE + 1
    assert screen.text() == ""


def run_bars(**options: Any) -> str:
    file = io.StringIO()
    for _ in tqdm(range(3), desc="outer", file=file, mininterval=0, ascii=True):
        for _ in tqdm(range(4), desc="inner", file=file, mininterval=0, ascii=True, **options):
            pass
    return file.getvalue()


@pytest.mark.parametrize("options", [{"leave": False}, {"leave": True}])
def test_nested_progress_bars_look_as_in_a_terminal(options: dict[str, bool]) -> None:
    """Bars that move the cursor up and down end as a terminal would show them."""
    written = run_bars(**options)
    assert lines(fold(written)) == Screen().feed(written).lines()


def test_a_progress_bar_ends_as_one_line() -> None:
    """Every refresh of a bar replaces the one before."""
    file = io.StringIO()
    for _ in tqdm(range(50), file=file, mininterval=0):
        pass
    (bar,) = fold(file.getvalue()).splitlines()
    assert bar.startswith("100%")


@pytest.mark.parametrize(
    "text, bare",
    [
        ("\x1b[1;31mred\x1b[0m!", "red!"),
        ("no colour", "no colour"),
        ("cut \x1b[3", "cut [3"),
        ("\x1b", ""),
    ],
)
def test_text_without_its_escapes(text: str, bare: str) -> None:
    """Escape sequences go, the text around them stays, and no escape character is left."""
    assert unstyled(text) == bare
