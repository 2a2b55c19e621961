"""The summary: every measure of every method with its interval, chance and the best control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.scored_maps import LONG, TRAINED, UNTRAINED
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.evaluation.summary.scores_latex import latex
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval

ALL = "all"  # folds together
CELL = ["group", "measure", "region_set", "policy", "fold"]  # what values can be compared within
PART = [
    *CELL,
    "method",
    "network",
    "control",
    "images",
    "subjects",
    "rows",
    "undefined",
    "value",
    "low",
    "high",
    "level",
]
SCORES = [
    *PART,
    "chance",
    "best_control",
    "best_control_value",
    "overlaps_control",
    "beats_control",
    "direction",
    "simulated",
]
TEXT = [c for c in LONG if c != "value"]


def _weights(kin: Sequence[str], fold: str, bootstrap: Mapping, seed: int) -> Weights:
    """Drawn anew for each fold, but alike for all methods with the same images."""
    return Weights(kin, bootstrap["n_resamples"], generator(seed, "evaluation", fold))


def _of_folds(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(ALL, table), *table.groupby("fold", sort=True)]


def mean_scores(table: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """Means over the rows of LONG with their intervals, for each network, fold, region set, policy and measure.

    A row is a face explained by a fold's model; a held-out face has one for each fold. undefined: rows without a value.
    """
    found, face, cells = [], ["sample_id", "fold"], ["region_set", "policy", "measure"]
    for network, own in table.groupby("network", sort=False):
        rows = own.drop_duplicates(face).reset_index(drop=True)
        row, column = own.groupby(face, sort=False).ngroup(), own.groupby(cells, sort=False).ngroup()
        matrix = np.full((len(rows), column.max() + 1), np.nan)
        matrix[row, column] = own["value"]
        names = list(own[cells].drop_duplicates().itertuples(index=False, name=None))
        for fold, part in _of_folds(rows):
            values = matrix[part.index]
            defined = np.isfinite(values)
            drawn = _weights(part[bootstrap["group"]], fold, bootstrap, seed).means(values)
            for k, cell in enumerate(names):
                kept = defined[:, k]
                low, high = interval(drawn[:, k], bootstrap["level"])
                found.append(
                    {
                        **dict(zip(cells, cell, strict=True)),
                        "fold": fold,
                        "network": network,
                        "images": part["sample_id"][kept].nunique(),
                        "subjects": part["subject_id"][kept].nunique(),
                        "rows": int(kept.sum()),
                        "undefined": int((~kept).sum()),
                        "value": values[kept, k].mean() if kept.any() else np.nan,
                        "low": low,
                        "high": high,
                    }
                )
    return pd.DataFrame(found)


def pooled_scores(
    pairs: pd.DataFrame, measures: Mapping[str, Mapping], policies: Sequence[str], *, bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """Statistics over all images and regions at once; measures: those with `pooled`, policies: columns of `pairs`."""
    found = []
    for (network, region_set), own in pairs.groupby(["network", "region_set"], sort=False):
        for fold, part in _of_folds(own):
            weights = _weights(part[bootstrap["group"]], fold, bootstrap, seed)
            xs, samples = part[list(policies)].to_numpy(float).T, part[["sample_id", "subject_id"]]
            for name, about in measures.items():
                truth = part[about["pair"][1]].to_numpy(float)
                if not np.isfinite(truth).any():  # not known of this region set
                    continue
                values, drawn = pooled.draws(about["pooled"], xs, truth, weights)
                for policy, x, value, draws in zip(policies, xs, values, drawn, strict=True):
                    kept = np.isfinite(x) & np.isfinite(truth)
                    low, high = interval(draws, bootstrap["level"])
                    images, subjects = samples[kept].nunique()
                    found.append(
                        {
                            "measure": name,
                            "region_set": region_set,
                            "policy": policy,
                            "fold": fold,
                            "network": network,
                            "images": images,
                            "subjects": subjects,
                            "rows": int(kept.sum()),
                            "undefined": int((~kept).sum()),
                            "value": value,
                            "low": low,
                            "high": high,
                        }
                    )
    return pd.DataFrame(found)


def against_controls(scores: pd.DataFrame, measures: Mapping[str, Mapping]) -> pd.DataFrame:
    """`scores` with direction, chance, best_control (and value), overlaps_control and beats_control.

    The controls of a row are the rows of control methods and, on a trained network, the same method on an untrained
    one, all of the same CELL. The best is the one with the best value. beats_control: the whole interval is on the
    better side of the best control's; overlaps_control: they share a value. Rows of controls, and of untrained
    networks, are not judged.
    """
    scores = scores.assign(direction=scores["measure"].map(lambda name: measures[name]["direction"]))
    added = {}
    for cell, part in scores.groupby(CELL, sort=False):
        chance = measures[cell[CELL.index("measure")]]["chance"]
        rows = list(part.itertuples())
        if isinstance(chance, str):
            chance = next((r.value for r in rows if (r.method, r.network) == (chance, TRAINED)), np.nan)
        known = [row for row in rows if np.isfinite(row.value)]
        for row in rows:
            own = (row.method, UNTRAINED)
            rivals = [r for r in known if r.control or (r.method, r.network) == own]
            judged = not row.control and row.network == TRAINED and np.isfinite(row.value) and rivals
            added[row.Index] = {"chance": chance} | (_beside(row, rivals) if judged else {})
    columns = ["chance", "best_control", "best_control_value", "overlaps_control", "beats_control"]
    new = pd.DataFrame.from_dict(added, orient="index").reindex(index=scores.index, columns=columns)
    return scores.join(new.astype({"overlaps_control": object, "beats_control": object}))


def _beside(row, rivals: Sequence) -> dict[str, object]:
    """What is said of a row (namedtuple) beside the best of its rivals; "" where an interval is undefined."""
    best = max(rivals, key=lambda rival: rival.value * row.direction)
    mine, theirs = (sorted((r.low * row.direction, r.high * row.direction)) for r in (row, best))
    bounded = np.isfinite([*mine, *theirs]).all()
    return {
        "best_control": f"{best.method} (untrained)" if best.network == UNTRAINED else best.method,
        "best_control_value": best.value,
        "overlaps_control": bool(mine[0] <= theirs[1] and theirs[0] <= mine[1]) if bounded else "",
        "beats_control": bool(mine[0] > theirs[1]) if bounded else "",
    }


def _group(path: str) -> str:
    """That of .../{group}/{method}.csv or .../{group}/pairs/{method}.csv."""
    folder = Path(path).parent
    return folder.parent.name if folder.name == "pairs" else folder.name


def method_scores(
    tables: Sequence[str],
    pairs: Sequence[str],
    output: str,
    *,
    method: str,
    measures: Mapping[str, Mapping],
    controls: Sequence[str],
    policies: Sequence[str],
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write PART of one method. tables, pairs: the CSV files of its groups, in folders named by them."""
    parts = []
    for path in tables:
        long = read_table(path, LONG, TEXT)
        part = mean_scores(long[long["measure"].isin(measures)], bootstrap=bootstrap, seed=seed)
        parts.append(part.assign(group=_group(path)))
    for path in pairs:
        group = _group(path)
        own = {name: about for name, about in measures.items() if about["group"] == group and about["pooled"]}
        text = ["sample_id", "fold", "subject_id", "kin_group", "network", "region_set", "region"]
        table = read_table(path, [*text, *policies], text)
        parts.append(pooled_scores(table, own, policies, bootstrap=bootstrap, seed=seed).assign(group=group))
    whole = pd.concat(parts, ignore_index=True)
    write_table(whole.assign(method=method, control=method in controls, level=bootstrap["level"])[PART], output)


def run(
    parts: Sequence[str], samples: str, csv: str, tex: str, *, measures: Mapping[str, Mapping], show: Mapping
) -> None:
    """Write scores.csv and scores.tex (folds together, the policy and the region sets of `show`) from the PART of each
    method."""
    about, text = read.load_samples(samples, ()), [*CELL, "method", "network"]
    scores = pd.concat([read_table(path, PART, text) for path in parts], ignore_index=True)
    simulated = read.simulated_phrase(about)
    scores = against_controls(scores, measures).assign(simulated=bool(simulated))[SCORES]
    write_table(scores, csv)
    write_text(latex(scores, measures, show, simulated), tex)
