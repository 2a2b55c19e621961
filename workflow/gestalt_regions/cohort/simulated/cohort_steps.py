"""The simulated cohort's steps: plan every photo, render shards of them, and write the tables other stages read."""

from __future__ import annotations

import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from gestalt_regions.cohort.simulated.head import appearance
from gestalt_regions.cohort.simulated.head.head_landmarks import NAMES
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people import anatomy, hard_questions
from gestalt_regions.cohort.simulated.people.identity import CALM, add, both, identity, macro
from gestalt_regions.cohort.simulated.people.rare_disorders import mixed, mixtures
from gestalt_regions.cohort.simulated.people.raters import rate, write_files
from gestalt_regions.cohort.simulated.people.recipe_evidence import Evidence
from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term, load_recipes
from gestalt_regions.cohort.simulated.people.signs import draw_terms, express, shown
from gestalt_regions.cohort.simulated.people.subjects import Person, people
from gestalt_regions.cohort.simulated.people.subtypes import (
    SUBTYPE_COLUMN,
    as_subtype,
    draw_subtypes,
    subtype_files,
    with_subtypes,
)
from gestalt_regions.cohort.simulated.photo import views
from gestalt_regions.cohort.simulated.photo.scene import Look, View
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_pieces, read_table, write_array, write_pieces, write_table
from gestalt_regions.core.progress import track
from gestalt_regions.core.seeds import generator

log = logging.getLogger("gestalt_regions")

SUBJECTS = 500  # planned at a time
TEXT = ("sample_id", "subject_id", "kin_group", "label", "true_label", "split", "ancestry", "sex", "terms")


def format_terms(terms: Mapping[str, float]) -> str:
    """Terms as the plan's column `terms` holds them.

    Parameters
    ----------
    terms : mapping
        HPO term -> its strength.

    Returns
    -------
    str
        "name=strength;...", six significant digits.
    """
    return ";".join(f"{name}={strength:.6g}" for name, strength in terms.items())


def parse_terms(text: str) -> dict[str, float]:
    """Terms of the plan's column `terms`.

    Parameters
    ----------
    text : str
        "name=strength;..."; empty for none.

    Returns
    -------
    dict
        HPO term -> its strength.
    """
    return {name: float(strength) for name, strength in (item.split("=") for item in text.split(";") if item)}


def write_plan(
    *,
    head: str | Path,
    recipes: Sequence[str | Path],
    hpo_terms: str | Path,
    plan: str | Path,
    rejected: str | Path,
    not_shown: str | Path,
    cohort: dict,
    seed: int,
    evidence: Evidence | None = None,
) -> None:
    """Write plan.csv, rejected.csv and not_shown.csv of the simulated cohort.

    plan.csv has one row per photo, everything drawn for its subject, and nothing about other rows. Columns: sample_id,
    subject_id, photo (1..), kin_group, label (as given, wrong for the share cohort.label_noise), true_label (whose
    signs the subject has), split, ancestry, sex, age (years), severity (factor on the recipe's weights), terms
    ("name=strength;..."), attempts (draws of the subject's identity until its head was sound), look (HeadModel.look),
    shortcut (1: the photo carries the cue); where a class has subtypes, genotype. rejected.csv counts the heads drawn
    again (reason, heads, drawn). not_shown.csv lists the terms that no subject gets (label, term, region, frequency,
    appearance).

    Parameters
    ----------
    head : path
        The head model.
    recipes : paths
        The syndrome recipes.
    hpo_terms : path
        resources/hpo_terms.csv.
    plan, rejected, not_shown : path
        Where the three tables go.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.
    evidence : Evidence, optional
        What the recipes are checked against.

    Raises
    ------
    InputError
        For a bad recipe or range, or if no head of a subject is sound.
    """
    views.check_ranges(cohort["photos"])
    model = HeadModel(head)
    shown, missing = shown_recipes(model, recipes, hpo_terms, cohort, evidence)
    write_table(_left_out(missing, model.look), not_shown)
    subjects = people(cohort, seed)
    planner = _Planner(model, shown, subjects, cohort, seed)

    def _pieces() -> Iterator[pd.DataFrame]:
        tracked = track(subjects, len(subjects), "subjects")
        while part := list(islice(tracked, SUBJECTS)):
            yield pd.DataFrame([row for subject in part for row in planner.rows(*subject)])

    write_pieces(_pieces(), plan)
    write_table(_rejections(planner.broken, len(subjects)), rejected)


