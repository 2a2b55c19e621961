"""Who is in the simulated cohort: subjects, families, labels and splits. Nothing here knows what a face looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, HELDOUT_SUBJECTS, subject_count
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.core.seeds import generator

ANCESTRIES = ("caucasian", "african", "asian")
SEXES = ("female", "male")


@dataclass(frozen=True)
class Person:
    """A subject without any syndrome: who they are."""

    subject_id: str
    kin_group: str
    ancestry: str
    sex: str
    age: float


def people(cohort: dict, seed: int) -> list[tuple[Person, str, str]]:
    """Every subject with label and split, class by class, the held-out ones last.

    Each class has the same mixture of ancestry, sex and age, so that none of them tells the class. Families: the same
    share of each class's subjects join a family of their ancestry and take its kin group, while such families last
    (in small classes they may not): affected subjects one of their own class, unaffected ones an affected subject's.
    Held-out subjects have families of their own.

    Parameters
    ----------
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.

    Returns
    -------
    list of tuple
        Person, label, split (`folds` or `heldout`).
    """
    mixture = [(ancestry, sex) for ancestry in ANCESTRIES for sex in SEXES]
    affected = [label for label in cohort["classes"] if label != UNAFFECTED]
    hosts, joining, folds = {}, {}, []
    for label in cohort["classes"]:
        size = subject_count(cohort, FOLD_SUBJECTS, label)
        drawn = _new_people(f"{label}-", size, mixture, cohort["ages"], seed)
        order = generator(seed, "cohort", "siblings", label).permutation(size)
        joining[label] = {drawn[i].subject_id for i in order[: round(cohort["siblings"] * size)]}
        hosts[label] = [drawn[i] for i in order if drawn[i].subject_id not in joining[label]]
        folds += [(person, label) for person in drawn]
    placed = {}
    for label in [*affected, *(c for c in cohort["classes"] if c == UNAFFECTED)]:
        for number, person in enumerate(
            p for p, true_label in folds if true_label == label and p.subject_id in joining[label]
        ):
            family = hosts[affected[number % len(affected)] if label == UNAFFECTED and affected else label]
            host = next((p for p in family if p.ancestry == person.ancestry), None)
            if host:
                family.remove(host)  # at most two subjects a family
                placed[person.subject_id] = replace(person, kin_group=host.kin_group)
    heldout = []
    for label in affected:
        drawn = _new_people(f"{label}-H", subject_count(cohort, HELDOUT_SUBJECTS, label), mixture, cohort["ages"], seed)
        heldout += [(person, label, "heldout") for person in drawn]
    return [(placed.get(person.subject_id, person), label, "folds") for person, label in folds] + heldout


def _new_people(
    name: str, count: int, mixture: Sequence[tuple[str, str]], ages: Sequence[float], seed: int
) -> list[Person]:
    pairs = _spread_evenly(seed, name, mixture, count)
    low, high = ages
    years = _spread_ages(seed, name, low, high, count)
    ids = [f"{name}{i + 1:03d}" for i in range(count)]
    listed = zip(ids, pairs, years, strict=True)
    return [Person(name, f"F-{name}", ancestry, sex, float(age)) for name, (ancestry, sex), age in listed]


def _spread_evenly(seed: int, label: str, mixture: Sequence[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    """`count` entries of the mixture in equal shares, shuffled: every class has the same mixture, whatever the seed."""
    repeated = [mixture[i % len(mixture)] for i in range(count)]
    return [repeated[i] for i in generator(seed, "cohort", "mixture", label, *mixture).permutation(count)]


def _spread_ages(seed: int, label: str, low: float, high: float, count: int) -> np.ndarray:
    """One age (years) in each of `count` equal shares of low..high, shuffled."""
    random = generator(seed, "cohort", "age", label)
    return low + (high - low) * (random.permutation(count) + random.random(count)) / count
