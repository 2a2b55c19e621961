"""How many images a config means, and how they are cut."""

from __future__ import annotations

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.sizes import SHARD, Size, fill_shards, study_size
from gestalt_regions.study.study import load_study


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


def test_maps_that_are_scored_are_among_those_explained_and_bound_those_tried_on_other_networks(config):
    size = Size({"A": 900, "B": 3}, {"A": 500})
    assert size.scored(config) == (15 + 3, 7) and size.evaluated(config) == (4, 1)
    config["saliency"] |= {"folds_per_class": 0, "heldout_per_class": 0}
    config["evaluation"] |= {"folds_per_class": 0, "heldout_per_class": 0}
    assert size.scored(config) == size.evaluated(config) == (300 + 3, 300)
    config["evaluation"]["maps_per_class"] = 0
    assert size.scored(config) == size.evaluated(config) == (903, 500)


def test_a_folder_is_counted_by_its_table(config, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("image,label,split\na,NS,folds\nb,NS,heldout\nc,KS,folds\n")
    config["cohort"] |= {"kind": "folder", "folder": {"images": ".", "table": str(table), "annotations": ""}}
    assert study_size(config) == Size({"KS": 1, "NS": 1}, {"NS": 1})
    table.write_text("image,label\na,NS\nb,NS\n")
    assert study_size(config) == Size({"NS": 2}, {})
    table.write_text("picture\na\n")
    with pytest.raises(InputError, match="no column 'label'"):
        study_size(config)


def test_shards_grow_with_the_images_where_the_config_leaves_them_open(config, root):
    config["cohort"]["shards"] = 0
    filled = load_study(config, root).config
    assert filled["cohort"]["shards"] == 2 and filled["faces"]["shards"] == 2  # the latter is given
    config["cohort"] |= {"shards": 0, "images_per_subject": 40}
    assert load_study(config, root).config["cohort"]["shards"] == -(-8400 // SHARD) == 17


def test_a_missing_table_is_left_to_snakemake(config):
    config["cohort"] |= {"kind": "folder", "shards": 3, "folder": {"images": ".", "table": "no.csv", "annotations": ""}}
    config["faces"]["shards"] = 0
    fill_shards(config)
    assert config["faces"]["shards"] == 2


def test_the_memory_that_a_job_asks_for_is_a_number_whatever_the_cohort(root):
    asked = [
        line.split("mem_mb=")[1].rstrip(",")
        for path in sorted((root / "workflow/rules").rglob("*.smk"))
        for line in path.read_text().splitlines()
        if "mem_mb=" in line
    ]
    assert len(asked) > 60 and [amount for amount in asked if not amount.isdigit()] == []


@pytest.mark.parametrize(("images", "shards"), [(10, 2), (1000, 2), (1001, 4), (1999, 4), (3544, 8), (100_000, 256)])
def test_shards_of_photographs_change_only_where_the_images_double(config, tmp_path, images, shards):
    (tmp_path / "photos.csv").write_text("image,label\n" + "".join(f"{i}.jpg,A\n" for i in range(images)))
    section = {"images": str(tmp_path), "table": str(tmp_path / "photos.csv"), "annotations": ""}
    config["cohort"] |= {"kind": "folder", "shards": 0, "folder": section}
    config["faces"]["shards"] = 0
    fill_shards(config)
    assert config["faces"]["shards"] == shards
