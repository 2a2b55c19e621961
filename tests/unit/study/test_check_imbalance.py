"""The section imbalance of a config: completed, and refused by key where it cannot be."""

from __future__ import annotations

import pytest
import yaml
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.study import load_study


def config(root, section: dict | None, **others) -> dict:
    values = yaml.safe_load((root / "config/config.yaml").read_text())
    for key, value in others.items():
        values[key] = values[key] | value
    return values | ({} if section is None else {"imbalance": section})


def test_a_study_without_the_section_has_none(root):
    assert "imbalance" not in load_study(config(root, None), root).config


def test_what_is_left_open_follows_from_the_cohort(root):
    section = load_study(config(root, {}), root).config["imbalance"]
    assert section["classes"] == ["22q11DS", "Angelman", "KS", "NS", "WS", "Unaffected"]
    assert section["rare"] == [["22q11DS", "KS", "WS"], ["Angelman", "NS", "Unaffected"]]
    assert section["first"] == ["22q11DS", "Angelman", "KS", "NS"]
    assert section["people"] == 16 and section["runs"] == 3


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"people": 25}, "imbalance.people: class '22q11DS' has about 24 people.*25 are needed"),
        ({"ratios": [2, 32]}, "imbalance.ratios: at 1:32 .* imbalance.people is 16, and 32 are needed"),
        ({"numbers": [2, 11]}, "imbalance.numbers: 11 classes, but imbalance.classes has 6"),
        ({"folds": 6}, "imbalance.folds is 6; folds.n is 5"),
        ({"classes": ["KS", "NS"]}, "imbalance.classes lacks the control class 'Unaffected'"),
        ({"classes": ["KS", "Noonan", "Unaffected"]}, "imbalance.classes: no 'Noonan'"),
        ({"rare": [["KS", "Kabuki"]]}, "imbalance.rare: no 'Kabuki'"),
        ({"classes": ["KS", "Unaffected"], "numbers": [], "rare": [["Unaffected", "KS"]]}, "all classes are rare"),
        ({"first": ["Unaffected"]}, "imbalance.first: no 'Unaffected'"),
        ({"methods": ["GradCamm"]}, r"imbalance.methods: no .GradCamm.*GradCam"),
        ({"methods": ["Sobel"]}, "imbalance.methods: 'Sobel' is among its controls"),
        ({"peopel": 3}, "imbalance.peopel' is unknown.*people"),
    ],
)
def test_a_bad_value_is_named(root, section, said):
    with pytest.raises(InputError, match=said):
        load_study(config(root, section), root)


def test_photographs_must_be_named(root, tmp_path):
    (tmp_path / "table.csv").write_text("image,label\na.png,KS\n")
    folder = {"images": str(tmp_path), "table": str(tmp_path / "table.csv"), "annotations": ""}
    cohort = {"kind": "folder", "name": "mine", "folder": folder}
    with pytest.raises(InputError, match=r"imbalance.classes is empty"):
        load_study(config(root, {}, cohort=cohort), root)
