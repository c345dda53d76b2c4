from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbengine.errors import InvalidInputError
from nbengine.services.parameters_file import read_parameters


def file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


YAML = """\
species: Adelie
folds: 5
rate: 1.0e-3
none: null
gone: .nan
day: 2024-01-31
moment: 2024-01-31 12:00:00
yes_or_no: yes
nested: {list: [1, "2", {ü: 🐧}]}
shared: &one {a: 1}
again: *one
"""


@pytest.mark.parametrize("name", ["p.yaml", "p.yml", "P.YAML"])
def test_a_yaml_file_is_read_as_papermill_reads_it(tmp_path: Path, name: str) -> None:
    """Dates stay text, as they do there; all else is as YAML 1.1 has it."""
    from papermill.iorw import read_yaml_file

    path = file(tmp_path, name, YAML)
    expected = read_yaml_file(str(file(tmp_path, "theirs.yaml", YAML)))
    assert expected["day"] == "2024-01-31"
    assert repr(read_parameters(path)) == repr(expected)


def test_a_json_file_is_read_as_json(tmp_path: Path) -> None:
    """Numbers are those of JSON, where YAML 1.1 would take `1e5` for text; a mark is no harm."""
    path = file(tmp_path, "p.json", b'\xef\xbb\xbf{"a": 1e5, "b": [null, true], "c": "\xc3\xa9"}')
    assert read_parameters(path) == {"a": 1e5, "b": [None, True], "c": "é"}


def test_an_empty_yaml_file_gives_no_parameters(tmp_path: Path) -> None:
    """A file of comments is a mapping of nothing, as for papermill."""
    assert read_parameters(file(tmp_path, "p.yaml", "# nothing yet\n")) == {}


@pytest.mark.parametrize(
    "name, content, said",
    [
        ("p.json", "{", "cannot be read: Expecting property name"),
        ("p.json", "", "cannot be read: Expecting value"),
        ("p.json", "[" * 100_000, "cannot be read: maximum recursion depth"),
        ("p.json", "[1]", "it is not a mapping of names to values"),
        ("p.json", b'{"a": "\xe9"}', "it is not UTF-8 text (byte 7)"),
        ("p.json", '{"a b": 1}', "Parameter name 'a b' is not one that Python can assign to"),
        ("p.yaml", "7: 1", "Parameter name 7 is not one that Python can assign to"),
        ("p.yaml", "a: [1", "but got '<stream end>' at line 1, column 6"),
        ("p.yaml", "a: b: c", "mapping values are not allowed here at line 1, column 5"),
        ("p.yaml", "a: \0", "special characters are not allowed"),
        ("p.yaml", "a: !!python/name:os.system x", "could not determine a constructor"),
        ("p.yaml", "a: " + "9" * 5000, "Exceeds the limit"),
        ("p.toml", "a = 1", "is neither .json nor .yaml"),
    ],
)
def test_what_is_no_file_of_parameters_is_refused(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    """One sentence names what is wrong, and nothing of the file is run."""
    with pytest.raises(InvalidInputError) as caught:
        read_parameters(file(tmp_path, name, content))
    message = str(caught.value)
    assert said in message
    assert "\n" not in message


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """The sentence names the file and says what the operating system says."""
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(InvalidInputError, match=r"none\.json cannot be read: no such file"):
        read_parameters(tmp_path / "none.json")
    with pytest.raises(InvalidInputError, match=r"folder\.json cannot be read: "):
        read_parameters(tmp_path / "folder.json")


def test_without_a_yaml_library_the_pip_line_is_told(tmp_path: Path) -> None:
    """JSON is read without it, and importing the module needs none."""
    file(tmp_path, "p.json", '{"a": 1}')
    file(tmp_path, "p.yaml", "a: 1")
    code = (
        "import sys; from pathlib import Path\n"
        "from nbengine.errors import MissingDependencyError\n"
        "from nbengine.services.parameters_file import read_parameters\n"
        "assert 'yaml' not in sys.modules\n"
        "sys.modules['yaml'] = None\n"
        "print(read_parameters(Path('p.json')))\n"
        "try: read_parameters(Path('p.yaml'))\n"
        "except MissingDependencyError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("{'a': 1}\nParameters in YAML need PyYAML")
    assert "pip install 'nbengine[yaml]'" in done.stdout
