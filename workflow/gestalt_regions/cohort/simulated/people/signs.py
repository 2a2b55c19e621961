"""From a recipe to a subject: the HPO terms drawn, and the morph target weights and appearance that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term, both_sides
from gestalt_regions.core.seeds import generator

LIMIT = 1.0  # where MakeHuman's own sliders end
FACE_UNIT = "fu-"


def draw_terms(seed: int, subject_id: str, recipe: Recipe | None, severity: float) -> dict[str, float]:
    """Draw the terms that a subject shows and how strongly (1: as the recipe's weights say).

    Parameters
    ----------
    seed : int
        The study's seed.
    subject_id : str
        The subject.
    recipe : Recipe or None
        Of the subject's label.
    severity : float
        Factor on the strengths.

    Returns
    -------
    dict
        HPO term -> strength; empty without a recipe.
    """
    if recipe is None:
        return {}
    shown = {}
    for term in recipe.terms:
        random = generator(seed, "cohort", "terms", subject_id, term.term)  # a recipe's other terms change nothing here
        usual, present = term.severity, random.random() < term.frequency
        strength = float(np.clip(random.normal(usual.mean, usual.sd), usual.low, usual.high))
        if present:
            shown[term.term] = severity * strength
    return shown


def shown(recipes: Mapping[str, Recipe], changes: Sequence[str]) -> tuple[dict[str, Recipe], list[tuple[str, Term]]]:
    """Recipes for a head that can show these appearance changes, and the terms left out.

    A term is left out whole: half a sign would count as truth for the other half.

    Parameters
    ----------
    recipes : mapping
        Label -> recipe.
    changes : sequence of str
        Names of recipes.APPEARANCE.

    Returns
    -------
    kept : dict
        Label -> recipe.
    missing : list of tuple
        Label and term.
    """
    missing = [
        (k, term) for k, recipe in recipes.items() for term in recipe.terms if set(term.appearance) - set(changes)
    ]
    kept = {
        label: replace(recipe, terms=tuple(t for t in recipe.terms if (label, t) not in missing))
        for label, recipe in recipes.items()
    }
    return kept, missing


def express(terms: Mapping[str, float], recipe: Recipe | None) -> tuple[dict[str, float], dict[str, float]]:
    """Target weights and appearance changes of the terms shown.

    Terms that use the same target add up, to at most LIMIT; face units and appearance take the strongest: three terms
    that need an open mouth to be seen open it once.

    Parameters
    ----------
    terms : mapping
        HPO term -> strength.
    recipe : Recipe or None
        Of the subject's label.

    Returns
    -------
    weights : dict
        Morph target -> weight.
    changes : dict
        Name of recipes.APPEARANCE -> amount.
    """
    weights: dict[str, float] = {}
    changes: dict[str, float] = {}
    for term in recipe.terms if recipe else ():
        strength = terms.get(term.term, 0.0)
        for name, weight in term.targets.items():
            for side in both_sides(name):
                before, added = weights.get(side, 0.0), strength * weight
                weights[side] = max(before, added) if side.startswith(FACE_UNIT) else min(before + added, LIMIT)
        for name, amount in term.appearance.items():
            changes[name] = max(changes.get(name, 0.0), strength * amount, key=abs)
    return weights, changes
