"""The photographs of further test sets, on which nothing is trained: people of a second source.

Config gestalt.test_sets. samples.csv of a set has COLUMNS; `split` is `heldout` throughout. Names of people and of
families begin with the set's name, so that two sources never share any.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.cohort.read_cohort import mark_stand_ins
from gestalt_regions.cohort.readers.folder import read_samples
from gestalt_regions.cohort.readers.reader_registry import COLUMNS
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.seeds import derive, generator

log = logging.getLogger("gestalt_regions")

FOLDS, HELDOUT = "folds", "heldout"
# Keys of a simulated set that stand for those of the cohort
OF_COHORT = ("size", "ages", "severity")


def second_source(cohort: Mapping, settings: Mapping) -> dict:
    """The section `cohort` of a study as a second source of photographs has it.

    Parameters
    ----------
    cohort : mapping
        The study's own.
    settings : mapping
        Of the set: people_per_class, images_per_subject, photos (ranges that differ) and any of OF_COHORT.

    Returns
    -------
    dict
        A cohort of people who are in no fold, none of them related, without wrong labels and without a shortcut.
    """
    return {
        **cohort,
        **{key: settings[key] for key in OF_COHORT if key in settings},
        "photos": {**cohort["photos"], **settings["photos"]},
        "subjects_per_class": 0,
        "heldout_subjects_per_syndrome": settings["people_per_class"],
        "images_per_subject": settings["images_per_subject"],
        "label_noise": 0,
        "shortcut": {**cohort["shortcut"], "kind": "none"},
        "shards": 1,
    }


def render_test_set(
    *,
    head: str | Path,
    recipes: Sequence[str | Path],
    hpo_terms: str | Path,
    plan: str | Path,
    rejected: str | Path,
    not_shown: str | Path,
    photographs: str | Path,
    samples: str | Path,
    test_set: str,
    settings: Mapping,
    cohort: dict,
    seed: int,
) -> None:
    """Render simulated people whom no study has, photographed otherwise.

    Parameters
    ----------
    head, hpo_terms : path
        The head model and resources/hpo_terms.csv.
    recipes : sequence of path
        The syndrome recipes.
    plan, rejected, not_shown : path
        Where the tables of `cohort_steps.write_plan` go.
    photographs : path
        The folder of `cohort_steps.render_shard`.
    samples : path
        Where the set's samples.csv goes.
    test_set : str
        Its name: people are drawn from a seed of their own.
    settings : mapping
        Of the set, as of `second_source`; grey is the share of black-and-white photographs.
    cohort : dict
        The section `cohort` of the study.
    seed : int
        The study's seed.
    """
    from gestalt_regions.cohort.simulated.cohort_steps import TEXT, render_shard, write_plan

    own = derive(seed, "test set", test_set)
    section = second_source(cohort, settings)
    given: dict[str, Any] = {"head": head, "recipes": recipes, "hpo_terms": hpo_terms, "cohort": section, "seed": own}
    write_plan(plan=plan, rejected=rejected, not_shown=not_shown, **given)
    render_shard(plan=plan, photos=photographs, shard=1, **given)
    table = read_table(plan, TEXT, TEXT)
    _make_grey(Path(photographs), table["sample_id"], settings["grey"], own)
    folder = Path(photographs).relative_to(Path(samples).parent)
    listed = pd.DataFrame({"sample_id": f"{test_set}-" + table["sample_id"]})
    listed["image"] = f"{folder.as_posix()}/" + table["sample_id"] + ".png"
    listed["label"] = table["label"]
    for column in ("subject_id", "kin_group"):
        listed[column] = f"{test_set}-" + table[column]
    write_table(listed.assign(split=HELDOUT, simulated=True)[COLUMNS], samples)


def _make_grey(folder: Path, names: Sequence[str], share: float, seed: int) -> None:
    """Make a share of the photographs black and white, to within one, drawn at random."""
    names = list(names)
    chosen = generator(seed, "grey").permutation(len(names))[: round(share * len(names))]
    for place in chosen:
        path = folder / f"{names[place]}.png"
        with Image.open(path) as picture:
            grey = picture.convert("L").convert("RGB")
        grey.save(path, compress_level=1)


def read_test_set(
    *, table: str | Path, images: str | Path, study: str | Path, samples: str | Path, test_set: str
) -> None:
    """Read a folder of photographs and its table as a test set of a study.

    Parameters
    ----------
    table : path
        As of a folder cohort (`readers.folder.read_samples`); its column split is not used.
    images : path
        The folder of the photographs.
    study : path
        samples.csv of the study.
    samples : path
        Where the set's samples.csv goes.
    test_set : str
        The set's name.

    Raises
    ------
    InputError
        For a bad table, a label that no network of the study knows, and for a person or a family of the study's folds.
    """
    listed = mark_stand_ins(read_samples(table, images), Path(samples).parent)
    text = ["subject_id", "kin_group", "label", "split"]
    known = read_table(study, text, strings=text)
    folds = known[known["split"] == FOLDS]
    labels = sorted(folds["label"].unique())
    for label in listed["label"].unique():
        if label not in labels:
            raise InputError(
                f"{table}: label '{label}' is no class of the study; {nearest(label, labels)} (remove the rows of "
                f"other classes: config gestalt.test_sets.{test_set})"
            )
    for column in ("subject_id", "kin_group"):
        both = listed.loc[listed[column].isin(folds[column]), column]
        if len(both):
            raise InputError(
                f"{table}: {column} '{both.iloc[0]}' is in the study's folds, too ({both.nunique()} such); a network "
                "was trained on them. Remove these rows, or rename them if they are somebody else"
            )
    for column in ("sample_id", "subject_id", "kin_group"):
        listed[column] = f"{test_set}-" + listed[column]
    write_table(listed.assign(split=HELDOUT)[COLUMNS], samples)
    missing = np.setdiff1d(labels, listed["label"].unique())
    log.info("%d photographs of %d people", len(listed), listed["subject_id"].nunique())
    if len(missing):
        log.info("no photograph of %s", ", ".join(missing))
