"""Formats, sizes and cameras that go with a class are counted in families and named; chance is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from gestalt_regions.checks.file_classes import file_features, files_by_class
from gestalt_regions.checks.leak_warnings import MOST, file_warnings, probe_warnings


def cohort(families: int = 10, images: int = 2) -> pd.DataFrame:
    rows = [
        (label, f"{label}{i}") for label in ("KS", "NS", "Unaffected") for i in range(families) for _ in range(images)
    ]
    return pd.DataFrame(rows, columns=["label", "kin_group"])


def photographs(table: pd.DataFrame, **facts) -> pd.DataFrame:
    return pd.DataFrame({"format": "JPEG", "width": 640, "height": 480, "mode": "RGB"} | facts, index=table.index)


def test_a_camera_of_one_class_is_named_in_plain_words():
    table = cohort()
    model = np.where(table["label"] == "Unaffected", "EOS 5D", "")
    counted = files_by_class(photographs(table, camera_make="Canon", camera_model=model), table)
    first = counted.iloc[0]
    assert (first["fact"], first["class"], first["images"], first["images_of_class"]) == (
        "camera",
        "Unaffected",
        20,
        20,
    )
    assert (first["groups"], first["groups_of_class"]) == (10, 10) and first["p_corrected"] < 1e-5
    said = file_warnings(counted)
    assert said[0].startswith("camera Canon EOS 5D: all 20 images are of class Unaffected (10 of 10 families, ")


def test_a_format_that_mostly_goes_with_a_class_is_named_too():
    table = cohort(20, 1)
    kind = np.where(table["label"] == "KS", "PNG", "JPEG")
    kind[-1] = "PNG"
    said = file_warnings(files_by_class(photographs(table, format=kind), table))
    assert any(line.startswith("format PNG: 20 of 21 images are of class KS (20 of 21 families") for line in said)


def test_formats_drawn_by_chance_and_photographs_of_one_family_are_not_named():
    table = cohort(30)
    random = np.random.default_rng(0)
    kind = random.choice(["PNG", "JPEG"], len(table))
    assert file_warnings(files_by_class(photographs(table, format=kind), table)) == []
    kind = np.where(table["kin_group"] == "KS0", "PNG", "JPEG")  # two images, one family
    assert file_warnings(files_by_class(photographs(table, format=kind), table)) == []
    assert files_by_class(photographs(table), table).empty


def test_many_kinds_are_counted_at_the_end():
    sure = pd.DataFrame({"fact": "size", "value": [f"{i} x {i}" for i in range(8)], "class": "KS", "images": 9})
    sure = sure.assign(images_of_class=9, groups=9, groups_of_class=9, p=1e-9, p_corrected=1e-8)
    said = file_warnings(sure)
    assert len(said) == MOST + 1 and said[-1].startswith("and 3 more kinds of files")


def test_features_tell_what_varies_and_nothing_else():
    table = cohort(4, 1)
    assert isinstance(file_features(photographs(table)), str)
    features = file_features(photographs(table, format=["PNG", "JPEG"] * 6, width=range(100, 112)))
    assert features.shape == (12, 4) and np.isfinite(features).all()


def leaks(**changes) -> pd.DataFrame:
    row = {"probe": "files", "kind": "leak", "sees": "files", "images": 60, "chance": 0.33}
    probe = row | {"balanced_accuracy": 0.6, "low": 0.5, "high": 0.7, "low_corrected": 0.45} | changes
    face = row | {"kind": "ceiling", "balanced_accuracy": 0.9, "low": 0.8, "high": 0.95, "low_corrected": 0.8}
    return pd.DataFrame([probe, face])


def test_a_probe_is_loud_when_it_reaches_the_face_and_said_when_above_chance():
    assert probe_warnings(leaks(low_corrected=0.3)) == []
    assert "above chance" in probe_warnings(leaks())[0]
    (loud,) = probe_warnings(leaks(high=0.81))
    assert "as well as the face does" in loud and "the face embedding has 0.90" in loud
    assert probe_warnings(leaks(kind="shape")) == [] and probe_warnings(leaks(images=0)) == []


def test_a_probe_no_worse_than_the_face_is_said_where_its_interval_reaches_chance():
    few = {"balanced_accuracy": 0.92, "low_corrected": np.nan, "low": np.nan, "high": np.nan}
    (unsure,) = probe_warnings(leaks(**few))
    assert "cannot be ruled out" in unsure and "balanced accuracy 0.92, chance 0.33" in unsure
    assert probe_warnings(leaks(**few | {"balanced_accuracy": 0.89})) == []
    no_face = leaks(**few).iloc[:1]
    assert probe_warnings(no_face) == []
