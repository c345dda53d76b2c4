"""Rules on the sizes of groups, in pandas, polars, SciPy and scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.stats
from pandas import DataFrame, Series
from sklearn.naive_bayes import GaussianNB

from nbengine.capture.statistics.scan import scan

from .conftest import Find


def species(*sizes: int) -> DataFrame:
    """As many rows of each group as given, groups named a, b, c."""
    names = [name for name, size in zip("abcdefgh", sizes, strict=False) for _ in range(size)]
    return DataFrame({"g": names, "x": np.arange(float(len(names))) % 7})


def forms(data: DataFrame) -> dict[str, Any]:
    """The same groups in every form that is known as one."""
    return {
        "grouped": data.groupby("g"),
        "column": data.groupby("g")["x"],
        "sizes": data.groupby("g").size(),
        "counted": data["g"].value_counts(),
        "summary": data.groupby("g")["x"].agg(["mean", "std", "count"]),
        "nested": data.groupby("g").agg({"x": ["mean", "size"]}),
        "polars": pl.from_pandas(data).group_by("g").len(),
        "polars_counts": pl.from_pandas(data)["g"].value_counts(),
    }


@pytest.mark.parametrize("form", forms(species(6, 6)))
def test_group_of_four_is_found_and_of_five_is_not(find: Find, form: str) -> None:
    """Every form of grouping tells the small group by its name and size."""
    found = find(**{form: forms(species(9, 4))[form]})
    if form == "sizes":
        (shown,) = scan([(None, species(9, 4).groupby("g").size())], {})
        assert shown.category == "small-group"
    assert found.keys() == {"small-group"}
    assert "b (n = 4)" in found["small-group"].message
    assert find(**{form: forms(species(9, 5))[form]}) == {}


def test_counts_that_are_no_groups_are_not_found(find: Find) -> None:
    """Rare words, identifiers, sums by name, and a column of data called n."""
    words = Series(list("abcdefghij") + ["k"] * 9).rename("word")
    goals = DataFrame({"team": ["a", "b"], "x": [3, 2], "y": [9, 1]}).set_index("team")
    identifiers = DataFrame({"id": np.arange(40) // 2, "x": 1.0})
    assert find(rare=words.value_counts(), goals=goals.sum(axis=1)) == {}
    assert find(groups=identifiers.groupby("id"), data=DataFrame({"n": [1, 2, 3]})) == {}


def test_grouping_by_objects_of_the_users_own_is_left_alone(find: Find) -> None:
    """To size such groups would run the methods of the user's class."""
    calls: list[str] = []

    class Key:
        def __hash__(self) -> int:
            calls.append("hash")
            return 1

        def __eq__(self, other: object) -> bool:
            calls.append("eq")
            return self is other

    one, other = Key(), Key()
    data = DataFrame({"g": Series([one] * 9 + [other] * 3, dtype=object), "x": 1.0})
    grouped = data.groupby("g", sort=False)
    calls.clear()
    assert find(grouped=grouped) == {}
    assert calls == []


def test_t_test_of_four_is_found_and_of_five_is_not(find: Find) -> None:
    """A t test's degrees of freedom betray its smallest group."""
    few, enough = [1.0, 2.0, 2.5, 3.0], [1.0, 2.0, 2.5, 3.0, 4.0]
    assert find(test=scipy.stats.ttest_1samp(few, 0)).keys() == {"small-group"}
    assert find(test=scipy.stats.ttest_1samp(enough, 0)) == {}
    welch = scipy.stats.ttest_ind(enough, [0.5, 1.5, 1.0, 3.5, 2.0], equal_var=False)
    assert find(test=welch) == {}


def test_smallest_group_of_a_t_test_is_told_as_a_limit(find: Find) -> None:
    """Two groups of two have 2 degrees of freedom, which a single group of three has too."""
    found = find(test=scipy.stats.ttest_ind([1.0, 2.0], [3.0, 4.5]))["small-group"]
    assert found.message == (
        "Ttest result `test`: fewer than 5 observations: the smallest group (n ≤ 3)."
    )


def test_expected_count_under_five_is_found(find: Find) -> None:
    """The expected counts decide: an observed count of 2 may be well expected."""
    small = scipy.stats.chi2_contingency([[2, 8], [5, 7]])
    large = scipy.stats.chi2_contingency([[2, 60], [14, 20]])
    assert find(small=small).keys() == {"small-expected-count"}
    assert "2 of 4 cells" in find(small=small)["small-expected-count"].message
    assert find(large=large) == {}


def test_class_with_few_training_samples_is_found(find: Find) -> None:
    """Where the classifier counted its classes."""
    x = np.arange(20.0).reshape(-1, 1)
    assert find(nb=GaussianNB().fit(x, [0] * 17 + [1] * 3)).keys() == {"small-group"}
    assert find(nb=GaussianNB().fit(x, [0] * 15 + [1] * 5)) == {}
