"""What the simulated raters really did: realised sensitivity and false alarms beside the stated ones, and agreement.

Agreement is Fleiss' kappa (statsmodels) and the intraclass correlation (pingouin).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from itertools import chain

import numpy as np
import pandas as pd
from statsmodels.stats.inter_rater import fleiss_kappa

from gestalt_regions.core.io import read_pieces, read_table, write_table, write_text
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.table_text import bounds, number

ALL = "all"
ICC_IMAGES = 2000  # pingouin makes a table of all ratings, which a large cohort has no memory for
COLUMNS = [
    "term",
    "rater",
    "images",
    "shown",
    "marked_shown",
    "sensitivity",
    "sensitivity_low",
    "sensitivity_high",
    "sensitivity_stated",
    "not_shown",
    "marked_not_shown",
    "false_alarm",
    "false_alarm_low",
    "false_alarm_high",
    "false_alarm_stated",
    "kappa",
    "kappa_low",
    "kappa_high",
    "icc",
    "icc_mean",
    "level",
    "simulated",
]


def _varied(marks: np.ndarray) -> bool:
    """Whether there are marks of both kinds and several raters; without, no agreement is defined."""
    return bool(len(marks) and marks.shape[1] > 1 and marks.min() < marks.max())


def kappa(marks: np.ndarray) -> float:
    """Fleiss' kappa.

    Parameters
    ----------
    marks : numpy.ndarray
        0 or 1 [images, raters].

    Returns
    -------
    float
        NaN where all marks are alike or there is one rater, for which it is not defined.
    """
    if not _varied(marks):
        return float("nan")
    marked = marks.sum(axis=1)
    return float(fleiss_kappa(np.stack([marks.shape[1] - marked, marked], axis=1)))


def _chance(rater: str) -> str:
    """The column of the stated probabilities of a rater's marks."""
    return rater.replace("rater", "chance")


