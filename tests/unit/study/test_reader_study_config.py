"""The section `reader_study` of a config: left out by default, and what it names must be there."""

import pytest
import yaml
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.study import load_study


@pytest.fixture
def section(root):
    return yaml.safe_load((root / "config/studies/reader_study.yaml").read_text())["reader_study"]


def test_the_default_study_has_none(root, config):
    assert "reader_study" not in load_study(config, root).config


def test_what_is_not_said_is_filled_in(root, config, section):
    assert load_study(config | {"reader_study": {}}, root).config["reader_study"]["faces"] == 18
    assert load_study(config | {"reader_study": section}, root).config["reader_study"].items() >= section.items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "resnet"}, r"reader_study\.model: no model 'resnet' .*resnet18_morph"),
        ({"explanations": ["GradCam", "Morphmean"]}, r"explanations: no method 'Morphmean' .*did you mean MorphMean"),
        ({"explanations": ["Sobel"]}, r"reader_study\.explanations: no method 'Sobel'"),
        ({"controls": ["GradCam"]}, r"reader_study\.controls: no control 'GradCam' in evaluation\.controls"),
        ({"controls": []}, r"reader_study\.controls is empty"),
        ({"control_faces": 19}, r"control_faces is 19, above reader_study\.faces \(18\)"),
        ({"languages": ["EN"]}, r"reader_study\.languages"),
        ({"languages": []}, r"reader_study\.languages"),
        ({"faces": 0}, r"reader_study\.faces"),
        ({"set": "held"}, r"reader_study\.set' is 'held'; allowed: folds, heldout"),
        ({"design": "cross"}, r"reader_study\.design' is 'cross'; allowed: parallel, crossover"),
        ({"reader": 30}, r"reader_study\.reader' is unknown: did you mean readers"),
    ],
)
def test_what_is_not_there_is_refused_by_its_key(root, config, section, change, message):
    with pytest.raises(InputError, match=message):
        load_study(config | {"reader_study": section | change}, root)
