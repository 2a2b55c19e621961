"""The sheet of pictures without a region, from arrays that no method made."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.counterfactual_sheet import (
    RenderedReverts,
    choose_people,
    draw_counterfactual_sheet,
    load_values,
    value_text,
)
from gestalt_regions.saliency.explanation import VALUE_COLUMNS
from PIL import Image

FACES = [("a", "KS", "KS"), ("b", "KS", "KS"), ("c", "KS", "KS"), ("d", "WS", "WS"), ("e", "WS", "KS")]
FACES += [("f", "Unaffected", "Unaffected")]
SUBJECTS = {"a": "p1", "b": "p1", "c": "p2", "d": "p3", "e": "p4", "f": "p5"}


def test_recognised_affected_people_are_shown_in_turn_of_each_class():
    values = pd.DataFrame(FACES, columns=["sample_id", "label", "target"])
    assert choose_people(values, SUBJECTS, 9, "Unaffected") == ["a", "c", "d"]  # b is the person of a
    assert choose_people(values, SUBJECTS, 2, "Unaffected") == ["a", "d"]
    wrong = values.assign(target="NS")
    assert choose_people(wrong, SUBJECTS, 9, "Unaffected") == ["a", "c", "d", "e"]
    assert choose_people(values[values["label"] == "Unaffected"], SUBJECTS, 9, "Unaffected") == ["f"]


def test_a_drop_is_printed_with_its_interval():
    assert value_text(1.26, 0.61, 2.04) == "1.3 [0.6, 2.0]"
    assert value_text(-0.04) == "0.0" and value_text(-3.16) == "-3.2" and value_text(2, 1, np.nan) == "2.0"


@pytest.fixture
def files(tmp_path):
    """Two folds: c is explained by both; of the regions, eyes and nose have a picture and what is outside has none."""
    rng = np.random.default_rng(0)
    paths = {"values": [], "pictures": []}
    for fold, faces in (("1", FACES[:3]), ("2", FACES[2:])):
        lines = [
            (row, sample, "folds", label, target, "others", region, float(fold), 0.5, 2.5)
            for row, (sample, label, target) in enumerate(faces)
            for region in ("eyes", "nose", "outside")
        ]
        paths["values"].append(str(tmp_path / f"values{fold}.csv"))
        pd.DataFrame(lines, columns=VALUE_COLUMNS).to_csv(paths["values"][-1], index=False)
        paths["pictures"].append(str(tmp_path / f"pictures{fold}.npy"))
        np.save(paths["pictures"][-1], rng.integers(0, 255, (len(faces), 2, 16, 16, 3), dtype=np.uint8))
    np.save(tmp_path / "crops.npy", rng.integers(0, 255, (len(FACES), 16, 16, 3), dtype=np.uint8))
    names = [sample for sample, _, _ in FACES]
    index = pd.DataFrame({"row": range(len(FACES)), "sample_id": names})
    index.to_csv(tmp_path / "index.csv", index=False)
    people = pd.DataFrame(FACES, columns=["sample_id", "label", "target"]).drop(columns="target")
    people = people.assign(subject_id=people["sample_id"].map(SUBJECTS), kin_group="", split="folds", simulated=True)
    people.to_csv(tmp_path / "samples.csv", index=False)
    truth = [("a", "face"), ("a", "twin"), ("a", "revert:eyes"), ("d", "revert:nose")]
    truth = pd.DataFrame(truth, columns=["sample_id", "variant"]).rename_axis("row").reset_index()
    truth.to_csv(tmp_path / "truth.csv", index=False)
    np.save(tmp_path / "twins.npy", np.stack([np.full((16, 16, 3), 60 * k, np.uint8) for k in range(4)]))
    drops = [("a", "1", "KS", "rendered", "eyes", 4.5), ("a", "1", "KS", "mean", "eyes", 9.0)]
    drops = pd.DataFrame(drops, columns=["sample_id", "fold", "target", "way", "region", "logit"])
    drops.to_csv(tmp_path / "drops.csv", index=False)
    return tmp_path, paths


def draw(files, name, samples=(), rendered=True):
    folder, paths = files
    draw_counterfactual_sheet(
        **paths,
        crops=str(folder / "crops.npy"),
        index=str(folder / "index.csv"),
        people=str(folder / "samples.csv"),
        output=folder / name,
        method="Morph",
        folds=["1", "2"],
        samples=list(samples),
        count=12,
        classes=[],
        control="Unaffected",
        rendered=RenderedReverts(*(str(folder / f) for f in ("twins.npy", "truth.csv", "drops.csv")))
        if rendered
        else None,
    )
    return (folder / name).read_bytes()


def test_a_face_is_shown_as_the_first_fold_that_explains_it_has_it(files):
    values = load_values(files[1]["values"], ["1", "2"])
    assert values[values["sample_id"] == "c"]["fold"].tolist() == ["1"] * 3
    assert set(values["sample_id"]) == set("abcdef")


def test_rendered_pictures_are_those_of_one_region_with_what_rendering_loses(files):
    folder, _ = files
    rendered = RenderedReverts(*(str(folder / f) for f in ("twins.npy", "truth.csv", "drops.csv")))
    pictures = rendered.pictures()
    assert set(pictures) == {("a", "eyes"), ("d", "nose")} and (pictures["d", "nose"] == 180).all()
    assert rendered.losses() == {("a", "1", "KS", "eyes"): 4.5}


def test_the_sheet_is_the_same_every_time_and_says_what_it_shows(files):
    assert draw(files, "one.svg") == draw(files, "two.svg")
    text = (files[0] / "one.svg").read_text()
    for shown in ("eyes", "Morph", "rendered", "no sign", "4.5", "1.0 [0.5, 2.5]", "KS", "WS", "simulated cohort"):
        assert f"<!-- {shown}" in text or f"; {shown}" in text or f"{shown} -->" in text, shown
    assert "outside" not in text and "Unaffected" not in text
    plain = draw(files, "plain.svg", rendered=False).decode()
    assert "rendered" not in plain and "no sign" not in plain
    draw(files, "one.png"), draw(files, "plain.png", rendered=False)
    wide, narrow = (Image.open(files[0] / name).size for name in ("one.png", "plain.png"))
    assert wide[0] > narrow[0] > 500


def test_named_faces_are_shown_and_an_unknown_one_is_refused(files):
    text = draw(files, "named.svg", ["e", "f"]).decode()
    assert "as KS" in text and "Unaffected" in text
    with pytest.raises(InputError, match=r"figures\.counterfactual_sheet\.samples: 'nobody' is not explained"):
        draw(files, "no.svg", ["nobody"])
