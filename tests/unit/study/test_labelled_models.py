"""Models with labels of their own in a config: set apart from the study's, and checked against the cohort."""

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.labelled_models import binary_models, specialised_models
from gestalt_regions.study.study import load_study, prepare

NET = {"backbone": "resnet18_morph", "recipe": "quick", "options": {}}
TABLE = (
    "image,label,person,gene\na.jpg,NS,P,SOS1\nb.jpg,NS,Q,KRAS\nc.jpg,Unaffected,R,\nd.jpg,NS,S,SOS1\ne.jpg,NS,T,KRAS\n"
)


def with_labels(config, **models):
    config["models"] |= {name: {**NET, "labels": labels} for name, labels in models.items()}
    return config


def test_they_are_networks_but_no_models_of_the_study(config, root):
    study = load_study(with_labels(config, two={"positive": "NS"}, sexes={"column": "sex", "within": ["NS"]}), root)
    assert list(study.config["models"]) == ["resnet18_morph"]
    assert list(study.networks) == ["resnet18_morph", "two", "sexes"]
    assert study.networks["two"]["labels"] == {"positive": "NS"}
    assert study.training_seed("two") == config["run"]["seed"] and study.experts("two") == []
    assert study.backbone("sexes").name == "resnet18_morph" and study.asset("two") == study.asset("resnet18_morph")
    assert list(binary_models(study.labelled)) == ["two"] and list(specialised_models(study.labelled)) == ["sexes"]


def test_methods_need_no_layer_of_them(config, root):
    part = {"backbone": "deepgestalt", "recipe": "deepgestalt_quick", "labels": {"positive": "NS"}}
    config["models"] |= {name: part | {"options": {"part": name}} for name in ("eyes", "mouth")}
    config["models"]["both"] = {"experts": ["eyes", "mouth"]}  # an aggregate cannot give GradCam a layer
    study = load_study(config, root)
    assert study.experts("both") == ["eyes", "mouth"] and study.labelled["both"]["labels"] == {"positive": "NS"}
    assert study.parts("both") == {"eyes": "eyes", "mouth": "mouth"}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"negative": ["KS"]}, "labels needs either positive .* or column"),
        ({"positive": "NS", "column": "sex"}, "labels needs either positive .* or column"),
        ({"positive": "NS", "within": ["KS"]}, "labels.within goes with column"),
        ({"column": "sex", "negative": ["KS"]}, "labels.negative goes with positive"),
        ({"positive": "NS", "negative": ["NS"]}, "'NS' is positive and negative"),
        ({"positive": "Noonan"}, "labels: no class 'Noonan' in the cohort"),
        ({"positive": "NS", "negative": ["K"]}, "labels: no class 'K' in the cohort"),
        ({"column": "sex", "within": ["N"]}, "labels: no class 'N' in the cohort"),
        ({"column": "genotype"}, "no column 'genotype'; config cohort.subtypes makes it"),
        ({"column": "sexes"}, "labels.column: the simulated cohort has no column 'sexes'; .*sex"),
        ({"positive": "NS", "negative": []}, "labels.negative"),
        ({"column": ""}, "labels.column"),
        ({"kolumn": "sex"}, "labels.kolumn' is unknown: .*column"),
    ],
)
def test_bad_labels_are_named(config, root, labels, message):
    with pytest.raises(InputError, match=f"net.*{message}"):
        load_study(with_labels(config, net=labels), root)


def test_a_study_needs_a_model_with_its_own_classes(config, root):
    config["models"] = {"two": {**NET, "labels": {"positive": "NS"}}}
    with pytest.raises(InputError, match="models: all have labels of their own"):
        load_study(config, root)


def test_experts_share_their_labels(config, root):
    part = {"backbone": "deepgestalt", "recipe": "deepgestalt_quick"}
    config["models"] |= {name: part | {"options": {"part": name}} for name in ("eyes", "mouth")}
    config["models"]["mouth"]["labels"] = {"positive": "NS"}
    config["models"]["both"] = {"experts": ["eyes", "mouth"]}
    with pytest.raises(InputError, match=r"both\.experts: 'mouth' and 'eyes' have different labels"):
        load_study(config, root)
    config["models"]["eyes"]["labels"] = {"positive": "NS"}
    config["models"]["both"]["labels"] = {"positive": "KS"}
    with pytest.raises(InputError, match=r"models.both.labels: not those of its experts \(eyes\)"):
        load_study(config, root)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ({"column": "gene"}, ""),
        ({"column": "genes"}, "labels.column: no column 'genes' in the cohort's table; .*gene"),
        ({"column": "gene", "within": ["Unaffected"]}, "labels: the images of the folds have no label"),
        ({"positive": "N"}, "labels: no image of the study is 'N'"),
    ],
)
def test_the_table_of_a_cohort_is_asked_before_any_job(config, root, tmp_path, labels, message):
    (tmp_path / "photos").mkdir()
    for name in "abcde":
        (tmp_path / f"photos/{name}.jpg").write_bytes(b"x")
    (tmp_path / "photos.csv").write_text(TABLE)
    folder = {"images": str(tmp_path / "photos"), "table": str(tmp_path / "photos.csv"), "annotations": ""}
    config["cohort"] |= {"kind": "folder", "name": "mine", "folder": folder}
    with_labels(config, net=labels)
    if not message:
        assert "net" in prepare(config, root, starts=True).labelled
        return
    with pytest.raises(SystemExit, match=f"gestalt-regions: config models.net.{message}"):
        prepare(config, root, starts=True)
