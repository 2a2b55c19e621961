"""Rare disorders of a simulated cohort: recipes mixed from two others' terms, a few subjects each. SIMULATED."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations

from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, HELDOUT_SUBJECTS
from gestalt_regions.cohort.simulated.people.recipe_evidence import CHOSEN
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED, Recipe, Term
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.seeds import generator

OPPOSITE = {"incr": "decr", "in": "out", "up": "down", "forward": "backward", "convex": "concave"}
OPPOSITE |= {b: a for a, b in OPPOSITE.items()}
SHARE = 0.6  # of each parent's terms, drawn one by one


def mixtures(rare: Mapping) -> dict[str, tuple[str, str]]:
    """The two recipes that each rare disorder (SIM-001, SIM-002, ...) is mixed from, another pair for each of them.

    Which these are depends on the names alone, not on the study's seed: a mixture is a recipe, not a draw.

    Parameters
    ----------
    rare : mapping
        Config key cohort.rare.

    Returns
    -------
    dict
        Label -> the labels of both recipes.

    Raises
    ------
    InputError
        If there are fewer pairs than disorders.
    """
    pairs = list(combinations(rare["parents"], 2))
    if rare["count"] > len(pairs):
        names = f"the {len(rare['parents'])} recipes of cohort.rare.parents make {len(pairs)} pairs"
        raise InputError(f"config cohort.rare.count is {rare['count']}, but {names}; name more or take fewer disorders")
    order = generator(0, "cohort", "rare", *rare["parents"]).permutation(len(pairs))
    return {f"SIM-{i + 1:03d}": pairs[order[i]] for i in range(rare["count"])}


def extend(cohort: dict) -> None:
    """Add the rare disorders to the cohort's classes, with their numbers of subjects; none of them is held out.

    Parameters
    ----------
    cohort : dict
        The section `cohort` of the config, which is changed.

    Raises
    ------
    InputError
        If the numbers of subjects run backwards.
    """
    names = [name for name in mixtures(cohort["rare"]) if name not in cohort["classes"]]
    low, high = cohort["rare"]["subjects"]
    if low > high:
        raise InputError(f"config cohort.rare.subjects is [{low}, {high}]; the first is the smallest number")
    if not names:
        return
    for key, numbers in ((FOLD_SUBJECTS, range(low, high + 1)), (HELDOUT_SUBJECTS, (0,))):
        given = cohort[key] if isinstance(cohort[key], Mapping) else dict.fromkeys(cohort["classes"], cohort[key])
        if key == HELDOUT_SUBJECTS:
            given = {name: n for name, n in given.items() if name != UNAFFECTED}
        cohort[key] = dict(given) | {name: numbers[i % len(numbers)] for i, name in enumerate(names)}
    cohort["classes"] = [*cohort["classes"], *names]


def _opposed(first: Term, second: Term) -> bool:
    """Whether one term undoes what the other does: they move the same part in opposite directions."""
    stems = {name.rpartition("-")[::2] for name in first.targets}
    return any((stem, OPPOSITE.get(way)) in stems for stem, _, way in (n.rpartition("-") for n in second.targets))


def mixed(label: str, first: Recipe, second: Recipe) -> Recipe:
    """A recipe mixed from two others, drawn by its label: SHARE of the terms of each.

    Of terms that both have or that undo each other the first stays. How often and how strongly a term shows is as in
    its own recipe.

    Parameters
    ----------
    label : str
        Label of the mixture.
    first, second : Recipe
        Its parents.

    Returns
    -------
    Recipe
        The mixture.
    """
    terms: list[Term] = []
    for recipe in (first, second):
        for term in recipe.terms:
            drawn = generator(0, "cohort", "rare", label, recipe.label, term.term).random() < SHARE
            clash = any(term.term == other.term or _opposed(term, other) for other in terms)
            if drawn and not clash:
                terms.append(replace(term, source=CHOSEN))
    return Recipe(label, f"simulated mixture of {first.name} and {second.name}", tuple(terms))
