"""Accuracy, confidence and reliance of readers, before and after the aid, by arm.

Every measure is a ratio of two sums over readers and faces. Its interval draws readers (within their sequence) and
faces anew, each with replacement (pigeonhole bootstrap; Owen, Annals of Applied Statistics 2007). The test between the
arms is that of the randomisation: the sequences are dealt anew to the readers. It speaks of the faces that were shown.

Reliance is as Schemmer et al. (IUI 2023) define it. RAIR: of first answers that were wrong where the network was
right, the share that became right. RSR: of first answers that were right where the network was wrong, the share that
stayed so.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.reader_study.simulated_readers import Effects, Faces, answer, arms_of
from gestalt_regions.clinicians.reader_study.study_files import ALONE, EXPLAINED
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.statistics.toolkit.bootstrap import MIN_GROUPS, percentiles

ARMS = [ALONE, EXPLAINED]
DIFFERENCE = "difference"  # with explanations less without
TEXT = ["reader", "sequence", "item", "arm", "true", "ai", "before", "after"]
COLUMNS = [
    "measure",
    "faces",
    "arm",
    "value",
    "low",
    "high",
    "p",
    "answers",
    "readers",
    "shown_faces",
    "drawn",
    "level",
]
COLUMNS += ["simulated"]

Parts = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Table:
    """The answers as arrays [readers, faces].

    Attributes
    ----------
    sequences : numpy.ndarray of str [readers]
        Of each reader.
    explained : numpy.ndarray of bool
        Whether explanations were shown.
    ai_right, before_right, after_right : numpy.ndarray of bool
        Who was right.
    differed, took : numpy.ndarray of bool
        Whether the first answer was not the network's; whether the second was.
    before_confidence, after_confidence : numpy.ndarray of float
        0 to 100.
    simulated : bool
        Whether simulated readers answered.
    """

    sequences: np.ndarray
    explained: np.ndarray
    ai_right: np.ndarray
    before_right: np.ndarray
    after_right: np.ndarray
    differed: np.ndarray
    took: np.ndarray
    before_confidence: np.ndarray
    after_confidence: np.ndarray
    simulated: bool = True


def simulated_table(faces: Faces, sequences: np.ndarray, effects: Effects, rng: np.random.Generator) -> Table:
    """Let simulated readers answer, without files.

    Parameters
    ----------
    faces : Faces
        What is shown.
    sequences : numpy.ndarray of str
        Of each reader.
    effects : Effects
        What is true of the readers.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    Table
        Their answers. Confidence is not simulated here and zero.
    """
    explained, _ = arms_of(sequences, len(faces.true), rng)
    answered = answer(faces, explained, effects, rng)
    none = np.zeros(explained.shape)
    return Table(
        sequences=sequences,
        explained=explained,
        ai_right=np.broadcast_to(faces.said == faces.true, explained.shape),
        before_right=answered.before == faces.true,
        after_right=answered.after == faces.true,
        differed=answered.before != faces.said,
        took=answered.after == faces.said,
        before_confidence=none,
        after_confidence=none,
    )


def _all(answers: Table) -> np.ndarray:
    return np.ones_like(answers.ai_right)


FACES: dict[str, Callable[[Table], np.ndarray]] = {
    "all": _all,
    "ai_right": lambda answers: answers.ai_right,
    "ai_wrong": lambda answers: ~answers.ai_right,
}
# Measure -> what is summed, of which answers, and the faces it is given for.
MEASURES: dict[str, tuple[Callable[[Table], np.ndarray], Callable[[Table], np.ndarray], tuple[str, ...]]] = {
    "accuracy_before": (lambda t: t.before_right, _all, tuple(FACES)),
    "accuracy_after": (lambda t: t.after_right, _all, tuple(FACES)),
    "accuracy_gain": (lambda t: t.after_right * 1.0 - t.before_right, _all, tuple(FACES)),
    "confidence_before": (lambda t: t.before_confidence, _all, tuple(FACES)),
    "confidence_after": (lambda t: t.after_confidence, _all, tuple(FACES)),
    "confidence_gain": (lambda t: t.after_confidence - t.before_confidence, _all, tuple(FACES)),
    "over_reliance": (lambda t: t.took, lambda t: t.differed, ("ai_wrong",)),
    "under_reliance": (lambda t: ~t.took, lambda t: t.differed, ("ai_right",)),
    "rair": (lambda t: t.after_right, lambda t: ~t.before_right, ("ai_right",)),
    "rsr": (lambda t: t.after_right, lambda t: t.before_right, ("ai_wrong",)),
}


def as_arrays(answers: pd.DataFrame) -> Table:
    """Put the table of answers into arrays.

    Parameters
    ----------
    answers : pandas.DataFrame
        As from `read_answers.answer_rows`: every reader has every face once.

    Returns
    -------
    Table
        Readers and faces in the order of their names.
    """
    answers = answers.assign(
        explained=answers["arm"] == EXPLAINED,
        differed=answers["before"] != answers["ai"],
        took=answers["after"] == answers["ai"],
    )
    names = ["explained", "ai_right", "before_right", "after_right", "differed", "took"]
    answers = answers.sort_values(["reader", "item"])
    shape = answers["reader"].nunique(), -1
    wide = {name: answers[name].to_numpy(bool).reshape(shape) for name in names}
    for name in ("before_confidence", "after_confidence"):
        wide[name] = answers[name].to_numpy(float).reshape(shape)
    sequences = answers.groupby("reader")["sequence"].first().to_numpy(str)
    return Table(sequences=sequences, simulated=bool(answers["simulated"].any()), **wide)


def parts(answers: Table, measure: str, faces: str) -> Parts:
    """What a measure sums, and of how many answers.

    Parameters
    ----------
    answers : Table
        The answers.
    measure : str
        Of MEASURES.
    faces : str
        Of FACES.

    Returns
    -------
    tuple of numpy.ndarray
        Sum and number, each float [arms, readers, faces].
    """
    summed, counted, _ = MEASURES[measure]
    arms = np.stack([~answers.explained, answers.explained])
    number = (counted(answers) & FACES[faces](answers)) * arms.astype(float)
    return number * summed(answers), number


def _ratio(sums: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    return np.divide(sums, numbers, out=np.full(np.shape(sums), np.nan), where=numbers > 0)


def drawn_counts(groups: np.ndarray, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each item is drawn in each resample; of each group as many are drawn as it has.

    Parameters
    ----------
    groups : numpy.ndarray of str
        Group of each item [items].
    resamples : int
        How many.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    numpy.ndarray
        float64 [resamples, items].
    """
    counts = np.zeros((resamples, len(groups)))
    for group in np.unique(groups):
        places = np.flatnonzero(groups == group)
        counts[:, places] = rng.multinomial(len(places), np.full(len(places), 1 / len(places)), size=resamples)
    return counts


