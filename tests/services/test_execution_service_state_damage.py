"""Memory on disk that was changed while nobody ran the notebook."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbengine import ExecutionService
from tests.services.conftest import Serve
from tests.services.test_execution_service_state import run, value

PAGE = 4096

REFUSED = {
    "indices of a sparse matrix": (
        "import scipy.sparse\nx = scipy.sparse.random(4000, 4000, 0.01, 'csr', random_state=1)",
        "x.sum()",
    ),
    "codes of categories": (
        "import pandas as pd\nx = pd.Series(pd.Categorical(['a', 'b'] * 100_000))",
        "x.tolist()",
    ),
    "offsets of texts": (
        "import polars as pl\nx = pl.DataFrame({'a': ['one', 'two'] * 50_000})",
        "x['a'].to_list()",
    ),
    "a table of Arrow": (
        "import pyarrow as pa\nx = pa.table({'a': ['one', 'two'] * 50_000})",
        "x.to_pylist()",
    ),
    "texts of pandas": (
        "import pandas as pd\nx = pd.DataFrame({'a': ['one', 'two'] * 50_000})",
        "x['a'].tolist()",
    ),
    "truth values": ("import numpy as np\nx = np.ones(200_000, bool)", "np.arange(200_000)[x]"),
    "an array beside indices": (
        (
            "import numpy as np, scipy.sparse\n"
            "x = [np.ones(20_000), scipy.sparse.eye(20_000, format='csr')]"
        ),
        "x[1] @ x[0]",
    ),
}


def spoil(workspace: Path) -> None:
    """Change some bytes in each page of every pack."""
    packs = list(workspace.glob("n/state/packs/*.pack"))
    assert packs
    for pack in packs:
        data = bytearray(pack.read_bytes())
        for place in range(0, len(data), PAGE):
            data[place + 100 : place + 108] = b"\x7f" * 8
        pack.write_bytes(data)


@pytest.mark.parametrize("cell, use", REFUSED.values(), ids=REFUSED)
def test_damaged_indices_are_not_followed(
    cell: str, use: str, serve: Serve, own_settings: Path
) -> None:
    """What a library would follow unchecked is checked before it comes back, and else is not."""
    run(serve(), cell, "ok = 1")
    serve().close()
    spoil(own_settings)
    service = serve()
    assert value(service, "ok") == "1"
    error = service.execute_code(use, "c", "n").error
    assert error is not None
    assert "x could not be brought back after the restart" in error.traceback
    assert "has changed since it was written" in error.traceback


@pytest.mark.parametrize(
    "cell",
    [
        "x = np.ones(100_000)",
        "x = pd.DataFrame({'a': np.ones(100_000), 'b': 1, 'c': pd.Timestamp('2020')})['a']",
        "class A: pass\na = A()\na.data = {'x': np.ones(100_000)}\nx = a.data['x']",
    ],
    ids=["an array", "a frame", "an array of an object"],
)
def test_plain_numbers_come_back_unread(cell: str, serve: Serve, own_settings: Path) -> None:
    """Damaged they are other numbers, which `verify` finds: a gigabyte is back at once."""
    run(serve(), "import numpy as np, pandas as pd", cell)
    serve().close()
    spoil(own_settings)
    service = serve()
    assert value(service, "bool((x == 1).all())") == "False"
    assert service.states.verify("n")


def test_what_comes_back_checked_is_saved_again_as_it_was(serve: Serve) -> None:
    """It is a copy of what lies on disk, and changes of it are seen."""
    run(serve(), "import numpy as np\nx = np.ones(3_000_000, bool)\nx.flags.writeable")
    service: ExecutionService = serve()
    assert run(service, "y = 1").state.bytes_written < 500_000
    assert run(service, "x[5] = False").state.bytes_written >= 1_000_000
    assert value(serve(), "int(x.sum())") == "2999999"
