"""What a column of a frame of estimates is called, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

_SPELLINGS: Mapping[str, str] = {
    "estimate": "estimate estimates est parameterestimate pointestimate oddsratio hazardratio "
    "effect effectsize",
    "coefficient": "coef coefs coeff coefficient coefficients beta",
    "centre": "mean median average avg",
    "error": "se stderr stderror standarderror bse sem",
    "spread": "sd std stdev stddev standarddeviation",
    "ci_lower": "cilower lowerci cilow lowci cilo conflow lcl lci llci lower95 lower95% "
    "ci95lower ci95low 95%cilower lower95%ci lower95ci lowerconfidencelimit 2.5% [0.025",
    "ci_upper": "ciupper upperci cihigh highci cihi confhigh ucl uci ulci upper95 upper95% "
    "ci95upper ci95high 95%ciupper upper95%ci upper95ci upperconfidencelimit 97.5% 0.975]",
    "lower": "lower lowerbound lowerlimit lb",
    "upper": "upper upperbound upperlimit ub",
    "p_value": "pvalue pval pvals pvalues praw rawp rawpvals rawpvalues plist pmatrix pvalmatrix "
    "pvaluematrix puncorrected punc p>|t| p>|z| pr(>|t|) pr(>|z|) pr(>f) pr(>chi) pr(>chisq) "
    "pr(>chi2)",
    "p": "p",
    "ps": "ps",
    "corrected": "adj rej pcorr q qvalue bh pvaladj pvalueadj pvalsadj pvaluesadj",
    "letter": "t z f",
    "statistic": "chi2 statistic stat tvalue zvalue fvalue tstat zstat fstat tstatistic "
    "zstatistic fstatistic teststatistic",
    "cv": "cv coefficientofvariation coeffvar rse",
    "cv_percent": "cv% cv(%) %cv cvpercent cvpct percentcv rse% rse(%) %rse rsepercent rsd% rsd(%) "
    "%rsd",
    "r_squared": "r2 rsquared rsq r^2 r² adjr2 adjr² r2adj adjrsquared rsquaredadj adjustedr2 "
    "adjustedrsquared r2score prsquared",
    "r": "r rho tau",
    "correlation": "pearsonr spearmanr corr correlation",
    "count": "n count counts size nobs nobservations groupsize len",
}

_ROLES = {spelling: role for role, line in _SPELLINGS.items() for spelling in line.split()}

_CORRECTIONS = "padj adjp adjusted corrected fdr bonf holm sidak qval reject".split()
"""Parts of names that only corrected p values bear."""

_SEPARATORS = str.maketrans("", "", " _-.\t\n")


def normal(name: str) -> str:
    """A name without case and separators: "Std. Err." and "std_err" are both "stderr"."""
    return name.casefold().translate(_SEPARATORS)


_BY_NORMAL = {normal(spelling): role for spelling, role in _ROLES.items()}


def role_of(name: object) -> str | None:
    """The role of a column by its whole name, or None for an ordinary column."""
    return _BY_NORMAL.get(normal(name)) if type(name) is str and len(name) < 40 else None


def is_correction(name: object) -> bool:
    """Whether a name is one of p values corrected for their number, or of a decision on them."""
    role = role_of(name)
    if role is None and type(name) is str:
        return any(part in normal(name) for part in _CORRECTIONS)
    return role == "corrected"


@lru_cache(maxsize=1024)
def name_tells(name: str | None) -> bool:
    """Whether a variable's name makes a bare number, list or array a result."""
    return name is not None and (role_of(name) is not None or "popt" in name or "corr" in name)
