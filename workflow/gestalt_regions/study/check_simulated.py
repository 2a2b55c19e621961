"""A simulated cohort of a config: classes, ranges and raters, looked at before anything is rendered."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from gestalt_regions.cohort.simulated.people import hard_questions
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.cohort.simulated.photo.views import check_ranges
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.faces.detector_registry import GIVEN

_LABEL = re.compile(r"^label:\s*['\"]?([^'\"#\n]+?)['\"]?\s*(?:#.*)?$", re.M)


def _recipe_labels(base: Path) -> list[str]:
    """Classes that have a recipe in resources/syndromes."""
    texts = (path.read_text(encoding="utf-8") for path in sorted((base / "resources/syndromes").glob("*.yaml")))
    return [label for text in texts for label in _LABEL.findall(text)]


def _check_subtypes(cohort: Mapping, folds: int, base: Path) -> None:
    """Classes with subtypes are classes of the cohort, have a file of them, and families enough for each."""
    files = {path.stem: path for path in sorted((base / "resources/subtypes").glob("*.yaml"))}
    for label in cohort.get("subtypes", ()):
        if label not in files:
            raise InputError(
                f"config cohort.subtypes: '{label}' has no file in resources/subtypes; {nearest(label, files)}"
            )
        if label not in cohort["classes"]:
            raise InputError(
                f"config cohort.subtypes: no class '{label}' in the cohort; {nearest(label, cohort['classes'])}"
            )
        count = len(yaml.safe_load(files[label].read_text(encoding="utf-8"))["subtypes"])
        people = hard_questions.subject_count(cohort, hard_questions.FOLD_SUBJECTS, label)
        alone = max(1 - cohort["siblings"], 0.5)  # a family has two people at most
        if (families := math.ceil(alone * people)) < count * folds:
            raise InputError(
                f"config cohort.subtypes: {label} has {count} subtypes, and {people} people in about {families} "
                f"families; each subtype needs a family in each of {folds} folds (folds.n): set "
                f"cohort.subjects_per_class to {math.ceil(count * folds / alone)} or more for {label}"
            )


def check_simulated(config: Mapping, base: str | Path) -> None:
    """Refuse a simulated cohort that cannot be drawn.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept; its rare disorders are among its classes.
    base : path
        The folder of the repository.

    Raises
    ------
    InputError
        It names the key and what is expected.
    """
    cohort, base = config["cohort"], Path(base)
    hard_questions.check_cohort(cohort)
    check_ranges(cohort["photos"])
    for where, (low, high) in {"cohort.ages": cohort["ages"], "morph.ages": config["morph"]["ages"]}.items():
        if low > high:
            raise InputError(f"config {where}: [{low}, {high}] runs backwards; write the smaller number first")
    recipes = _recipe_labels(base)
    parents = cohort["rare"]["parents"] if cohort["rare"]["count"] else []
    rare = {name for name in cohort["classes"] if name.startswith("SIM-")} if parents else set()
    for key, names in (("classes", cohort["classes"]), ("rare.parents", parents)):
        for name in names:
            if name not in recipes and name not in rare and not (key == "classes" and name == UNAFFECTED):
                near = nearest(name, [*recipes, UNAFFECTED] if key == "classes" else recipes)
                raise InputError(f"config cohort.{key}: '{name}' has no recipe in resources/syndromes; {near}")
    _check_subtypes(cohort, config["folds"]["n"], base)
    for key, value, own in (
        ("faces.detector", config["faces"]["detector"], GIVEN),
        ("folds.source", config["folds"]["source"], "given"),
    ):
        if value == own:
            raise InputError(f"config {key} is {own}, but a simulated cohort gives none (cohort.kind is synthetic)")
