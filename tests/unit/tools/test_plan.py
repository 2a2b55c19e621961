"""make plan: work counted from the config, rates measured from logs, and what follows."""

from __future__ import annotations

import re
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.models import precision
from gestalt_regions.study.sizes import Size, study_size
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.__main__ import larger, main, read_config, times_size
from gestalt_regions.tools.plan.dag import job_counts
from gestalt_regions.tools.plan.disk_use import disk_bytes, job_bytes, map_bytes
from gestalt_regions.tools.plan.expected import seconds_of_rules
from gestalt_regions.tools.plan.measured_rates import IMAGES, measure_rates
from gestalt_regions.tools.plan.rates import COLUMNS, CPU, hours, logged_rates, read_rates
from gestalt_regions.tools.plan.work import STAGES, amounts, in_precision, passes, planned_stages, uncounted_jobs


@pytest.fixture
def valid(config, root) -> dict:
    return load_study(config, root).config


@pytest.fixture(scope="module")
def full(root) -> dict:
    return load_study(read_config([str(root / "config/studies/full.yaml")]), root).config


def test_the_full_study_is_the_papers_size(full):
    size = study_size(full)
    assert (size.images, sum(size.heldout.values()), size.classes) == (3544, 171, 12)
    assert (full["folds"]["n"], len(full["saliency"]["methods"]), len(full["models"])) == (5, 20, 3)
    assert size.explained(full) == 4228
    packed = disk_bytes(full, size)
    assert sum(packed.values()) + job_bytes(full, size) <= 30e9
    full = deepcopy(full)
    assert full["saliency"].pop("format") == "float16"
    # 20 methods x 4,228 maps x 2 x 224 x 224 x 4 bytes x 3 models
    assert disk_bytes(full, size)["saliency maps"] == pytest.approx(101.83e9, rel=1e-3)
    assert job_bytes(full, size) == pytest.approx(101.83e9 / 20 / 3 / 5, rel=1e-3)
    full["saliency"] |= {"format": "float16", "keep": "coefficients"}
    held = disk_bytes(full, size)
    assert held["maps at a time"] == pytest.approx(packed["saliency maps"] * (1 / 5 + 1 / 20))
    assert "saliency maps" not in held


def test_map_bytes_are_those_of_the_files(valid, tmp_path):
    size = Size({"A": 3}, {"A": 1})
    maps = np.zeros((size.explained(valid), 2, 112, 112), np.float32)
    np.save(tmp_path / "m.npy", maps)
    model = valid["models"]["resnet18_morph"]
    assert map_bytes(valid, size, model) == (tmp_path / "m.npy").stat().st_size - 128  # the header


def test_passes():
    assert passes("Gradient", {}, 112) == 1
    assert passes("SmoothGrad", {"samples": 7}, 112) == 7
    assert passes("Occlusion", {"window": 28, "stride": 28}, 112) == 16


def test_every_count_grows_with_the_images(valid):
    size = study_size(valid)
    for section in ("saliency", "evaluation"):
        valid[section] |= {"folds_per_class": 0, "heldout_per_class": 0}
    for group in ("objective", "sanity"):
        valid["evaluation"][group]["images"] = 0
    valid["evaluation"]["maps_per_class"] = 0
    one, ten = amounts(valid, size), amounts(valid, times_size(size, 10))
    for stage in STAGES:
        units = [sum(work.units for work in works[stage]) for works in (one, ten)]
        assert units[1] == pytest.approx(units[0] * (1 if stage in ("figures", "similarity maps") else 10)), stage


