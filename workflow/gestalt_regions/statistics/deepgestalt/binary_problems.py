"""Table 1 of Gurovich et al. (2019): one class told from others, and tests against accuracies that others state.

The paper trains a network on two labels for each problem. So does a model with labels of its own (config
models.*.labels). Of all other models the answer is derived, whatever classes they have: the probability of the positive
class among the classes of the problem must exceed one half. The column `head` says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from gestalt_regions.core import io, seeds
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.models.own_labels import negative_label
from gestalt_regions.statistics.deepgestalt.answers import SETS, Answers, load_each, load_models
from gestalt_regions.statistics.toolkit import read
from gestalt_regions.statistics.toolkit.bootstrap import Weights, no_interval, percentiles, sd_defined
from gestalt_regions.statistics.toolkit.latex import booktabs
from gestalt_regions.statistics.toolkit.proportions import KNOWN, POOLED, UNPOOLED, proportions_p, share_interval
from gestalt_regions.statistics.toolkit.table_text import UNDEFINED, number, p_text

SCORES = ("accuracy", "sensitivity", "specificity")
TESTS = {"p_unpooled": UNPOOLED, "p_pooled": POOLED, "p_known": KNOWN}
ALL_OTHERS = "all others"
TRAINED = "two labels, trained"


def problems_of(binary: Sequence[Mapping], classes: Sequence[str], control: str) -> list[dict]:
    """The binary problems of a study.

    Parameters
    ----------
    binary : sequence of mapping
        config gestalt.binary; empty for each syndrome against all others.
    classes : sequence of str
        Of the networks.
    control : str
        Label of the control class, which is no syndrome.

    Returns
    -------
    list of dict
        positive, negative (list of str), named (text), stated.

    Raises
    ------
    InputError
        For a class that the networks do not know, or one on both sides.
    """
    problems = []
    for entry in binary or [{"positive": name} for name in classes if name != control]:
        positive, negative = entry["positive"], list(entry.get("negative", []))
        for name in (positive, *negative):
            if name not in classes:
                raise InputError(f"config gestalt.binary: no class '{name}' in the folds; {nearest(name, classes)}")
        if positive in negative:
            raise InputError(f"config gestalt.binary: '{positive}' is positive and negative; leave one out")
        named = ", ".join(negative) or ALL_OTHERS
        others = negative or [name for name in classes if name != positive]
        problems.append(
            {"positive": positive, "negative": others, "named": named, "stated": list(entry.get("stated", []))}
        )
    return problems


def with_trained(
    problems: Sequence[dict], labels: Mapping[str, Mapping], classes: Sequence[str], control: str
) -> tuple[list[dict], dict[str, int]]:
    """The problems of a study, and those of models that are trained on two labels.

    Parameters
    ----------
    problems : sequence of dict
        Of `problems_of`.
    labels : mapping
        Model -> its labels (config models.*.labels): positive, negative.
    classes : sequence of str
        Of the other networks.
    control : str
        As in `problems_of`.

    Returns
    -------
    problems : list of dict
        Those given, then those that only a model has.
    place : dict
        Model -> the place of its problem in the list.
    """
    every, place = list(problems), {}
    keys = [(each["positive"], set(each["negative"])) for each in every]
    for name, said in labels.items():
        (problem,) = problems_of([said], classes, control)
        key = (problem["positive"], set(problem["negative"]))
        if key not in keys:
            every, keys = [*every, problem], [*keys, key]
        place[name] = keys.index(key)
    return every, place


def right_answers(answers: Answers, positive: str, negative: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Which images of a binary problem are told right.

    Parameters
    ----------
    answers : Answers
        Of one set.
    positive : str
        The class to recognise.
    negative : sequence of str
        The classes it is told from.

    Returns
    -------
    images : pandas.DataFrame
        As `Answers.images`, those of the problem.
    values : numpy.ndarray
        float64 [images, 3]: share of the networks that are right; of positive images alone; of negative ones alone.
    """
    part = answers.where(answers.table["label"].isin([positive, *negative]).to_numpy())
    at = [answers.classes.index(name) for name in (positive, *negative)]
    chosen = part.probabilities[:, at]
    said = chosen[:, 0] > chosen[:, 1:].sum(axis=1)  # more than half of what the two sides share
    truth = (part.table["label"] == positive).to_numpy()
    right = part.summed((said == truth).astype(float)) / max(1, part.networks)
    is_positive = (part.images["label"] == positive).to_numpy()
    return part.images, np.stack(
        [right, np.where(is_positive, right, np.nan), np.where(is_positive, np.nan, right)], axis=1
    )


