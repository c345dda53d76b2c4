from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from nbengine.errors import InvalidSettingError
from nbengine.settings import PREFIX, Settings, load_settings


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_first_found_wins(tmp_path: Path) -> None:
    """Arguments go before the environment, that before the file, the file before the default."""
    write(
        tmp_path,
        "nbengine.toml",
        "table_rows = 1\ntable_count = 1\nwarning_limit = 1\n",
    )
    environ = {"NBENGINE_TABLE_ROWS": "2", "NBENGINE_TABLE_COUNT": "2"}
    found = load_settings(environ, tmp_path, table_rows=3)
    assert (found.table_rows, found.table_count, found.warning_limit) == (3, 2, 1)
    assert found.table_columns == Settings().table_columns


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    """The table in `pyproject.toml` is read from the folder or the nearest one above it."""
    write(tmp_path, "pyproject.toml", "[tool.nbengine]\ntable_rows = 7\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert load_settings({}, inner).table_rows == 7
    write(tmp_path / "a", "nbengine.toml", "table_rows = 8\n")
    assert load_settings({}, inner).table_rows == 8


def test_a_file_of_ours_goes_before_the_project_s(tmp_path: Path) -> None:
    """Where both are, `nbengine.toml` is the one."""
    write(tmp_path, "pyproject.toml", "[tool.nbengine]\ntable_rows = 7\n")
    write(tmp_path, "nbengine.toml", "table_rows = 8\n")
    assert load_settings({}, tmp_path).table_rows == 8


def test_somebody_else_s_broken_file_is_no_matter(tmp_path: Path) -> None:
    """A `pyproject.toml` without our table, or that is no TOML, is passed over."""
    write(tmp_path, "pyproject.toml", "not = = toml")
    assert load_settings({}, tmp_path) == load_settings({}, Path(tmp_path.anchor))


def test_text_of_the_environment_is_read_as_its_type() -> None:
    """Numbers, switches, names and paths come as text and leave as what they are."""
    environ = {
        "NBENGINE_OWN_DESCRIPTORS": "true",
        "NBENGINE_FIGURE_DPI": "150",
        "NBENGINE_STATISTICAL_RULES_OFF": "one, two",
        "NBENGINE_WORKSPACE_DIR": "here",
        "NBENGINE_FIGURE_FORMAT": "svg",
    }
    found = load_settings(environ, Path("/"))
    assert found.own_descriptors is True
    assert found.figure_dpi == 150
    assert found.statistical_rules_off == {"one", "two"}
    assert found.workspace_dir == Path("here")
    assert found.figure_format == "svg"


def test_a_limit_can_be_lifted(tmp_path: Path) -> None:
    """The word none is no limit, where neither the environment nor TOML has another way."""
    write(tmp_path, "nbengine.toml", "memory_limit = 'none'\n")
    found = load_settings({"NBENGINE_PROCESS_LIMIT": "none"}, tmp_path)
    assert (found.memory_limit, found.process_limit) == (None, None)
    assert found.open_file_limit is not None


def test_the_key_is_one_file_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each notebook has a working folder of its own."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings({"NBENGINE_KEY_FILE": "key"}, tmp_path)
    monkeypatch.chdir("/")
    assert settings.key_file == tmp_path / "key"


def test_folders_in_the_environment(tmp_path: Path) -> None:
    """Several folders are written as in PATH, and blanks are part of a name."""
    environ = {"NBENGINE_INPUT_FOLDERS": os.pathsep.join(["/a b", "/c"])}
    assert load_settings(environ, tmp_path).input_folders == (Path("/a b"), Path("/c"))


@pytest.mark.parametrize("name, value", [("TABLE_ROWS", "many"), ("FIGURE_FORMAT", "gif")])
def test_an_unusable_value_in_the_environment(name: str, value: str) -> None:
    """The sentence names the setting and where it was read."""
    with pytest.raises(InvalidSettingError) as refusal:
        load_settings({PREFIX + name: value}, Path("/"))
    assert f"Setting '{name.lower()}' in environment is unusable" in str(refusal.value)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("tabel_rows = 1\n", "Unknown setting 'tabel_rows' in "),
        ("tabel_rows = 1\n", "; the nearest is 'table_rows'."),
        ("zzz = 1\n", "nbengine.toml."),
        ("table_rows = 'many'\n", "Setting 'table_rows' in "),
        ("table_rows = 0\n", "Setting 'table_rows' in "),
        ("table_rows = = 1\n", "cannot be read as TOML"),
    ],
)
def test_a_file_that_makes_no_sense(text: str, sentence: str, tmp_path: Path) -> None:
    """The sentence names the file."""
    path = write(tmp_path, "nbengine.toml", text)
    with pytest.raises(InvalidSettingError) as refusal:
        load_settings({}, tmp_path)
    assert sentence in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """A file in another encoding is told as one that cannot be read."""
    (tmp_path / "nbengine.toml").write_bytes(b"table_rows = 1 # \xff")
    with pytest.raises(InvalidSettingError, match="cannot be read as TOML"):
        load_settings({}, tmp_path)


def test_an_unknown_argument() -> None:
    """A misspelled argument is told as such."""
    with pytest.raises(InvalidSettingError, match="Unknown setting 'tabel_rows' in arguments"):
        load_settings({}, Path("/"), tabel_rows=1)


@pytest.mark.parametrize(
    "variable, said",
    [
        ("NBENGINE_TABEL_ROWS", "; the nearest is NBENGINE_TABLE_ROWS."),
        ("NBENGINE_table_rows", "; the nearest is NBENGINE_TABLE_ROWS."),
        ("NBENGINE_WORKSPACE", "; the nearest is NBENGINE_WORKSPACE_DIR."),
        ("NBENGINE_PORT", "passed over."),
    ],
)
def test_a_variable_that_is_no_setting_is_noticed(
    variable: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be a slip or somebody else's: it changes nothing, and one line names it."""
    assert load_settings({variable: "1"}, Path("/")) == load_settings({}, Path("/"))
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"{variable} in the environment is no setting")
    assert caplog.messages[0].endswith(said)


def test_variables_without_the_prefix_are_nobody_s_business(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Other programs' variables and our own settings are not remarked upon."""
    load_settings({"PATH": "x", "MY_NBENGINE_X": "1", "NBENGINE_TABLE_ROWS": "2"}, Path("/"))
    assert caplog.messages == []


def test_settings_are_frozen() -> None:
    """Settings are read once and never change."""
    with pytest.raises(ValidationError):
        Settings().table_rows = 1  # type: ignore[misc]