class _Planner:
    """The plan's rows, subject by subject; `broken` collects the reasons against each head that was drawn again."""

    def __init__(
        self,
        model: HeadModel,
        recipes: Mapping[str, Recipe],
        subjects: Sequence[tuple[Person, str, str]],
        cohort: dict,
        seed: int,
    ) -> None:
        self.model, self.recipes, self.cohort, self.seed = model, recipes, cohort, seed
        self.broken: list[list[str]] = []
        self.subtypes = draw_subtypes(subjects, recipes, seed)
        folds = [(person.subject_id, label) for person, label, split in subjects if split == "folds"]
        noisy = hard_questions.given_labels(folds, cohort["classes"], cohort["label_noise"], seed)
        self.given = dict(zip([subject for subject, _ in folds], noisy, strict=True))
        photos = [(name, label, split) for person, label, split in subjects for name in self.photos(person)]
        self.carrying = hard_questions.carriers(photos, cohort["shortcut"], seed)

    def photos(self, person: Person) -> list[str]:
        """The sample ids of a person's photos."""
        return [f"{person.subject_id}-{photo}" for photo in range(1, self.cohort["images_per_subject"] + 1)]

    def rows(self, person: Person, label: str, split: str) -> list[dict[str, object]]:
        """The plan's rows of one subject."""
        subtype = self.subtypes.get(person.subject_id, "")
        recipe = as_subtype(self.recipes.get(label), subtype)
        severity = _severity(self.seed, person.subject_id, self.cohort) if recipe else 0.0
        terms = draw_terms(self.seed, person.subject_id, recipe, severity)
        refused = _refused(self.model, person, express(terms, recipe)[0], self.cohort, self.seed)
        self.broken.extend(refused)
        return [
            {
                "sample_id": name,
                "subject_id": person.subject_id,
                "photo": photo,
                "kin_group": person.kin_group,
                "label": self.given.get(person.subject_id, label),
                "true_label": label,
                "split": split,
                "ancestry": person.ancestry,
                "sex": person.sex,
                "age": round(person.age, 2),
                "severity": severity,
                "terms": format_terms(terms),
                "attempts": 1 + len(refused),
                "look": self.model.look,
                "shortcut": int(name in self.carrying),
            }
            | ({SUBTYPE_COLUMN: subtype} if self.subtypes else {})
            for photo, name in enumerate(self.photos(person), start=1)
        ]


def shown_recipes(
    model: HeadModel,
    files: Sequence[str | Path],
    hpo_terms: str | Path,
    cohort: Mapping,
    evidence: Evidence | None = None,
) -> tuple[dict[str, Recipe], list[tuple[str, Term]]]:
    """Recipes of the cohort's classes without the terms that this head's look cannot show.

    Parameters
    ----------
    model : HeadModel
        The head.
    files : sequence of path
        The syndrome recipes, and files of subtypes.
    hpo_terms : path
        resources/hpo_terms.csv.
    cohort : mapping
        The section `cohort` of the config.
    evidence : Evidence, optional
        What the recipes are checked against.

    Returns
    -------
    recipes : dict
        Label -> recipe, in the order of the classes; none for Unaffected. With the subtypes that the cohort has.
    missing : list of tuple
        Label and term of each term left out.

    Raises
    ------
    InputError
        For a recipe that is not valid.
    """
    rare = mixtures(cohort["rare"])
    written = [c for c in cohort["classes"] if c not in rare]
    parents = sorted({parent for pair in rare.values() for parent in pair} - set(written))
    subtypes = subtype_files(files)
    plain = [path for path in files if Path(path) not in subtypes.values()]
    recipes = load_recipes(plain, hpo_terms, model.targets, [*written, *parents], evidence)
    recipes |= {label: mixed(label, *(recipes[parent] for parent in pair)) for label, pair in rare.items()}
    recipes = {label: recipes[label] for label in cohort["classes"] if label in recipes}
    for label in cohort.get("subtypes", ()):
        recipes[label] = with_subtypes(recipes[label], subtypes[label], hpo_terms, model.targets, evidence)
    return shown(recipes, appearance.WARDROBES[model.look].shows)


def _left_out(missing: Sequence[tuple[str, Term]], look: str) -> pd.DataFrame:
    """label, term, region, frequency, appearance (changes) of the terms that no subject gets; a warning names them."""
    if missing:
        terms = ", ".join(f"{label}: {term.term}" for label, term in missing)
        log.warning("the %s look cannot show %d terms, so no subject has them: %s", look, len(missing), terms)
    rows = [(label, t.term, t.region, t.frequency, ";".join(t.appearance)) for label, t in missing]
    return pd.DataFrame(rows, columns=["label", "term", "region", "frequency", "appearance"])


