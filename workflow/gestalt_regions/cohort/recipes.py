"""Syndrome recipes: which HPO terms a simulated class may show, how often, and how the head model expresses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from gestalt_regions.errors import InputError, nearest
from gestalt_regions.io import read_table

UNAFFECTED = "Unaffected"
# Changes that are not shape, each at severity 1: squint in degrees (one eye turns inwards), the others as shares: of
# the way to the fairest skin, hair or iris, of the lateral brow lost, of the lashes added, of a tooth's width lost.
APPEARANCE = (
    "squint",
    "skin_fairness",
    "hair_fairness",
    "iris_lightness",
    "lateral_brow_loss",
    "lash_density",
    "tooth_gap",
)
SIDES = "lr-"


@dataclass(frozen=True)
class Term:
    term: str
    hpo_id: str
    region: str
    frequency: float
    targets: Mapping[str, float]
    appearance: Mapping[str, float]


@dataclass(frozen=True)
class Recipe:
    label: str
    name: str
    terms: tuple[Term, ...]


def both_sides(name: str) -> tuple[str, ...]:
    """The targets a recipe's name stands for: `lr-ear-wing-incr` is the left and the right one."""
    if name.startswith(SIDES):
        rest = name.removeprefix(SIDES)
        return f"l-{rest}", f"r-{rest}"
    return (name,)


def load_recipes(
    files: Sequence[str | Path], hpo_terms: str | Path, targets: Iterable[str], classes: Sequence[str]
) -> dict[str, Recipe]:
    """The recipes of `classes` (all but Unaffected), checked against the HPO table and the head model's targets.

    Raises InputError that lists every problem with its file and key.
    """
    table = read_table(hpo_terms, ["term", "hpo_id", "region"], ["term", "hpo_id", "region"]).set_index("term")
    known = set(targets)
    recipes: dict[str, Recipe] = {}
    problems: list[str] = []
    for path in sorted(map(Path, files)):
        recipe = _read(path, table, known, problems)
        if recipe and recipe.label in recipes:
            problems.append(f"{path}: label {recipe.label} is already another file's")
        elif recipe:
            recipes[recipe.label] = recipe
    for label in classes:
        if label != UNAFFECTED and label not in recipes and not problems:
            problems.append(f"cohort.classes: no recipe has label '{label}'; {nearest(label, recipes)}")
    if problems:
        raise InputError("the syndrome recipes are not valid:\n  " + "\n  ".join(problems))
    return {label: recipes[label] for label in classes if label != UNAFFECTED}


def _read(path: Path, table, known: set[str], problems: list[str]) -> Recipe | None:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        problems.append(f"{path}: not readable YAML ({error})")
        return None
    if not isinstance(document, dict) or not isinstance(document.get("terms"), dict) or "label" not in document:
        problems.append(f"{path}: needs the keys label, name and terms (a mapping of HPO terms)")
        return None
    terms = [
        term for name, entry in document["terms"].items() if (term := _term(path, name, entry, table, known, problems))
    ]
    return Recipe(str(document["label"]), str(document.get("name", document["label"])), tuple(terms))


def _term(path: Path, name: str, entry: object, table, known: set[str], problems: list[str]) -> Term | None:
    where, before = f"{path}: terms.{name}", len(problems)
    if name not in table.index:
        problems.append(f"{where}: not a term of the HPO table; {nearest(name, table.index)}")
        return None
    if not isinstance(entry, dict):
        problems.append(f"{where}: needs hpo_id, region, frequency and targets or appearance")
        return None
    keys = ("hpo_id", "region", "frequency", "targets", "appearance")
    problems += [f"{where}.{key}: unknown key; {nearest(key, keys)}" for key in entry if key not in keys]
    for key in ("hpo_id", "region"):
        if entry.get(key) != table.loc[name, key]:
            problems.append(f"{where}.{key}: is {entry.get(key)!r}, the HPO table says {table.loc[name, key]!r}")
    frequency = entry.get("frequency")
    if not _number(frequency) or not 0 <= frequency <= 1:
        problems.append(f"{where}.frequency: is {frequency!r}; needs a number from 0 to 1")
    targets, appearance = entry.get("targets") or {}, entry.get("appearance") or {}
    if not targets and not appearance:
        problems.append(f"{where}: expresses nothing; give targets or appearance")
    for key, weight in targets.items():
        if any(side not in known for side in both_sides(key)):
            options = known | {SIDES + n.removeprefix("l-") for n in known if n.startswith("l-")}
            problems.append(f"{where}.targets.{key}: no such morph target; {nearest(key, options)[:300]}")
        if not _number(weight) or not 0 < weight <= 2:
            problems.append(f"{where}.targets.{key}: weight is {weight!r}; needs a number above 0, at most 2")
    for key, amount in appearance.items():
        if key not in APPEARANCE:
            problems.append(f"{where}.appearance.{key}: unknown; {nearest(key, APPEARANCE)}")
        if not _number(amount):
            problems.append(f"{where}.appearance.{key}: is {amount!r}; needs a number")
    if len(problems) > before:
        return None
    return Term(name, entry["hpo_id"], entry["region"], float(frequency), targets, appearance)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