def write_logs(results, config, seconds: float) -> None:
    """As a finished study leaves them: every job of the stages faces, train and saliency."""
    names = [f"faces-{i + 1}" for i in range(config["faces"]["shards"])]
    for fold in range(1, config["folds"]["n"] + 1):
        names += [f"resnet18_morph/fold-{fold}/train"]
        names += [f"resnet18_morph/fold-{fold}/saliency-{method}" for method in config["saliency"]["methods"]]
    for name in names:
        for folder, suffix, text in (
            ("benchmarks", "tsv", "s\n1\n"),
            ("logs", "log", f"finished: 2.00 s starting, 99.00 s computing, {seconds:.2f} s of processor time\n"),
        ):
            path = results / folder / config["cohort"]["name"] / f"{name}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def test_rates_are_read_from_the_logs_and_give_back_the_hours(valid, tmp_path):
    size = study_size(valid)
    write_logs(tmp_path, valid, 10.0)
    rates = logged_rates(valid, size, tmp_path)
    faces = rates[rates["stage"] == "faces"].iloc[0]
    assert (faces["jobs"], faces["units"], faces["seconds"], faces["starting_s"]) == (2, 420, 20, 2)
    found = {row.stage: row for row in hours(valid, size, rates)}
    assert found["faces"].hours * 3600 == pytest.approx(2 * (10 + 2))
    assert found["train"].hours * 3600 == pytest.approx(5 * (10 + 2))
    assert found["saliency"].hours * 3600 == pytest.approx(75 * (10 + 2))
    assert found["render"].missing == ("render",) and found["render"].hours == 0
    ten = {row.stage: row for row in hours(valid, times_size(size, 10), rates)}
    assert ten["faces"].hours * 3600 == pytest.approx(2 * (100 + 2))


def test_a_stage_that_is_not_finished_has_no_rate(valid, tmp_path):
    write_logs(tmp_path, valid, 10.0)
    (tmp_path / "logs/simulated/resnet18_morph/fold-3/train.log").write_text("killed\n")
    assert set(logged_rates(valid, study_size(valid), tmp_path)["stage"]) == {"faces", "saliency"}


def test_another_networks_rate_is_scaled_by_pixels_and_said_to_be(valid, full, tmp_path):
    write_logs(tmp_path, valid, 10.0)
    rates = logged_rates(valid, study_size(valid), tmp_path)
    row = next(row for row in hours(full, study_size(full), rates) if row.stage == "saliency")
    assert row.how == "scaled from resnet18_morph by pixels"
    assert len(row.missing) == 3 * 5  # methods that the default study does not run
    own = rates[rates["what"] == "Gradient on resnet18_morph"].iloc[0]
    only = deepcopy(full)
    only["saliency"]["methods"] = {"Gradient": {}}
    row = next(row for row in hours(only, study_size(full), rates) if row.stage == "saliency")
    expected = 3 * (4228 * 4 * own["seconds"] / own["units"] + 5 * 2)
    assert row.hours * 3600 == pytest.approx(expected)


def test_the_committed_rates_cover_the_full_study(full, root):
    rates = read_rates(root / "resources/rates.csv")
    assert list(rates.columns) == COLUMNS and (rates["machine"] != "").all() and (rates["date"] != "").all()
    for row in hours(full, study_size(full), rates[rates["device"] == CPU]):
        assert not row.missing and row.how == "own rate", row


def test_rates_are_measured_without_a_study(config, root):
    config["models"] = {"small": {"backbone": "deepgestalt", "recipe": "quick", "options": {}}}
    config["recipes"]["quick"]["frozen_stages"] = 0
    config["faces"]["sizes"] = [224]
    config["saliency"]["methods"] = {"Gradient": {}, "Noisy": {"method": "SmoothGrad", "samples": 20}}
    study = load_study(config, root)
    rates = measure_rates(study).set_index("what")
    images = IMAGES["cpu"]
    units = {"deepgestalt": images, "Gradient on deepgestalt": images, "SmoothGrad on deepgestalt": images * 4}
    assert rates["units"].to_dict() == units and (rates["seconds"] > 0).all() and set(rates["device"]) == {CPU}
    rows = {row.stage: row for row in hours(study.config, Size({"A": 5}, {}), rates.reset_index())}
    expected = rates["seconds"] / rates["units"] * [0, 5, 5 * 20]
    assert rows["saliency"].hours * 3600 == pytest.approx(expected.sum())