def _refused(model: HeadModel, person: Person, terms: Mapping[str, float], cohort: dict, seed: int) -> list[list[str]]:
    """The reasons (anatomy's rules) against each broken head that was drawn for a person before a sound one.

    Proportions are judged without the signs, whose point may be to leave the ordinary: the class draws no identity.
    """
    refused: list[list[str]] = []
    while len(refused) < cohort["anatomy_attempts"]:
        plain, signed = (
            model.shape(head_shape(model, person, signs, cohort=cohort, seed=seed, attempt=1 + len(refused)))
            for signs in ({}, terms)
        )
        if not (reasons := anatomy.disorder(model, signed) + anatomy.disproportion(model, plain)):
            return refused
        refused.append(reasons)
    raise InputError(
        f"config cohort.anatomy_attempts: {len(refused)} heads drawn for {person.subject_id}, each broken, the last "
        f"because: {', '.join(refused[-1])}; lower cohort.identity_spread or cohort.severity"
    )


def _rejections(broken: Sequence[Sequence[str]], subjects: int) -> pd.DataFrame:
    """reason, heads (broken for it; one may be for several), drawn (all heads): `any reason` first, then every rule."""
    count = Counter(reason for reasons in broken for reason in reasons)
    heads = {"any reason": len(broken)} | {rule: count[rule] for rule in (*anatomy.ORDER, *anatomy.PROPORTION)}
    return pd.DataFrame({"reason": list(heads), "heads": list(heads.values()), "drawn": subjects + len(broken)})


def _severity(seed: int, subject_id: str, cohort: dict) -> float:
    factor = generator(seed, "cohort", "severity", subject_id).normal(1, cohort["severity_spread"])
    return round(float(cohort["severity"] * np.clip(factor, 0.3, 1.7)), 6)


def shard_of(rows: int, shards: int) -> np.ndarray:
    """Shard of each plan row: contiguous, equal to within one row.

    Parameters
    ----------
    rows : int
        Rows of the plan.
    shards : int
        Number of shards.

    Returns
    -------
    ndarray of int [rows]
        1..shards.
    """
    return np.concatenate([np.full(len(part), i + 1) for i, part in enumerate(np.array_split(np.arange(rows), shards))])


def head_shape(
    model: HeadModel, person: Person, *changes: Mapping[str, float], cohort: dict, seed: int, attempt: int
) -> dict[str, float]:
    """Target weights of a person's head with changes.

    Targets are displacements of an adult's head: on a child's smaller one they shrink with it.

    Parameters
    ----------
    model : HeadModel
        The head.
    person : Person
        Whose head it is.
    *changes : mapping
        Target weights of signs or of an expression.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.
    attempt : int
        Which draw of the person's identity, from 1.

    Returns
    -------
    dict
        Morph target -> weight.
    """
    ages = macro(person.ancestry, person.sex, person.age)
    size = float(model.scale(model.shape(ages)).mean())
    ordinary = identity(seed, person, cohort["identity_spread"], cohort["kin_share"], attempt)
    return add(ages, {name: size * weight for name, weight in add(both(CALM), ordinary, *changes).items()})


def scene(
    model: HeadModel, row: Mapping, recipe: Recipe | None, *, cohort: dict, seed: int
) -> tuple[dict[str, float], Look, View]:
    """What the photo of a plan row is made of; it depends on this row and the config alone.

    Parameters
    ----------
    model : HeadModel
        The head.
    row : mapping
        The row of plan.csv.
    recipe : Recipe or None
        Of the subject's true label.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.

    Returns
    -------
    weights : dict
        Morph target -> weight.
    look : Look
        Appearance apart from shape.
    view : View
        Pose, camera, light and loss.
    """
    person = Person(row["subject_id"], row["kin_group"], row["ancestry"], row["sex"], float(row["age"]))
    weights, changes = express(parse_terms(row["terms"]), recipe)
    view = views.view(seed, row["sample_id"], cohort["photos"])
    if row.get("shortcut"):
        view = hard_questions.with_cue(view, cohort["shortcut"])
    attempt = int(row.get("attempts", 1))
    shape = head_shape(model, person, weights, view.expression, cohort=cohort, seed=seed, attempt=attempt)
    return shape, appearance.changed(appearance.look(seed, person, model.look), changes), view


