"""The curves of the study of class imbalance: means over faces with intervals over kin groups, and differences.

A face counts once for each turn: each group of classes that is rare, each syndrome that is followed. Means of the whole
set are over its runs. Differences are paired by face and turn. Intervals say which families there are; which training
run there was, the runs of the whole set say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.imbalance.planned_sets import AS_FEW, SAME_TOTAL, WHOLE, TrainingSet
from gestalt_regions.evaluation.imbalance.set_values import FACE, OTHER_FACES, SIMILARITY, VALUES
from gestalt_regions.statistics.toolkit.bootstrap import Weights, interval
from gestalt_regions.statistics.toolkit.read import join_samples, load_samples, simulated_phrase

RATIO, CLASSES = "ratio", "classes"  # what is varied
RARE, COMMON, FOLLOWED = "rare", "common", "followed"  # whose faces
CHANGED = {RATIO: "unequal classes", CLASSES: "fewer classes"}  # the set in question, beside SAME_TOTAL and AS_FEW
ALL, RIGHT = "all", "recognised"  # faces, or those that this network recognises
ACCURACY = "accuracy"  # the group, and its measure of the answers as they are
BY_SHARES = "accuracy_by_shares"  # the measure of the answers divided by the classes' shares
KEYS = ["varied", "number", "faces", "trained_on", "answers", "method", "measure"]
CURVE = [*KEYS, "images", "subjects", "families", "value", "low", "high", "level", "simulated"]
COMPARED = ["varied", "number", "faces", "first", "second", "group", "method", "measure"]
DIFFERENCE = [*COMPARED, "images", "subjects", "families", "value", "low", "high", "level", "simulated"]


@dataclass(frozen=True)
class Point:
    """A point of a curve: which faces, and the set whose networks explain them.

    Attributes
    ----------
    varied : str
        RATIO or CLASSES.
    number : int
        The ratio (1 is the whole set), or the number of classes.
    faces : str
        RARE, COMMON or FOLLOWED.
    trained_on : str
        CHANGED, SAME_TOTAL or AS_FEW: what kind of set.
    sets : tuple of tuple
        Of each turn: name of the set, and the classes whose faces count.
    """

    varied: str
    number: int
    faces: str
    trained_on: str
    sets: tuple[tuple[str, tuple[str, ...]], ...]


def points(sets: Mapping[str, TrainingSet], section: Mapping) -> list[Point]:
    """The points of all curves.

    Parameters
    ----------
    sets : mapping of str to TrainingSet
        The sets.
    section : mapping
        Config imbalance, completed.

    Returns
    -------
    list of Point
        The whole set first, then by number.
    """
    listed: list[Point] = []
    classes = section["classes"]
    for faces in (RARE, COMMON) if section["ratios"] else ():
        whose = [tuple(c for c in classes if (c in group) == (faces == RARE)) for group in section["rare"]]
        for ratio in (1, *sorted(section["ratios"])):
            names = [WHOLE if ratio == 1 else f"rare-{turn}-{ratio}" for turn in range(1, len(whose) + 1)]
            listed += _beside(sets, RATIO, ratio, faces, names, whose, (SAME_TOTAL, AS_FEW))
    whose = [(first,) for first in section["first"]]
    for number in sorted({min(n, len(classes)) for n in section["numbers"]} | {len(classes)}) if whose else ():
        names = [WHOLE if number == len(classes) else f"classes-{t}-{number}" for t in range(1, len(whose) + 1)]
        listed += _beside(sets, CLASSES, number, FOLLOWED, names, whose, (SAME_TOTAL,))
    return listed


def _beside(
    sets: Mapping[str, TrainingSet],
    varied: str,
    number: int,
    faces: str,
    names: Sequence[str],
    whose: Sequence[tuple[str, ...]],
    controls: Sequence[str],
) -> Iterator[Point]:
    """A point, and those of the balanced sets beside it; the whole set is beside itself."""
    yield Point(varied, number, faces, CHANGED[varied], tuple(zip(names, whose, strict=True)))
    for kind in controls:
        beside = [sets[name].beside.get(kind, WHOLE) for name in names]
        yield Point(varied, number, faces, kind, tuple(zip(beside, whose, strict=True)))


def read_values(paths: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """The measures of all trainings, face by face; the runs of the whole set are averaged.

    Parameters
    ----------
    paths : sequence of str
        VALUES of each training.
    names : sequence of str
        Their sets, a name once for each run.

    Returns
    -------
    DataFrame
        set, and VALUES; recognised is a share of the runs.
    """
    text = [*FACE, "method", "group", "measure"]
    table = pd.concat([read_table(p, VALUES, text).assign(set=name) for p, name in zip(paths, names, strict=True)])
    return table.groupby(["set", *text], sort=False, as_index=False)[["value", "recognised"]].mean()


def divided_by_shares(predictions: pd.DataFrame, training: Sequence[str]) -> pd.Series:
    """The class with the largest probability after each is divided by its class's share of the training photographs.

    A network that has learnt from sixteen times as many photographs of one class expects it sixteen times as often. By
    the rule of Bayes, division takes this expectation out, where probabilities are right (Saerens, Latinne and
    Decaestecker 2002, of classes that are equally frequent).

    Parameters
    ----------
    predictions : DataFrame
        p_<class> of each class that the network knows.
    training : sequence of str
        The label of each photograph that it has learnt from.

    Returns
    -------
    Series of str
        A class for each line.
    """
    scores = predictions.filter(regex="^p_").rename(columns=lambda name: name.removeprefix("p_"))
    shares = pd.Series(training).value_counts(normalize=True)
    return (scores / shares.reindex(scores.columns)).idxmax(axis=1)


def read_answers(
    paths: Sequence[Sequence[str]],
    learnt: Sequence[Sequence[str]],
    names: Sequence[str],
    folds: Sequence[str],
    samples: pd.DataFrame,
) -> pd.DataFrame:
    """Right answers of all trainings to all photographs of their judged folds, as `read_values` gives measures.

    Parameters
    ----------
    paths : sequence of sequence of str
        Of each training the predictions of each fold.
    learnt : sequence of sequence of str
        Of each training the table of photographs (nested_subsets.FOLD) of each fold.
    names : sequence of str
        Their sets.
    folds : sequence of str
        The folds.
    samples : DataFrame
        samples.csv.

    Returns
    -------
    DataFrame
        As `read_values`: measures ACCURACY and BY_SHARES, 1 for a right answer.
    """
    text, parts = ["sample_id", "label", "predicted"], []
    for of_run, of_set, name in zip(paths, learnt, names, strict=True):
        for path, photographs, fold in zip(of_run, of_set, folds, strict=True):
            table = read_table(path, text, text)
            people = read_table(photographs, ["label", "fold"], ["label", "fold"])
            training = people.loc[people["fold"] != fold, "label"]
            answers = {ACCURACY: table["predicted"], BY_SHARES: divided_by_shares(table, training)}
            rows = join_samples(table[["sample_id", "label"]], samples, path).assign(set=name, fold=fold)
            for measure, answer in answers.items():
                right = (table["label"] == answer).to_numpy(float)
                parts.append(rows.assign(measure=measure, value=right, recognised=right))
    table = pd.concat(parts, ignore_index=True).assign(method="", group=ACCURACY)
    keys = ["set", *FACE, "method", "group", "measure"]
    return table.groupby(keys, sort=False, as_index=False)[["value", "recognised"]].mean()


def of_point(table: pd.DataFrame, point: Point) -> pd.DataFrame:
    """The faces of a point.

    Parameters
    ----------
    table : DataFrame
        One method and measure of what `read_values` gives.
    point : Point
        The point.

    Returns
    -------
    DataFrame
        FACE, turn, value, recognised.
    """
    parts = [
        table[(table["set"] == name) & table["label"].isin(classes)].assign(turn=turn)
        for turn, (name, classes) in enumerate(point.sets, start=1)
    ]
    return pd.concat(parts)[[*FACE, "turn", "value", "recognised"]]


@dataclass(frozen=True)
class Resampled:
    """Means of faces with intervals over kin groups; every mean of one study is of the same resamples.

    Attributes
    ----------
    weights : Weights
        Of all kin groups.
    group : str
        The column that is resampled.
    level : float
        Of the intervals.
    """

    weights: Weights
    group: str
    level: float

    def __call__(self, rows: pd.DataFrame) -> dict[str, object]:
        """images, subjects, families, value, low, high and level of the rows' mean value."""
        values = rows["value"].to_numpy(float)
        counts = {"images": rows["sample_id"].nunique(), "subjects": rows["subject_id"].nunique()}
        counts["families"] = rows["kin_group"].nunique()
        if not len(values):
            return {**counts, "value": np.nan, "low": np.nan, "high": np.nan, "level": self.level}
        weights = self.weights.of_groups(rows[self.group])
        low, high = interval(weights.mean(values), self.level, weights.groups)
        return {**counts, "value": values.mean(), "low": low, "high": high, "level": self.level}


