"""RQ2, Table 4: do region coefficients follow the clinicians' HPO annotations? (Sümer et al. 2023, section 5.2)"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics.toolkit import read, table_text
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined, no_interval, sd_defined
from gestalt_regions.statistics.toolkit.spearman import resampled, single_spearman

MINIMUM = 3
FOLD_COLUMNS = ["fold", "method", "region", "correlation", "n", "groups", "rho", "note"]
KINDS = ("pooled", "within_syndrome", "ranked_within")  # the last: by ranks within the syndrome
RANKED_WITHIN = ("ranked_within",)
BESIDE = {  # kind -> those that a table of it also has, and what their columns begin with
    "pooled": {},
    "within_syndrome": {"ranked_within": "ranked_", "pooled": "pooled_"},
    "ranked_within": {"within_syndrome": "partial_", "pooled": "pooled_"},
}


def _why_undefined(cell: pd.DataFrame, kind: str, terms: int) -> str:
    if terms == 0:
        return "no annotated HPO term lies in this region"
    if len(cell) < MINIMUM:
        return f"fewer than {MINIMUM} annotated images with a coefficient"
    where = "" if kind == "pooled" else " within every syndrome"
    for column, name in (("annotations", "number of annotations"), ("coefficient", "coefficient")):
        spread = cell.groupby("label")[column].nunique() if where else pd.Series([cell[column].nunique()])
        if (spread <= 1).all():
            return f"the {name} does not vary{where}"
    return "undefined correlation"


def _rho(x: np.ndarray, y: np.ndarray, groups: np.ndarray | None, kind: str) -> float:
    """Correlation of the images with a coefficient."""
    kept = np.isfinite(x)
    of = None if groups is None else groups[kept]
    return single_spearman(x[kept], y[kept], of, ranked_within=kind in RANKED_WITHIN)


def _correlate_method(
    data: pd.DataFrame, method: str, terms: Mapping[str, int], images: pd.Index, weights: Weights
) -> tuple[pd.DataFrame, dict[str, dict[str, np.ndarray]]]:
    """Correlation of one method's coefficients with the annotations per kind, fold and region, and in every resample.

    `data`: region, fold, sample_id, label, coefficient, annotations. `terms`: number of terms per region. `images`: the
    samples whose bootstrap counts `weights` holds. Returns one row per cell and, per kind and region, the resampled
    values [folds, n_resamples].
    """
    data = data.assign(place=images.get_indexer(data["sample_id"]))
    cells, folds = dict(list(data.groupby(["region", "fold"], sort=False))), list(data["fold"].unique())

    def of_images(cell: pd.DataFrame, column: str, missing: object = np.nan) -> np.ndarray:
        values = np.full(len(images), missing, dtype=type(missing))
        values[cell["place"]] = cell[column]
        return values

    label = of_images(data, "label", missing="").astype(str)
    groups = {kind: None if kind == "pooled" else label for kind in KINDS}
    rows: list[dict[str, object]] = []
    draws: dict[str, dict[str, list[np.ndarray]]] = {kind: {region: [] for region in terms} for kind in KINDS}
    for region in terms:
        y = of_images(data[data["region"] == region], "annotations")
        wanted = [fold for fold in folds if terms[region] and (region, fold) in cells]
        x = {fold: of_images(cells[region, fold], "coefficient") for fold in wanted}
        x = {key: values for key, values in x.items() if np.isfinite(values).sum() >= MINIMUM}
        many = resampled(x, y, weights, groups, RANKED_WITHIN)
        for kind, fold in itertools.product(KINDS, folds):
            cell = cells.get((region, fold), data.iloc[:0])
            kept = cell[np.isfinite(cell["coefficient"])]
            rho, note = _rho(x[fold], y, groups[kind], kind) if fold in x else np.nan, ""
            if not np.isfinite(rho):
                note = _why_undefined(kept, kind, terms[region])
            elif len(kept) < len(cell):
                note = f"{len(cell) - len(kept)} images without a coefficient left out"
            row = {"fold": fold, "method": method, "region": region, "correlation": kind, "n": len(kept)}
            drawn_from = weights.of(images.get_indexer(kept["sample_id"])).groups
            rows.append(row | {"groups": drawn_from, "rho": rho, "note": note})
            undefined = not np.isfinite(rho)  # then no resample counts either
            empty = np.full(len(weights), np.nan)
            draws[kind][region].append(empty if undefined else many[kind][fold])
    shape = (len(folds), len(weights))
    table = pd.DataFrame(rows, columns=FOLD_COLUMNS)
    return table, {kind: {key: np.reshape(d, shape) for key, d in of.items()} for kind, of in draws.items()}


def _summarise(folds: pd.DataFrame, method: str, draws: Mapping[str, np.ndarray], level: float) -> pd.DataFrame:
    """Mean and sample sd over the fold models, with a bootstrap interval of that mean: one row per region."""
    rows = []
    for region, drawn in draws.items():
        cell = folds[folds["region"] == region]
        rho = cell["rho"].to_numpy(dtype=float)
        defined = int(np.isfinite(rho).sum())
        groups = int(cell["groups"].max()) if len(cell) else 0
        low, high = interval(mean_defined(drawn, axis=0), level, groups)
        notes = sorted({note for note in cell["note"] if note})
        if len(cell) == 0:
            notes.append("no annotated held-out images")
        if 0 < defined < len(rho):
            notes.insert(0, f"defined in {defined} of {len(rho)} folds")
        if defined and not np.isfinite(low):
            notes.append(no_interval(low, groups))
        rows.append(
            {
                "method": method,
                "region": region,
                "n": int(cell["n"].max()) if len(cell) else 0,
                "folds": len(rho),
                "rho_mean": float(mean_defined(rho, axis=0)),
                "rho_sd": sd_defined(rho),
                "rho_low": low,
                "rho_high": high,
                "note": "; ".join(notes),
                "groups": groups,
            }
        )
    return pd.DataFrame(rows)


def _variant_table(tables: Mapping[str, pd.DataFrame], kind: str) -> pd.DataFrame:
    """The table of one variant: its own correlation, and others beside it."""
    table = tables[kind].copy()
    table.insert(2, "correlation", kind)
    for other, prefix in BESIDE[kind].items():
        columns = {f"rho_{name}": f"{prefix}{name}" for name in ("mean", "sd", "low", "high")}
        beside = tables[other][["method", "region", *columns]].rename(columns=columns)
        table = table.merge(beside, on=["method", "region"], how="left")
    table["note"] = table.pop("note")  # last column
    return table


def _correlate_all(
    named: Iterable[tuple[str, tuple[pd.DataFrame, list[str]]]],
    *,
    annotations_path: str,
    terms_path: str,
    samples: pd.DataFrame,
    bootstrap: Mapping,
    seed: int,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Per kind the summary of all methods, and the correlations of every fold. named: method, (coefficients, regions).

    The weights of the resamples are drawn once, for the images that the first method explains.
    """
    group = bootstrap["group"]
    summaries: dict[str, list[pd.DataFrame]] = {kind: [] for kind in KINDS}
    of_folds: list[pd.DataFrame] = []
    for method, (data, regions) in named:
        if not of_folds:
            counts, terms = read.annotation_counts(annotations_path, terms_path, regions)
            read.join_samples(counts, samples, annotations_path)
            explained = data["sample_id"].isin(counts["sample_id"])
            used = samples[samples["sample_id"].isin(data.loc[explained, "sample_id"].unique())]
            images = pd.Index(used["sample_id"])
            weights = Weights(used[group], bootstrap["n_resamples"], seeds.generator(seed, "rq2"))
        data = read.joined_annotations(data, counts)
        new = data["sample_id"][~data["sample_id"].isin(images)]
        if len(new):
            raise InputError(f"RQ2: '{new.iloc[0]}' is explained by {method} and not by all; rebuild the coefficients")
        folds, draws = _correlate_method(data, method, terms, images, weights)
        of_folds.append(folds)
        for kind in KINDS:
            part = folds[folds["correlation"] == kind]
            table = _summarise(part, method, draws[kind], bootstrap["level"])
            summaries[kind].append(table.assign(syndromes=used["label"].nunique()))
    tables = {kind: pd.concat(parts, ignore_index=True) for kind, parts in summaries.items()}
    return tables, pd.concat(of_folds, ignore_index=True)


