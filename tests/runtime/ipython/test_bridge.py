"""The notebook's IPython beside one that the host has for itself."""

from __future__ import annotations

import subprocess
import sys

HOST = """
from IPython.core.interactiveshell import InteractiveShell
host = InteractiveShell.instance()
from nbengine import ExecutionService
with ExecutionService() as service:
    cell = "import pandas as pd\\ndisplay(pd.DataFrame({'a': [1]}))\\nprint(get_ipython() is host)"
    service.open_notebook("n")
    service.notebook_globals["n"]["host"] = host
    result = service.execute_code(cell, "c", "n")
    print("application/vnd.dataresource+json" in result.outputs[0].data, result.stdout.strip())
print(InteractiveShell.instance() is host)
"""


def test_a_host_that_is_an_ipython_keeps_its_shell() -> None:
    """In cells `display` and `get_ipython` are the notebook's, outside of them the host's."""
    ran = subprocess.run([sys.executable, "-c", HOST], capture_output=True, text=True, check=False)
    assert ran.stdout.splitlines() == ["True False", "True"], ran.stderr
