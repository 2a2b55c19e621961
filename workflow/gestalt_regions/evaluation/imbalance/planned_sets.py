"""Which training sets there are, and what each is compared with. Known from the config alone.

Unequal classes are as step imbalance in Buda et al. (Neural Networks 106, 2018): some classes are rare, all equally so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

WHOLE = "whole"
SAME_TOTAL, AS_FEW = "same total", "as few"  # balanced sets beside one with rare classes
USE = ["fold", "sample_id", "label", "region", "logit", "probability"]  # what a network loses without a region's signs


@dataclass(frozen=True)
class TrainingSet:
    """A training set.

    Attributes
    ----------
    name : str
        Name of its folder.
    people : mapping of str to int
        Class -> people of it. Classes that are not here are not learnt.
    explained : tuple of str
        Classes whose faces are explained.
    number : int
        The ratio (one in so many people of rare classes), or the number of classes; 0 for balanced sets.
    turn : int
        Which group of classes is rare, or which syndrome is followed, from 1; 0 for balanced sets.
    beside : mapping of str to str
        same total -> the balanced set of about as many people; as few -> the balanced set whose classes are all as
        small as the rare ones.
    """

    name: str
    people: Mapping[str, int]
    explained: tuple[str, ...]
    number: int = 0
    turn: int = 0
    beside: Mapping[str, str] = field(default_factory=dict)


def share(people: int, ratio: int) -> int:
    """How many people one in so many are, at least one.

    Parameters
    ----------
    people : int
        All of them.
    ratio : int
        One in so many.

    Returns
    -------
    int
        Half is rounded up.
    """
    return max(1, int(people / ratio + 0.5))


def sequence(first: str, control: str, classes: Sequence[str]) -> list[str]:
    """The order in which classes are added.

    Parameters
    ----------
    first : str
        The syndrome that is followed.
    control : str
        The control class.
    classes : sequence of str
        All classes.

    Returns
    -------
    list of str
        The syndrome, the control, and then those that follow the syndrome in the list, from its start again at its end.
    """
    at = list(classes).index(first)
    turned = [*classes[at:], *classes[:at]]
    return [first, control, *(name for name in turned if name not in (first, control))]


def planned_sets(section: Mapping, control: str) -> dict[str, TrainingSet]:
    """The training sets of a study.

    Parameters
    ----------
    section : mapping
        Config imbalance, completed.
    control : str
        The control class.

    Returns
    -------
    dict
        Name -> training set, the whole one first.
    """
    classes, people = tuple(section["classes"]), section["people"]
    sets = {WHOLE: TrainingSet(WHOLE, dict.fromkeys(classes, people), classes)}

    def _balanced(each: int) -> str:
        """The balanced set of so many people of each class; it is there from now on."""
        name = WHOLE if each >= people else f"balanced-{each}"
        sets.setdefault(name, TrainingSet(name, dict.fromkeys(classes, each), classes))
        return name

    for turn, rare in enumerate(section["rare"], start=1):
        for ratio in section["ratios"]:
            few = share(people, ratio)
            counts = {name: few if name in rare else people for name in classes}
            beside = {
                SAME_TOTAL: _balanced(share(sum(counts.values()), len(classes))),
                AS_FEW: _balanced(few),
            }
            name = f"rare-{turn}-{ratio}"
            sets[name] = TrainingSet(name, counts, classes, ratio, turn, beside)
    for turn, first in enumerate(section["first"], start=1):
        order = sequence(first, control, classes)
        for number in section["numbers"]:
            if number >= len(classes):
                continue
            counts = dict.fromkeys(order[:number], people)
            beside = {SAME_TOTAL: _balanced(share(sum(counts.values()), len(classes)))}
            name = f"classes-{turn}-{number}"
            sets[name] = TrainingSet(name, counts, (first,), number, turn, beside)
    return sets


def runs_of_set(name: str, runs: int) -> list[int]:
    """The trainings of a set.

    Parameters
    ----------
    name : str
        The set.
    runs : int
        Config imbalance.runs.

    Returns
    -------
    list of int
        From 1; all but the whole set have one.
    """
    return list(range(1, runs + 1)) if name == WHOLE else [1]