def render_shard(
    *,
    head: str | Path,
    plan: str | Path,
    recipes: Sequence[str | Path],
    hpo_terms: str | Path,
    photos: str | Path,
    shard: int,
    cohort: dict,
    seed: int,
) -> None:
    """Write the folder of one shard: photos, and the truth about them.

    The folder has <sample_id>.png and, in the order of index.csv (row, sample_id), labels.npy uint8 (n, size, size);
    landmarks.npy float32 (n, L, 2) and visible.npy bool (n, L), in the order of landmarks.csv (row, name); see
    render.Shot.

    Parameters
    ----------
    head, plan, hpo_terms : path
        The head model, plan.csv and resources/hpo_terms.csv.
    recipes : sequence of path
        The syndrome recipes.
    photos : path
        The folder.
    shard : int
        1..cohort.shards.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    table = read_table(plan, TEXT, TEXT)
    model = HeadModel(head)
    recipe_of, _ = shown_recipes(model, recipes, hpo_terms, cohort)
    rows = table[shard_of(len(table), cohort["shards"]) == shard].to_dict("records")
    studio = Studio(model, cohort["size"])
    output = Path(photos)
    folder = output.with_name(f".{output.name}.{os.getpid()}.tmp")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        labels = np.zeros((len(rows), cohort["size"], cohort["size"]), np.uint8)
        landmarks, visible = np.zeros((len(rows), len(NAMES), 2), np.float32), np.zeros((len(rows), len(NAMES)), bool)
        for i, row in enumerate(track(rows, len(rows), "photos")):
            shape, look, view = scene(model, row, recipe_of.get(row["true_label"]), cohort=cohort, seed=seed)
            shot = studio.photo(shape, look, view)
            labels[i], landmarks[i], visible[i] = shot.labels, shot.landmarks, shot.visible
            Image.fromarray(shot.photo).save(folder / f"{row['sample_id']}.png", compress_level=1)
        for kind, array in (("labels", labels), ("landmarks", landmarks), ("visible", visible)):
            write_array(array, folder / f"{kind}.npy")
        _write_numbered("name", NAMES, folder / "landmarks.csv")
        _write_numbered("sample_id", [row["sample_id"] for row in rows], folder / "index.csv")
        shutil.rmtree(output, ignore_errors=True)
        os.replace(folder, output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write_numbered(column: str, names: Sequence[str], path: Path) -> None:
    """A table of what the rows of an array are."""
    write_table(pd.DataFrame({"row": range(len(names)), column: names}), path)


def write_samples(*, plan: str | Path, shards: Sequence[str | Path], samples: str | Path) -> None:
    """Write samples.csv; `image` is relative to the cohort's folder (where samples.csv lies).

    Parameters
    ----------
    plan : path
        plan.csv.
    shards : sequence of path
        Folders of the rendered shards.
    samples : path
        Where samples.csv goes.

    Raises
    ------
    InputError
        If a photo of the plan was not rendered.
    """
    root = Path(samples).parent
    folder_of: dict[str, str] = {}
    for folder in map(Path, shards):
        names = read_table(folder / "index.csv", ["sample_id"], ["sample_id"])["sample_id"]
        folder_of |= dict.fromkeys(names, folder.relative_to(root).as_posix())
    first = ["label", "subject_id", "kin_group", "split"]
    attributes = ["true_label", "sex", "age", "ancestry", "photo", "severity", "terms", "shortcut", "look"]

    with open(plan, encoding="utf-8") as stream:
        attributes += [SUBTYPE_COLUMN] if SUBTYPE_COLUMN in stream.readline().strip().split(",") else []

    def _listed(table: pd.DataFrame) -> pd.DataFrame:
        folders = table["sample_id"].map(folder_of)
        if folders.isna().any():
            missing = table["sample_id"][folders.isna()]
            raise InputError(f"{plan}: photos were not rendered, first {missing.iloc[0]}; run render_shard")
        table = table.assign(image=folders + "/" + table["sample_id"] + ".png", simulated=True)
        return table[["sample_id", "image", *first, "simulated", *attributes]]

    write_pieces(map(_listed, read_pieces(plan, ["sample_id", *first, *attributes], {*TEXT, SUBTYPE_COLUMN})), samples)


def rate_heldout(
    *,
    head: str | Path,
    plan: str | Path,
    recipes: Sequence[str | Path],
    hpo_terms: str | Path,
    files: Mapping[str, str | Path],
    marks: str | Path,
    cohort: dict,
    seed: int,
) -> None:
    """Write what three simulated raters mark on the held-out photos.

    Parameters
    ----------
    head, plan, hpo_terms : path
        The head model, plan.csv and resources/hpo_terms.csv.
    recipes : sequence of path
        The syndrome recipes.
    files : mapping
        Label -> where its CSV goes, as clinicians hand it in.
    marks : path
        Where every single mark beside the truth goes (`raters.rate`), which no real study has.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.
    """
    recipe_of, _ = shown_recipes(HeadModel(head), recipes, hpo_terms, cohort)
    table = read_table(plan, TEXT, TEXT)
    heldout = table[table["split"] == "heldout"]
    listed = [(r.sample_id, r.label, parse_terms(r.terms)) for r in heldout.itertuples()]
    every_mark = rate(seed, listed, recipe_of, cohort["raters"])
    write_files(every_mark, recipe_of, files)
    write_table(every_mark, marks)
