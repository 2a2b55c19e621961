"""The weights of an aggregate's experts by class, and beside region coefficients: do they agree?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.expert_weights import WEIGHTS
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval, no_interval
from gestalt_regions.statistics.toolkit.read import load_coefficients, load_samples
from gestalt_regions.statistics.toolkit.spearman import resampled, single_spearman

ENDS = ["images", "groups", "level", "note", "simulated"]
BY_CLASS = ["label", "expert", "part", "weight", "low", "high", *ENDS]
AGREEMENT = ["method", "region", "expert", "given", "policy", "rho", "low", "high", *ENDS]
GIVEN = {"nothing": None, "the class": "target"}  # what the correlation is given -> its column


def _facts(low: float, groups: int, level: float, simulated: bool) -> dict[str, object]:
    return {"groups": groups, "level": level, "note": no_interval(low, groups), "simulated": simulated}


def weights_by_class(table: pd.DataFrame, *, bootstrap: Mapping, seed: int, simulated: bool) -> pd.DataFrame:
    """The mean weight of each expert in the answers for the faces of a class.

    Parameters
    ----------
    table : DataFrame
        WEIGHTS and the bootstrap's group, of the folds.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    simulated : bool
        Whether all faces are.

    Returns
    -------
    DataFrame
        BY_CLASS; the class "all" comes last.
    """
    rows: list[dict[str, object]] = []
    for label in [*sorted(table["label"].unique()), "all"]:
        of_class = table if label == "all" else table[table["label"] == label]
        for (expert, part), cell in of_class.groupby(["expert", "part"], sort=False):
            drawn = Weights(cell[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "experts", label))
            values = cell["weight"].to_numpy(float)
            low, high = interval(drawn.mean(values), bootstrap["level"], drawn.groups)
            row = {"label": label, "expert": expert, "part": part, "weight": values.mean(), "low": low, "high": high}
            facts = _facts(low, drawn.groups, bootstrap["level"], simulated)
            rows.append(row | {"images": len(cell)} | facts)
    return pd.DataFrame(rows, columns=BY_CLASS)


def agreement(
    table: pd.DataFrame,
    coefficients: Mapping[str, pd.DataFrame],
    *,
    policy: str,
    bootstrap: Mapping,
    seed: int,
    simulated: bool,
) -> pd.DataFrame:
    """Spearman correlation over faces of an expert's weight and of the coefficient of the region that it sees.

    Parameters
    ----------
    table : DataFrame
        WEIGHTS and the bootstrap's group, of the folds.
    coefficients : mapping
        Method -> sample_id, fold, target, region, coefficient.
    policy : str
        Of the coefficients.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    simulated : bool
        Whether all faces are.

    Returns
    -------
    DataFrame
        AGREEMENT: a row for each method, expert whose part is a region, and kind; given the class, it is the partial
        correlation given the class that is explained. Faces that a method explains for another class have no part.
    """
    key, rows = ["sample_id", "fold", "target"], []
    named = {region for each in coefficients.values() for region in each["region"].unique()}
    for (expert, part), cell in table[table["part"].isin(named)].groupby(["expert", "part"], sort=False):
        cells = {}
        for method, of_method in coefficients.items():
            values = of_method[of_method["region"] == part].astype(dict.fromkeys(key, str)).set_index(key)
            found = values["coefficient"].reindex(pd.MultiIndex.from_frame(cell[key].astype(str)))
            cells[method] = found.to_numpy(float)
        weight = cell["weight"].to_numpy(float)
        groups = {name: None if column is None else cell[column].to_numpy() for name, column in GIVEN.items()}
        drawn = Weights(cell[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "experts", part))
        redrawn = resampled(cells, weight, drawn, groups)
        for method, x in cells.items():
            kept = np.isfinite(x)
            families = cell.loc[kept, bootstrap["group"]].nunique()
            for name, of in groups.items():
                rho = single_spearman(x[kept], weight[kept], None if of is None else of[kept])
                low, high = interval(redrawn[name][method], bootstrap["level"], families)
                row = {"method": method, "region": part, "expert": expert, "given": name, "policy": policy}
                row |= {"rho": rho, "low": low, "high": high, "images": int(kept.sum())}
                rows.append(row | _facts(low, families, bootstrap["level"], simulated))
    result = pd.DataFrame(rows, columns=AGREEMENT)
    order = {method: i for i, method in enumerate(coefficients)}
    return result.sort_values("method", key=lambda names: names.map(order), kind="stable").reset_index(drop=True)


def write_expert_agreement(
    weights: str,
    coefficients: Sequence[str],
    samples: str,
    outputs: Mapping[str, str],
    *,
    policy: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write the weights by class, and how they go with region coefficients.

    Each face counts once, with the network that was not trained on it; held-out faces have no part.

    Parameters
    ----------
    weights : path
        Of `write_expert_weights`.
    coefficients : sequence of path
        coefficients/{method}.csv of the aggregate, over the paper's regions.
    samples : path
        samples.csv.
    outputs : mapping
        Paths of classes (BY_CLASS) and agreement (AGREEMENT).
    policy : str
        Of the coefficients.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    known = load_samples(samples)
    text = ["fold", "sample_id", "set", "label", "target", "expert", "part"]
    table = read_table(weights, WEIGHTS, strings=text)
    table = table[table["set"] == "folds"].merge(known[["sample_id", bootstrap["group"]]], on="sample_id")
    read = {Path(path).stem: load_coefficients(path, policy, "folds", known)[0] for path in coefficients}
    simulated = bool(known["simulated"].all())
    classes = weights_by_class(table, bootstrap=bootstrap, seed=seed, simulated=simulated)
    write_table(classes, outputs["classes"])
    compared = agreement(table, read, policy=policy, bootstrap=bootstrap, seed=seed, simulated=simulated)
    write_table(compared, outputs["agreement"])