def curve_table(table: pd.DataFrame, listed: Sequence[Point], mean_of: Resampled) -> pd.DataFrame:
    """The curves of one group of measures.

    Parameters
    ----------
    table : DataFrame
        As from `read_values`.
    listed : sequence of Point
        The points.
    mean_of : Resampled
        What gives means and intervals.

    Returns
    -------
    DataFrame
        CURVE without `simulated`: of all faces, and of those that this network recognises.
    """
    rows = []
    for (group, method, measure), part in table.groupby(["group", "method", "measure"], sort=False):
        for point in listed:
            faces = of_point(part, point)
            for answers in (ALL, RIGHT) if group != ACCURACY else (ALL,):
                kept = faces if answers == ALL else faces[faces["recognised"] > 0.5]  # of most runs of the whole set
                key = (point.varied, point.number, point.faces, point.trained_on, answers, method, measure)
                rows.append({**dict(zip(KEYS, key, strict=True)), **mean_of(kept)})
    return pd.DataFrame(rows, columns=[name for name in CURVE if name != "simulated"])


def _compared(listed: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    """Pairs of points: a changed set with those beside it and with the whole; a balanced one with the whole."""
    of = {(p.varied, p.number, p.faces, p.trained_on): p for p in listed}
    for point in listed:
        whole = [p for p in listed if (p.varied, p.faces) == (point.varied, point.faces) and p.sets[0][0] == WHOLE]
        if all(name == WHOLE for name, _ in point.sets):
            continue
        if point.trained_on == CHANGED[point.varied]:
            for kind in (SAME_TOTAL, AS_FEW):
                if beside := of.get((point.varied, point.number, point.faces, kind)):
                    yield point, beside
        yield point, whole[0]


def difference_table(table: pd.DataFrame, listed: Sequence[Point], mean_of: Resampled) -> pd.DataFrame:
    """Differences between sets, paired by face and turn.

    Parameters
    ----------
    table : DataFrame
        As from `read_values`, of all groups.
    listed : sequence of Point
        The points.
    mean_of : Resampled
        What gives means and intervals.

    Returns
    -------
    DataFrame
        DIFFERENCE without `simulated`: first minus second. Of similarity, the whole set's value is that of its runs
        among each other.
    """
    rows, keys = [], [*FACE, "turn"]
    for (group, method, measure), part in table.groupby(["group", "method", "measure"], sort=False):
        if group == OTHER_FACES:
            continue
        for one, other in _compared(listed):
            both = of_point(part, one).merge(of_point(part, other), on=keys, suffixes=("", "_other"))
            both["value"] -= both["value_other"]
            second = WHOLE if all(name == WHOLE for name, _ in other.sets) else other.trained_on
            key = (one.varied, one.number, one.faces, one.trained_on, second, group, method, measure)
            rows.append({**dict(zip(COMPARED, key, strict=True)), **mean_of(both)})
    return pd.DataFrame(rows, columns=[name for name in DIFFERENCE if name != "simulated"])


def _floor(table: pd.DataFrame, listed: Sequence[Point]) -> list[Point]:
    """The points of the whole set, for what is known of it alone."""
    return [p for p in listed if all(name == WHOLE for name, _ in p.sets) and p.trained_on in CHANGED.values()]


def write_curves(
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, str],
    *,
    trainings: Sequence[str],
    sets: Mapping[str, TrainingSet],
    section: Mapping,
    folds: Sequence[str],
    samples: str,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write the curves of each group of measures, and all differences.

    Parameters
    ----------
    inputs : mapping of str to paths
        values (of each training); predictions, and photographs (nested_subsets.FOLD), of each training those of each
        fold, one after the other.
    outputs : mapping of str to path
        accuracy and differences, and a table for each group of measures.
    trainings : sequence of str
        The set of each training.
    sets : mapping of str to TrainingSet
        The sets.
    section : mapping
        Config imbalance, completed.
    folds : sequence of str
        The folds.
    samples : path
        samples.csv.
    bootstrap : mapping
        Config statistics.bootstrap.
    seed : int
        The study's.
    """
    people = load_samples(samples, ())
    values = read_values(inputs["values"], trainings)
    answered, learnt = (
        [inputs[name][i : i + len(folds)] for i in range(0, len(inputs[name]), len(folds))]
        for name in ("predictions", "photographs")
    )
    table = pd.concat([read_answers(answered, learnt, trainings, folds, people), values], ignore_index=True)
    families = sorted(table["kin_group"].unique())
    rng = generator(seed, "imbalance", "intervals")
    mean_of = Resampled(Weights(families, bootstrap["n_resamples"], rng), "kin_group", bootstrap["level"])
    listed, simulated = points(sets, section), bool(simulated_phrase(people))
    for group, path in outputs.items():
        if group == "differences":
            made = difference_table(table, listed, mean_of)
        else:
            made = curve_table(table[table["group"] == group], listed, mean_of)
        if group == SIMILARITY:
            floor = curve_table(table[table["group"] == OTHER_FACES], _floor(table, listed), mean_of)
            made = pd.concat([made, floor.assign(trained_on=OTHER_FACES)], ignore_index=True)
        write_table(made.assign(simulated=simulated), path)
