from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from nbengine.models.assistance import Completion
from nbengine.runtime.assistance.completion import MOST, complete, no_completion
from nbengine.runtime.assistance.place import Place

ANSWER = {"matches": [["analysed", "statement"], ["_hidden", "statement"]]}


class Thing:
    def grow(self, amount: int, *, speed: int = 1) -> None: ...


NAMES: dict[str, Any] = {
    "data": {"alpha": 1, 'with "quotes"': 2, "a\nb": 3, 5: 6},
    "df": pd.DataFrame({"species": [1], "two words": [2]}),
    "thing": Thing(),
    "value": 1,
    "_private": 1,
}


def ask(_: dict[str, Any]) -> dict[str, Any]:
    """Stands for the analyser: it knows one name."""
    return ANSWER


def completed(code: str, cursor: int | None = None, cwd: Path | str = "/") -> Completion:
    place = Place(NAMES, str(cwd), [], {"line": ["time", "timeit"], "cell": ["time"]})
    return complete(code, len(code) if cursor is None else cursor, place, ask)


@pytest.mark.parametrize(
    "code, expected, start",
    [
        ("thing.", ["grow"], 6),
        ("é😀; thing.gr", ["grow"], 10),
        ("df.sp", ["sparse", "species"], 3),
        ('data["al', ["alpha"], 6),
        ('data["with', [r"with \"quotes\""], 6),
        ("data['a", ["alpha", r"a\nb"], 6),
        ("data[", ["'alpha'", "'with \"quotes\"'", r"'a\nb'", "5"], 5),
        ('df["tw', ["two words"], 4),
        ('df.loc[0, "sp', ["species"], 11),
        ("thing.grow(", ["amount=", "speed="], 11),
        ("thing.grow(speed=1, a", ["amount="], 20),
        ("%ti", ["%time", "%%time", "%timeit"], 0),
        ("%%ti", ["%%time"], 0),
        ("import js", ["json"], 7),
        ("from json.de", ["json.decoder"], 5),
        ("unknown().", ["analysed"], 10),
        ("unknown()._", ["_hidden"], 10),
        ("thing.nothing.", ["analysed"], 14),
        ("'text", [], 5),
        ("1.re", [], 4),
    ],
)
def test_the_matches_and_what_they_replace(code: str, expected: list[str], start: int) -> None:
    """The first are those of the live objects; the cursor counts code points."""
    answer = completed(code)
    assert answer.matches[: len(expected)] == expected
    assert (answer.cursor_start, answer.cursor_end) == (start, len(code))


def test_names_come_from_everywhere() -> None:
    """The namespace, Python's builtins and keywords, the unfinished cell, magics."""
    names = set(completed("").matches)
    assert {"value", "len", "lambda", "%time"} <= names
    assert "_private" not in names
    assert "analysed" in completed("x = 1\nana").matches
    assert completed("_p").matches == ["_private"]


def test_every_match_has_its_type() -> None:
    """The metadata holds the same matches, with types and signatures."""
    answer = completed("thing.gr")
    assert answer.metadata["_jupyter_types_experimental"] == [
        {
            "text": "grow",
            "start": 6,
            "end": 8,
            "type": "function",
            "signature": "(amount: 'int', *, speed: 'int' = 1) -> 'None'",
        }
    ]


def test_files_of_the_notebooks_folder_are_offered_in_strings(tmp_path: Path) -> None:
    """Also in shell lines, where a space is escaped."""
    (tmp_path / "two words.csv").touch()
    (tmp_path / "data").mkdir()
    assert completed('open("tw', cwd=tmp_path).matches == ["two words.csv"]
    assert completed("!cat tw", cwd=tmp_path).matches == ["two\\ words.csv"]
    assert completed("x = 'da", cwd=tmp_path).matches == ["data/"]


def test_the_cursor_may_be_within_the_code() -> None:
    """What follows stays as it is."""
    answer = completed("thing.grow(1)\nvalue", 7)
    assert (answer.matches, answer.cursor_start, answer.cursor_end) == (["grow"], 6, 7)


def test_matches_are_not_too_many() -> None:
    """Ten thousand names, ten thousand columns: the first are told."""
    names: dict[str, Any] = {f"name_{number}": number for number in range(10_000)}
    wide = pd.DataFrame([range(10_000)], columns=[f"c{number}" for number in range(10_000)])
    place = Place({**names, "wide": wide}, "/", [])
    for code in ("name_", "wide.", 'wide["'):
        assert len(complete(code, len(code), place, ask).matches) == MOST


def test_a_namespace_that_changes_meanwhile_is_read(tmp_path: Path) -> None:
    """A cell that runs may add names at any moment."""
    place = Place(dict.fromkeys(map(str, range(1_000)), 1), str(tmp_path), [])
    seen: list[str] = []

    def ask_and_change(_: dict[str, Any]) -> dict[str, Any]:
        place.namespace.clear()
        return {}

    seen += complete("x = 1; va", 9, place, ask_and_change).matches
    assert "vars" in seen


def test_a_very_long_code_is_completed_at_its_end() -> None:
    """Five million characters, of which the last are read."""
    code = "x = {'a': 1}\n" * 400_000 + "thing."
    assert completed(code).matches == ["grow"]


def test_no_completion_is_a_valid_one() -> None:
    """It stands at the cursor."""
    answer = no_completion("abc", 99)
    assert (answer.matches, answer.cursor_start, answer.cursor_end) == ([], 3, 3)
