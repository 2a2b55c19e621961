"""Syndrome recipes: which HPO terms a simulated class may show, how often, and how the head model expresses them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gestalt_regions.cohort.simulated.people.recipe_evidence import CHOSEN, Evidence, is_number
from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.hpo.facial_terms import TERM_REGIONS, FacialTerms
from gestalt_regions.hpo.ontology import id_in

UNAFFECTED = "Unaffected"
# Changes that are not shape, with what 1 (for the squint: one degree) stands for.
APPEARANCE = {
    "squint": "degrees by which the left eye turns inwards",
    "skin_fairness": "share of the way to fair skin",
    "hair_fairness": "share of the way to fair hair, brows to 0.6 of it",
    "iris_lightness": "share of the way to the lightest iris",
    "iris_blue": "share of the way to a light blue iris",
    "lateral_brow_loss": "share of the brow's outer half that is lost",
    "brow_density": "added cover of the brow's strands",
    "brow_width": "growth of the brow's height, as a share of it",
    "synophrys": "share of the gap between the brows that is closed",
    "lash_density": "added cover of the lashes' strands",
    "lash_length": "growth of the lashes, as a share of their depth",
    "tooth_gap": "share of each tooth's width that becomes a gap",
    "tooth_shrink": "share of each tooth's size that is lost",
    "lateral_incisor_loss": "share of the upper second incisors that is lost; 1: missing",
    "open_bite": "tenths of a decimetre by which upper and lower front teeth part",
    "tongue_size": "growth of the tongue, as a share of its width",
}
SIDES = "lr-"
KEYS = ("label", "name", "diseases", "severity", "terms", "subtypes")
TERM_KEYS = ("hpo_id", "region", "frequency", "source", "severity", "targets", "appearance")


@dataclass(frozen=True)
class Severity:
    """How strongly a term is shown where it is: a normal distribution cut to low..high; 1 is what the weights say."""

    mean: float = 1.0
    sd: float = 0.17
    low: float = 0.6
    high: float = 1.4


@dataclass(frozen=True)
class Term:
    """An HPO term that a class may show.

    Attributes
    ----------
    term, hpo_id, region : str
        As in resources/hpo_terms.csv.
    frequency : float
        Share of the class's subjects.
    targets : mapping
        Morph target -> weight at strength 1.
    appearance : mapping
        Name of APPEARANCE -> amount at strength 1.
    source : str
        The disease whose HPO annotation states the frequency, or `chosen` (for this cohort).
    severity : Severity
        How strongly it is shown.
    """

    term: str
    hpo_id: str
    region: str
    frequency: float
    targets: Mapping[str, float]
    appearance: Mapping[str, float]
    source: str = CHOSEN
    severity: Severity = Severity()


@dataclass(frozen=True)
class Recipe:
    """What a simulated class shows.

    Attributes
    ----------
    label, name : str
        Of the class.
    terms : tuple of Term
        What it may show.
    diseases : tuple of str
        Ids of the diseases it stands for.
    subtypes : mapping
        Subtype -> term -> share of its subjects, where it differs (subtypes.py); empty where it has none.
    """

    label: str
    name: str
    terms: tuple[Term, ...]
    diseases: tuple[str, ...] = ()
    subtypes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def both_sides(name: str) -> tuple[str, ...]:
    """Targets that a recipe's name stands for: `lr-ear-wing-incr` is the left and the right one.

    Parameters
    ----------
    name : str
        Morph target, perhaps with `lr-`.

    Returns
    -------
    tuple of str
        One or two morph targets.
    """
    if name.startswith(SIDES):
        rest = name.removeprefix(SIDES)
        return f"l-{rest}", f"r-{rest}"
    return (name,)


def diseases(files: Sequence[str | Path]) -> list[str]:
    """Every disease id that the recipes name.

    Parameters
    ----------
    files : sequence of path
        The syndrome recipes.

    Returns
    -------
    list of str
        Sorted ids.

    Raises
    ------
    InputError
        For an unreadable recipe.
    """
    problems: list[str] = []
    documents = [_document(Path(path), problems) for path in files]
    if problems:
        raise InputError("\n".join(problems))
    return sorted({str(disease) for document in documents for disease in document.get("diseases") or []})


def load_recipes(
    files: Sequence[str | Path],
    hpo_terms: str | Path,
    targets: Iterable[str],
    classes: Sequence[str],
    evidence: Evidence | None = None,
) -> dict[str, Recipe]:
    """Recipes of the classes (all but Unaffected), checked against the HPO table and the head model's targets.

    Parameters
    ----------
    files : sequence of path
        The syndrome recipes.
    hpo_terms : path
        resources/hpo_terms.csv.
    targets : iterable of str
        The head model's morph targets.
    classes : sequence of str
        Labels.
    evidence : Evidence, optional
        If given, ids and stated frequencies are checked against it.

    Returns
    -------
    dict
        Label -> recipe, in the order of the classes.

    Raises
    ------
    InputError
        Lists every problem with its file and key.
    """
    reader = _Reader(FacialTerms(hpo_terms), set(targets), evidence)
    recipes: dict[str, Recipe] = {}
    if evidence:
        reader.problems += evidence.table_problems(hpo_terms, reader.table)
    for path in sorted(map(Path, files)):
        recipe = reader.read(path)
        if recipe and recipe.label in recipes:
            reader.problems.append(f"{path}: label {recipe.label} is already another file's")
        elif recipe:
            recipes[recipe.label] = recipe
    for label in classes:
        if label != UNAFFECTED and label not in recipes and label not in reader.failed:
            reader.problems.append(f"cohort.classes: no recipe has label '{label}'; {nearest(label, recipes)}")
    if reader.problems:
        raise InputError("the syndrome recipes are not valid:\n  " + "\n  ".join(reader.problems))
    return {label: recipes[label] for label in classes if label != UNAFFECTED}


def _document(path: Path, problems: list[str]) -> dict:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        problems.append(f"{path}: not readable YAML ({error})")
        return {}
    if not isinstance(document, dict) or not isinstance(document.get("terms"), dict) or "label" not in document:
        problems.append(f"{path}: needs the keys label, name and terms (a mapping of HPO terms)")
        return {}
    return document


class _Reader:
    """Reads recipes and collects what is wrong with them."""

    def __init__(self, known: FacialTerms, targets: set[str], evidence: Evidence | None) -> None:
        self.known, self.targets, self.evidence = known, targets, evidence
        self.table = known.table.set_index("term")
        self.options = targets | {SIDES + n.removeprefix("l-") for n in targets if n.startswith("l-")}
        self.problems: list[str] = []
        self.failed: set[str] = set()  # labels of recipes that have problems of their own

    def read(self, path: Path) -> Recipe | None:
        before = len(self.problems)
        document = _document(path, self.problems)
        if not document:
            self.failed.add(path.stem)
            return None
        label = str(document["label"])
        self.problems += [f"{path}: {key}: unknown key; {nearest(key, KEYS)}" for key in document if key not in KEYS]
        named = tuple(map(str, document.get("diseases") or ()))
        usual = self.severity(f"{path}: severity", document.get("severity"), Severity())
        if self.evidence:
            self.problems += self.evidence.disease_problems(f"{path}: diseases", named)
        terms = [self.term(path, name, entry, named, usual) for name, entry in document["terms"].items()]
        names = [term.term for term in terms if term]
        if repeated := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            self.problems.append(f"{path}: terms: two keys mean {repeated[0]}; keep one")
        if len(self.problems) > before:
            self.failed.add(label)
            return None
        return Recipe(label, str(document.get("name", label)), tuple(term for term in terms if term), named)

    def severity(self, where: str, entry: object, usual: Severity) -> Severity:
        keys = tuple(vars(usual))
        if entry is None:
            return usual
        if not isinstance(entry, dict) or any(key not in keys or not is_number(entry[key]) for key in entry):
            self.problems.append(f"{where}: is {entry!r}; needs numbers for some of {', '.join(keys)}")
            return usual
        stated = Severity(**{**vars(usual), **entry})
        if not (0 <= stated.low <= stated.mean <= stated.high and stated.sd >= 0):
            self.problems.append(f"{where}: needs 0 <= low <= mean <= high and sd >= 0, is {stated}")
        return stated

    def term(self, path: Path, name: str, entry: object, named: tuple[str, ...], usual: Severity) -> Term | None:
        where = f"{path}: terms.{name}"
        try:
            name = self.known.take(str(name)).term
        except InputError as error:
            self.problems.append(f"{where}: {error}")
            return None
        if not isinstance(entry, dict):
            self.problems.append(f"{where}: needs hpo_id, region, frequency and targets or appearance")
            return None
        problems = [f"{where}.{key}: unknown key; {nearest(key, TERM_KEYS)}" for key in entry if key not in TERM_KEYS]
        problems += self._identity_problems(where, name, entry)
        problems += self._expression_problems(where, entry)
        source, frequency = str(entry.get("source", CHOSEN)), entry.get("frequency")
        if not is_number(frequency) or not 0 <= frequency <= 1:
            problems.append(f"{where}.frequency: is {frequency!r}; needs a number from 0 to 1")
        elif source not in (CHOSEN, *named):
            problems.append(f"{where}.source: is '{source}'; {nearest(source, [CHOSEN, *named])}")
        elif self.evidence and not problems:
            problems += self.evidence.frequency_problems(where, entry["hpo_id"], frequency, source)
        strength = self.severity(f"{where}.severity", entry.get("severity"), usual)
        self.problems += problems
        if problems or not is_number(frequency):
            return None
        targets, appearance = entry.get("targets") or {}, entry.get("appearance") or {}
        hpo_id = str(self.table.loc[name, "hpo_id"])
        return Term(name, hpo_id, entry["region"], float(frequency), targets, appearance, source, strength)

    def _identity_problems(self, where: str, name: str, entry: dict) -> list[str]:
        row, problems = self.table.loc[name], []
        for key in ("hpo_id", "region"):
            given = id_in(str(entry.get(key)))[0] if key == "hpo_id" else entry.get(key)
            if given != row[key]:
                hint = f"; {nearest(str(entry.get(key)), TERM_REGIONS)}" if key == "region" else ""
                problems.append(f"{where}.{key}: is {entry.get(key)!r}, the HPO table says {row[key]!r}{hint}")
        if row["inexpressible"]:
            problems.append(f"{where}: the HPO table says that it cannot be expressed ({row['inexpressible']})")
        return problems

    def _expression_problems(self, where: str, entry: dict) -> list[str]:
        targets, appearance, problems = entry.get("targets") or {}, entry.get("appearance") or {}, []
        if not targets and not appearance:
            problems.append(f"{where}: expresses nothing; give targets or appearance")
        for key, weight in targets.items():
            if any(side not in self.targets for side in both_sides(key)):
                problems.append(f"{where}.targets.{key}: no such morph target; {nearest(key, self.options)[:300]}")
            if not is_number(weight) or not 0 < weight <= 2:
                problems.append(f"{where}.targets.{key}: weight is {weight!r}; needs a number above 0, at most 2")
        for key, amount in appearance.items():
            if key not in APPEARANCE:
                problems.append(f"{where}.appearance.{key}: unknown; {nearest(key, APPEARANCE)}")
            if not is_number(amount):
                problems.append(f"{where}.appearance.{key}: is {amount!r}; needs a number")
        return problems