def test_rates_are_measured_in_the_precision_of_the_study(config, root, monkeypatch):
    config["models"] = {"small": {"backbone": "deepgestalt", "recipe": "quick", "options": {}}}
    config["saliency"]["methods"] = {"Gradient": {}, "LRP-EpsilonPlus": {}}
    config["run"]["precision"] = "bfloat16"
    for able, kind in ((True, "Gradient on deepgestalt, bfloat16"), (False, "Gradient on deepgestalt")):
        monkeypatch.setattr(precision, "fast_bfloat16", lambda device, able=able: able)
        rates = measure_rates(load_study(config, root))
        found = rates[rates["stage"] == "saliency"].set_index("what")["seconds"]
        assert set(found.index) == {kind, "LRP-EpsilonPlus on deepgestalt"} and (found > 0).all()


def test_the_hours_of_another_precision_are_at_its_rates_or_said_to_be_of_float32(valid, tmp_path):
    size = study_size(valid)
    write_logs(tmp_path, valid, 10.0)
    rates = logged_rates(valid, size, tmp_path)
    plain = {row.stage: row for row in hours(valid, size, rates)}
    valid["run"]["precision"] = "bfloat16"
    short = {row.stage: row for row in hours(valid, size, rates)}
    assert short["saliency"].hours == pytest.approx(plain["saliency"].hours)
    assert short["saliency"].in_float32 == "11 of 16 kinds counted as in float32: no other rate"  # LRP stays with it
    assert plain["saliency"].in_float32 == short["train"].in_float32 == ""
    assert short["train"].hours == plain["train"].hours
    own = logged_rates(valid, size, tmp_path)  # the same logs, of a study in bfloat16
    kinds = set(own[own["stage"] == "saliency"]["what"])
    assert {"Gradient on resnet18_morph, bfloat16", "LRP-EpsilonPlus on resnet18_morph"} <= kinds
    own.loc[own["what"].str.endswith(", bfloat16"), "seconds"] /= 2
    both = {row.stage: row for row in hours(valid, size, pd.concat([rates, own]).drop_duplicates(["stage", "what"]))}
    assert both["saliency"].in_float32 == "" and both["saliency"].how == "own rate"
    assert (plain["saliency"].hours - both["saliency"].hours) * 3600 == pytest.approx(11 * 5 * 10.0 / 2)
    valid["run"]["precision"] = "float32"  # what was measured in bfloat16 says nothing of float32
    none = {row.stage: row for row in hours(valid, size, own)}
    assert len(none["saliency"].missing) == 11 + 1  # MorphMean was not measured at all


def test_what_asks_no_network_in_its_precision_has_one_rate():
    for stage, what in (
        ("train", "sface"),
        ("evaluation", "recovery on sface"),
        ("evaluation", "train_shuffled on sface"),
        ("encoding", "published on sface"),
        ("saliency", "FullGrad on sface"),
        ("coefficients", ""),
    ):
        assert in_precision(stage, what, "bfloat16") == what
    for stage, what in (
        ("evaluation", "drops on sface"),
        ("encoding", "fine-tuned on sface"),
        ("similarity maps", "published on sface"),
        ("saliency", "Gradient on sface"),
    ):
        assert in_precision(stage, what, "float32") == what
        assert in_precision(stage, what, "bfloat16") == f"{what}, bfloat16"


def test_larger(config, root, valid):
    assert larger(valid, 1) == {}
    config["cohort"] |= larger(valid, 3)["cohort"]
    assert study_size(load_study(config, root).config).images == 3 * 420
    valid["cohort"]["kind"] = "folder"
    assert larger(valid, 3) == {"cohort": {"shards": 6}, "faces": {"shards": 6}}


def test_job_counts():
    text = "Job stats:\njob      count\n-----  -------\nall          1\ntrain       12\ntotal       13\n\nReasons: 4\n"
    assert job_counts(text) == {"all": 1, "train": 12}
    assert job_counts("nothing") == {}


