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
    corr, p_value = pearson
    assert find(pearson=pearson).keys() == {"perfect-correlation"}
    assert find(rank=scipy.stats.spearmanr(data.kg, data.g)).keys() == {"perfect-correlation"}
    assert find(line=scipy.stats.linregress(data.kg, data.g)).keys() == {"perfect-correlation"}
    assert find(corr=corr, p=p_value).keys() == {"perfect-correlation"}
    assert find(r=corr, p_value=p_value).keys() == {"perfect-correlation"}
    assert find(test=scipy.stats.pearsonr(data.kg, data.height)) == {}


def test_single_letters_do_not_vouch_for_each_other(find: Find) -> None:
    """A radius and a pressure, as scalars and as columns; a text is no company either."""
    assert find(r=np.float64(1.0), p=np.float64(0.0), t=np.float64(2.0)) == {}
    assert find(t=DataFrame({"r": [1.0, 0.21234567], "p": [0.0, 0.3], "n": [9, 9]})) == {}
    texts = DataFrame({"effect": ["on", "off"], "corr": ["yes", "no"], "p": [0.0, 0.4]})
    assert find(texts=texts) == {}


def test_sentence_says_no_more_than_is_known(find: Find, data: DataFrame) -> None:
    """Ranks are monotone, Pearson's r is linear, and a matrix may be of either or of cosines."""
    x = data.kg.to_numpy()
    for test in (scipy.stats.spearmanr(x, np.exp(x / 9)), scipy.stats.kendalltau(x, x**3)):
        message = find(test=test)["perfect-correlation"].message
        assert "monotone" in message
        assert "linear" not in message
    assert "linear" in find(test=scipy.stats.pearsonr(x, 2 * x))["perfect-correlation"].message
    for matrix in (data.corr(method="spearman"), data[:2].corr()):
        found = find(matrix=matrix)["perfect-correlation"]
        assert found.message.startswith("Correlation or similarity matrix `matrix`: |r| of exactly")
        assert "two observations" in (found.remedy or "")


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_coefficients_that_were_rounded_to_one_are_not_found(
    find: Find, data: DataFrame, rng: np.random.Generator, decimals: int
) -> None:
    """Few decimals in all the others betray the rounding; exact ones alone betray nothing."""
    exact = data.corr()
    data["g"] += rng.normal(size=30)
    rounded = data.corr().round(decimals)
    assert rounded.kg.g == 1
    assert find(matrix=rounded, corr=rounded.to_numpy()) == {}
    assert find(matrix=exact.loc[["kg", "g"], ["kg", "g"]]).keys() == {"perfect-correlation"}
    assert find(matrix=exact.round(9)).keys() == {"perfect-correlation"}


def test_matrix_of_rank_correlations_counts_pairs_once(find: Find, data: DataFrame) -> None:
    """The diagonal's own |r| of 1 and p of 0 are no findings."""
    independent = scipy.stats.spearmanr(np.random.default_rng(0).normal(size=(30, 3)))
    assert find(test=independent) == {}
    repeated = scipy.stats.spearmanr(data[["kg", "g", "height"]].to_numpy())
    assert find(test=repeated)["perfect-correlation"].count == 1


def test_table_of_coefficients_is_read_beside_its_p_values(find: Find) -> None:
    """A column r alone may be a radius."""
    r, p = [1.0, 0.21234567], [0.001, 0.3]
    assert find(t=DataFrame({"r": r, "p_value": p})).keys() == {"perfect-correlation"}
    assert find(t=DataFrame({"corr": r, "p": p})).keys() == {"perfect-correlation"}
    assert find(t=DataFrame({"r": r}), u=DataFrame({"r": [1.0, 9.0], "p_value": p})) == {}
    assert find(rounded=DataFrame({"r": [1.0, 0.21], "p_value": p})) == {}


def test_constant_input_of_a_test_is_found(find: Find) -> None:
    """The coefficient and p are not numbers then."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        test = scipy.stats.pearsonr(np.ones(9), np.arange(9.0))
    assert find(test=test).keys() == {"non-finite-estimate"}
