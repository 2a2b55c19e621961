"""Subtypes of a simulated class, such as the genotypes of Noonan syndrome: who has which, and how often each sign is.

A file in resources/subtypes has further terms of a class, as a recipe has them, and for each subtype the frequencies
that differ. SIMULATED: subtypes differ because this file says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from gestalt_regions.cohort.simulated.people.recipe_evidence import CHOSEN, Evidence, is_number
from gestalt_regions.cohort.simulated.people.recipes import Recipe, load_recipes
from gestalt_regions.cohort.simulated.people.subjects import Person
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.seeds import generator

FOLDER = "subtypes"  # of their files, resources/subtypes/<label>.yaml
SUBTYPE_COLUMN = "genotype"  # of plan.csv and samples.csv
KEYS = ("source", "stated", CHOSEN)


def subtype_files(files: Iterable[str | Path]) -> dict[str, Path]:
    """Of the files of a cohort, those of subtypes.

    Parameters
    ----------
    files : iterable of path
        Recipes, and files of subtypes.

    Returns
    -------
    dict
        Label -> file.
    """
    return {path.stem: path for path in map(Path, files) if path.parent.name == FOLDER}


def _frequencies(where: str, entry: object, recipe: Recipe, evidence: Evidence | None) -> tuple[dict, list[str]]:
    """Term -> frequency of one subtype, and what is wrong with it."""
    if not isinstance(entry, Mapping):
        return {}, [f"{where}: needs {', '.join(KEYS)}"]
    problems = [f"{where}.{key}: unknown key; {nearest(str(key), KEYS)}" for key in entry if key not in KEYS]
    source, ids = str(entry.get("source", "")), {term.term: term.hpo_id for term in recipe.terms}
    if source not in recipe.diseases:
        problems.append(f"{where}.source: is '{source}'; {nearest(source, recipe.diseases)}")
    frequencies: dict[str, float] = {}
    for kind in ("stated", CHOSEN):
        for term, value in (entry.get(kind) or {}).items():
            if term not in ids:
                problems.append(f"{where}.{kind}: no term '{term}'; {nearest(term, ids)}")
            elif not is_number(value) or not 0 <= value <= 1:
                problems.append(f"{where}.{kind}.{term}: is {value!r}; needs a number from 0 to 1")
            elif evidence and kind == "stated" and source in recipe.diseases:
                problems += evidence.frequency_problems(f"{where}.{kind}.{term}", ids[term], value, source)
            frequencies[term] = value
    return frequencies, problems


def with_subtypes(
    recipe: Recipe, path: str | Path, hpo_terms: str | Path, targets: Iterable[str], evidence: Evidence | None = None
) -> Recipe:
    """A recipe with the further terms of its subtypes, and with the frequencies of each.

    Parameters
    ----------
    recipe : Recipe
        Of the class.
    path : path
        The file of its subtypes.
    hpo_terms : path
        resources/hpo_terms.csv.
    targets : iterable of str
        The head model's morph targets.
    evidence : Evidence, optional
        If given, ids and stated frequencies are checked against it.

    Returns
    -------
    Recipe
        Its own terms stay as they are, further ones come last.

    Raises
    ------
    InputError
        Lists every problem with its file and key.
    """
    further = load_recipes([path], hpo_terms, targets, [recipe.label], evidence)[recipe.label]
    whole = replace(recipe, terms=(*recipe.terms, *further.terms), diseases=further.diseases)
    mine = {term.term for term in recipe.terms}
    problems = [f"{path}: terms.{t.term}: the recipe has this term already" for t in further.terms if t.term in mine]
    subtypes = yaml.safe_load(Path(path).read_text(encoding="utf-8")).get("subtypes")
    if not isinstance(subtypes, Mapping) or len(subtypes) < 2:
        problems.append(f"{path}: subtypes: needs two subtypes or more, each with {', '.join(KEYS)}")
        subtypes = {}
    read = {
        str(name): _frequencies(f"{path}: subtypes.{name}", each, whole, evidence) for name, each in subtypes.items()
    }
    if problems := [*problems, *(problem for _, wrong in read.values() for problem in wrong)]:
        raise InputError("the subtypes are not valid:\n  " + "\n  ".join(problems))
    return replace(whole, diseases=recipe.diseases, subtypes={name: values for name, (values, _) in read.items()})


def as_subtype(recipe: Recipe | None, subtype: str) -> Recipe | None:
    """The recipe of one subtype: terms as often as it shows them.

    Parameters
    ----------
    recipe : Recipe or None
        Of the class, with its subtypes.
    subtype : str
        One of them; "" for none.

    Returns
    -------
    Recipe or None
        The same terms in the same order; as given where there is no subtype.
    """
    if recipe is None or not subtype:
        return recipe
    often = recipe.subtypes[subtype]
    terms = tuple(replace(term, frequency=float(often.get(term.term, term.frequency))) for term in recipe.terms)
    return replace(recipe, terms=terms)


def draw_subtypes(
    people: Sequence[tuple[Person, str, str]], recipes: Mapping[str, Recipe], seed: int
) -> dict[str, str]:
    """Which subtype each person of a class with subtypes has.

    A family has one, as it has one mutation. Families get the subtypes in turn, in a random order: of the folds and of
    the held-out set, each has as many families as another, to within one.

    Parameters
    ----------
    people : sequence of tuple
        Person, true label, split.
    recipes : mapping
        Label -> recipe.
    seed : int
        The study's seed.

    Returns
    -------
    dict
        subject_id -> subtype; nobody of classes without subtypes.
    """
    drawn: dict[str, str] = {}
    for label, recipe in recipes.items():
        for split in ("folds", "heldout") if recipe.subtypes else ():
            members = [person for person, true_label, side in people if (true_label, side) == (label, split)]
            families = sorted({person.kin_group for person in members})
            order = generator(seed, "cohort", "subtypes", label, split).permutation(len(families))
            names = list(recipe.subtypes)
            of_family = {families[place]: names[turn % len(names)] for turn, place in enumerate(order)}
            drawn |= {person.subject_id: of_family[person.kin_group] for person in members}
    return drawn
