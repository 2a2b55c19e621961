"""Region values in logits, of explanations and of the usual fills, beside what rendering shows the network to lose.

Ranks say which region counts more. A value in logits says by how much, and can be wrong by so many logits. Methods that
are in no logits are compared by their ranks alone, under every policy: each may be read as it does best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import PRIORS
from gestalt_regions.evaluation.perturb.drop_tables import RENDERED, read_drops
from gestalt_regions.evaluation.region_pairs import PAIR_TEXT, prior_column, strata
from gestalt_regions.evaluation.scored_maps import TRAINED, UNTRAINED
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.regions.sets import PAPER
from gestalt_regions.saliency.explanation import read_fold_values
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, mean_defined
from gestalt_regions.statistics.toolkit.spearman import spearman

FACE = ["sample_id", "fold", "target"]
MEASURES = {  # name -> what it says of the region values of recognised faces
    "pooled": "Spearman correlation with the drop of the logit, over all faces and regions",
    "within_face": "the same over the regions of one face, its mean over faces",
    "within_class_region": "the same over all faces and regions, with the mean rank of each class and region removed",
    "error": "mean distance from the drop, logits; of values that are in logits alone",
    "bias": "mean difference from the drop, logits; of values that are in logits alone",
}
COVERED = "covered"  # share of regions whose drop the interval of the value holds; of values that have one
NOTHING = "nothing"  # a control that says 0 of every region
Said = dict[tuple[str, str], np.ndarray]  # (name, policy) -> values of n rows
COLUMNS = [
    "name",
    "kind",
    "policy",
    "network",
    "measure",
    "images",
    "subjects",
    "groups",
    "value",
    "low",
    "high",
    "level",
]


def _of_fills(drops: pd.DataFrame, rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """What each usual way of taking a region out says of the rows: way -> drops of the logit [n]."""
    keys, told = [*FACE, "region"], {}
    for way, part in drops[drops["way"] != RENDERED].groupby("way", sort=False):
        known = part.set_index(keys)["logit"]
        told[str(way)] = known.reindex(pd.MultiIndex.from_frame(rows[keys])).to_numpy(float)
    return told


def mean_of_others(rows: pd.DataFrame, by_class: bool) -> np.ndarray:
    """The mean drop of each row's region in faces of other families: what a prior would say in logits.

    Parameters
    ----------
    rows : DataFrame
        kin_group, target, region, logit.
    by_class : bool
        Whether of faces of the same class alone.

    Returns
    -------
    ndarray
        [n], logits; NaN where there is no such face.
    """
    alike = ["target", "region"] if by_class else ["region"]
    of_all = rows.groupby(alike)["logit"].agg(["sum", "count"])
    of_kin = rows.groupby([*alike, "kin_group"])["logit"].agg(["sum", "count"])
    total = of_all.reindex(pd.MultiIndex.from_frame(rows[alike]) if by_class else rows["region"]).to_numpy()
    own_kin = of_kin.reindex(pd.MultiIndex.from_frame(rows[[*alike, "kin_group"]])).to_numpy()
    left = total - own_kin
    return np.divide(left[:, 0], left[:, 1], out=np.full(len(rows), np.nan), where=left[:, 1] > 0)


def _scored(
    rows: pd.DataFrame,
    said: Mapping[tuple[str, str], np.ndarray],
    in_logits: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> pd.DataFrame:
    """MEASURES of the values [n] of the rows, a line each: COLUMNS without kind, network and level."""
    names, y = list(said), rows["logit"].to_numpy(float)
    xs = np.stack([said[key] for key in names])
    count, group = bootstrap["n_resamples"], bootstrap["group"]
    weights = Weights(rows[group], count, generator(seed, "evaluation", "region values"))
    drawn = pooled.draws("spearman", xs, y, weights, {"pooled": None, "within_class_region": strata(rows)})
    face = rows.groupby(FACE, sort=False).ngroup().to_numpy()
    first = np.unique(face, return_index=True)[1]
    of_faces = Weights(rows[group].iloc[first], count, generator(seed, "evaluation", "region values"))
    each: dict[str, np.ndarray] = {name: np.full((len(first), len(names)), np.nan) for name in MEASURES}
    for f in range(len(first)):
        truth, values = y[face == f], xs[:, face == f]
        for k, x in enumerate(values):
            kept = np.isfinite(x) & np.isfinite(truth)
            if kept.sum() > 1:
                each["within_face"][f, k] = spearman(x[kept], truth[kept])[0]
            if kept.any() and names[k][0] in in_logits:
                each["error"][f, k] = np.abs(x - truth)[kept].mean()
                each["bias"][f, k] = (x - truth)[kept].mean()
    table = []
    for k, (name, policy) in enumerate(names):
        known = rows[np.isfinite(xs[k]) & np.isfinite(y)]
        counts = {column: known[key].nunique() for column, key in (("images", "sample_id"), ("subjects", "subject_id"))}
        for measure in MEASURES:
            if measure in drawn:
                value, resampled, groups = drawn[measure][0][k], drawn[measure][1][k], known[group].nunique()
            else:
                column = each[measure][:, [k]]
                groups = int(of_faces.groups_with(column)[0])
                value = mean_defined(column, 0)[0] if groups else np.nan
                resampled = of_faces.means(column)[:, 0]
            low, high = interval(resampled, bootstrap["level"], groups)
            line = {"name": name, "policy": policy, "measure": measure, **counts, "groups": groups}
            table.append({**line, "value": value, "low": low, "high": high})
    return pd.DataFrame(table)


def _covered(
    rows: pd.DataFrame, values: Sequence[str], folds: Sequence[str], bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """COVERED of every method's stored intervals, a line each: COLUMNS without kind, policy, network and level."""
    keys, table = [*FACE, "region"], []
    for start in range(0, len(values), len(folds)):
        paths = values[start : start + len(folds)]
        stored = read_fold_values(paths, folds)[[*keys, "low", "high"]]
        known = (
            rows.drop(columns=["low", "high"], errors="ignore")
            .merge(stored, on=keys)
            .dropna(subset=["low", "high", "logit"])
        )
        inside = known["logit"].between(known["low"], known["high"]).to_numpy(float)
        if not len(inside):
            continue
        weights = Weights(
            known[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "evaluation", "region values")
        )
        low, high = interval(weights.mean(inside), bootstrap["level"], weights.groups)
        counts = {column: known[key].nunique() for column, key in (("images", "sample_id"), ("subjects", "subject_id"))}
        name = Path(paths[0]).stem.removesuffix("_values")
        line = {"name": name, "measure": COVERED, **counts, "groups": weights.groups}
        table.append({**line, "value": inside.mean(), "low": low, "high": high})
    return pd.DataFrame(table)


