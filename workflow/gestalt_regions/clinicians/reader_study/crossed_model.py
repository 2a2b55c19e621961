"""Two logistic models of right answers: right ~ after x explanations.

mixed: readers and faces as crossed random effects, each with a level and a change after the aid; variational Bayes by
statsmodels. Its spreads and odds ratios are of one reader and one face. Its posterior is too narrow: a test from it
rejects far too often (docs/howto/reader_results.md has the measured rates), so it gets no p value.
marginal: generalised estimating equations by statsmodels, errors clustered by reader and bias-reduced (Mancl and
DeRouen, Biometrics 2001), t with as many degrees of freedom as readers less two. It speaks of the faces shown alone.
"""

from __future__ import annotations

import logging
import os
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import sparse, stats
from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM

from gestalt_regions.clinicians.reader_study.reader_measures import (
    DIFFERENCE,
    Table,
    as_arrays,
    read_answers,
)
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS
from gestalt_regions.statistics.toolkit.p_values import bounded

log = logging.getLogger("gestalt_regions")
TERMS = ["intercept", "after", "explanations", "after x explanations"]
SPREADS = ["reader", "face", "reader x after", "face x after"]
MIXED, MARGINAL = "mixed", "marginal"
PRIOR_SD = 2.0  # of the coefficients, on the log-odds, and the scale of the log standard deviations
NARROW = "posterior too narrow for a test: take the marginal model or the randomisation"
FEW = f"no interval: fewer than {MIN_GROUPS} readers in an arm"
COLUMNS = ["model", "term", "estimate", "sd", "low", "high", "odds_ratio", "p", "p_randomisation", "answers"]
COLUMNS += ["readers", "shown_faces", "level", "simulated", "note"]


def design_matrices(answers: Table) -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix, np.ndarray]:
    """Put the answers into the form of statsmodels.

    Parameters
    ----------
    answers : Table
        The answers.

    Returns
    -------
    tuple
        Right or not [n], fixed effects [n, 4], random effects [n, m], and the kind of each random effect [m]; n is two
        for each reader and face, the first answers first.
    """
    readers, faces = answers.explained.shape
    right = np.concatenate([answers.before_right.ravel(), answers.after_right.ravel()]).astype(float)
    after = np.repeat([0.0, 1.0], readers * faces)
    explained = np.tile(answers.explained.ravel(), 2).astype(float)
    fixed = np.column_stack([np.ones(len(right)), after, explained, after * explained])
    reader = np.tile(np.repeat(np.arange(readers), faces), 2)
    face = np.tile(np.arange(faces), 2 * readers)
    row = np.arange(len(right))
    blocks = [
        sparse.csr_matrix((value, (row, member)), shape=(len(right), count))
        for value in (np.ones(len(right)), after)
        for member, count in ((reader, readers), (face, faces))
    ]
    kinds = np.repeat(np.arange(4), [block.shape[1] for block in blocks])
    return right, fixed, sparse.hstack(blocks).tocsr(), kinds


def fit_mixed(answers: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit the mixed model.

    Parameters
    ----------
    answers : Table
        The answers.

    Returns
    -------
    tuple of numpy.ndarray
        Mean and standard deviation of the posterior of TERMS, log-odds; and the standard deviations SPREADS.
    """
    right, fixed, random, kinds = design_matrices(answers)
    model = BinomialBayesMixedGLM(right, fixed, random, kinds, vcp_p=1.0, fe_p=PRIOR_SD)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = model.fit_vb()
    log.info("mixed model: %s", "; ".join(str(one.message) for one in caught) or "no warning")
    return fitted.fe_mean, fitted.fe_sd, np.exp(fitted.vcp_mean)


def fit_marginal(answers: Table) -> tuple[np.ndarray, np.ndarray]:
    """Fit the marginal model.

    Parameters
    ----------
    answers : Table
        The answers.

    Returns
    -------
    tuple of numpy.ndarray
        Estimate and bias-reduced standard error of TERMS, log-odds; NaN where it cannot be fitted.
    """
    right, fixed, _, _ = design_matrices(answers)
    readers, faces = answers.explained.shape
    reader = np.tile(np.repeat(np.arange(readers), faces), 2)
    order = np.argsort(reader, kind="stable")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = sm.GEE(right[order], fixed[order], groups=reader[order], family=sm.families.Binomial())
            fitted = model.fit(cov_type="bias_reduced")
    except (np.linalg.LinAlgError, ValueError) as error:
        log.info("marginal model: %s", error)
        return np.full(4, np.nan), np.full(4, np.nan)
    return fitted.params, fitted.bse


def _interval(mean: float, sd: float, reach: float) -> dict[str, object]:
    return {"estimate": mean, "sd": sd, "odds_ratio": np.exp(mean), "low": mean - reach * sd, "high": mean + reach * sd}


def model_table(answers: Table, p_values: dict[str, float], level: float) -> pd.DataFrame:
    """Estimates of both models.

    Parameters
    ----------
    answers : Table
        The answers.
    p_values : dict
        p of the randomisation by term, where it has one.
    level : float
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        COLUMNS: log-odds; a row for each term of each model, and for each spread of the mixed one.
    """
    if not answers.explained.any() or answers.explained.all():
        row = {"model": "none", "term": "none", "note": "not fitted: answers in one arm only"}
        return pd.DataFrame([row], columns=COLUMNS)
    readers, faces = answers.explained.shape
    facts: dict[str, object] = {
        "answers": 2 * readers * faces,
        "readers": readers,
        "shown_faces": faces,
        "level": level,
    }
    facts |= {"simulated": answers.simulated, "note": ""}
    means, sds, spreads = fit_mixed(answers)
    reach = stats.norm.isf((1 - level) / 2)
    rows: list[dict[str, object]] = [
        {**facts, "model": MIXED, "term": term, **_interval(mean, sd, reach), "note": NARROW}
        for term, mean, sd in zip(TERMS, means, sds, strict=True)
    ]
    rows += [
        {**facts, "model": MIXED, "term": f"spread: {name}", "estimate": spread}
        for name, spread in zip(SPREADS, spreads, strict=True)
    ]
    few = min(answers.explained.any(axis=1).sum(), (~answers.explained).any(axis=1).sum()) < MIN_GROUPS
    reach = np.nan if few else stats.t.isf((1 - level) / 2, readers - 2)
    for term, mean, sd in zip(TERMS, *fit_marginal(answers), strict=True):
        p = np.nan if few else float(bounded(2 * stats.t.sf(abs(mean / sd), readers - 2)))
        tests = {"p": p, "p_randomisation": p_values.get(term, np.nan), "note": FEW if few else ""}
        rows.append({**facts, "model": MARGINAL, "term": term, **_interval(mean, sd, reach), **tests})
    return pd.DataFrame(rows, columns=COLUMNS)


def write_model(
    answers_path: str | os.PathLike, measures_path: str | os.PathLike, output: str | os.PathLike, *, level: float
) -> None:
    """Write the table of the model.

    Parameters
    ----------
    answers_path, measures_path : path
        answers.csv; the table of measures, for p of the randomisation.
    output : path
        The table.
    level : float
        Of the intervals.
    """
    measures = read_table(measures_path, ["measure", "faces", "arm", "p"])
    between = measures[(measures["arm"] == DIFFERENCE) & (measures["faces"] == "all")].set_index("measure")["p"]
    p_values = {"explanations": between["accuracy_before"], "after x explanations": between["accuracy_gain"]}
    write_table(model_table(as_arrays(read_answers(answers_path)), p_values, level), output)
