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
from gestalt_regions.statistics.spearman import resampled

MINIMUM = 3
FOLD_COLUMNS = ["fold", "method", "region", "correlation", "n", "rho", "note"]
NEEDED = ["method", "sample_id", "fold", "label", "region", "coefficient"]
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
    data: pd.DataFrame, methods: Sequence[str], terms: Mapping[str, int], weights: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, dict[tuple[str, str], np.ndarray]]]:
    """Correlation of coefficient and annotations per kind, fold, method and region, and in every resample.

    `data`: method, region, fold, sample_id, label, coefficient, annotations. `terms`: number of terms per region.
    `weights`: bootstrap counts, one column per sample_id. Returns one row per cell and, per kind and (method, region),
    the resampled values [folds, n_resamples].
    """
    cells = {key: cell.set_index("sample_id") for key, cell in data.groupby(["method", "region", "fold"], sort=False)}
    folds, images = list(data["fold"].unique()), pd.Index(weights.columns)
    label = data.drop_duplicates("sample_id").set_index("sample_id")["label"].reindex(images).to_numpy(dtype=str)
    groups = {"pooled": None, "within_syndrome": label}
    rows, draws = [], {kind: {(method, region): [] for method in methods for region in terms} for kind in KINDS}
    for region in terms:
        of_region = data[data["region"] == region].drop_duplicates("sample_id").set_index("sample_id")["annotations"]
        y = of_region.reindex(images).to_numpy(dtype=float)
        wanted = [(m, f) for m, f in itertools.product(methods, folds) if terms[region] and (m, region, f) in cells]
        x = {(m, f): cells[m, region, f]["coefficient"].reindex(images).to_numpy(dtype=float) for m, f in wanted}
        x = {key: values for key, values in x.items() if np.isfinite(values).sum() >= MINIMUM}
        one = resampled(x, y, np.ones((1, len(images))), groups)
        many = resampled(x, y, weights.to_numpy(), groups)
        for kind, method, fold in itertools.product(KINDS, methods, folds):
            cell = cells.get((method, region, fold), data.iloc[:0])
            kept = cell[np.isfinite(cell["coefficient"])]
            rho, note = one[kind].get((method, fold), [np.nan])[0], ""
            if not np.isfinite(rho):
                note = _why_undefined(kept, kind, terms[region])
            elif len(kept) < len(cell):
                note = f"{len(cell) - len(kept)} images without a coefficient left out"
            row = {"fold": fold, "method": method, "region": region, "correlation": kind, "n": len(kept)}
            rows.append(row | {"rho": rho, "note": note})
            undefined = not np.isfinite(rho)  # then no resample counts either
            empty = np.full(len(weights), np.nan)
            draws[kind][method, region].append(empty if undefined else many[kind][method, fold])
    shape = (len(folds), len(weights))
    table = pd.DataFrame(rows, columns=FOLD_COLUMNS)
    return table, {kind: {key: np.reshape(d, shape) for key, d in of.items()} for kind, of in draws.items()}


def summarise(folds: pd.DataFrame, draws: Mapping[tuple[str, str], np.ndarray], level: float) -> pd.DataFrame:
    """Mean and sample sd over the fold models, with a bootstrap interval of that mean: one row per method x region."""
    rows = []
    for (method, region), drawn in draws.items():
        cell = folds[(folds["method"] == method) & (folds["region"] == region)]
        rho = cell["rho"].to_numpy(dtype=float)
        defined = int(np.isfinite(rho).sum())
        low, high = interval(mean_defined(drawn, axis=0), level)
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
    tables, regions = [], {}
    for table, found in inputs.by_method(coefficient_paths, policy, "heldout", samples):
        tables.append(table[NEEDED])
        regions |= dict.fromkeys(found)
    counts, terms = inputs.annotation_counts(annotations_path, terms_path, list(regions))
    inputs.join_samples(counts, samples, annotations_path)
    data = _joined(pd.concat(tables, ignore_index=True), counts)
    methods = [Path(path).stem for path in coefficient_paths]
    used = samples[samples["sample_id"].isin(data["sample_id"])]
    rng = seeds.generator(seed, "rq2")
    drawn = cluster_weights(used[bootstrap["group"]], bootstrap["n_resamples"], rng)
    weights = pd.DataFrame(drawn, columns=used["sample_id"].to_numpy())
    folds, draws = correlate(data, methods, terms, weights)
    tables = {}
    for kind in KINDS:
        part = folds[folds["correlation"] == kind]
        table = summarise(part, draws[kind], bootstrap["level"])
        tables[kind] = table.assign(groups=used[bootstrap["group"]].nunique())
    simulated = inputs.simulated_phrase(samples)
    for (name, variant), csv, tex in zip(variants.items(), outputs["csv"], outputs["tex"], strict=True):
        table = variant_table(tables, variant["correlation"])
        table = table.assign(policy=policy, level=bootstrap["level"], variant=name, simulated=bool(simulated))
        io.write_table(table, csv)
        io.write_text(layout.table4_latex(table, simulated), tex)
    order = folds["correlation"].map(list(KINDS).index)
    folds = folds.assign(order=order, at=folds["method"].map(methods.index)).sort_values(["order", "at"], kind="stable")
    folds = folds.drop(columns=["order", "at"])
    io.write_table(folds.assign(policy=policy, simulated=bool(simulated)), folds_path)