def _values_of_methods(
    pairs: Sequence[str], policies: Sequence[str], in_logits: Sequence[str]
) -> tuple[pd.DataFrame, Said, list[tuple[pd.DataFrame, Said]]]:
    """The rows of the trained networks and what each method says of them; the same of each method's untrained ones."""
    trained, first = pd.DataFrame(), ""
    said: Said = {}
    untrained: list[tuple[pd.DataFrame, Said]] = []
    for path in pairs:
        name, table = Path(path).stem, read_table(path, [*PAIR_TEXT, "recognised"], PAIR_TEXT)
        table = table[(table["recognised"] == 1) & (table["region_set"] == PAPER)]
        columns = {policy: policy for policy in (policies[:1] if name in in_logits else policies)}
        if name in PRIORS:
            columns = {"": prior_column("logit", "signed")}
        for network, rows in table.groupby("network", sort=False):
            rows = rows.sort_values([*FACE, "region"]).reset_index(drop=True)
            values = {(name, policy): rows[column].to_numpy(float) for policy, column in columns.items()}
            if network == UNTRAINED:
                untrained.append((rows, values))
            elif len(trained) and not rows[[*FACE, "region"]].equals(trained[[*FACE, "region"]]):
                raise InputError(
                    f"{path}: {len(rows)} regions of recognised faces, {first} has {len(trained)}, or they are others; "
                    "their maps were made of other images: make both again"
                )
            else:
                trained, said, first = rows, said | values, path
    return trained, said, untrained


def write_region_values(
    pairs: Sequence[str],
    drops: str,
    samples: str,
    output: str,
    *,
    values: Sequence[str] = (),
    folds: Sequence[str] = (),
    policies: Sequence[str],
    in_logits: Sequence[str],
    controls: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write how near the region values of every explanation are to what rendering shows.

    Parameters
    ----------
    pairs : sequence of str
        The pairs of group use of each method and prior, {method}.csv.
    drops : str
        Path of the drops of all folds.
    samples : str
        Path of samples.csv.
    output : str
        Path of the table: COLUMNS and simulated; kind is method, control, prior or fill.
    values : sequence of str
        {method}_values.csv of methods that give intervals, method by method, fold by fold.
    folds : sequence of str
        The folds.
    policies : sequence of str
        Policies of coefficients; of the first, signed and not scaled, are the values of methods that are in logits.
    in_logits : sequence of str
        The methods whose values are in logits.
    controls : sequence of str
        Which methods are controls.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group (the column that is resampled).
    seed : int
        Seed of the study.

    Raises
    ------
    InputError
        If two methods explain other faces.
    """
    names = [Path(path).stem for path in pairs]
    kinds = {name: "control" if name in controls else "method" for name in names} | dict.fromkeys(PRIORS, "prior")
    trained, said, untrained = _values_of_methods(pairs, policies, in_logits)
    fills = _of_fills(read_drops([drops]), trained)
    kinds |= dict.fromkeys(fills, "fill") | {NOTHING: "control"}
    said |= {(way, ""): values for way, values in fills.items()} | {(NOTHING, ""): np.zeros(len(trained))}
    whole = _scored(trained, said, [*in_logits, *fills, NOTHING], bootstrap, seed)
    # a prior's place in an order has no unit; its mean has one, and is compared by its distance alone. Within class and
    # region a prior has nothing left to say
    whole = whole[~(whole["name"].isin(PRIORS) & whole["measure"].isin(["error", "bias", "within_class_region"]))]
    means = {(name, ""): mean_of_others(trained, by_class) for name, by_class in PRIORS.items()}
    of_priors = _scored(trained, means, list(PRIORS), bootstrap, seed)
    of_priors = of_priors[of_priors["measure"].isin(["error", "bias"])]
    covered = _covered(trained, values, folds, bootstrap, seed).assign(policy=policies[0])
    parts = [part.assign(network=TRAINED) for part in (whole, of_priors, covered)]
    for rows, of_untrained in untrained:
        parts.append(_scored(rows, of_untrained, in_logits, bootstrap, seed).assign(network=UNTRAINED))
    table = pd.concat(parts, ignore_index=True).dropna(subset="value")
    table = table.assign(kind=table["name"].map(kinds), level=bootstrap["level"])[COLUMNS]
    simulated = bool(read.simulated_phrase(read.load_samples(samples, ())))
    write_table(table.assign(simulated=simulated), output)
