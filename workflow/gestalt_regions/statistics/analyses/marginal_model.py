"""A marginal model of the coefficient on group, region and method, with errors clustered by kin group.

The values of one person are alike in many ways: over all regions, in one region over all methods, in one method over
all regions; and relatives are alike. A random intercept for each subject knows the first way alone. In a simulation of
90 subjects, 15 methods and 3 regions, whose regions differ by subject, its test of group x region at 5 % rejected 39 %
of true null hypotheses. Errors clustered by kin group ask nothing of how the values of a kin group are alike. The
bias-reduced ones (Mancl and DeRouen, Biometrics 2001) with a t distribution rejected 5 %; the plain ones 7 %, and 9 %
with six subjects a class.
"""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.genmod.generalized_estimating_equations import GEEResults

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.bootstrap import some_subjects
from gestalt_regions.statistics.toolkit.p_values import bounded
from gestalt_regions.statistics.toolkit.table_text import bounds, number, p_text

log = logging.getLogger("gestalt_regions")
LEVEL = 0.95  # of the intervals
MINIMUM = 3  # kin groups of a class: one alone would be fitted exactly
KEYS = ["group", "region", "method", "subject", "kin_group"]
COLUMNS = ["term", "estimate", "se", "t", "p", "low", "high", "ratio", "observations", "subjects", "kin_groups", "df"]
COLUMNS += ["note"]


def model_data(inputs: AnalysisInputs) -> tuple[pd.DataFrame, list[str]]:
    """What the model is fitted to: a value for each subject, method and region, of the images of the folds.

    Parameters
    ----------
    inputs : AnalysisInputs
        Coefficients and settings.

    Returns
    -------
    tuple
        A table of KEYS and value (log coefficient, mean over a subject's images). And notes on what was left out:
        coefficients that are not above zero, classes of few kin groups, and subjects of a large cohort.
    """
    parts, dropped, subjects = [], 0, None
    for data in inputs.by_method("rq1", "folds"):
        data = data[data["label"].isin([inputs.settings["control"], *inputs.syndromes])]
        if subjects is None:
            images = data.drop_duplicates("sample_id")
            subjects, drawn = some_subjects(
                images, inputs.settings["marginal_images"], inputs.rng("mixed")
            )  # key of old: the same subjects
        data = data[data["subject_id"].isin(subjects)].rename(columns={"label": "group", "subject_id": "subject"})
        usable = data["coefficient"] > 0
        dropped += int((~usable).sum())
        data = data[usable].astype(dict.fromkeys(KEYS, str)).assign(value=np.log(data["coefficient"][usable]))
        parts.append(data.groupby(KEYS, sort=False, as_index=False)["value"].mean())
    data = pd.concat(parts, ignore_index=True)
    kin = data.groupby("group")["kin_group"].nunique()
    few = sorted(kin.index[kin < MINIMUM])
    notes = [f"{dropped} coefficients that are not above zero (or undefined) left out."] if dropped else []
    notes += [f"{drawn}."] if drawn else []
    notes += [f"Left out, fewer than {MINIMUM} kin groups: {', '.join(few)}."] if few else []
    return data[~data["group"].isin(few)].reset_index(drop=True), notes


def formula(data: pd.DataFrame, control: str) -> str:
    """The model: value on group, region, their interaction and method.

    Parameters
    ----------
    data : pandas.DataFrame
        As from `model_data`.
    control : str
        Label of the control class.

    Returns
    -------
    str
        For statsmodels; what has one level only is left out.
    """
    group = f"C(group, Treatment({control!r}))"
    several = {name for name in ("group", "region", "method") if len(data[name].unique()) > 1}
    terms = [term for name, term in (("group", group), ("region", "C(region)")) if name in several]
    terms = [" * ".join(terms)] if terms else []
    if "method" in several:
        terms.append("C(method)")
    return "value ~ " + (" + ".join(terms) or "1")


def fit(data: pd.DataFrame, control: str) -> GEEResults:
    """Fit the model by generalised estimating equations with an independence structure, which is least squares.

    Parameters
    ----------
    data : pandas.DataFrame
        As from `model_data`.
    control : str
        Label of the control class.

    Returns
    -------
    GEEResults
        With the bias-reduced covariance of Mancl and DeRouen, clustered by kin group.
    """
    return smf.gee(formula(data, control), groups=data["kin_group"], data=data).fit(cov_type="bias_reduced")


