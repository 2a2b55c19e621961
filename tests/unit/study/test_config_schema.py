from copy import deepcopy

import pytest
import yaml
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.schema import load_schema, validate
from gestalt_regions.study.study import load_study


def leaves(schema, path=()):
    for key, sub in schema.get("properties", {}).items():
        yield (*path, key), sub
        yield from leaves(sub, (*path, key))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from leaves(schema["additionalProperties"], (*path, "*"))


def test_every_key_has_a_description_and_a_default(root):
    schema = load_schema(root / "config/schemas")
    for section in schema["properties"].values():
        assert section["description"]
    for path, sub in leaves(schema):
        if len(path) > 1:
            assert sub.get("description"), f"{'.'.join(path)} has no description"
            assert {"default", "x-left-out"} & set(sub), f"{'.'.join(path)} has no default"


def test_the_default_and_all_studies_are_valid(root, config):
    from snakemake.utils import update_config

    assert load_study(config, root).config["run"]["seed"] == 42
    for path in (root / "config/studies").glob("*.yaml"):
        study = deepcopy(config)
        update_config(study, yaml.safe_load(path.read_text()))
        load_study(study, root)


def test_a_typo_names_the_key_and_what_is_allowed(root, config):
    config["run"]["sead"] = 1
    with pytest.raises(InputError, match=r"'run\.sead' is unknown: did you mean seed"):
        validate(config, root / "config/schemas")


def test_a_wrong_value_names_the_key_and_what_is_allowed(root, config):
    config["run"]["device"] = "tpu"
    with pytest.raises(InputError, match=r"'run\.device' is 'tpu'; allowed: auto, cpu, cuda"):
        validate(config, root / "config/schemas")


def test_defaults_are_filled_in(root, config):
    config["recipes"]["short"] = {"epochs": 2}
    del config["run"]["threads"]
    filled = validate(config, root / "config/schemas")
    assert filled["recipes"]["short"]["momentum"] == 0.9
    assert filled["run"]["threads"] == 1


def test_numbers_given_as_text_on_the_command_line_are_numbers(root, config):
    config["cohort"] |= {"name": "severity_0.4", "severity": "0.4", "size": "128", "shortcut": {"heldout": "true"}}
    filled = validate(config, root / "config/schemas")["cohort"]
    assert (filled["name"], filled["severity"], filled["size"]) == ("severity_0.4", 0.4, 128)
    assert filled["shortcut"]["heldout"] is True
    config["cohort"]["severity"] = "strong"
    with pytest.raises(InputError, match=r"cohort\.severity.*'strong' is not of type 'number'"):
        validate(config, root / "config/schemas")