def write_table4(
    *,
    coefficient_paths: Sequence[str],
    samples_path: str,
    annotations_path: str,
    terms_path: str,
    audit_path: str,
    outputs: Mapping[str, Sequence[str]],
    folds_path: str,
    variants: Mapping[str, Mapping],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write Table 4 of every variant, and the correlations of every fold.

    Parameters
    ----------
    coefficient_paths : sequence of str
        coefficients/{method}.csv of each method.
    samples_path : str
        samples.csv.
    annotations_path : str
        Number of raters who saw each HPO term, by image.
    terms_path : str
        The HPO terms and their regions.
    audit_path : str
        fold_audit.csv, which names the families on both sides of the held-out border.
    outputs : mapping
        "csv" and "tex": one path per variant, in the order of `variants`.
    folds_path : str
        Correlations of every fold in every variant, CSV.
    variants : mapping
        Name -> policy (of RQ2), correlation (of KINDS), heldout_leak ("drop" leaves those families out, or "report").
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Raises
    ------
    InputError
        For an image that one method explains and another does not.
    """
    samples = read.load_samples(samples_path, ())
    leaked, methods = read.leaked_images(audit_path, samples), [Path(path).stem for path in coefficient_paths]
    simulated, made, every = read.simulated_phrase(samples), {}, []
    for (name, variant), csv, tex in zip(variants.items(), outputs["csv"], outputs["tex"], strict=True):
        policy, left_out = variant["policy"]["rq2"], leaked if variant["heldout_leak"] == "drop" else frozenset()
        if (policy, left_out) not in made:
            of_methods = read.by_method(coefficient_paths, policy, "heldout", samples, left_out)
            made[policy, left_out] = _correlate_all(
                zip(methods, of_methods, strict=False),  # without a path, by_method says so
                annotations_path=annotations_path,
                terms_path=terms_path,
                samples=samples,
                bootstrap=bootstrap,
                seed=seed,
            )
        tables, folds = made[policy, left_out]
        table = _variant_table(tables, variant["correlation"])
        facts = {"policy": policy, "variant": name, "simulated": bool(simulated)}
        table = table.assign(left_out=len(left_out), level=bootstrap["level"], **facts)
        io.write_table(table, csv)
        io.write_text(table_text.table4_latex(table, simulated), tex)
        kinds = [variant["correlation"], *BESIDE[variant["correlation"]]]
        every += [folds[folds["correlation"] == kind].assign(**facts) for kind in kinds]
    io.write_table(pd.concat(every, ignore_index=True), folds_path)
