"""What a value says about an analysis, in terms that do not depend on the library it came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Column = Sequence[tuple[str, float]]
"""Named numbers in order: (parameter, group or row; value). NaN stands for a missing one."""


@dataclass(frozen=True)
class Origin:
    """Where a value was found."""

    name: str | None
    """The variable that holds it, or None for a shown value that has no name."""
    cell: Mapping[str, object] = field(default_factory=dict)
    """All variables that the cell made or showed, for facts that only two of them give together."""
    positive: frozenset[str] = frozenset()
    """Names of variables, columns and parameters declared to be positive."""
    bounds_of: Callable[[str | None], object] = lambda _name: None
    """What the call that made a variable's value was given as `bounds`; None if nothing."""

    @property
    def bounds(self) -> object:
        """What a fit was given as `bounds`, else the cell's variable of that name."""
        given = self.bounds_of(self.name)
        return self.cell.get("bounds") if given is None else given


@dataclass(frozen=True)
class Bound:
    """An estimate that lies on a limit it was given."""

    name: str
    value: float
    side: Literal["lower", "upper"]


@dataclass(frozen=True)
class Interval:
    """An interval around an estimate; `positive` if the quantity was declared to be so."""

    name: str
    lower: float
    upper: float
    positive: bool = False


@dataclass(frozen=True)
class PValues:
    """p values of one value; `family` if they are many tests rather than one model's terms."""

    values: Column
    total: int
    """How many there are in all; `values` may hold only the first."""
    family: bool = False
    corrected: bool = False


@dataclass(frozen=True)
class Convergence:
    """How an iterative fit ended."""

    converged: bool
    iterations: int | None = None


@dataclass(frozen=True)
class Size:
    """How much data a fit had for how many free parameters; `samples` None: only that too few."""

    samples: int | None
    parameters: int


@dataclass(frozen=True)
class Correlations:
    """A square matrix of correlation coefficients; NaN where one is undefined."""

    labels: Sequence[str]
    matrix: Sequence[Sequence[float]]
    relation: Literal["linear", "monotone"] | None = None
    """What |r| of 1 means for two of them; None where the coefficient's kind is not known."""
    rounded: bool = False
    """Whether the coefficients were rounded, so that a 1 among them may be less."""


@dataclass(frozen=True)
class Scaled:
    """A design matrix whose columns were brought to unit length."""

    condition: float
    """Its condition number."""
    ratio: float
    """Length of the longest column over that of the shortest, before."""


class Evidence:
    """One value seen by the reader of its library; what a reader does not know stays empty.

    A reader overrides the properties that it can answer from attributes of the value. Each is
    asked for by a rule, so that one that raises costs that rule alone.
    """

    def __init__(self, what: str, origin: Origin) -> None:
        self.what = what
        self.origin = origin

    @property
    def who(self) -> str:
        """The value as a sentence's subject: "OLS fit `model`"."""
        return f"{self.what} `{self.origin.name}`" if self.origin.name else self.what

    @property
    def subject(self) -> str:
        """The variable that holds the value, or what it is if none does."""
        return self.origin.name or self.what

    @property
    def estimates(self) -> Column:
        """Estimates and their standard errors, all of which ought to be finite numbers."""
        return ()

    @property
    def bounds(self) -> Sequence[Bound]:
        """Estimates that lie on one of their limits."""
        return ()

    @property
    def intervals(self) -> Sequence[Interval]:
        """Intervals around estimates."""
        return ()

    @property
    def variation(self) -> Column:
        """Coefficients of variation as fractions, where they are a measure of quality."""
        return ()

    @property
    def r_squared(self) -> Column:
        """Coefficients of determination."""
        return ()

    @property
    def condition(self) -> float | None:
        """Condition number (2-norm) of the design matrix."""
        return None

    @property
    def scaled(self) -> Scaled | None:
        """The design matrix but for its units; asked for only where the condition is bad."""
        return None

    @property
    def size(self) -> Size | None:
        """Samples and parameters of a fit without penalty."""
        return None

    @property
    def convergence(self) -> Convergence | None:
        """How the iterations ended."""
        return None

    @property
    def separated(self) -> bool:
        """Whether a binary model predicts every observation with certainty."""
        return False

    @property
    def p_values(self) -> PValues | None:
        """Uncorrected p values, or corrected ones marked as such."""
        return None

    @property
    def groups(self) -> Column:
        """Observations per group."""
        return ()

    @property
    def group_limits(self) -> Column:
        """The most observations that a group can have, where its size is not known."""
        return ()

    @property
    def expected_counts(self) -> Sequence[float]:
        """Expected cell counts of a contingency table."""
        return ()

    @property
    def correlations(self) -> Correlations | None:
        """Correlations between different variables."""
        return None
