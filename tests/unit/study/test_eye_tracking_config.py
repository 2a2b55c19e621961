"""The section `eye_tracking` of a config: left out by default, and what it names must be there."""

from __future__ import annotations

import pytest
import yaml
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.check_eye_tracking import fixation_paths
from gestalt_regions.study.study import load_study


@pytest.fixture
def section(root):
    return yaml.safe_load((root / "config/studies/eye_tracking.yaml").read_text())["eye_tracking"]


def test_the_default_study_has_none(root, config):
    assert "eye_tracking" not in load_study(config, root).config


def test_what_is_not_said_is_filled_in(root, config, section, tmp_path):
    loaded = load_study(config | {"eye_tracking": section}, root).config["eye_tracking"]
    assert loaded["picture"]["centre"] == [] and loaded["min_fixations"] == 20
    file = tmp_path / "fixations.csv"
    file.write_text("")
    assert (
        "simulated_readers"
        not in load_study(config | {"eye_tracking": {"files": [str(file)]}}, root).config["eye_tracking"]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "resnet"}, r"eye_tracking\.model: no model 'resnet' .*resnet18_morph"),
        ({"methods": ["GradCam", "Sobl"]}, r"eye_tracking\.methods: no method 'Sobl'; did you mean Sobel"),
        ({"files": ["none.tsv"]}, r"files and simulated_readers; keep one"),
        ({"groups": "none.csv"}, r"eye_tracking\.groups: 'none\.csv' is not there"),
        ({"picture": {"centre": [3]}}, r"picture\.centre has one number"),
        ({"picture": {"placed": "/"}}, r"picture\.placed: '/' is a folder"),
        ({"screen": {"width_px": 0}}, r"eye_tracking\.screen\.width_px"),
        ({"sigma_degrees": 0}, r"eye_tracking\.sigma_degrees"),
        ({"format": "smi"}, r"eye_tracking\.format' is 'smi'; allowed: tobii, eyelink_report, eyelink_asc, csv"),
        ({"simulated_readers": {"signs": 0, "features": 0, "centre": 0, "random": 0}}, "simulated_readers has nobody"),
        ({"screens": {}}, r"eye_tracking\.screens' is unknown: did you mean screen"),
    ],
)
def test_what_is_not_there_is_refused_by_its_key(root, config, section, change, message):
    with pytest.raises(InputError, match=message):
        load_study(config | {"eye_tracking": section | change}, root)


def test_readers_of_photographs_are_real(root, config, section):
    with pytest.raises(InputError, match="names no file of fixations"):
        load_study(config | {"eye_tracking": {}}, root)
    without = config["cohort"] | {"counterfactuals": {"which": "none"}}
    with pytest.raises(InputError, match="this study has none"):
        load_study(config | {"cohort": without, "eye_tracking": section}, root)
    with pytest.raises(InputError, match=r"files\[0\]: 'none\.tsv' is not there"):
        load_study(config | {"eye_tracking": {"files": ["none.tsv"]}}, root)


def test_a_folder_means_the_files_of_its_format(tmp_path):
    for name in ("b.asc", "a.ASC", "notes.txt"):
        (tmp_path / name).write_text("")
    paths = fixation_paths([str(tmp_path), str(tmp_path / "b.asc")], "eyelink_asc")
    assert [path.rsplit("/", 1)[1] for path in paths] == ["a.ASC", "b.asc"]
    with pytest.raises(InputError, match=r"has no \.csv, \.tsv, \.txt"):
        (tmp_path / "empty").mkdir()
        fixation_paths([str(tmp_path / "empty")], "csv")
