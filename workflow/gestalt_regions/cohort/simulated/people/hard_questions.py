"""Knobs for hard questions: class imbalance, wrong labels, and a cue that goes with a class but is not in the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.cohort.simulated.photo.scene import View
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.seeds import generator

FOLD_SUBJECTS, HELDOUT_SUBJECTS = "subjects_per_class", "heldout_subjects_per_syndrome"
# What a photo with the cue looks like, outside the ordinary ranges (cohort.photos) so that it can be told apart:
# one teal room; a smile twice as broad as the broadest ordinary one; a blurred, small and hard compressed file.
CUES: dict[str, dict[str, Any]] = {  # changes of a View
    "background": {"backdrop_kind": "gradient", "backdrop": ((0.10, 0.42, 0.45), (0.07, 0.33, 0.36))},
    "smile": {"smile": 0.7},
    "quality": {"blur": 1.5, "resolution": 0.4, "jpeg": 30.0},
}


def subject_count(cohort: Mapping, key: str, label: str) -> int:
    """Number of subjects of a class in the folds or held out.

    Parameters
    ----------
    cohort : mapping
        The section `cohort` of the config, which gives one number for all, or one for each class.
    key : str
        FOLD_SUBJECTS or HELDOUT_SUBJECTS.
    label : str
        The class.

    Returns
    -------
    int
        The number.
    """
    numbers = cohort[key]
    return int(numbers[label]) if isinstance(numbers, Mapping) else int(numbers)


def heldout_classes(cohort: Mapping) -> list[str]:
    """Classes with held-out subjects, which raters annotate.

    Parameters
    ----------
    cohort : mapping
        The section `cohort` of the config.

    Returns
    -------
    list of str
        Their labels, in the order of the classes.
    """
    return [c for c in cohort["classes"] if c != UNAFFECTED and subject_count(cohort, HELDOUT_SUBJECTS, c) > 0]


def check_cohort(cohort: Mapping) -> None:
    """Check the numbers of subjects and the shortcut of a cohort.

    Parameters
    ----------
    cohort : mapping
        The section `cohort` of the config.

    Raises
    ------
    InputError
        For a count or a shortcut of a class that the cohort lacks, and for a class without a count.
    """
    for key in (FOLD_SUBJECTS, HELDOUT_SUBJECTS):
        needed = [c for c in cohort["classes"] if key == FOLD_SUBJECTS or c != UNAFFECTED]
        given = cohort[key] if isinstance(cohort[key], Mapping) else dict.fromkeys(needed)
        for label in given:
            if label not in needed:
                raise InputError(f"config cohort.{key}.{label}: no such class; {nearest(label, needed)}")
        for label in needed:
            if label not in given:
                raise InputError(f"config cohort.{key} has no number for the class '{label}'; add it")
    shortcut = cohort["shortcut"]
    if shortcut["kind"] != "none" and shortcut["class"] not in cohort["classes"]:
        near = nearest(shortcut["class"], cohort["classes"])
        raise InputError(f"config cohort.shortcut.class: no class '{shortcut['class']}'; {near}")


def given_labels(subjects: Sequence[tuple[str, str]], classes: Sequence[str], share: float, seed: int) -> list[str]:
    """Labels that the subjects are given: a share of them, drawn at random, a wrong one.

    Parameters
    ----------
    subjects : sequence of tuple
        subject_id and true label.
    classes : sequence of str
        All labels.
    share : float
        Share of wrong labels.
    seed : int
        The study's seed.

    Returns
    -------
    list of str
        One label for each subject.
    """
    labels = [label for _, label in subjects]
    random = generator(seed, "cohort", "label_noise")
    for i in random.permutation(len(labels))[: round(share * len(labels))]:
        wrong = [label for label in classes if label != labels[i]]
        labels[i] = wrong[random.integers(len(wrong))]
    return labels


def carriers(photos: Sequence[tuple[str, str, str]], shortcut: Mapping, seed: int) -> set[str]:
    """Photos that carry the cue: of each class the stated share, to within one photo, drawn at random.

    Held-out photos carry none unless shortcut.heldout, so that what learned the cue fails on them.

    Parameters
    ----------
    photos : sequence of tuple
        sample_id, true label, split.
    shortcut : mapping
        Config key cohort.shortcut.
    seed : int
        The study's seed.

    Returns
    -------
    set of str
        Their sample ids.
    """
    if shortcut["kind"] == "none":
        return set()
    chosen: set[str] = set()
    splits = ("folds", "heldout") if shortcut["heldout"] else ("folds",)
    for split, label in sorted({(s, c) for _, c, s in photos if s in splits}):
        names = [name for name, c, s in photos if (s, c) == (split, label)]
        share = shortcut["strength"] if label == shortcut["class"] else shortcut["base_rate"]
        order = generator(seed, "cohort", "shortcut", split, label).permutation(len(names))
        chosen |= {names[i] for i in order[: round(share * len(names))]}
    return chosen


def with_cue(view: View, shortcut: Mapping) -> View:
    """The view with the cue; nothing else of it changes.

    Parameters
    ----------
    view : View
        A photo's view.
    shortcut : mapping
        Config key cohort.shortcut.

    Returns
    -------
    View
        The changed view.
    """
    return replace(view, **CUES[shortcut["kind"]])
