"""Several training runs: the first is what it was alone, the others differ by the seed of the training."""

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.sizes import study_size
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.work import amounts


def test_one_run_is_the_model_itself_with_the_studys_seed(config, root):
    study = load_study(config, root)
    assert study.config["folds"]["repeats"] == 1
    assert study.networks == study.config["models"] and study.runs("resnet18_morph") == ["resnet18_morph"]
    assert study.training_seed("resnet18_morph") == 42


def test_further_runs_differ_by_their_seed_alone(config, root):
    config["folds"]["repeats"] = 3
    study = load_study(config, root)
    assert list(study.networks) == ["resnet18_morph", "resnet18_morph.run2", "resnet18_morph.run3"]
    assert all(entry == study.config["models"]["resnet18_morph"] for entry in study.networks.values())
    assert study.backbone("resnet18_morph.run2") is study.backbone("resnet18_morph")
    seeds = [study.training_seed(name) for name in study.networks]
    assert seeds == [42, 2838459483320185049, 372669202922793551]  # kept: other seeds would be other networks


def test_a_model_with_the_name_of_a_run_is_refused(config, root):
    config["models"]["resnet18_morph.run2"] = dict(config["models"]["resnet18_morph"])
    load_study(config, root)
    config["folds"]["repeats"] = 2
    with pytest.raises(InputError, match=r"config models\.resnet18_morph\.run2: run 2 of resnet18_morph has that name"):
        load_study(config, root)


def test_the_plan_counts_every_run(config, root):
    one = load_study(config, root).config
    two = one | {"folds": one["folds"] | {"repeats": 2}}
    once, twice = (amounts(valid, study_size(valid)) for valid in (one, two))
    for stage in ("train", "saliency", "coefficients", "evaluation"):
        assert sum(work.jobs for work in twice[stage]) == 2 * sum(work.jobs for work in once[stage]), stage
    assert twice["figures"] == once["figures"] and twice["faces"] == once["faces"]