def effects(data: pd.DataFrame, control: str) -> tuple[pd.DataFrame, int]:
    """Estimates of the terms with their errors, intervals and p values.

    Parameters
    ----------
    data : pandas.DataFrame
        As from `model_data`.
    control : str
        Label of the control class.

    Returns
    -------
    tuple
        A row for each term: term, estimate, se, t, p, low, high, ratio. And the degrees of freedom of t, which are the
        kin groups less the classes.
    """
    df = data["kin_group"].nunique() - data["group"].nunique()
    model = fit(data, control)
    table = pd.DataFrame({"term": [_tidy(term) for term in model.params.index]})
    table["estimate"], table["se"] = model.params.to_numpy(), model.bse.to_numpy()
    table["t"] = table["estimate"] / table["se"]
    table["p"] = bounded(2 * stats.t.sf(table["t"].abs(), df))
    reach = stats.t.isf((1 - LEVEL) / 2, df) * table["se"]
    table["low"], table["high"] = table["estimate"] - reach, table["estimate"] + reach
    return table.assign(ratio=np.exp(table["estimate"])), df


def _why_not(data: pd.DataFrame, control: str) -> str:
    """Why no model is fitted; empty where it can be."""
    if control not in set(data["group"]):
        return f"fewer than {MINIMUM} kin groups of {control}"
    if data["kin_group"].nunique() - data["group"].nunique() < MINIMUM:
        return "too few kin groups"
    return "" if np.ptp(data["value"]) > 0 else "all coefficients are equal"


@analysis(
    "marginal_model",
    title="One model of all coefficients",
    place=6,
    needs=("coefficients",),
    caption=(
        "Marginal model of the log region coefficient on group, region and method, with errors clustered by kin group."
    ),
)
def marginal(inputs: AnalysisInputs) -> AnalysisResult:
    """Effects on the log coefficient.

    `ratio` is the exponential of the estimate: against the control, the first region, the first method.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per term.
    """
    data, notes = model_data(inputs)
    control = inputs.settings["control"]
    facts = {"observations": len(data), "subjects": data["subject"].nunique()}
    facts |= {"kin_groups": data["kin_group"].nunique(), "df": 0, "note": ""}
    reason = _why_not(data, control)
    if not reason:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                table, facts["df"] = effects(data, control)
            except (np.linalg.LinAlgError, ValueError) as error:
                reason = str(error)
        log.info("marginal model: %s", "; ".join(str(w.message) for w in caught) or reason or "no warning")
    if reason:
        note = f"not fitted: {reason}"
        table = pd.DataFrame([{"term": "none", **facts, "note": note}], columns=COLUMNS)
        return AnalysisResult(table, pd.DataFrame({"Term": ["none"]}), [*notes, note])
    table = table.assign(**facts)[COLUMNS]
    shown = pd.DataFrame(
        {
            "Term": table["term"],
            "Estimate": [number(v) for v in table["estimate"]],
            f"{LEVEL:.0%} interval": [bounds(*pair) for pair in zip(table["low"], table["high"], strict=True)],
            "Ratio": [number(v, 2) for v in table["ratio"]],
            "p": [p_text(v) for v in table["p"]],
        }
    )
    first = f"{control}, {sorted(data['region'].unique())[0]}, {sorted(data['method'].unique())[0]}"
    notes = [
        f"Log coefficients, a subject's images averaged; the intercept is {first}.",
        f"Least squares (statsmodels GEE), bias-reduced errors of {facts['kin_groups']} kin groups, t with "
        f"{facts['df']} degrees of freedom; p uncorrected.",
        *notes,
    ]
    return AnalysisResult(table, shown, notes)


def _tidy(term: str) -> str:
    """`C(group, Treatment('Unaffected'))[T.KS]:C(region)[T.nose]` -> `group KS : region nose`."""
    parts = []
    for part in term.split(":"):
        name, _, level = part.partition("[T.")
        parts.append(f"{name.removeprefix('C(').split(',')[0].rstrip(')')} {level.removesuffix(']')}".strip())
    return " : ".join(parts)
