"""Partial effects: does a syndrome's coefficient still differ when age, sex, expression and pose are the same?"""

from __future__ import annotations

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

from gestalt_regions.core import io
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.pose import pose_from_landmarks
from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit.p_values import bounded
from gestalt_regions.statistics.toolkit.table_text import number

COLUMNS = [
    "method",
    "syndrome",
    "region",
    "term",
    "n",
    "estimate",
    "low",
    "high",
    "p",
    "partial_r",
    "unadjusted",
    "p_unadjusted",
    "covariates",
    "note",
]
GROUP = "group"
MINIMUM_DF = 5


def _by_frequency(words: pd.Series) -> list[str]:
    """The distinct words, the most frequent first."""
    return sorted(words.dropna().unique(), key=lambda word: (-(words == word).sum(), word))


def _image_covariates(inputs: AnalysisInputs) -> tuple[pd.DataFrame, list[str]]:
    """Covariates of each image as numbers, index sample_id, and the configured ones that this cohort lacks.

    A column of samples.csv with text (sex) becomes one indicator for each value but the most frequent. `yaw_measured`
    and `pitch_measured` come from the five landmarks.
    """
    samples = inputs.samples.set_index("sample_id")
    faces = pose_from_landmarks(io.read_table(inputs.files["faces"], ["sample_id"], strings=["sample_id"]))
    table, missing = pd.DataFrame(index=samples.index), []
    for name in inputs.settings["covariates"]:
        values = samples[name] if name in samples else faces[name].reindex(samples.index) if name in faces else None
        if values is None or values.isna().all() or values.nunique() < 2:
            missing.append(name)
        elif pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            table[name] = values.astype(float)
        else:
            text = values.astype(str).where(values.notna())
            if text.nunique() > 10:
                raise InputError(
                    f"statistics.covariates: '{name}' has {text.nunique()} values; give numbers or few words"
                )
            for level in _by_frequency(text)[1:]:
                table[f"{name} {level}"] = (text == level).astype(float).where(text.notna())
    return table, missing


def partial_effects(y: np.ndarray, x: pd.DataFrame, clusters: np.ndarray) -> pd.DataFrame | str:
    """Least squares of y on the columns of x, standard errors clustered by kin.

    Parameters
    ----------
    y : numpy.ndarray
        Coefficients [n]; the estimates are in their standard deviations.
    x : pandas.DataFrame
        GROUP (1 syndrome, 0 control) and the covariates, [n, k].
    clusters : numpy.ndarray
        Kin group of each unit [n].

    Returns
    -------
    pandas.DataFrame or str
        term, estimate, low, high, p; a reason in words where the model cannot be fitted.
    """
    varies = x.loc[:, x.max() > x.min()]
    design = np.column_stack([np.ones(len(y)), varies.to_numpy(float)])
    df = len(y) - design.shape[1]
    if GROUP not in varies or df < MINIMUM_DF:
        return f"not fitted: {max(df, 0)} degrees of freedom are left, at least {MINIMUM_DF} needed"
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return "not fitted: all coefficients are equal"
    if np.linalg.matrix_rank(design) < design.shape[1]:
        return "not fitted: the covariates determine each other or the group"
    model = OLS(y / y.std(ddof=1), design)
    codes = np.unique(clusters, return_inverse=True)[1]
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)
    low, high = robust.conf_int().T
    columns = {"estimate": robust.params, "low": low, "high": high, "p": bounded(robust.pvalues)}
    return pd.DataFrame({"term": varies.columns} | {name: values[1:] for name, values in columns.items()})


def partial_correlations(y: np.ndarray, x: pd.DataFrame) -> pd.Series:
    """Correlation of y with each column of x, all other columns held equal.

    Parameters
    ----------
    y : numpy.ndarray
        Coefficients [n].
    x : pandas.DataFrame
        Columns that vary [n, k].

    Returns
    -------
    pandas.Series
        By column; pingouin's.
    """
    import pingouin  # takes a second to import

    return pingouin.pcorr(x.assign(coefficient=y))["coefficient"].drop("coefficient")


