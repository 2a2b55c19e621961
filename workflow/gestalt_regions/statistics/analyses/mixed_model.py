"""A mixed model of the coefficient on group, region and method, with the subject as random effect."""

from __future__ import annotations

import logging
import warnings

import numpy as np
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.regression.mixed_linear_model import MixedLMResults
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.bootstrap import some_subjects
from gestalt_regions.statistics.toolkit.table_text import bounds, number, p_text

log = logging.getLogger("gestalt_regions")
OPTIMISERS = ("lbfgs", "bfgs", "powell", "cg")  # tried in this order until one converges
COLUMNS = [
    "term",
    "estimate",
    "se",
    "z",
    "p",
    "low",
    "high",
    "ratio",
    "observations",
    "subjects",
    "converged",
    "optimiser",
    "note",
]


def model_data(inputs: AnalysisInputs) -> tuple[pd.DataFrame, int, str]:
    """Images of the folds for the model.

    Parameters
    ----------
    inputs : AnalysisInputs
        Coefficients and settings.

    Returns
    -------
    tuple
        A table with group, region, method, subject, value (log coefficient). How many coefficients were not above zero.
        And a note where only some subjects are in it, because the design of all images of a large cohort would not fit
        into memory.
    """
    parts, dropped, subjects = [], 0, None
    for data in inputs.by_method("rq1", "folds"):
        data = data[data["label"].isin([inputs.settings["control"], *inputs.syndromes])]
        if subjects is None:
            images = data.drop_duplicates("sample_id")
            subjects, note = some_subjects(images, inputs.settings["mixed_images"], inputs.rng("mixed"))
        data = data[data["subject_id"].isin(subjects)].astype({"label": str, "subject_id": str, "method": str})
        usable = data["coefficient"] > 0
        dropped += int((~usable).sum())
        parts.append(data[usable].rename(columns={"label": "group", "subject_id": "subject"}))
    data = pd.concat(parts, ignore_index=True)
    return data.assign(value=np.log(data["coefficient"]), region=data["region"].astype(str)), dropped, note


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


def fit(data: pd.DataFrame, control: str) -> tuple[MixedLMResults | None, str, str]:
    """Fit the model by one optimiser after the other, until one converges.

    Parameters
    ----------
    data : pandas.DataFrame
        As from `model_data`.
    control : str
        Label of the control class.

    Returns
    -------
    tuple
        The first converged fit, its optimiser and a note; or the last fit (None without any), "" and the reason.
    """
    reason, last = "no fit", None
    for optimiser in OPTIMISERS:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                last = smf.mixedlm(formula(data, control), data, groups=data["subject"]).fit(
                    method=optimiser, reml=True
                )
            except (np.linalg.LinAlgError, ValueError) as error:
                reason = f"{optimiser}: {error}"
                continue
        said = [str(w.message) for w in caught if issubclass(w.category, ConvergenceWarning)]
        log.info("mixed model, %s: converged %s; %s", optimiser, last.converged, "; ".join(said) or "no warning")
        if last.converged and np.isfinite(last.bse_fe).all():
            boundary = any("boundary" in text for text in said)
            return last, optimiser, "the variance between subjects is estimated as zero" if boundary else ""
        reason = "; ".join(said) or "not converged"
    return last, "", f"no optimiser converged ({reason})"


@analysis(
    "mixed_model",
    place=5,
    needs=("coefficients",),
    caption=(
        "Mixed model of the log region coefficient on group, region and method, with the subject as random effect."
    ),
)
def mixed(inputs: AnalysisInputs) -> AnalysisResult:
    """Fixed effects of the log coefficient.

    `ratio` is the exponential of the estimate: against the control, the first region, the first method.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per term, and the sd between and within subjects.
    """
    data, dropped, drawn = model_data(inputs)
    notes = [f"{dropped} coefficients that are not above zero (or undefined) left out."] if dropped else []
    notes += [f"{drawn}."] if drawn else []
    if data["subject"].nunique() < 3 or not data["value"].max() > data["value"].min():
        note = "not fitted: fewer than 3 subjects, or a constant"
        row = {"term": "none", "observations": len(data), "subjects": data["subject"].nunique(), "note": note}
        return AnalysisResult(pd.DataFrame([row], columns=COLUMNS), pd.DataFrame({"Term": ["none"]}), [*notes, note])
    control = inputs.settings["control"]
    model, optimiser, note = fit(data, control)
    facts = {"observations": len(data), "subjects": data["subject"].nunique(), "converged": bool(optimiser)}
    facts |= {"optimiser": optimiser, "note": note}
    if model is None:
        table = pd.DataFrame([{"term": "none", **facts}], columns=COLUMNS)
        return AnalysisResult(table, pd.DataFrame({"Term": ["none"]}), [*notes, note])
    bounds_of, rows = model.conf_int(), []
    for term, estimate in model.fe_params.items():
        # A fit that did not converge has no estimate worth a star: its numbers are left empty.
        values = [estimate, model.bse_fe[term], model.tvalues[term], model.pvalues[term], *bounds_of.loc[term]]
        values = [float(v) if optimiser else np.nan for v in values]
        names = ["estimate", "se", "z", "p", "low", "high"]
        rows.append(
            {"term": _tidy(term)} | dict(zip(names, values, strict=True)) | {"ratio": np.exp(values[0])} | facts
        )
    between, within = float(model.cov_re.iloc[0, 0]), float(model.scale)
    for term, value in (("sd between subjects", between**0.5), ("sd within subjects", within**0.5)):
        rows.append({"term": term, "estimate": value if optimiser else np.nan} | facts)
    table = pd.DataFrame(rows, columns=COLUMNS)
    shown = pd.DataFrame(
        {
            "Term": table["term"],
            "Estimate": [number(v) for v in table["estimate"]],
            "95% interval": [bounds(*pair) for pair in zip(table["low"], table["high"], strict=True)],
            "Ratio": [number(v, 2) for v in table["ratio"]],
            "p": [p_text(v) for v in table["p"]],
        }
    )
    first = f"{control}, {sorted(data['region'].unique())[0]}, {sorted(data['method'].unique())[0]}"
    notes = [f"Log coefficients; the intercept is {first}. Statsmodels MixedLM, REML, {optimiser or 'none'}.", *notes]
    return AnalysisResult(table, shown, notes + ([note] if note else []))


def _tidy(term: str) -> str:
    """`C(group, Treatment('Unaffected'))[T.KS]:C(region)[T.nose]` -> `group KS : region nose`."""
    parts = []
    for part in term.split(":"):
        name, _, level = part.partition("[T.")
        parts.append(f"{name.removeprefix('C(').split(',')[0].rstrip(')')} {level.removesuffix(']')}".strip())
    return " : ".join(parts)
