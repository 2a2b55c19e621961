"""How many images a config means, and how they are cut."""

from __future__ import annotations

import pytest
from gestalt_regions.errors import InputError
from gestalt_regions.memory import HELD
from gestalt_regions.size import SHARD, Size, cut, study_size
from gestalt_regions.study import load


def test_rendered_cohorts_are_counted_as_they_are_planned(config):
    size = study_size(config)
    assert size.folds == dict.fromkeys(config["cohort"]["classes"], 60)
    assert "Unaffected" not in size.heldout and sum(size.heldout.values()) == 60
    assert (size.images, size.classes) == (420, 6)


def test_explained_maps(config):
    size = Size({"A": 10, "B": 3}, {"A": 5})
    config["folds"]["n"] = 4
    config["saliency"] |= {"folds_per_class": 0, "heldout_per_class": 0}
    assert size.explained(config) == 13 + 4 * 5
    config["saliency"] |= {"folds_per_class": 6, "heldout_per_class": 2}
    assert size.explained(config) == 6 + 3 + 4 * 2


def test_a_folder_is_counted_by_its_table(config, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("image,label,split\na,NS,folds\nb,NS,heldout\nc,KS,folds\n")
    config["cohort"] |= {"kind": "folder", "folder": {"images": ".", "table": str(table), "annotations": ""}}
    assert study_size(config) == Size({"KS": 1, "NS": 1}, {"NS": 1})
    table.write_text("image,label\na,NS\nb,NS\n")
    assert study_size(config) == Size({"NS": 2}, {})
    table.write_text("picture\na\n")
    with pytest.raises(InputError, match=r"cannot be counted.*label"):
        study_size(config)


def test_shards_grow_with_the_images_where_the_config_leaves_them_open(config, root):
    config["cohort"]["shards"] = 0
    filled = load(config, root).config
    assert filled["cohort"]["shards"] == 2 and filled["faces"]["shards"] == 2  # the latter is given
    config["cohort"] |= {"shards": 0, "images_per_subject": 40}
    assert load(config, root).config["cohort"]["shards"] == -(-8400 // SHARD) == 17


def test_a_missing_table_is_left_to_snakemake(config):
    config["cohort"] |= {"kind": "folder", "shards": 3, "folder": {"images": ".", "table": "no.csv", "annotations": ""}}
    config["faces"]["shards"] = 0
    cut(config)
    assert config["faces"]["shards"] == 2


def test_memory_is_asked_for_by_rules_that_exist(root):
    rules = "\n".join(path.read_text() for path in sorted((root / "workflow/rules").glob("*.smk")))
    assert [name for name in HELD if f"rule {name}:" not in rules] == []


def test_jobs_that_hold_a_table_of_all_images_ask_for_memory_with_them(config, root):
    small = load(config, root)
    assert small.megabytes("coefficients", 1500) == 1500 and small.megabytes("analyse", 2000) < 2100
    config["cohort"]["images_per_subject"] *= 100
    large = load(config, root)
    assert large.megabytes("coefficients", 1500) == 1500  # it has a piece of them at a time
    expected = 2000 + 42 * HELD["probe_leaks"].image
    assert large.images == 42_000 and large.megabytes("probe_leaks", 2000) == pytest.approx(expected, abs=1)
