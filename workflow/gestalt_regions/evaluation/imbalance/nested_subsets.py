"""Who is in which training set. Smaller sets are parts of larger ones, in every class and fold.

The people of a class stand in one order: families in an order drawn by their names, so that they stay together. A set
takes the first so many of those who are in the training part of a fold. So photographs of one fold and set do not
depend on which other sets there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import derive
from gestalt_regions.evaluation.imbalance.planned_sets import TrainingSet
from gestalt_regions.folds.fold_table import fold_table

HELDOUT = "heldout"
FOLD = ["sample_id", "label", "subject_id", "kin_group", "fold"]
EXPLAINED = ["fold", "sample_id", "row", "set", "label"]
PEOPLE = ["trained_on", "fold", "label", "subject_id", "kin_group", "place", "images"]
SETS = ["trained_on", "fold", "number", "turn", "classes", "people", "images", "smallest_class", "largest_class"]


def people_in_order(training: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The people of each class, in the order in which sets take them.

    Parameters
    ----------
    training : DataFrame
        FOLD, of the photographs that may be learnt.
    seed : int
        The study's.

    Returns
    -------
    DataFrame
        label, subject_id, kin_group, images, place (from 1, within the class).
    """
    keys = ["label", "subject_id", "kin_group"]
    people = training.groupby(keys, as_index=False, sort=True).size().rename(columns={"size": "images"})
    people["of_family"] = [derive(seed, "imbalance", "family", name) for name in people["kin_group"]]
    people["of_person"] = [derive(seed, "imbalance", "person", name) for name in people["subject_id"]]
    people = people.sort_values(["label", "of_family", "kin_group", "of_person", "subject_id"], ignore_index=True)
    people["place"] = people.groupby("label").cumcount() + 1
    return people[[*keys, "images", "place"]]


def _enough(people: pd.DataFrame, wanted: Mapping[str, int], fold: str) -> None:
    """Refuse a class with fewer people than a set takes of it."""
    there = people["label"].value_counts()
    for label, needed in wanted.items():
        count = int(there.get(label, 0))
        if count == 0:
            raise InputError(
                f"config imbalance.classes: nobody of class '{label}' is in the training part of fold {fold}; "
                f"{nearest(label, there.index)}"
            )
        if count < needed:
            raise InputError(
                f"config imbalance.people: class '{label}' has {count} people in the training part of fold {fold}, and "
                f"{needed} are needed. Set imbalance.people to {count} or less, add photographs of other people of "
                f"this class, or leave it out of imbalance.classes"
            )


def members(table: pd.DataFrame, fold: str, wanted: Mapping[str, int], seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the network of a set and fold learns from, and is judged on.

    Parameters
    ----------
    table : DataFrame
        FOLD of all usable photographs.
    fold : str
        The fold that is judged.
    wanted : mapping of str to int
        Class -> people to learn from.
    seed : int
        The study's.

    Returns
    -------
    people : DataFrame
        As `people_in_order`, those that are taken.
    photographs : DataFrame
        FOLD: theirs, and all of the judged fold of these classes.

    Raises
    ------
    InputError
        If a class has too few people; it names class, people there and people needed.
    """
    of_classes = table[table["label"].isin(list(wanted))]
    judged = of_classes[of_classes["fold"] == fold]
    training = of_classes[~of_classes["fold"].isin([fold, HELDOUT])]
    people = people_in_order(training, seed)
    _enough(people, wanted, fold)
    people = people[people["place"] <= people["label"].map(wanted)].reset_index(drop=True)
    # a person may have photographs under two labels; each counts for its own
    chosen = pd.MultiIndex.from_frame(people[["label", "subject_id"]])
    kept = training[pd.MultiIndex.from_frame(training[["label", "subject_id"]]).isin(chosen)]
    return people, pd.concat([judged, kept])[FOLD].sort_index()


def _counts(name: str, fold: str, one: TrainingSet, people: pd.DataFrame) -> dict[str, object]:
    """A line of SETS."""
    sizes = list(one.people.values())
    of_set = [name, fold, one.number, one.turn, len(sizes), len(people), int(people["images"].sum())]
    return dict(zip(SETS, [*of_set, min(sizes), max(sizes)], strict=True))


def write_subsets(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    folder: str,
    sets: Mapping[str, TrainingSet],
    folds: Sequence[str],
    seed: int,
) -> None:
    """Write who is in which training set, and for each set a table of folds and the faces to explain.

    Parameters
    ----------
    inputs : mapping of str to path
        index (faces/index.csv), folds (folds.csv) and explained (explained.csv).
    outputs : mapping of str to path
        people (PEOPLE) and sets (SETS).
    folder : path
        Where {set}/fold-{k}.csv (FOLD) and {set}/explained.csv (EXPLAINED) go.
    sets : mapping of str to TrainingSet
        The sets.
    folds : sequence of str
        The folds that are judged.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If a class has too few people in a fold, or no face of a set is explained.
    """
    table = fold_table(inputs["index"], inputs["folds"])
    shown = read_table(inputs["explained"], EXPLAINED, ["fold", "sample_id", "set", "label"])
    shown = shown[(shown["set"] == "folds") & shown["fold"].isin(list(folds))]
    listed, counts = [], []
    for name, one in sets.items():
        for fold in folds:
            people, photographs = members(table, fold, one.people, seed)
            write_table(photographs, str(Path(folder) / name / f"fold-{fold}.csv"))
            listed.append(people.assign(trained_on=name, fold=fold)[PEOPLE])
            counts.append(_counts(name, fold, one, people))
        faces = shown[shown["label"].isin(one.explained)]
        if faces.empty:
            raise InputError(
                f"{inputs['explained']}: no face of {', '.join(one.explained)} in fold {', '.join(folds)} is explained;"
                f" raise config saliency.folds_per_class or imbalance.folds"
            )
        write_table(faces[EXPLAINED], str(Path(folder) / name / "explained.csv"))
    write_table(pd.concat(listed, ignore_index=True), outputs["people"])
    write_table(pd.DataFrame(counts, columns=SETS), outputs["sets"])
