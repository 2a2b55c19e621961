"""Repeated-measures correlation of coefficients and HPO annotations, on ranks.

Beside the pooled and the within-syndrome correlation (Table 4), two that compare a person with themselves only:
- photos: the photographs of one subject; does the one in which more raters saw signs have the higher coefficient?
- regions: the regions of one image; does the region with more annotations have the higher coefficient? Coefficients and
  annotations are first ranked within their region, since regions differ in size and in their number of terms.
Bakdash and Marusich (2017): a common slope with an intercept for each subject; here of mid-ranks instead of values.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.statistics.analyses.analysis_inputs import AnalysisInputs, AnalysisResult
from gestalt_regions.statistics.analyses.analysis_registry import analysis
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined, no_interval, sd_defined
from gestalt_regions.statistics.toolkit.p_values import SMALLEST, bounded
from gestalt_regions.statistics.toolkit.spearman import spearman
from gestalt_regions.statistics.toolkit.table_text import bounds, mean_sd

COLUMNS = [
    "kind",
    "method",
    "region",
    "subjects",
    "n",
    "df",
    "folds",
    "rho_mean",
    "rho_sd",
    "rho_low",
    "rho_high",
    "p_median",
    "level",
    "note",
]


def _p_value(rho: float, df: int) -> float:
    """Two-sided p of a repeated-measures correlation: t with df = n - subjects - 1."""
    if not np.isfinite(rho) or df < 1:
        return float("nan")
    if abs(rho) >= 1:
        return SMALLEST
    return float(bounded(2 * stats.t.sf(abs(rho) * np.sqrt(df / (1 - rho**2)), df)))


def _repeated_only(groups: np.ndarray) -> np.ndarray:
    """Which items belong to a group with at least two items; a single one says nothing of its group."""
    return pd.Series(list(groups)).duplicated(keep=False).to_numpy()


def _cell(
    x: np.ndarray, y: np.ndarray, groups: np.ndarray, weights: Weights
) -> tuple[float, np.ndarray, int, int, int, int]:
    """rho, its resamples [B], n, number of subjects, df, and how many groups are drawn."""
    used = np.isfinite(x) & np.isfinite(y)
    used[used] = _repeated_only(groups[used])
    x, y, groups = x[used], y[used], groups[used]
    count = len(np.unique(groups))
    df, of_used = len(x) - count - 1, weights.of(used)
    if df < 1:
        return np.nan, np.full(len(weights), np.nan), len(x), count, df, of_used.groups
    rho = float(spearman(x, y, groups=groups)[0])
    if not np.isfinite(rho):
        return rho, np.full(len(weights), np.nan), len(x), count, df, of_used.groups
    return rho, of_used.each(lambda block: spearman(x, y, block, groups)), len(x), count, df, of_used.groups


def _row(kind: str, method: str, region: str, cells: list, level: float) -> dict:
    rho = np.array([cell[0] for cell in cells])
    draws = np.array([cell[1] for cell in cells]) if cells else np.full((1, 1), np.nan)
    n, subjects, df, drawn = cells[0][2:] if cells else (0, 0, 0, 0)
    low, high = interval(mean_defined(draws, axis=0), level, drawn)
    note = ""
    if not cells:
        note = "no annotated held-out images"
    elif not np.isfinite(rho).any():
        note = "no subject has enough repeated measures" if df < 1 else "nothing varies within a subject"
    elif not np.isfinite(low):
        note = no_interval(low, drawn)
    p = [_p_value(cell[0], cell[4]) for cell in cells]
    p = [value for value in p if np.isfinite(value)]
    return {
        "kind": kind,
        "method": method,
        "region": region,
        "subjects": subjects,
        "n": n,
        "df": df,
        "folds": len(cells),
        "rho_mean": float(mean_defined(rho, axis=0)) if len(rho) else np.nan,
        "rho_sd": sd_defined(rho),
        "rho_low": low,
        "rho_high": high,
        "p_median": float(np.median(p)) if p else np.nan,
        "level": level,
        "note": note,
    }


def _ranks_within(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Mid-ranks within each group, scaled to (0, 1) so that groups of different sizes compare; NaN stays NaN."""
    ranks = np.full(len(values), np.nan)
    for group in np.unique(groups):
        members = (groups == group) & np.isfinite(values)
        ranks[members] = (stats.rankdata(values[members]) - 0.5) / max(1, members.sum())
    return ranks


