"""Which memory may come back unread."""

from __future__ import annotations

import pytest

from .round_trip import saved

PLAIN = {
    "floats": "x = np.ones(20_000)",
    "integers": "x = np.arange(20_000)",
    "complex numbers": "x = np.ones(20_000, complex)",
    "times": "x = np.arange(20_000).astype('M8[s]')",
    "another order": "x = np.ones((200, 200), order='F')[::2]",
    "a file of its own kind": "x = np.ones(20_000).view(np.matrix)",
    "a frame": "x = pd.DataFrame({'a': np.ones(20_000), 'b': pd.Timestamp('2020')})",
    "a series": "x = pd.Series(np.ones(20_000), pd.date_range('2020', periods=20_000, freq='s'))",
    "in an object": "class A: pass\nx = A()\nx.data = {'k': [np.ones(20_000)]}",
}
CHECKED = {
    "truth values": "x = np.ones(100_000, bool)",
    "texts": "x = np.full(20_000, 'text')",
    "records": "x = np.zeros(20_000, dtype=[('a', 'i4'), ('b', 'f8')])",
    "categories": "x = pd.Series(pd.Categorical(['a', 'b'] * 50_000))",
    "levels": "x = pd.Series(1.0, pd.MultiIndex.from_product([range(300), range(300)]))",
    "a sparse matrix": "import scipy.sparse\nx = scipy.sparse.eye(20_000, format='csr')",
    "a subclass of one": (
        "import scipy.sparse\nclass A(scipy.sparse.csr_matrix): pass\n"
        "x = A(scipy.sparse.eye(20_000, format='csr'))"
    ),
    "a table of Arrow": "import pyarrow as pa\nx = pa.table({'a': np.ones(20_000)})",
    "a tree": (
        "from sklearn.tree import DecisionTreeRegressor\nr = np.random.default_rng(1)\n"
        "x = DecisionTreeRegressor().fit(r.random((3000, 2)), r.random(3000))\ndel r"
    ),
    "a picture": (
        "from matplotlib.path import Path\n"
        "x = Path(np.zeros((20_000, 2)), np.ones(20_000, np.uint8))"
    ),
}


@pytest.mark.parametrize("source", PLAIN.values(), ids=PLAIN)
def test_numbers_may_be_any(source: str) -> None:
    """In arrays and frames, and what the notebook itself makes of them."""
    pickled = saved(f"import numpy as np, pandas as pd\n{source}")
    assert pickled.plain
    assert all(pickled.plain)


@pytest.mark.parametrize("source", CHECKED.values(), ids=CHECKED)
def test_what_libraries_follow_may_not(source: str) -> None:
    """Wherever a byte may be an index or a length, all of the value is checked."""
    pickled = saved(f"import numpy as np, pandas as pd\n{source}")
    assert pickled.plain
    assert not any(pickled.plain)


def test_beside_texts_numbers_stay_numbers() -> None:
    """Of a frame that has both, only what Arrow holds is checked."""
    pickled = saved(
        "import numpy as np, pandas as pd\n"
        "x = pd.DataFrame({'a': np.ones(20_000), 'b': ['text'] * 20_000})"
    )
    assert sorted(pickled.plain) == [False, False, True]
