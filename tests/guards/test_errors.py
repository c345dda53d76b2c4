from __future__ import annotations

from collections.abc import Iterator

from nbengine import errors

Row = tuple[int, str, int, int]
"""Depth in the tree, class name, HTTP status, exit code."""


def drawn() -> list[Row]:
    """The rows of the tree in the module's docstring."""
    rows = []
    for line in (errors.__doc__ or "").splitlines():
        words = line.replace("│", " ").replace("├──", "   ").replace("└──", "   ").split()
        if words and words[0].endswith("Error"):
            depth = line.index(words[0]) // 4 - 1
            rows.append((depth, words[0], int(words[1]), int(words[2])))
    return rows


def defined(top: type[errors.NbengineError], depth: int = 0) -> Iterator[Row]:
    yield depth, top.__name__, top.http_status, top.exit_code
    for child in top.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from defined(child, depth + 1)


def test_the_drawn_error_tree_is_the_real_one() -> None:
    """Each error stands in the tree on top of the file, under its parent, with its numbers."""
    assert drawn() == list(defined(errors.NbengineError))


def test_every_error_says_what_it_means() -> None:
    """Each error class has a docstring of its own, and its numbers are possible ones."""
    for _, name, status, exit_code in defined(errors.NbengineError):
        assert vars(errors)[name].__doc__
        assert 400 <= status <= 599
        assert 1 <= exit_code <= 125
