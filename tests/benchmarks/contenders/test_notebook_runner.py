from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from benchmarks.contenders.notebook_runner import EngineRunner, PlainRunner, time_run

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def notebook(folder: Path, *sources: str) -> Path:
    """A notebook file of code cells."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    path = folder / "source.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), path)
    return path


@pytest.mark.parametrize("runner", [EngineRunner(), PlainRunner()], ids=["nbengine", "plain"])
def test_a_run_is_timed_and_its_results_are_written(
    tmp_path: Path, runner: EngineRunner | PlainRunner
) -> None:
    """The file has what the cells printed, and the time is that of a real run."""
    target = tmp_path / "target.ipynb"
    source = notebook(tmp_path, "import time; time.sleep(0.05)", "print('done')")
    assert time_run(runner, source, target) >= 0.05
    outputs = nbformat.read(target, as_version=4).cells[1].outputs
    assert [output.text for output in outputs] == ["done\n"]


@pytest.mark.parametrize("runner", [EngineRunner(), PlainRunner()], ids=["nbengine", "plain"])
def test_a_cell_that_fails_is_no_run(tmp_path: Path, runner: EngineRunner | PlainRunner) -> None:
    """Nobody is timed for work that was not done."""
    with pytest.raises((RuntimeError, ZeroDivisionError), match="division by zero"):
        runner.run_file(notebook(tmp_path, "1/0"), tmp_path / "target.ipynb")
