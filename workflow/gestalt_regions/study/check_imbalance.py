"""The study of class imbalance (config imbalance): completed, and looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, subject_count
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.saliency.method_registry import load_methods, methods_of_study

FOLLOWED = 4  # syndromes that are followed over the numbers of classes where none is named
WHERE = "config imbalance"


def fill_imbalance(config: dict) -> None:
    """Check the section, and fill in what it leaves open; nothing where a study has none.

    Parameters
    ----------
    config : dict
        A config that its schemas accept; its section is changed.

    Raises
    ------
    InputError
        It names the key, what is there and what is needed.
    """
    if "imbalance" not in config:
        return
    section, control = config["imbalance"], config["statistics"]["control"]
    rendered = config["cohort"]["kind"] == "synthetic"
    if not section["classes"]:
        if not rendered:
            raise InputError(f"{WHERE}.classes is empty; name the classes of these photographs, the control among them")
        section["classes"] = list(config["cohort"]["classes"])
    classes = section["classes"]
    if rendered:
        _known("classes", classes, config["cohort"]["classes"])
    if control not in classes:
        raise InputError(f"{WHERE}.classes lacks the control class '{control}' (statistics.control); add it")
    syndromes = [name for name in classes if name != control]
    section["rare"] = section["rare"] or [classes[0::2], classes[1::2]]
    section["first"] = section["first"] or syndromes[:FOLLOWED]
    for group in section["rare"]:
        _known("rare", group, classes)
        if set(group) == set(classes):
            raise InputError(f"{WHERE}.rare: all classes are rare in one group; leave some out")
    _known("first", section["first"], syndromes)
    _check_numbers(section, config)
    known = {**dict.fromkeys(load_methods()), **methods_of_study(config)}
    _known("methods", section["methods"], list(known))
    for name in section["controls"]:
        if name in section["methods"]:
            raise InputError(f"{WHERE}.methods: '{name}' is among its controls, too; leave it out of one")


def _known(key: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            raise InputError(f"{WHERE}.{key}: no '{name}' here; {nearest(name, known)}")


def _check_numbers(section: Mapping, config: Mapping) -> None:
    """Numbers of people, classes and folds that cannot be."""
    people, classes = section["people"], section["classes"]
    for ratio in section["ratios"]:
        if ratio > people:
            raise InputError(
                f"{WHERE}.ratios: at 1:{ratio} a rare class would have less than one person; imbalance.people is "
                f"{people}, and {ratio} are needed of each class"
            )
    for number in section["numbers"]:
        if number > len(classes):
            raise InputError(f"{WHERE}.numbers: {number} classes, but imbalance.classes has {len(classes)}")
    folds = config["folds"]["n"]
    if section["folds"] > folds:
        raise InputError(f"{WHERE}.folds is {section['folds']}; folds.n is {folds}")
    if config["cohort"]["kind"] != "synthetic":
        return
    for name in classes:
        count = subject_count(config["cohort"], FOLD_SUBJECTS, name)
        there = count - count // folds
        if there < people:
            raise InputError(
                f"{WHERE}.people: class '{name}' has about {there} people in the training part of a fold ({count} "
                f"in {folds} folds), and {people} are needed; lower imbalance.people, or raise cohort.{FOLD_SUBJECTS}"
            )
