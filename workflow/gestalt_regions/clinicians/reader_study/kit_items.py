"""What a reader study shows: which faces, which explanations of each, in which form for whom; all drawn by the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.seeds import derive, generator

STAGE = "reader_study"
BLOCK = 4  # readers in whose sequences each form occurs twice
ARMS = ("ai_alone", "ai_with_explanations")


@dataclass(frozen=True)
class Explanation:
    """An explanation that is shown: F01-A, what made it, and whether it is a control."""

    name: str
    method: str
    control: bool


def sequences(design: str, readers: int, seed: int) -> list[str]:
    """Draw which form of the study each reader sees.

    Parameters
    ----------
    design : {"parallel", "crossover"}
        parallel: one arm; crossover: both, one first.
    readers : int
        Planned readers.
    seed : int
        The study's.

    Returns
    -------
    list of str
        One for each reader number, in permuted blocks of four: at any time the forms are nearly equally frequent.
    """
    forms = ARMS if design == "parallel" else tuple(f"{arm}_first" for arm in ARMS)
    drawn: list[str] = []
    while len(drawn) < readers:
        block = [form for form in forms for _ in range(BLOCK // len(forms))]
        drawn += [block[place] for place in generator(seed, STAGE, "block", len(drawn)).permutation(BLOCK)]
    return drawn[:readers]


def _quotas(classes: Sequence[str], faces: int, seed: int) -> dict[str, int]:
    """How many faces of each class; what is left over goes to classes that are drawn."""
    if faces < len(classes):
        raise InputError(
            f"config reader_study.faces is {faces}, fewer than the {len(classes)} classes; it must be at least that"
        )
    extra = sorted(classes, key=lambda label: derive(seed, STAGE, "extra", label))[: faces % len(classes)]
    return {label: faces // len(classes) + (label in extra) for label in classes}


def _wrong_faces(people: Mapping[str, int], quotas: Mapping[str, int], most: int) -> dict[str, int]:
    """Wrong answers of the AI, one class after another; of each class at most half of its faces (rounded up)."""
    chosen = dict.fromkeys(quotas, 0)
    while sum(chosen.values()) < most:
        open_ = [label for label in quotas if chosen[label] < min(people.get(label, 0), -(-quotas[label] // 2))]
        if not open_:
            break
        chosen[min(open_, key=lambda label: chosen[label])] += 1
    return chosen


def choose_faces(candidates: pd.DataFrame, faces: int, seed: int, set_name: str = "folds") -> pd.DataFrame:
    """Draw the faces: each of another person, balanced over classes, and over the AI's right and wrong answers.

    Parameters
    ----------
    candidates : pandas.DataFrame
        sample_id, label, subject_id, right: faces that the AI has judged and all methods explain.
    faces : int
        How many.
    seed : int
        The study's.
    set_name : str
        Where they come from, for messages.

    Returns
    -------
    pandas.DataFrame
        The rows, in an order that says nothing.

    Raises
    ------
    InputError
        Where a class has too few people, or there are fewer faces than classes.
    """
    if candidates.empty:
        raise InputError(f"config reader_study.set is {set_name}: no face of it is explained by all methods of the kit")
    order = [derive(seed, STAGE, "face", name) for name in candidates["sample_id"]]
    drawn = candidates.assign(order=order).sort_values("order")
    quotas = _quotas(sorted(drawn["label"].unique()), faces, seed)
    people = drawn.groupby("label")["subject_id"].nunique()
    for label, quota in quotas.items():
        if people[label] < quota:
            raise InputError(
                f"config reader_study.faces is {faces}, so {quota} faces of each class, each of another person; of"
                f" '{label}' {people[label]} people are explained in the set {set_name}. Lower reader_study.faces, or"
                " explain more faces (saliency.folds_per_class, saliency.heldout_per_class)"
            )
    wrong = drawn[~drawn["right"]].groupby("label")["subject_id"].nunique()
    wanted = _wrong_faces(wrong.to_dict(), quotas, faces // 2)
    parts = []
    for label, quota in quotas.items():
        of_class = drawn[drawn["label"] == label]
        first = of_class[~of_class["right"]].drop_duplicates("subject_id").head(wanted[label])
        rest = of_class[~of_class["subject_id"].isin(first["subject_id"])]
        rest = rest.sort_values("right", ascending=False, kind="stable").drop_duplicates("subject_id")
        parts.append(pd.concat([first, rest.head(quota - len(first))]))
    chosen = pd.concat(parts)
    chosen["order"] = [derive(seed, STAGE, "item", name) for name in chosen["sample_id"]]
    return chosen.sort_values("order").drop(columns="order").reset_index(drop=True)


def numbered(letter: str, count: int) -> list[str]:
    """Name items.

    Parameters
    ----------
    letter : str
        F for faces, C for composites.
    count : int
        How many.

    Returns
    -------
    list of str
        F01, F02 and so on.
    """
    return [f"{letter}{number:02d}" for number in range(1, count + 1)]


def choose_explanations(
    items: Sequence[str], methods: Sequence[str], controls: Sequence[str], control_faces: int, seed: int
) -> dict[str, list[Explanation]]:
    """Draw the explanations of each face and their letters.

    Every face has as many as any other, so that their number tells nothing: a control takes the place of a method, each
    method's in turn.

    Parameters
    ----------
    items : sequence of str
        Names of the faces.
    methods, controls : sequence of str
        What is shown.
    control_faces : int
        On how many faces there is a control.
    seed : int
        The study's.

    Returns
    -------
    dict
        Face -> its explanations, A first.
    """
    draws = generator(seed, STAGE, "controls")
    with_control = [items[place] for place in draws.permutation(len(items))[:control_faces]]
    first = int(draws.integers(len(methods)))
    chosen = {}
    for item in items:
        shown = [(method, False) for method in methods]
        if item in with_control:
            turn = with_control.index(item)
            shown[(first + turn) % len(methods)] = (controls[turn % len(controls)], True)
        letters = generator(seed, STAGE, "letters", item).permutation(len(shown))
        chosen[item] = [Explanation(f"{item}-{chr(65 + at)}", *shown[place]) for at, place in enumerate(letters)]
    return chosen
