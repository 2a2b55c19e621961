"""The study of DeepGestalt (config/studies/deepgestalt.yaml) is planned to its last table, and no further."""

from __future__ import annotations

import pytest

STUDY = ("config/studies/deepgestalt.yaml",)
TABLES = {"top_accuracy", "binary_problems", "recompute_published", "confusion_counts", "reliability_bins"}
TABLES |= {"affected_scores", "check_parts", "compare_experts", "classification", "rq1", "rq2", "scores"}
FIGURES = {"draw_confusion", "draw_reliability", "draw_affected", "draw_composites", "draw_part_sheet", "report_site"}


@pytest.fixture(scope="module")
def jobs(workdir):
    return workdir("gestalt-study").planned("all", "deepgestalt", studies=STUDY)


def test_it_goes_to_every_table_and_figure(jobs):
    assert TABLES | FIGURES <= set(jobs)
    assert jobs["train"] == 7 * 3 and jobs["join_experts"] == 3


def test_the_mean_of_the_experts_is_explained_and_they_are_not(jobs):
    assert jobs["saliency"] == 6 * 3 and jobs["classification"] == jobs["draw_confusion"] == jobs["scores"] == 1
    assert "train_shuffled" not in jobs


def test_without_an_aggregate_the_target_leaves_its_tables_out(workdir):
    jobs = workdir("no-aggregate").planned("deepgestalt", studies=("config/studies/smoke.yaml",))
    assert "top_accuracy" in jobs and "weigh_experts" not in jobs