def _kappas(marks: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """`kappa` [R] of the samples in which image i occurs weights[r, i] times, all samples at once."""
    if not _varied(marks):
        return np.full(len(weights), np.nan)
    raters, marked = marks.shape[1], marks.sum(axis=1)
    agree = (marked * (marked - 1) + (raters - marked) * (raters - marked - 1)) / (raters * (raters - 1))
    images = weights.sum(axis=1)
    share, total = weights @ marked, images * raters
    defined = (share > 0) & (share < total)  # marks of both kinds
    share = np.divide(share, total, out=np.full(len(weights), 0.5), where=defined)
    observed = np.divide(weights @ agree, images, out=np.full(len(weights), np.nan), where=defined)
    by_chance = share**2 + (1 - share) ** 2
    return (observed - by_chance) / (1 - by_chance)


def icc(marks: np.ndarray) -> tuple[float, float]:
    """Intraclass correlation of absolute agreement: two-way random effects (McGraw and Wong 1996).

    Parameters
    ----------
    marks : numpy.ndarray
        0 or 1 [items, raters].

    Returns
    -------
    tuple of float
        ICC(A,1) of one rater, and ICC(A,k) of the mean of all raters, which is what RQ2 takes; NaN where all marks are
        alike or there is one rater.
    """
    import pingouin  # takes a second to import

    if not _varied(marks) or len(marks) < 2:
        return float("nan"), float("nan")
    items, raters = marks.shape
    place = {"item": np.repeat(np.arange(items), raters), "rater": np.tile(np.arange(raters), items)}
    ratings = pd.DataFrame({**place, "mark": marks.ravel().astype(float)})
    with np.errstate(all="ignore"):  # of the F tests and intervals of marks that agree throughout, which are not used
        table = pingouin.intraclass_corr(ratings, "item", "rater", "mark").set_index("Type")["ICC"]
    return float(table["ICC(A,1)"]), float(table["ICC(A,k)"])


def _some_items(part: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Mask of the rows of at most ICC_IMAGES images, drawn at random."""
    images = part["sample_id"].unique()
    if len(images) <= ICC_IMAGES:
        return np.ones(len(part), bool)
    return part["sample_id"].isin(images[rng.permutation(len(images))[:ICC_IMAGES]]).to_numpy()


def _rates(name: str, part: pd.DataFrame, raters: list[str], weights: Weights, level: float) -> dict[str, object]:
    """Judgements, marks and their share, with interval, of the rows of `part`; weights: of these."""
    marks = part[raters].to_numpy(float)
    stated = part[[_chance(rater) for rater in raters]].to_numpy(float)
    asked, marked = "shown" if name == "sensitivity" else "not_shown", marks.sum()
    low, high = interval(weights.mean(marks.sum(axis=1)) / len(raters), level, weights.groups)
    row = {asked: marks.size, f"marked_{asked}": int(marked), f"{name}_low": low, f"{name}_high": high}
    return row | {
        name: marked / marks.size if marks.size else np.nan,
        f"{name}_stated": stated.mean() if len(part) else np.nan,
    }


def rater_table(marks: pd.DataFrame, *, bootstrap: Mapping, seed: int) -> pd.DataFrame:
    """One row for all terms, one for each rater, and one for each term.

    shown and not_shown count judgements (images x raters). Kappa and ICC over all terms take each image and term as an
    item, so that terms which differ in frequency raise them. Intervals: bootstrap over kin groups, not corrected for
    the number of rows.

    Parameters
    ----------
    marks : pandas.DataFrame
        The marks of cohort.simulated.people.raters, with subject_id and kin_group.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.

    Returns
    -------
    pandas.DataFrame
        COLUMNS but simulated.
    """
    raters = [name for name in marks.columns if name.startswith("rater_")]
    whole = [(ALL, ALL, marks, raters), *((ALL, r.removeprefix("rater_"), marks, [r]) for r in raters)]
    of_terms = ((term, ALL, part, raters) for term, part in marks.groupby("term", sort=True))
    rows, level = [], bootstrap["level"]
    for term, rater, part, who in chain(whole, of_terms):
        weights = Weights(part[bootstrap["group"]], bootstrap["n_resamples"], generator(seed, "raters", term))
        shown = (part["strength"] > 0).to_numpy()
        row = {"term": term, "rater": rater, "images": part["sample_id"].nunique(), "level": level}
        judged = part[[*who, *map(_chance, who)]]
        row |= _rates("sensitivity", judged[shown], who, weights.of(shown), level)
        row |= _rates("false_alarm", judged[~shown], who, weights.of(~shown), level)
        if rater == ALL:
            numbers = part[who].to_numpy(int)
            low, high = interval(weights.each(partial(_kappas, numbers)), level, weights.groups)
            row |= {"kappa": kappa(numbers), "kappa_low": low, "kappa_high": high}
            if term == ALL:  # of one term it says what kappa says
                row["icc"], row["icc_mean"] = icc(numbers[_some_items(part, generator(seed, "raters", "icc"))])
        rows.append(row)
    return pd.DataFrame(rows).reindex(columns=[c for c in COLUMNS if c != "simulated"])


def _latex(table: pd.DataFrame) -> str:
    """The table for print."""
    shown = pd.DataFrame({"Term": table["term"], "Rater": table["rater"]})
    for title, name in (("Sensitivity", "sensitivity"), ("False alarms", "false_alarm"), ("Fleiss kappa", "kappa")):
        cells = zip(table[name], table[f"{name}_low"], table[f"{name}_high"], strict=True)
        shown[title] = [f"{number(value)} {bounds(low, high)}".strip() for value, low, high in cells]
    caption = (
        "Simulated raters: realised sensitivity and false alarms of their judgements, and agreement; "
        f"{table['level'].iloc[0]:.0%} bootstrap intervals over kin groups."
    )
    first = table.iloc[0]
    one, mean = (number(first[name]) for name in ("icc", "icc_mean"))
    note = (
        f"All terms: intraclass correlation (absolute agreement) of one rater {one}, of the mean of all raters {mean}."
    )
    return booktabs(shown, caption, "tab:raters", [note], columns="llrrr")


def write_rater_table(
    *,
    marks_path: str | os.PathLike,
    labels_path: str | os.PathLike,
    csv_path: str | os.PathLike,
    tex_path: str | os.PathLike,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write raters.csv and raters.tex.

    Parameters
    ----------
    marks_path : str or path
        The marks of each rater, by image and term.
    labels_path : str or path
        sample_id, subject_id, kin_group of the images.
    csv_path, tex_path : str or path
        What is written.
    bootstrap : mapping
        n_resamples, level, group.
    seed : int
        Seed of the study.
    """
    text = ["sample_id", "subject_id", "kin_group"]
    marks = read_table(marks_path, ["sample_id", "term", "strength"], strings=["sample_id", "label", "term"])
    marks = marks.astype({"sample_id": "category", "term": "category"}).drop(columns="label")
    photos = marks["sample_id"].cat
    pieces = read_pieces(labels_path, text, strings=text)
    kin = pd.concat([piece[piece["sample_id"].isin(photos.categories)] for piece in pieces])
    kin = kin.set_index("sample_id", verify_integrity=True)
    group = pd.Categorical(kin.loc[photos.categories, bootstrap["group"]])
    table = rater_table(marks.assign(**{bootstrap["group"]: group.take(photos.codes)}), bootstrap=bootstrap, seed=seed)
    write_table(table.assign(simulated=True), csv_path)
    write_text(_latex(table), tex_path)
