"""Rules on correlation coefficients, in pandas, polars, NumPy and SciPy."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
import scipy.stats
from pandas import DataFrame

from .conftest import Find


@pytest.fixture
def data(rng: np.random.Generator) -> DataFrame:
    """Mass in two units, and a height."""
    mass = rng.normal(70, 9, size=30)
    height = 1 + mass / 100 + rng.normal(size=30)
    return DataFrame({"kg": mass, "g": 1000 * mass, "height": height})


def test_a_column_that_repeats_another_is_found(find: Find, data: DataFrame) -> None:
    """Each pair is named once, in whichever library the matrix came."""
    found = find(matrix=data.corr())
    assert found.keys() == {"perfect-correlation"}
    assert found["perfect-correlation"].count == 1
    assert "kg and g" in found["perfect-correlation"].message
    assert find(matrix=pl.from_pandas(data).corr()).keys() == {"perfect-correlation"}
    assert find(corr=np.corrcoef(data.to_numpy().T)).keys() == {"perfect-correlation"}


def test_nearly_the_same_column_is_not_found(
    find: Find, data: DataFrame, rng: np.random.Generator
) -> None:
    """|r| of 0.999999 is a good calibration."""
    data["g"] += rng.normal(size=30)
    assert 0.99999 < data.kg.corr(data.g) < 1
    assert find(matrix=data.corr()) == {}


def test_square_frames_that_are_no_correlations_are_not_found(find: Find) -> None:
    """Labels that differ, a diagonal that is not one, no symmetry, values beyond one."""
    labels = ["a", "b"]
    ones = DataFrame(np.ones((2, 2)), index=labels, columns=["c", "d"])
    distances = DataFrame([[0.0, 1.0], [1.0, 0.0]], index=labels, columns=labels)
    transition = DataFrame([[1.0, 0.0], [1.0, 1.0]], index=labels, columns=labels)
    covariance = DataFrame([[1.0, 2.0], [2.0, 1.0]], index=labels, columns=labels)
    assert find(ones=ones, distances=distances, transition=transition, cov=covariance) == {}
    assert find(mask=np.ones((2, 2)), identity=np.eye(3), corr=np.zeros((2, 2))) == {}


def test_constant_column_is_found(find: Find, data: DataFrame) -> None:
    """Pandas leaves NaN for it without a word."""
    data["g"] = 1.0
    found = find(matrix=data.corr())
    assert found.keys() == {"undefined-correlation"}
    assert found["undefined-correlation"].message.endswith("no correlation is defined: g.")


def test_perfect_coefficient_of_a_test_is_found(find: Find, data: DataFrame) -> None:
    """Pearson, Spearman and a regression line; its p value of 0 is not told again."""
    pearson = scipy.stats.pearsonr(data.kg, data.g)
    r, p = pearson
    assert find(pearson=pearson).keys() == {"perfect-correlation"}
    assert find(rank=scipy.stats.spearmanr(data.kg, data.g)).keys() == {"perfect-correlation"}
    assert find(line=scipy.stats.linregress(data.kg, data.g)).keys() == {"perfect-correlation"}
    assert find(r=r, p=p).keys() == {"perfect-correlation"}
    assert find(test=scipy.stats.pearsonr(data.kg, data.height)) == {}


def test_matrix_of_rank_correlations_counts_pairs_once(find: Find, data: DataFrame) -> None:
    """The diagonal's own |r| of 1 and p of 0 are no findings."""
    independent = scipy.stats.spearmanr(np.random.default_rng(0).normal(size=(30, 3)))
    assert find(test=independent) == {}
    repeated = scipy.stats.spearmanr(data[["kg", "g", "height"]].to_numpy())
    assert find(test=repeated)["perfect-correlation"].count == 1


def test_table_of_coefficients_is_read_beside_its_p_values(find: Find) -> None:
    """A column r alone may be a radius."""
    assert find(t=DataFrame({"r": [1.0, 0.2], "p": [0.001, 0.3]})).keys() == {"perfect-correlation"}
    assert (
        find(t=DataFrame({"r": [1.0, 0.2]}), u=DataFrame({"r": [1.0, 9.0], "p": [0.1, 0.2]})) == {}
    )


def test_constant_input_of_a_test_is_found(find: Find) -> None:
    """The coefficient and p are not numbers then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = scipy.stats.pearsonr(np.ones(9), np.arange(9.0))
    assert find(test=test).keys() == {"non-finite-estimate"}