def resampled(of: Parts, readers: np.ndarray, faces: np.ndarray | None) -> np.ndarray:
    """A measure by arm in each resample.

    Parameters
    ----------
    of : tuple of numpy.ndarray
        As from `parts`.
    readers : numpy.ndarray
        Counts [resamples, readers].
    faces : numpy.ndarray or None
        Counts [resamples, faces]; None where the faces are not drawn.

    Returns
    -------
    numpy.ndarray
        [arms, resamples].
    """
    drawn = np.ones((1, of[0].shape[2])) if faces is None else faces
    sums, numbers = (np.stack([((readers @ arm) * drawn).sum(axis=1) for arm in part]) for part in of)
    return _ratio(sums, numbers)


def other_deals(sequences: np.ndarray, deals: int, rng: np.random.Generator) -> np.ndarray:
    """Deal the sequences anew to the readers.

    Parameters
    ----------
    sequences : numpy.ndarray of str
        Of each reader.
    deals : int
        How often.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    numpy.ndarray
        float64 [deals, readers]: 1 where a reader gets another sequence, so that the arms are exchanged; else 0.
    """
    places = rng.permuted(np.tile(np.arange(len(sequences)), (deals, 1)), axis=1)
    return (sequences[places] != sequences).astype(float)


def randomisation_p(of: Parts, exchanged: np.ndarray) -> float:
    """Two-sided p of the difference between the arms. Hypothesis: no reader would answer otherwise in the other arm.

    Parameters
    ----------
    of : tuple of numpy.ndarray
        As from `parts`.
    exchanged : numpy.ndarray
        As from `other_deals`.

    Returns
    -------
    float
        With the real deal counted in, so never zero; NaN where an arm has no answer.
    """
    sums, numbers = (part.sum(axis=2) for part in of)  # [arms, readers]
    real = _ratio(sums.sum(axis=1), numbers.sum(axis=1))
    if not np.isfinite(real).all():
        return float("nan")
    dealt = []
    for part in (sums, numbers):
        moved = exchanged @ (part[1] - part[0])
        dealt.append(np.stack([part[0].sum() + moved, part[1].sum() - moved]))
    others = _ratio(dealt[0], dealt[1])
    apart = np.abs(others[1] - others[0])
    apart = apart[np.isfinite(apart)]
    return float((1 + (apart >= abs(real[1] - real[0]) - 1e-9).sum()) / (1 + len(apart)))


