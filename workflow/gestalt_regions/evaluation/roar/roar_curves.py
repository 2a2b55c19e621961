"""Accuracy of networks that were trained without the most salient pixels, by fraction, with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import RANDOM
from gestalt_regions.evaluation.roar.retraining import ANSWERS, MASK, REMOVED, UNCHANGED
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.read import load_samples, simulated_phrase

KEYS = ["method", "arm", "direction", "fraction"]
ALL = "mean"  # in place of a fraction: the mean of all
STATISTICS = ["accuracy", "drop", "below_random"]
COLUMNS = [
    *("method", "control", "arm", "direction", "fraction"),
    *(f"{name}{end}" for name in STATISTICS for end in ("", "_low", "_high")),
    *("photographs", "kin_groups", "networks", "level"),
]


def right_shares(answers: pd.DataFrame) -> pd.DataFrame:
    """How often each photograph is named rightly over the repeats.

    Parameters
    ----------
    answers : DataFrame
        ANSWERS of all methods and folds.

    Returns
    -------
    DataFrame
        A row for each photograph, a column for each of KEYS (fraction as text, also ALL): a share from 0 to 1.
    """
    answers = answers.assign(right=(answers["label"] == answers["predicted"]).astype(float))
    shares = answers.pivot_table(index=KEYS, columns="sample_id", values="right", aggfunc="mean", sort=False)
    shares.index = shares.index.set_levels([f"{value:g}" for value in shares.index.levels[3]], level=3)
    masked = shares[shares.index.get_level_values("arm") != UNCHANGED]
    means = masked.groupby(level=[0, 1, 2], sort=False).mean()
    means.index = pd.MultiIndex.from_tuples([(*key, ALL) for key in means.index], names=KEYS)
    return pd.concat([shares, means]).T


def roar_table(
    answers: pd.DataFrame, samples: pd.DataFrame, *, controls: Sequence[str], bootstrap: Mapping, seed: int
) -> pd.DataFrame:
    """Accuracy of every method, arm and fraction.

    Parameters
    ----------
    answers : DataFrame
        ANSWERS of all methods and folds.
    samples : DataFrame
        samples.csv.
    controls : sequence of str
        Methods that are controls.
    bootstrap : mapping
        config statistics.bootstrap: n_resamples, level, group.
    seed : int
        Seed of the study.

    Returns
    -------
    DataFrame
        COLUMNS. drop: accuracy with whole photographs, less this one. below_random: accuracy without random pixels of
        the same number, less this one. A fraction ALL is the mean over the fractions. All intervals are of one
        bootstrap that draws whole groups, so differences are of the same photographs.
    """
    shares = right_shares(answers)
    whole = shares[[key for key in shares if key[1] == UNCHANGED]].mean(axis=1)
    groups = samples.set_index("sample_id").loc[shares.index, bootstrap["group"]]
    weights = Weights(groups, bootstrap["n_resamples"], generator(seed, "roar"))
    networks = answers.drop_duplicates([*KEYS, "fold", "repeat"]).groupby(KEYS[:3]).size()
    level, lines = bootstrap["level"], []
    for method, arm, direction, fraction in shares:
        values = shares[method, arm, direction, fraction]
        random = shares.get((RANDOM, arm, direction, fraction))
        compared = {"accuracy": values}
        if arm not in (MASK, UNCHANGED):
            compared["drop"] = whole - values
        if random is not None and method != RANDOM:
            compared["below_random"] = random - values
        line: dict[str, object] = {"method": method, "control": method in controls, "arm": arm, "direction": direction}
        count = networks[method, arm, direction]
        line |= {"fraction": fraction, "photographs": len(values), "kin_groups": weights.groups, "level": level}
        fractions = answers.loc[(answers["arm"] == arm) & (answers["direction"] == direction), "fraction"].nunique()
        line["networks"] = count if fraction == ALL else count // fractions
        for name, each in compared.items():
            low, high = interval(weights.mean(each.to_numpy()), level, weights.groups)
            line |= {name: each.mean(), f"{name}_low": low, f"{name}_high": high}
        lines.append(line)
    return pd.DataFrame(lines, columns=COLUMNS)


def write_roar(
    inputs: Mapping[str, Sequence[str]], output: str, *, controls: Sequence[str], bootstrap: Mapping, seed: int
) -> None:
    """Write the curves of all methods.

    Parameters
    ----------
    inputs : mapping of str to paths
        answers (of every method and fold, and of whole photographs) and samples.
    output : str
        CSV: COLUMNS and simulated.
    controls, bootstrap, seed : optional
        As of `roar_table`.
    """
    text = [name for name in ANSWERS if name not in ("fraction", "repeat")]
    answers = pd.concat([read_table(path, ANSWERS, strings=text) for path in inputs["answers"]], ignore_index=True)
    samples = load_samples(str(inputs["samples"]), ())
    table = roar_table(answers, samples, controls=controls, bootstrap=bootstrap, seed=seed)
    table["order"] = table["direction"].ne(REMOVED)
    table = table.sort_values("order", kind="stable").drop(columns="order")
    write_table(table.assign(simulated=bool(simulated_phrase(samples))), output)