def binary_row(
    images: pd.DataFrame, values: np.ndarray, *, resamples: int, level: float, rng: np.random.Generator
) -> tuple[dict, float]:
    """Accuracy, sensitivity and specificity with both kinds of interval.

    Parameters
    ----------
    images : pandas.DataFrame
        Of `right_answers`.
    values : numpy.ndarray
        Of `right_answers`.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals.
    rng : numpy.random.Generator
        Draws images, then families.

    Returns
    -------
    row : dict
        images, positives, groups, majority (accuracy of always giving the larger side); of each score its value,
        {score}_low_images, {score}_high_images, {score}_low_groups, {score}_high_groups; note.
    error : float
        Standard error of the accuracy where families are drawn.
    """
    positives = int(np.isfinite(values[:, 1]).sum())
    row: dict = {"images": len(images), "positives": positives, "groups": images["kin_group"].nunique()}
    row["majority"] = max(positives, len(images) - positives) / len(images)
    by_image = Weights(images["sample_id"], resamples, rng).means(values)
    weights = Weights(images["kin_group"], resamples, rng)
    by_group, groups, notes = weights.means(values), weights.groups_with(values), []
    for place, score in enumerate(SCORES):
        known = values[np.isfinite(values[:, place]), place]
        mean = float(known.mean()) if len(known) else np.nan
        bounds = percentiles(by_image[:, place], level)
        low, high = share_interval(mean, by_group[:, place], level, groups[place])
        row |= {score: mean, f"{score}_low_images": bounds[0], f"{score}_high_images": bounds[1]}
        row |= {f"{score}_low_groups": low, f"{score}_high_groups": high}
        if mean in (0.0, 1.0):
            notes.append(f"{score}: exact interval of {groups[place]} families, because a bootstrap has no width here")
        elif len(known) and (why := no_interval(low, groups[place])):
            notes.append(f"{score}: {why}")
    return row | {"note": "; ".join(notes)}, sd_defined(by_group[:, 0])


def stated_test(row: Mapping, stated: Mapping, error: float) -> dict:
    """Tests of an accuracy against a stated one.

    Parameters
    ----------
    row : mapping
        Of `binary_row`.
    stated : mapping
        name, accuracy, images (0: as many as here), source.
    error : float
        Standard error of the accuracy, families drawn.

    Returns
    -------
    dict
        stated, stated_accuracy, stated_images, source; p_unpooled, p_pooled (two samples; one of them is the
        published form), p_known (the stated accuracy without error), p_groups (the same with the error of families).
    """
    n = row["images"]
    other = stated.get("images", 0) or n
    test = {"stated": stated["name"], "stated_accuracy": stated["accuracy"], "stated_images": other}
    test |= {"source": stated.get("source", ""), "accuracy": row["accuracy"], "images": n}
    test |= {name: proportions_p(row["accuracy"], n, stated["accuracy"], other, form) for name, form in TESTS.items()}
    z = (row["accuracy"] - stated["accuracy"]) / error if error > 0 else np.nan
    return test | {"p_groups": float(2 * stats.norm.sf(abs(z)))}