def _of_method(data: pd.DataFrame, tests: pd.DataFrame, control: str, covariate_names: list[str]) -> list[dict]:
    """Rows of the table for the tests of one method; data: its units, with `coefficient` and the covariates."""
    rows, cells = [], dict(list(data.groupby(["region", "label"], sort=False)))
    for test in tests.itertuples():
        row = {"method": test.method, "syndrome": test.syndrome, "region": test.region}
        row["covariates"] = ", ".join(covariate_names)
        parts = [cells.get((test.region, who)) for who in (control, test.syndrome)]
        both = (
            pd.concat([part for part in parts if part is not None]) if any(p is not None for p in parts) else data[:0]
        )
        both = both.dropna(subset=["coefficient", *covariate_names])
        y, x = both["coefficient"].to_numpy(float), both[covariate_names].copy()
        x.insert(0, GROUP, (both["label"] == test.syndrome).astype(float))
        fitted = partial_effects(y, x, both["kin_group"].to_numpy(str))
        if isinstance(fitted, str):
            rows.append(row | {"term": GROUP, "n": len(both), "note": fitted})
            continue
        alone = partial_effects(y, x[[GROUP]], both["kin_group"].to_numpy(str))
        assert not isinstance(alone, str)  # fewer columns than what could be fitted
        fitted["partial_r"] = partial_correlations(y, x[fitted["term"]]).to_numpy()
        for effect in fitted.to_dict("records"):
            beside = alone.iloc[0] if effect["term"] == GROUP else {"estimate": np.nan, "p": np.nan}
            more = {"unadjusted": beside["estimate"], "p_unadjusted": beside["p"], "n": len(both), "note": ""}
            rows.append(row | effect | more)
    return rows


@analysis(
    "covariates",
    title="With age, sex, expression and pose held equal",
    place=5,
    needs=("tests", "coefficients", "faces"),
    caption=(
        "Difference between syndrome and control (group) with age, sex, expression and pose held equal, as far as "
        "the cohort has them, and the partial effects of these: over all tests of RQ1."
    ),
)
def covariates(inputs: AnalysisInputs) -> AnalysisResult:
    """Per test of RQ1: the difference from the control with and without the covariates.

    Units are subjects (means of a subject's images), or images where the corrected variant says so; members of a family
    differ in age and sex, so they stay apart, and the standard errors are clustered by kin group. `estimate` is in
    standard deviations of the coefficient; `unadjusted` is the same difference without covariates. The covariates' own
    effects are rows too.

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per test and term; shown: partial effects of each term.
    """
    control, variant = inputs.settings["control"], inputs.corrected
    of_images, missing = _image_covariates(inputs)
    unit = "sample_id" if variant["unit"] == "image" else "subject_id"
    keys = list(dict.fromkeys(["region", "label", "kin_group", unit]))
    tests, rows, names = inputs.tests_of("corrected"), [], list(of_images.columns)
    for method, data in zip(inputs.methods, inputs.by_method("rq1", "folds"), strict=True):
        photos = data["sample_id"].cat
        values = of_images.reindex(photos.categories).iloc[photos.codes].set_index(data.index)
        data = data.join(values).groupby(keys, sort=False)[["coefficient", *names]].mean().reset_index()
        rows += _of_method(data, tests[tests["method"] == method], control, names)
    used = ", ".join(names)
    table = pd.DataFrame(rows, columns=COLUMNS)
    shown = []
    for term, part in table[table["p"].notna()].groupby("term", sort=False):
        row = {"Term": term, "Tests": str(len(part)), "Median partial r": number(part["partial_r"].abs().median(), 2)}
        row |= {"Largest partial r": number(part["partial_r"].abs().max(), 2)}
        row |= {"p < 0.05": str(int((part["p"] < 0.05).sum()))}
        beside = str(int((part["p_unadjusted"] < 0.05).sum())) if term == GROUP else "–"
        shown.append(row | {"p < 0.05 without covariates": beside})
    titles = ["Term", "Tests", "Median partial r", "Largest partial r", "p < 0.05", "p < 0.05 without covariates"]
    notes = [f"Covariates: {used or 'none'}; p uncorrected, standard errors clustered by kin group."]
    if missing:
        notes.append(f"This cohort has no (varying) {', '.join(missing)}.")
    undefined = int(table["p"].isna().sum())
    notes += [f"{undefined} tests could not be fitted."] if undefined else []
    return AnalysisResult(table, pd.DataFrame(shown, columns=titles), notes)
