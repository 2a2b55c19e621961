"""make plan on DeepGestalt: its study's rates are there, and the paper's own data are counted at a stated rate."""

from __future__ import annotations

from copy import deepcopy

import pandas as pd
import pytest
from gestalt_regions.study.sizes import study_size
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.__main__ import read_config
from gestalt_regions.tools.plan.papers_data import hours_on_papers_data
from gestalt_regions.tools.plan.rates import CPU, hours, read_rates
from gestalt_regions.tools.plan.work import amounts


@pytest.fixture(scope="module")
def study(root) -> dict:
    return load_study(read_config([str(root / "config/studies/deepgestalt_network.yaml")]), root).config


def test_hours_follow_from_the_papers_numbers(study):
    rate = {"stage": "train", "what": "deepgestalt", "units": 2, "seconds": 0.14, "machine": "M", "date": "D"}
    gpu = rate | {"device": "NVIDIA X", "seconds": 0.002}
    lines = hours_on_papers_data(study, pd.DataFrame([rate | {"device": CPU}, gpu]))
    tuned, learnt = 7 * 17106 * 500 * 0.07 / 3600, 7 * 494414 * 0.9 * 50 * 0.07 / 3600
    assert f"{tuned:.0f} h on one core: 17,106 images of 216 syndromes, 500 epochs, 70.0 ms an image (M, D)" in lines[1]
    assert f"{learnt:.0f} h on one core: 90 % of 494,414 faces of 10,575 people" in lines[2]
    assert f"{tuned / 70:.0f} h on one NVIDIA X" in lines[3]


def test_without_a_rate_the_plan_says_how_to_get_one(study):
    other = pd.DataFrame({"stage": ["train"], "what": ["sface"], "device": [CPU]})
    assert "--measure cpu" in hours_on_papers_data(study, other)[0]


def test_people_who_are_learnt_first_are_rendered_and_counted(study):
    work = amounts(study, study_size(study))
    (learnt,) = work["identity pretraining"]
    assert (learnt.what, learnt.jobs) == ("deepgestalt, bfloat16", 7)
    assert learnt.units == pytest.approx(7 * 100 * 10 * 0.9 * 5)
    assert sum(w.units for w in work["render"]) == study_size(study).images + 1000
    study = deepcopy(study)
    for model in study["models"].values():
        model["options"].pop("weights", None)
    assert amounts(study, study_size(study))["identity pretraining"] == []


def test_other_studies_say_nothing_of_it(config, root):
    rates = read_rates(root / "resources/rates.csv")
    assert hours_on_papers_data(load_study(config, root).config, rates) == []


def test_the_committed_rates_are_of_the_studys_own_experts(study, root):
    rates = read_rates(root / "resources/rates.csv")
    rows = {row.stage: row for row in hours(study, study_size(study), rates[rates["device"] == CPU])}
    for stage in ("render", "identity pretraining", "train", "saliency"):
        assert rows[stage].how == "own rate" and not rows[stage].missing and rows[stage].hours > 0
    assert hours_on_papers_data(study, rates)[0].startswith("on the data of Gurovich")