def test_a_null_takes_an_entry_away(root, config):
    config["saliency"]["methods"]["Occlusion"] = None
    config["run"]["threads"] = None
    filled = validate(config, root / "config/schemas")
    assert len(filled["saliency"]["methods"]) == 14 and "Occlusion" not in filled["saliency"]["methods"]
    assert filled["run"]["threads"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": {"m": {"backbone": "arcface_mbf", "recipe": "quik", "options": {}}}}, "did you mean quick"),
        ({"saliency": {"methods": {"Gradeint": {}}}}, "did you mean Gradient"),
        ({"figures": {"figure6": {"methods": ["GradCAM"]}}}, r"figures.figure6.methods.*did you mean GradCam"),
        ({"figures": {"figure5": {"classes": ["Kabuki"]}}}, r"figures.figure5.classes: no 'Kabuki'"),
        ({"figures": {"heatmaps": {"variant": "published"}}}, r"heatmaps.variant.*as_published"),
        ({"figures": {"counterfactual_sheet": {"method": "GradCam"}}}, r"'GradCam' is no method .* stores pictures"),
        ({"evaluation": {"methods": ["GradCAM"]}}, r"evaluation\.methods.*did you mean GradCam"),
        ({"evaluation": {"methods": "figure7"}}, r"evaluation\.methods"),
        ({"saliency": {"methods": {"ClassPrior": {"method": "GradCam"}}}}, "'ClassPrior' is a prior.*another name"),
        ({"saliency": {"methods": {"Occlusion": {"windw": 3}}}}, r"methods\.Occlusion\.windw.*did you mean window"),
        ({"saliency": {"methods": {"Occlusion": {"window": "big"}}}}, "expected a value like 15"),
        ({"saliency": {"methods": {"Occlusion": {"window": 7.5}}}}, "expected a value like 15"),
        ({"saliency": {"methods": {"Occlusion": {"baseline": True}}}}, r"expected a value like 0\.0"),
        ({"saliency": {"methods": {"GradCam": {"relu": 1}}}}, "expected a value like False"),
        ({"cohort": {"kind": "folder"}}, r"cohort\.folder\.images is empty"),
        ({"cohort": {"shortcut": {"kind": "smile", "class": "Ks"}}}, r"shortcut\.class: no class 'Ks'"),
        ({"cohort": {"subjects_per_class": {"KS": 2}}}, "no number for the class '22q11DS'"),
        ({"faces": {"sizes": [224]}}, r"faces\.sizes lacks 112"),
        ({"assets": {"local": {"yunet": {"path": "x", "sha256": "0" * 64}}}}, r"did you mean yunet\.onnx"),
        ({"matching": {"encoders": {"mine": {"backbone": "sfaze"}}}}, "'sfaze'; did you mean sface"),
        (
            {"matching": {"encoders": {"mine": {"backbone": "arcface_onnx"}}}},
            r"mine.options.weights: '' is no file",
        ),
        ({"matching": {"encoders": {"mine": {"backbone": "sface", "fine_tuned": True}}}}, "mine.recipe: no recipe ''"),
        ({"matching": {"ensemble": ["sfaze"]}}, r"matching\.ensemble: no encoder 'sfaze'.*did you mean sface"),
        ({"matching": {"encoders": {"ensemble": {"backbone": "sface"}}}}, "the ensemble has that name"),
        ({"matching": {"verification": {"pairs": "nowhere.txt"}}}, r"verification\.pairs: 'nowhere\.txt' is no file"),
        ({"evaluation": {"objective": {"shares": [0.1, 1]}}}, r"evaluation\.objective\.shares.*from 0 to 1"),
        ({"evaluation": {"objective": {"squares": {"smallest": 0.9}}}}, r"smallest is 0\.9, above largest"),
        ({"evaluation": {"sanity": {"folds": 9}}}, r"sanity\.folds is 9; config folds\.n is 5"),
        (
            {"statistics": {"variants": {"corrected": {"policy": {"rq1": "raw"}}}}},
            r"statistics\.variants\.corrected\.policy\.rq1: no policy 'raw'",
        ),
    ],
)
def test_names_that_do_not_exist_are_refused_before_the_dag(root, config, change, message):
    for section, values in change.items():
        config[section] = config[section] | values
    with pytest.raises(InputError, match=message):
        load_study(config, root)


def test_photographs_and_a_network_that_has_seen_none(root, config):
    assert load_study(config, root).cautions() == []
    config["cohort"] |= {"kind": "folder", "folder": {"images": "photos", "table": "photos.csv"}}
    assert [line[:22] for line in load_study(config, root).cautions()] == ["models.resnet18_morph:"]
    config["models"] = {"arcface_mbf": {"backbone": "arcface_mbf", "recipe": "quick", "options": {}}}
    assert load_study(config, root).cautions() == []


def test_which_methods_are_evaluated(config, root):
    controls, further = config["evaluation"]["controls"], list(config["saliency"]["further_methods"])
    assert further == ["MorphMean"]
    for wanted, methods in (
        ("all", [*config["saliency"]["methods"], *further]),
        ("figure6", ["SmoothGrad", "LRP-EpsilonPlusFlat", "GradCam", "Occlusion", *further]),
        (["Gradient"], ["Gradient"]),
    ):
        config["evaluation"]["methods"] = wanted
        assert load_study(deepcopy(config), root).evaluated == [*methods, *controls]
    config["evaluation"]["methods"] = "figure6"
    config["saliency"]["methods"] = {"Random": {}, "Gradient": {}}  # a control is named once, and made by its own rule
    study = load_study(deepcopy(config), root)
    assert study.evaluated == ["Random", "Gradient", *further, *(name for name in controls if name != "Random")]
    assert "Random" not in study.controls


def test_a_method_stands_in_one_of_the_two_lists(config, root):
    config["saliency"]["further_methods"] = {"Gradient": {}}
    with pytest.raises(InputError, match=r"further_methods: 'Gradient' is in saliency\.methods too"):
        load_study(config, root)


def test_regions_of_a_method_are_a_set_of_the_study(config, root):
    config["saliency"]["further_methods"] = {"Fine": {"method": "MatchedMorph", "regions": "fin"}}
    with pytest.raises(InputError, match=r"further_methods\.Fine\.regions: 'fin' is not in coefficients\.sets"):
        load_study(config, root)
