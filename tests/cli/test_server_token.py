from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbengine.cli.server_token import chosen_token
from nbengine.errors import InvalidInputError
from nbengine.settings import TOKEN_VARIABLE, load_settings


@pytest.fixture(autouse=True)
def no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment of the tests has."""
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)


def test_without_any_it_is_random() -> None:
    """And long; nothing in the environment is nothing."""
    os.environ[TOKEN_VARIABLE] = ""
    one, other = chosen_token(None, None), chosen_token(None, None)
    assert one != other
    assert len(one) >= 32


def test_the_environment_loses_it() -> None:
    """Cells that run in this process do not find it; what the command line says goes before it."""
    os.environ[TOKEN_VARIABLE] = "from outside"
    assert chosen_token(None, None) == "from outside"
    assert TOKEN_VARIABLE not in os.environ
    os.environ[TOKEN_VARIABLE] = "from outside"
    assert chosen_token("given", None) == "given"
    assert TOKEN_VARIABLE not in os.environ


@pytest.mark.parametrize("content", ["secret", "secret\n", "secret\r\nmore\n"])
def test_a_file_has_it_in_its_first_line(tmp_path: Path, content: str) -> None:
    """Whatever ends the line."""
    path = tmp_path / "token"
    path.write_text(content, newline="")
    assert chosen_token(None, path) == "secret"


@pytest.mark.parametrize(
    "content, sentence", [(b"", "is empty"), (b"\nsecret", "is empty"), (b"\xff\xfe", "not text")]
)
def test_a_file_without_one_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    """A server with a token that nobody chose would be none that anybody can use."""
    path = tmp_path / "token"
    path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=sentence):
        chosen_token(None, path)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(InvalidInputError, match="no such file"):
        chosen_token(None, tmp_path / "none")


def test_two_are_one_too_many(tmp_path: Path) -> None:
    """Which of them holds is not guessed."""
    with pytest.raises(InvalidInputError, match="not both"):
        chosen_token("given", tmp_path / "token")


def test_other_commands_pass_it_over(caplog: pytest.LogCaptureFixture) -> None:
    """Without a word, whoever has put it there."""
    os.environ[TOKEN_VARIABLE] = "secret"
    load_settings()
    assert not caplog.records
