"""RQ2, Table 4: do region coefficients follow the clinicians' HPO annotations? (Sümer et al. 2023, section 5.2)"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions import io, seeds
from gestalt_regions.statistics import inputs, layout
from gestalt_regions.statistics.resample import cluster_weights, interval, mean_defined, sd_defined
from gestalt_regions.statistics.spearman import spearman

MINIMUM = 3
FOLD_COLUMNS = ["fold", "method", "region", "correlation", "n", "rho", "note"]
KINDS = {"pooled": "pooled Spearman", "within_syndrome": "partial Spearman given the syndrome"}


def _why_undefined(cell: pd.DataFrame, kind: str, terms: int) -> str:
    if terms == 0:
        return "no annotated HPO term lies in this region"
    if len(cell) < MINIMUM:
        return f"fewer than {MINIMUM} annotated images with a coefficient"
    where = " within every syndrome" if kind == "within_syndrome" else ""
    for column, name in (("annotations", "number of annotations"), ("coefficient", "coefficient")):
        spread = cell.groupby("label")[column].nunique() if where else pd.Series([cell[column].nunique()])
        if (spread <= 1).all():
            return f"the {name} does not vary{where}"
    return "undefined correlation"


def correlate(
    data: pd.DataFrame, methods: Sequence[str], kind: str, terms: Mapping[str, int], weights: pd.DataFrame
) -> tuple[pd.DataFrame, dict[tuple[str, str], np.ndarray]]:
    """Correlation of coefficient and annotations per fold, method and region.

    `data`: method, region, fold, sample_id, label, coefficient, annotations. `terms`: number of terms per region.
    `weights`: bootstrap counts, one column per sample_id. Returns one row per cell and, per (method, region), the
    resampled values [folds, n_resamples].
    """
    cells = {key: cell for key, cell in data.groupby(["method", "region", "fold"], sort=False)}
    folds = list(data["fold"].unique())
    rows, draws = [], {(method, region): [] for method in methods for region in terms}
    for method, region, fold in itertools.product(methods, terms, folds):
        cell = cells.get((method, region, fold), data.iloc[:0])
        kept = cell[np.isfinite(cell["coefficient"])]
        rho, resampled, note = np.nan, np.full(len(weights), np.nan), ""
        if terms[region] and len(kept) >= MINIMUM:
            x, y = kept["coefficient"].to_numpy(), kept["annotations"].to_numpy()
            groups = kept["label"].to_numpy(dtype=str) if kind == "within_syndrome" else None
            rho = float(spearman(x, y, groups=groups)[0])
            if np.isfinite(rho):
                resampled = spearman(x, y, weights[kept["sample_id"]].to_numpy(), groups)
        if not np.isfinite(rho):
            note = _why_undefined(kept, kind, terms[region])
        elif len(kept) < len(cell):
            note = f"{len(cell) - len(kept)} images without a coefficient left out"
        rows.append({"fold": fold, "method": method, "region": region, "correlation": kind, "n": len(kept), "rho": rho})
        rows[-1]["note"] = note
        draws[method, region].append(resampled)
    shape = (len(folds), len(weights))
    return pd.DataFrame(rows, columns=FOLD_COLUMNS), {key: np.reshape(d, shape) for key, d in draws.items()}


def summarise(folds: pd.DataFrame, draws: Mapping[tuple[str, str], np.ndarray], level: float) -> pd.DataFrame:
    """Mean and sample sd over the fold models, with a bootstrap interval of that mean: one row per method x region."""
    rows = []
    for (method, region), resampled in draws.items():
        cell = folds[(folds["method"] == method) & (folds["region"] == region)]
        rho = cell["rho"].to_numpy(dtype=float)
        defined = int(np.isfinite(rho).sum())
        low, high = interval(mean_defined(resampled, axis=0), level)
        notes = sorted({note for note in cell["note"] if note})
        if len(cell) == 0:
            notes.append("no annotated held-out images")
        if 0 < defined < len(rho):
            notes.insert(0, f"defined in {defined} of {len(rho)} folds")
        if defined and not np.isfinite(low):
            notes.append("no interval: undefined in more than a tenth of the resamples")
        rows.append({
            "method": method, "region": region, "n": int(cell["n"].max()) if len(cell) else 0, "folds": len(rho),
            "rho_mean": float(mean_defined(rho, axis=0)), "rho_sd": sd_defined(rho), "rho_low": low, "rho_high": high,
            "note": "; ".join(notes),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _joined(coefficients: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    long = counts.melt("sample_id", var_name="region", value_name="annotations")
    return coefficients.merge(long, on=["sample_id", "region"], how="inner")


def variant_table(tables: Mapping[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """The table of one variant: its own correlation, and the pooled one beside it where that is not the same."""
    table = tables[kind].copy()
    table.insert(2, "correlation", kind)
    if kind != "pooled":
        beside = tables["pooled"].rename(columns=lambda c: c.replace("rho_", "pooled_"))
        columns = ["method", "region", "pooled_mean", "pooled_sd", "pooled_low", "pooled_high"]
        table = table.merge(beside[columns], on=["method", "region"], how="left")
        table["note"] = table.pop("note")
    return table


def run(
    coefficient_paths: Sequence[str],
    samples_path: str,
    annotations_path: str,
    terms_path: str,
    outputs: Mapping[str, Sequence[str]],
    folds_path: str,
    *,
    variants: Mapping[str, Mapping],
    policy: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write table4 (CSV and LaTeX) of every variant and the correlations of every fold.

    `outputs` holds "csv" and "tex": one path per variant, in the order of `variants`.
    """
    samples = inputs.load_samples(samples_path)
    coefficients, regions = inputs.load_coefficients(coefficient_paths, policy, "heldout", samples)
    counts, terms = inputs.annotation_counts(annotations_path, terms_path, regions)
    inputs.join_samples(counts, samples, annotations_path)
    data = _joined(coefficients, counts)
    methods = [Path(path).stem for path in coefficient_paths]
    used = samples[samples["sample_id"].isin(data["sample_id"])]
    rng = seeds.generator(seed, "rq2")
    drawn = cluster_weights(used[bootstrap["group"]], bootstrap["n_resamples"], rng)
    weights = pd.DataFrame(drawn, columns=used["sample_id"].to_numpy())
    every, tables = [], {}
    for kind in KINDS:
        folds, draws = correlate(data, methods, kind, terms, weights)
        every.append(folds)
        tables[kind] = summarise(folds, draws, bootstrap["level"]).assign(groups=used[bootstrap["group"]].nunique())
    simulated = inputs.simulated_phrase(samples)
    for (name, variant), csv, tex in zip(variants.items(), outputs["csv"], outputs["tex"], strict=True):
        table = variant_table(tables, variant["correlation"])
        table = table.assign(policy=policy, level=bootstrap["level"], variant=name, simulated=bool(simulated))
        io.write_table(table, csv)
        io.write_text(layout.table4_latex(table, simulated), tex)
    io.write_table(pd.concat(every, ignore_index=True).assign(policy=policy, simulated=bool(simulated)), folds_path)