def _latex(table: pd.DataFrame, tests: pd.DataFrame, level: float, resamples: int, simulated: str) -> str:
    """Rows as the paper prints them: who states an accuracy, then the model, its intervals and p."""
    rows = []
    for (positive, kind), part in table.groupby(["positive", "set"], sort=False):
        against = tests[(tests["positive"] == positive) & (tests["set"] == kind)] if len(tests) else tests
        if len(against):
            for stated in against.drop_duplicates("stated").itertuples():
                stated_cell = number(100 * stated.stated_accuracy, 1)
                rows.append([positive, SETS[kind], stated.stated, *[UNDEFINED] * 2, stated_cell, *[UNDEFINED] * 3])
        for row in part.to_dict("records"):
            cells = [f"{row['positives']}/{row['images']}", number(100 * row["majority"], 1)]
            for score in SCORES:
                low, high = row[f"{score}_low_groups"], row[f"{score}_high_groups"]
                text = number(100 * row[score], 1)
                bounds = f" [{number(100 * low, 1)}, {number(100 * high, 1)}]" if np.isfinite(low) else ""
                cells.append(text + bounds)
            mine = against[against["model"] == row["model"]] if len(against) else against
            p = "; ".join(f"{p_text(test.p_unpooled)} ({test.stated})" for test in mine.itertuples()) or UNDEFINED
            rows.append([positive, SETS[kind], row["model"], *cells, p])
    head = ["Class", "Set", "Method", "Positive/all", "Majority", "Accuracy", "Sensitivity", "Specificity", "p"]
    shown = pd.DataFrame(rows, columns=head)
    repeated = shown.duplicated(["Class", "Set"])
    shown.loc[repeated, ["Class", "Set"]] = ""
    if not len(tests):
        shown = shown.drop(columns="p")
    heads = "; ".join(f"{model}: {head}" for model, head in table.groupby("model", sort=False)["head"].first().items())
    notes = [
        f"Intervals of {level:.0%}, {resamples} resamples of families; those of images, as published, are in the CSV. "
        "Held out: mean over the fold networks.",
        f"Head: {heads}. Majority: the accuracy of always giving the larger side.",
    ]
    if len(tests):
        notes.append("p: two samples, unpooled, the form that gives the published p; other forms are in the CSV.")
    caption = (f"{simulated.capitalize()}. " if simulated else "") + (
        "One class told from others, per cent: the positive class has more than half of the probability."
    )
    columns = "lll" + "r" * (shown.shape[1] - 3)
    return booktabs(shown, caption, "tab:gestalt_table1", notes, columns, long=True)


def write_binary(
    *,
    prediction_paths: Sequence[str],
    samples_path: str,
    csv_path: str,
    tests_path: str,
    tex_path: str,
    binary: Sequence[Mapping],
    control: str,
    resamples: int,
    level: float,
    seed: int,
    trained_paths: Sequence[str] = (),
    labels: Mapping[str, Mapping] | None = None,
) -> None:
    """Write gestalt_table1.csv, gestalt_table1_tests.csv and gestalt_table1.tex.

    Parameters
    ----------
    prediction_paths : sequence of str
        predictions.csv of every model and fold.
    samples_path : str
        samples.csv.
    csv_path, tests_path, tex_path : str
        The table, the tests against stated accuracies, and the table for print.
    binary : sequence of mapping
        As in `problems_of`.
    control : str
        Label of the control class.
    resamples : int
        Of each bootstrap.
    level : float
        Of the intervals.
    seed : int
        Seed of the study.
    trained_paths : sequence of str
        predictions.csv of every model that is trained on two labels, and fold.
    labels : mapping, optional
        Of these models: name -> positive, negative.
    """
    samples, labels = read.load_samples(samples_path, ()), labels or {}
    models, trained = load_models(prediction_paths, samples), load_each(trained_paths, samples)
    classes = next(iter(models.values())).classes
    problems, place = with_trained(problems_of(binary, classes, control), labels, classes, control)
    rows, tests = [], []
    for place_of_problem, problem in enumerate(problems):
        of_problem = {name: trained[name] for name in trained if place[name] == place_of_problem}
        for kind in SETS:
            for name, answers in (models | of_problem).items():
                negative = [negative_label(problem["positive"])] if name in of_problem else problem["negative"]
                images, values = right_answers(answers.of_set(kind), problem["positive"], negative)
                if not len(images):
                    continue
                rng = seeds.generator(seed, "gestalt binary", problem["positive"], problem["named"], kind)
                row, error = binary_row(images, values, resamples=resamples, level=level, rng=rng)
                count = len(answers.classes)
                head = "two classes" if count == 2 else f"derived from {count} classes"
                head = TRAINED if name in of_problem else head
                keys = {"positive": problem["positive"], "negative": problem["named"], "set": kind, "model": name}
                rows.append(keys | {"head": head} | row)
                tests += [keys | stated_test(row, stated, error) for stated in problem["stated"]]
    simulated = read.simulated_phrase(samples)
    table = pd.DataFrame(rows)
    empty = ["positive", "negative", "set", "model", "stated", "stated_accuracy", "stated_images", "source"]
    frame = pd.DataFrame(tests, columns=None if tests else [*empty, "accuracy", "images", *TESTS, "p_groups"])
    io.write_table(table.assign(simulated=bool(simulated)), csv_path)
    io.write_table(frame.assign(simulated=bool(simulated)), tests_path)
    io.write_text(_latex(table, frame, level, resamples, simulated), tex_path)
