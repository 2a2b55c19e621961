"""What readers say of explanations and of composites: Likert answers, control maps, recognised classes.

Control maps are the attention check: they know nothing of the network. Readers who rate them as high as explanations
do not tell one from the other.
"""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
from scipy.stats import permutation_test

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS, mean_interval

LEVELS = range(1, 6)
COMPOSITE = "composite"  # stands where a method would
LIKERT = ["method", "control", "question", "level", "answers", "share", "mean", "readers", "simulated"]
ATTENTION = ["method", "question", "difference", "low", "high", "p", "higher", "paired", "readers", "pairs", "level"]
ATTENTION += ["simulated"]
OF_CLASSES = [
    "class",
    "readers",
    "answers",
    "right",
    "right_low",
    "right_high",
    "confidence",
    "recognisable",
    "typical",
]
OF_CLASSES += ["level", "simulated"]
RATED = ["reader", "item", "explanation", "method", "question"]


def likert_table(ratings: pd.DataFrame, composites: pd.DataFrame) -> pd.DataFrame:
    """How often each level was chosen, by method and question; composites stand below the methods.

    Parameters
    ----------
    ratings, composites : pandas.DataFrame
        As from read_answers.

    Returns
    -------
    pandas.DataFrame
        LIKERT, five rows for each method and question.
    """
    of_composites = composites.melt(
        id_vars=["reader", "simulated"],
        value_vars=["recognisable", "typical"],
        var_name="question",
        value_name="level",
    ).assign(method=COMPOSITE, control=False)
    rows = []
    for part in (ratings, of_composites.dropna(subset=["level"])):
        for (control, method, question), chosen in part.groupby(["control", "method", "question"], sort=False):
            facts = {"method": method, "control": control, "question": question, "mean": chosen["level"].mean()}
            facts |= {"readers": chosen["reader"].nunique(), "simulated": bool(chosen["simulated"].any())}
            for level in LEVELS:
                times = int((chosen["level"] == level).sum())
                rows.append({**facts, "level": level, "answers": times, "share": times / len(chosen)})
    return pd.DataFrame(rows, columns=LIKERT)


def _less_control(rows: pd.DataFrame, by: list[str]) -> pd.Series:
    means = rows.pivot_table(index=by, columns="control", values="level", aggfunc="mean")
    means = means.reindex(columns=[False, True])
    return (means[False] - means[True]).dropna()


def pairs_of(rows: pd.DataFrame) -> tuple[pd.Series, str]:
    """Explanation less control map, of one reader on one face; where no face has both, of one reader.

    Parameters
    ----------
    rows : pandas.DataFrame
        Ratings of one question.

    Returns
    -------
    tuple
        Differences with `reader` as the first level of the index; and what is paired.
    """
    differences, paired = _less_control(rows, ["reader", "item"]), "reader and face"
    if differences.empty:
        differences, paired = _less_control(rows, ["reader"]), "reader"
    return differences, paired


def attention_table(ratings: pd.DataFrame, *, level: float, seed: int) -> pd.DataFrame:
    """By how much explanations are rated above control maps.

    A reader's differences are averaged; the interval is Student's over readers, and p that of exchanging the two within
    readers. It speaks of the faces that had a control map. `higher` is the share of pairs in which the explanation is
    higher, ties counted half: .5 is chance.

    Parameters
    ----------
    ratings : pandas.DataFrame
        As from read_answers.
    level : float
        Of the interval.
    seed : int
        Of the study.

    Returns
    -------
    pandas.DataFrame
        ATTENTION: for all explanations and for each method; empty where no control map was shown.
    """
    if not ratings["control"].any():
        return pd.DataFrame(columns=ATTENTION)
    methods = ["all", *dict.fromkeys(ratings.loc[~ratings["control"].astype(bool), "method"])]
    rows = []
    for question, part in ratings.groupby("question", sort=False):
        for method in methods:
            kept = part if method == "all" else part[part["control"] | (part["method"] == method)]
            differences, paired = pairs_of(kept)
            of_readers = differences.groupby(level="reader").mean().to_numpy()
            enough = len(of_readers) >= MIN_GROUPS
            low, high = mean_interval(of_readers, level) if enough else (np.nan, np.nan)
            facts = {"method": method, "question": question, "paired": paired, "level": level}
            facts |= {"readers": len(of_readers), "pairs": len(differences), "low": low, "high": high}
            higher = np.where(differences == 0, 0.5, differences > 0).mean() if len(differences) else np.nan
            p = _exchanged(of_readers, generator(seed, "attention", question, method))
            mean = of_readers.mean() if len(of_readers) else np.nan
            rows.append(facts | {"difference": mean, "higher": higher, "p": p})
    return pd.DataFrame(rows, columns=ATTENTION).assign(simulated=bool(ratings["simulated"].any()))


def _exchanged(differences: np.ndarray, rng: np.random.Generator) -> float:
    """p of the mean, with signs exchanged at random."""
    if len(differences) < 2:
        return float("nan")
    found = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=9999, vectorized=True, rng=rng
    )
    return float(found.pvalue)


def composite_table(composites: pd.DataFrame, level: float) -> pd.DataFrame:
    """How well the composite of each class is recognised, and what readers say of it.

    Parameters
    ----------
    composites : pandas.DataFrame
        As from read_answers.
    level : float
        Of Student's interval over readers.

    Returns
    -------
    pandas.DataFrame
        OF_CLASSES: all composites, then each; empty where none was shown.
    """
    answered = composites.dropna(subset=["right"])
    if answered.empty:
        return pd.DataFrame(columns=OF_CLASSES)
    rows = []
    for name, part in [("all", answered), *answered.groupby("class", sort=False)]:
        of_readers = part.groupby("reader")["right"].apply(lambda right: right.astype(float).mean()).to_numpy()
        enough = len(of_readers) >= MIN_GROUPS
        low, high = mean_interval(of_readers, level) if enough else (np.nan, np.nan)
        row = {"class": name, "readers": len(of_readers), "answers": len(part), "level": level}
        row |= {"right": of_readers.mean(), "right_low": np.clip(low, 0, 1), "right_high": np.clip(high, 0, 1)}
        row |= {"simulated": bool(part["simulated"].any())}
        rows.append(row | {key: part[key].mean() for key in ("confidence", "recognisable", "typical")})
    return pd.DataFrame(rows, columns=OF_CLASSES)


def write_ratings(
    ratings_path: str | os.PathLike,
    composites_path: str | os.PathLike,
    likert: str | os.PathLike,
    attention: str | os.PathLike,
    classes: str | os.PathLike,
    *,
    level: float,
    seed: int,
) -> None:
    """Write the tables of Likert answers, of control maps and of composites.

    Parameters
    ----------
    ratings_path, composites_path : path
        ratings.csv and composites.csv.
    likert, attention, classes : path
        The tables.
    level : float
        Of the intervals.
    seed : int
        Of the study.
    """
    ratings = read_table(ratings_path, [*RATED, "control", "level"], strings=RATED)
    composites = read_table(composites_path, strings=["reader", "item", "class", "diagnosis"])
    write_table(likert_table(ratings, composites), likert)
    write_table(attention_table(ratings, level=level, seed=seed), attention)
    write_table(composite_table(composites, level), classes)
