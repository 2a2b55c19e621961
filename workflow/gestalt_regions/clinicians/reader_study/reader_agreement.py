"""Agreement between readers: Krippendorff's alpha of diagnoses and Likert answers, ICC of Likert answers.

Alpha is that of the package krippendorff (Hayes and Krippendorff, Communication Methods and Measures 2007): nominal for
diagnoses, ordinal for Likert answers. Its interval draws faces, not readers: a reader drawn twice would agree with
himself. ICC is that of pingouin: absolute agreement of one reader, two-way random effects, ICC(A,1).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Literal

import krippendorff
import numpy as np
import pandas as pd

from gestalt_regions.clinicians.reader_study.reader_measures import ARMS, read_answers
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import interval

COLUMNS = ["what", "arm", "measure", "value", "low", "high", "readers", "units", "shown_faces", "level", "simulated"]
COLUMNS += ["note"]
INCOMPLETE = "no ICC: not every reader rated every one"


def value_counts(values: pd.Series, units: pd.Series) -> pd.DataFrame:
    """How often each value was given to each unit.

    Parameters
    ----------
    values, units : pandas.Series
        One entry for each judgement.

    Returns
    -------
    pandas.DataFrame
        int [units, values], values in their order.
    """
    return pd.crosstab(units.to_numpy(), values.to_numpy())


def alpha(counts: np.ndarray, values: np.ndarray, level: Literal["nominal", "ordinal"]) -> float:
    """Krippendorff's alpha.

    Parameters
    ----------
    counts : numpy.ndarray
        [units, values].
    values : numpy.ndarray
        The values, in order [values].
    level : {"nominal", "ordinal"}
        Level of measurement.

    Returns
    -------
    float
        1: full agreement, 0: that of chance. NaN where all judgements are alike or no unit has two.
    """
    several = counts[counts.sum(axis=1) > 1]
    used = several.sum(axis=0) > 0
    if used.sum() < 2:
        return float("nan")
    domain = values[used] if level == "ordinal" else np.arange(used.sum())
    return float(
        krippendorff.alpha(value_counts=several[:, used], value_domain=list(domain), level_of_measurement=level)
    )


def alpha_row(
    values: pd.Series, units: pd.Series, faces: pd.Series, measure: str, settings: dict, rng: np.random.Generator
) -> dict[str, object]:
    """Alpha with its interval.

    Parameters
    ----------
    values, units, faces : pandas.Series
        Each judgement, what was judged, and of which face.
    measure : str
        alpha_nominal or alpha_ordinal.
    settings : dict
        resamples and level.
    rng : numpy.random.Generator
        Draws faces.

    Returns
    -------
    dict
        measure, value, low, high, units, shown_faces.
    """
    scale: Literal["nominal", "ordinal"] = "ordinal" if measure == "alpha_ordinal" else "nominal"
    table = value_counts(values, units)
    counts, named = table.to_numpy(), table.columns.to_numpy()
    face_of = pd.Series(faces.to_numpy(), index=units.to_numpy()).groupby(level=0).first().loc[table.index]
    members = [np.flatnonzero(face_of == face) for face in face_of.unique()]
    draws = np.array(
        [
            alpha(counts[np.concatenate([members[face] for face in drawn])], named, scale)
            for drawn in rng.integers(0, len(members), (settings["resamples"], len(members)))
        ]
    )
    low, high = interval(draws, settings["level"], len(members))
    found = {"measure": measure, "value": alpha(counts, named, scale), "low": low, "high": high}
    return found | {"units": len(table), "shown_faces": len(members)}


def icc_row(ratings: pd.DataFrame, value: str) -> dict[str, object]:
    """Intraclass correlation of absolute agreement of one reader, with pingouin's interval of 95 %.

    Parameters
    ----------
    ratings : pandas.DataFrame
        reader, unit and the value.
    value : str
        Column of the value.

    Returns
    -------
    dict
        measure, value, low, high, units, shown_faces, level, note.
    """
    import pingouin  # takes a second to import

    faces = ratings["item"].nunique()
    row: dict[str, object] = {"measure": "icc", "units": ratings["unit"].nunique(), "shown_faces": faces, "level": 0.95}
    whole = ratings["reader"].nunique() * ratings["unit"].nunique() == len(ratings)
    if not whole or ratings[value].nunique() < 2 or ratings["reader"].nunique() < 2 or ratings["unit"].nunique() < 5:
        return row | {"value": np.nan, "note": INCOMPLETE if not whole else "no ICC: too few, or all alike"}
    with np.errstate(all="ignore"):
        table = pingouin.intraclass_corr(ratings, "unit", "reader", value).set_index("Type").loc["ICC(A,1)"]
    low, high = next(table[name] for name in table.index if name.startswith("CI95"))
    return row | {"value": table["ICC"], "low": low, "high": high, "note": "interval of 95 %, by pingouin"}


def _diagnoses(answers: pd.DataFrame, settings: dict, seed: int) -> Iterator[dict[str, object]]:
    """Alpha of what was named before and after, of all readers and by arm."""
    for phase in ("before", "after"):
        for arm in ["all", *ARMS]:
            part = answers if arm == "all" else answers[answers["arm"] == arm]
            if part.empty:
                continue
            rng = generator(seed, "reader agreement", phase, arm)
            row = alpha_row(part[phase], part["item"], part["item"], "alpha_nominal", settings, rng)
            yield row | {"what": f"diagnosis {phase}", "arm": arm, "readers": part["reader"].nunique()}


def _likert(ratings: pd.DataFrame, settings: dict, seed: int) -> Iterator[dict[str, object]]:
    """Alpha and ICC of each Likert question."""
    for question, rows in ratings.groupby("question", sort=False):
        part = rows.rename(columns={"explanation": "unit"})
        facts = {"what": f"Likert: {question}", "arm": ARMS[1], "readers": part["reader"].nunique()}
        rng = generator(seed, "reader agreement", question)
        yield alpha_row(part["level"], part["unit"], part["item"], "alpha_ordinal", settings, rng) | facts
        yield icc_row(part, "level") | facts


def agreement_table(
    answers: pd.DataFrame, ratings: pd.DataFrame, *, resamples: int, level: float, seed: int
) -> pd.DataFrame:
    """Agreement of readers on diagnoses and on explanations.

    Parameters
    ----------
    answers, ratings : pandas.DataFrame
        As from read_answers.
    resamples : int
        Of the intervals of alpha.
    level : float
        Of these intervals.
    seed : int
        Of the study.

    Returns
    -------
    pandas.DataFrame
        COLUMNS.
    """
    settings = {"resamples": resamples, "level": level}
    rows = [*_diagnoses(answers, settings, seed), *_likert(ratings, settings, seed)]
    shared = {"level": level, "simulated": bool(answers["simulated"].any()), "note": ""}
    return pd.DataFrame([shared | row for row in rows], columns=COLUMNS)


def write_agreement(
    answers_path: str | os.PathLike,
    ratings_path: str | os.PathLike,
    output: str | os.PathLike,
    *,
    resamples: int,
    level: float,
    seed: int,
) -> None:
    """Write the table of agreement.

    Parameters
    ----------
    answers_path, ratings_path : path
        answers.csv and ratings.csv.
    output : path
        The table.
    resamples : int
        Of the intervals of alpha.
    level : float
        Of these intervals.
    seed : int
        Of the study.
    """
    ratings = read_table(ratings_path, ["question", "level"], strings=["reader", "item", "explanation", "question"])
    table = agreement_table(read_answers(answers_path), ratings, resamples=resamples, level=level, seed=seed)
    write_table(table, output)