def test_jobs_without_a_stage_are_named():
    jobs = {"all": 1, "train": 5, "draw_maps": 2, "draw_scores": 3, "score_recovery": 4, "encode": 3, "asset": 1}
    assert uncounted_jobs(jobs) == {"asset": 1}


def test_maps_with_pictures_are_counted_with_the_others():
    stage = STAGES["saliency"]
    for job in ("saliency-Gradient", "saliency_with_pictures-MorphMean"):
        assert re.fullmatch(stage.benchmark, f"net/fold-1/{job}")["method"] == job.split("-")[1]
    assert planned_stages({"saliency_with_pictures": 5}) == {"saliency"}


def test_jobs_of_a_rule_are_expected_to_take_their_share_of_the_stage(valid, root):
    rates, rules = read_rates(root / "resources/rates.csv"), ["train", "saliency", "gr_train", "fetch"]
    seconds = seconds_of_rules(valid, rules, root / "resources/rates.csv")
    (train,) = [row for row in hours(valid, study_size(valid), rates[rates["device"] == CPU]) if row.stage == "train"]
    assert seconds["train"] * train.jobs == pytest.approx(3600 * train.hours)
    assert set(seconds) == {"train", "saliency"}  # nobody has measured the others


def test_the_evaluation_is_counted_where_it_is_part_of_the_study(valid):
    size = study_size(valid)
    found = {work.what: (work.jobs, work.units) for work in amounts(valid, size)["evaluation"]}
    maps = size.explained(valid)
    assert found["recovery on resnet18_morph"] == (11, 11 * maps)  # five methods and six controls
    assert found["untrained on resnet18_morph"] == (5, 5 * (6 * 2 + 5 * 5))  # 5 held-out classes, by 5 folds
    assert found["objective on resnet18_morph"] == (11, 11 * 6)
    assert found["scores on resnet18_morph"] == (13, 13 * maps)  # two priors, too
    assert [work.units for work in amounts(valid, size)["truth"]] == [5 * (15 + 7)]
    valid["cohort"]["kind"] = "folder"
    photographs = {work.what.split()[0] for work in amounts(valid, size)["evaluation"]}
    assert {"objective", "sanity", "agreement"} <= photographs and not {"recovery", "drops"} & photographs
    assert amounts(valid, size)["truth"] == []
    valid["evaluation"]["in_report"] = False
    assert amounts(valid, size)["evaluation"] == []


def test_matching_is_counted_where_it_is_planned(valid, root):
    size = study_size(valid)
    works = amounts(valid, size)
    encoders = ["published on arcface_mbf", "published on sface", "fine-tuned on arcface_mbf"]
    assert [(work.what, work.jobs, work.units) for work in works["encoding"]] == [(name, 1, 420) for name in encoders]
    tuned = [(work.what, work.jobs, work.units) for work in works["fine-tuning of encoders"]]
    assert tuned == [(encoders[2], 1, pytest.approx(6 * 0.8 * 5 * 72))]  # six views; five syndromes of 72 images
    assert {"ranks", "verification", "table6"} <= {work.what for work in works["matching"]}
    stages = planned_stages({"arc_tables": 1, "encode": 3, "fine_tune": 1, "match_ranks": 1, "faces_shard": 2})
    assert stages == {"encoding", "fine-tuning of encoders", "matching", "faces"}
    rows = {row.stage: row for row in hours(valid, size, read_rates(root / "resources/rates.csv"), stages)}
    assert set(rows) == stages and all(row.hours > 0 and not row.missing for row in rows.values())
    assert disk_bytes(valid, size, stages) == {"encodings": 3 * 420 * 4 * 512 * 4}


def test_a_bad_config_is_named(capsys):
    with pytest.raises(SystemExit, match=r"--configfile no_such\.yaml"):
        main(["--configfile", "no_such.yaml"])
    with pytest.raises(InputError, match="no_such"):
        read_config(["no_such.yaml"])