def _of_method(data: pd.DataFrame, method: str, images: pd.Index, weights: Weights, level: float) -> list[dict]:
    """Rows of the table for one method; data: its coefficients and annotations; weights of `images`."""

    def drawn(part: pd.DataFrame) -> Weights:
        return weights.of(images.get_indexer(part["sample_id"]))

    cells = []
    for _, part in data.groupby("fold", sort=False):
        of = part["region"].to_numpy(str)
        x, y = (_ranks_within(part[c].to_numpy(float), of) for c in ("coefficient", "annotations"))
        cells.append(_cell(x, y, part["sample_id"].to_numpy(str), drawn(part)))
    rows = [_row("regions", method, "all", cells, level)]
    for region, of_region in data.groupby("region", sort=False):
        cells = []
        for _, part in of_region.groupby("fold", sort=False):
            x, y = (part[c].to_numpy(float) for c in ("coefficient", "annotations"))
            cells.append(_cell(x, y, part["subject_id"].to_numpy(str), drawn(part)))
        rows.append(_row("photos", method, region, cells, level))
    return rows


@analysis(
    "repeated",
    title="Within one person: coefficients and annotations",
    question="RQ2",
    place=7,
    needs=("coefficients", "annotations", "terms", "fold_audit"),
    caption=(
        "Repeated-measures correlation of coefficient and HPO annotations on ranks, within a person only: over the"
        " regions of an image, and over the photographs of a subject. Mean (sd) over fold models and bootstrap "
        "interval (kin groups drawn)."
    ),
)
def repeated(inputs: AnalysisInputs) -> AnalysisResult:
    """Both kinds of repeated-measures correlation per method.

    Mean (sd) over the fold models, with an interval that draws kin groups (Bakdash and Marusich 2017).

    Parameters
    ----------
    inputs : AnalysisInputs
        Tests, coefficients and settings.

    Returns
    -------
    AnalysisResult
        One row per kind, method and region; shown: methods in rows.
    """
    bootstrap, rows, weights = inputs.settings["bootstrap"], [], None
    for method, data in zip(inputs.methods, inputs.by_method("rq2", "heldout"), strict=True):
        regions = list(data["region"].unique())
        counts, terms = read.annotation_counts(inputs.files["annotations"], inputs.files["terms"], regions)
        data = read.joined_annotations(data, counts[["sample_id", *(r for r in regions if terms[r])]])
        if weights is None:
            one = data.drop_duplicates("sample_id")
            images = pd.Index(one["sample_id"].astype(str))
            weights = Weights(one[bootstrap["group"]], bootstrap["n_resamples"], inputs.rng("repeated"))
        rows += _of_method(data, method, images, weights, bootstrap["level"])
    table = pd.DataFrame(rows, columns=COLUMNS)
    text = [
        f"{mean_sd(r.rho_mean, r.rho_sd)} {bounds(r.rho_low, r.rho_high)}".strip()
        for r in table.itertuples(index=False)
    ]
    names = table["kind"].where(table["kind"] == "regions", "photos, " + table["region"])
    wide = table.assign(text=text, name=names).pivot_table(
        index="method", columns="name", values="text", aggfunc="first"
    )
    shown = wide.reindex(index=inputs.methods, columns=list(dict.fromkeys(names))).fillna("–")
    notes = [
        "Over regions, a syndrome that changes one region more than others still counts; over photographs it cannot."
    ]
    notes += sorted({f"{row['name']}: {row['note']}" for _, row in table.assign(name=names).iterrows() if row["note"]})
    return AnalysisResult(table, shown.rename_axis("Method").rename_axis(None, axis=1).reset_index(), notes)