def _rows(of: Parts, draws: np.ndarray, p: float, level: float) -> Iterator[dict[str, object]]:
    """A row for each arm and one for their difference."""
    values = _ratio(of[0].sum(axis=(1, 2)), of[1].sum(axis=(1, 2)))
    some = of[1].sum(axis=2) > 0  # [arms, readers]
    for arm, name in enumerate([*ARMS, DIFFERENCE]):
        between = name == DIFFERENCE
        value = values[1] - values[0] if between else values[arm]
        answered, readers = (of[1], some) if between else (of[1][arm], some[arm])
        enough = min(some.sum(axis=1)) if between else readers.sum()
        drawn = draws[1] - draws[0] if between else draws[arm]
        low, high = percentiles(drawn, level) if enough >= MIN_GROUPS else (np.nan, np.nan)
        yield {
            "arm": name,
            "value": value,
            "low": low,
            "high": high,
            "p": p if between else np.nan,
            "answers": int(answered.sum()),
            "readers": int(readers.any(axis=0).sum() if between else readers.sum()),
        }


def measure_table(answers: Table, *, resamples: int, deals: int, level: float, seed: int) -> pd.DataFrame:
    """Every measure by arm, and the difference between the arms.

    Below MIN_GROUPS readers of an arm there is no interval. Fewer faces than that with a value are not drawn: the
    column `drawn` says so, and the interval speaks of these faces alone. p is not corrected for the number of rows.

    Parameters
    ----------
    answers : Table
        The answers.
    resamples, deals : int
        Of the bootstrap and of the test.
    level : float
        Of the intervals.
    seed : int
        Of the study.

    Returns
    -------
    pandas.DataFrame
        COLUMNS.
    """
    rng = generator(seed, "reader measures")
    readers = drawn_counts(answers.sequences, resamples, rng)
    faces = drawn_counts(np.zeros(answers.explained.shape[1], str), resamples, rng)
    exchanged = other_deals(answers.sequences, deals, rng)
    rows = []
    for measure, (_, _, kinds) in MEASURES.items():
        for kind in kinds:
            of = parts(answers, measure, kind)
            shown = int((of[1].sum(axis=(0, 1)) > 0).sum())
            several = shown >= MIN_GROUPS
            draws = resampled(of, readers, faces if several else None)
            where = {"measure": measure, "faces": kind, "shown_faces": shown, "level": level}
            where |= {"drawn": "readers and faces" if several else "readers", "simulated": answers.simulated}
            rows += [where | row for row in _rows(of, draws, randomisation_p(of, exchanged), level)]
    return pd.DataFrame(rows, columns=COLUMNS)


def read_answers(path: str | os.PathLike) -> pd.DataFrame:
    """Read the table of answers.

    Parameters
    ----------
    path : path
        answers.csv.

    Returns
    -------
    pandas.DataFrame
        One row for each reader and face.
    """
    return read_table(path, TEXT, strings=TEXT)


def write_measures(
    answers_path: str | os.PathLike, output: str | os.PathLike, *, resamples: int, deals: int, level: float, seed: int
) -> None:
    """Write the table of all measures.

    Parameters
    ----------
    answers_path : path
        answers.csv.
    output : path
        The table.
    resamples, deals : int
        Of the bootstrap and of the test.
    level : float
        Of the intervals.
    seed : int
        Of the study.
    """
    answers = as_arrays(read_answers(answers_path))
    write_table(measure_table(answers, resamples=resamples, deals=deals, level=level, seed=seed), output)
