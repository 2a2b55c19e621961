"""Classes of a cohort before the first job: what folds, networks and tables of classes will ask of them.

Matching and the tables of published metadata need no folds; so this is no error until folds are planned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, subject_count
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.figures.selection import selection
from gestalt_regions.folds.united_groups import united_groups

LONGEST = 100  # characters of a label
WORDS = ("predicted", "true", "Overall")  # what the parameter target and Table 2 call no class
SHOWN = 12  # classes that a message names
MATCHING = "ask for matching alone, which needs none: `snakemake arc_tables arc_figures` (or statistics.control: '')"


def check_labels(samples: pd.DataFrame, name: str) -> None:
    """Refuse labels that no table or figure can show.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.
    name : str
        Name of the cohort.

    Raises
    ------
    InputError
        It names the label and the first image.
    """
    for label, sample in samples.drop_duplicates("label")[["label", "sample_id"]].itertuples(index=False):
        where = f"the label of image '{sample}' of the cohort '{name}'"
        if len(label) > LONGEST:
            raise InputError(f"{where} has {len(label)} characters ('{label[:30]}...'); take at most {LONGEST}")
        if not label.isprintable():
            raise InputError(f"{where}, {label!r}, has characters that cannot be shown; type it again")
        if label in WORDS:
            raise InputError(f"{where} is '{label}', a word that tables or config keys use; name the class otherwise")


def _few(counts: Mapping[str, int], folds: int) -> str:
    """What is wrong where classes have fewer families than there are folds."""
    few = {label: count for label, count in counts.items() if count < folds}
    if not few:
        return ""
    named = ", ".join(f"{label} ({count})" for label, count in list(few.items())[:SHOWN])
    more = f" and {len(few) - SHOWN} more" if len(few) > SHOWN else ""
    fewer = f"set folds.n to {min(few.values())} or less, " if min(few.values()) >= 2 else ""
    return (
        f"too few families for {folds} folds (config folds.n) in: {named}{more}. A family is a kin_group or, without, "
        f"a subject_id; {fewer}add photographs, or leave the class out"
    )


def _no_control(control: str, counts: Mapping[str, int], heldout: Sequence[str], nouns: str) -> str:
    """What is wrong where the control class has no image in the folds, and what to do."""
    named = ", ".join(f"{label} {count}" for label, count in list(counts.items())[:SHOWN])
    more = f" and {len(counts) - SHOWN} more classes" if len(counts) > SHOWN else ""
    if not control:
        told = "config statistics.control is empty"
    elif control in heldout:
        told = f"config statistics.control: '{control}' is held out only, so no network can learn it"
    else:
        near = nearest(control, counts)
        like = f"; {near.removesuffix('?')}" if near.startswith("did you mean") else ""
        told = f"config statistics.control: no image of the folds is '{control}'{like}"
    return (
        f"{told}. The study compares every syndrome with a control class. The classes of the folds are {named}{more} "
        f"({nouns}). Name one of them as control (statistics: {{control: ...}}), add photographs of unaffected people, "
        f"or {MATCHING}"
    )


def _unknown_class(config: Mapping, classes: Sequence[str]) -> str:
    """The first key that names a class which the folds lack, or asks for more classes than there are."""
    statistics = config["statistics"]
    named = {"statistics.syndromes": statistics["syndromes"]}
    for section in ("methods", "further_methods"):
        for name, settings in config["saliency"][section].items():
            if (target := settings.get("target", "predicted")) not in ("predicted", "true"):
                named[f"saliency.{section}.{name}.target"] = [target]
    for name, entry in config["figures"].items():
        if isinstance(entry, Mapping):
            named[f"figures.{name}.classes"] = list(selection(name, entry).classes)
    for problem in config["gestalt"]["binary"]:
        named["gestalt.binary"] = [*named.get("gestalt.binary", []), problem["positive"], *problem.get("negative", [])]
    for key, labels in named.items():
        for label in labels:
            if label not in classes:
                return f"config {key}: no class '{label}' in the folds; {nearest(label, classes)}"
    if statistics["control"] in statistics["syndromes"]:
        return f"config statistics.syndromes: '{statistics['control']}' is the control class; leave it out"
    if min(config["gestalt"]["top"]) >= len(classes):
        return f"config gestalt.top: of {len(classes)} classes {config['gestalt']['top']} is always right; add 1"
    return ""


def why_no_folds(config: Mapping, samples: pd.DataFrame | None = None) -> str:
    """Say why the folds of a study cannot be made or used, as far as its config and table tell.

    Parameters
    ----------
    config : mapping
        A valid config.
    samples : DataFrame, optional
        samples.csv of a cohort that is read.

    Returns
    -------
    str
        The reason, and what to do; "" if none is known. Usable photographs may be fewer than the table has.
    """
    folds, control = config["folds"]["n"], config["statistics"]["control"]
    if samples is None:
        cohort = config["cohort"]
        counts = {label: subject_count(cohort, FOLD_SUBJECTS, label) for label in cohort["classes"]}
        many, heldout, nouns = counts, [], "with their numbers of subjects"
    else:
        inside = samples[samples["split"] == "folds"]
        counts = inside["label"].value_counts().to_dict()
        family = united_groups(inside["subject_id"], inside["kin_group"])
        many = inside.assign(family=family).groupby("label")["family"].nunique().to_dict()
        heldout, nouns = samples.loc[samples["split"] == "heldout", "label"].unique().tolist(), "with their images"
        if not counts:
            return "no image of the cohort has split 'folds', so there is nothing to train on; set split in its table"
        if config["folds"]["source"] == "given" and "fold" not in samples:
            return "config folds.source is given, but the cohort's table has no column fold; add it, or take computed"
    if control not in counts:
        return _no_control(control, counts, heldout, nouns)
    if len(counts) < 2:
        return f"all images of the folds are '{control}'; a network needs two classes or more"
    return _unknown_class(config, list(counts)) or ("" if config["folds"]["source"] == "given" else _few(many, folds))


def why_no_fine_tuning(config: Mapping, samples: pd.DataFrame) -> str:
    """Say why no encoder can be fine-tuned for matching, as far as the table tells.

    Parameters
    ----------
    config : mapping
        A valid config.
    samples : DataFrame
        samples.csv of a cohort without gallery lists of its own.

    Returns
    -------
    str
        The reason, and what to do; "" if none is known.
    """
    matching, control = config["matching"], config["statistics"]["control"]
    subjects = samples.groupby("label")["subject_id"].nunique()
    if not matching["control"]:
        subjects = subjects.drop(control, errors="ignore")
    frequent = subjects[subjects >= matching["rare_below"]]
    if len(frequent) >= 2:
        return ""
    tuned = [name for name, entry in matching["encoders"].items() if entry["fine_tuned"]]
    named = ", ".join(f"{label} {count}" for label, count in subjects.head(SHOWN).items())
    return (
        f"config matching.encoders.{tuned[0] if tuned else ''}: fine-tuning needs two disorders with "
        f"{matching['rare_below']} subjects or more (matching.rare_below), the cohort has {len(frequent)} ({named}); "
        "lower rare_below, add photographs, or take the encoders with fine_tuned: true out (name: null)"
    )


def never_learned(samples: pd.DataFrame) -> str:
    """Name the classes that are held out only.

    Parameters
    ----------
    samples : DataFrame
        samples.csv.

    Returns
    -------
    str
        A sentence; "" if there are none.
    """
    inside = samples["split"] == "folds"
    only = sorted(set(samples.loc[~inside, "label"]) - set(samples.loc[inside, "label"]))
    if not only or not inside.any():
        return ""
    more = f" and {len(only) - SHOWN} more" if len(only) > SHOWN else ""
    return f"held out only, so that no network learns them: {', '.join(only[:SHOWN])}{more}"
