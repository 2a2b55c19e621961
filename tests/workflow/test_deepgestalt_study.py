"""The study of DeepGestalt is planned to its last table, and no further: with windows, and with the paper's network."""

from __future__ import annotations

import pytest
from gestalt_regions.jobs.rulegraph import ask_snakemake, over_defaults, rule_graph
from gestalt_regions.study.study import load_study
from gestalt_regions.tools.plan.__main__ import read_config

STUDY = ("config/studies/deepgestalt.yaml",)
NETWORK = ("config/studies/deepgestalt_network.yaml",)
TABLES = {"top_accuracy", "binary_problems", "recompute_published", "confusion_counts", "reliability_bins"}
TABLES |= {"affected_scores", "check_parts", "compare_experts", "classification", "rq1", "rq2", "scores"}
FIGURES = {"draw_confusion", "draw_reliability", "draw_affected", "draw_composites", "draw_part_sheet", "report_site"}


@pytest.fixture(scope="module")
def jobs(workdir):
    return workdir("gestalt-study").planned("all", "deepgestalt", studies=STUDY)


def test_it_goes_to_every_table_and_figure(jobs):
    assert TABLES | FIGURES <= set(jobs)
    assert jobs["train"] == 7 * 5 and jobs["join_experts"] == 5


def test_the_mean_of_the_experts_is_explained_and_they_are_not(jobs):
    assert jobs["saliency"] == 6 * 5 and jobs["classification"] == jobs["draw_confusion"] == jobs["scores"] == 1
    assert "train_shuffled" not in jobs


def test_figure2_is_of_this_study_though_it_took_the_default_model_away(root, workdir, monkeypatch):
    config = load_study(read_config([str(root / name) for name in NETWORK]), root).config
    monkeypatch.chdir(workdir("gestalt-figure2").folder)
    graph = rule_graph(ask_snakemake(root / "Snakefile", over_defaults(config, root / "Snakefile")))
    assert "join_experts" in graph and graph.has_edge("identity_train", "train")


def test_the_papers_network_is_taught_to_know_people_first(workdir):
    jobs = workdir("gestalt-network").planned("all", "deepgestalt", studies=NETWORK)
    assert jobs["train"] == 7 * 3 and jobs["identity_train"] == 7 and TABLES | FIGURES <= set(jobs)


def test_without_an_aggregate_the_target_leaves_its_tables_out(workdir):
    jobs = workdir("no-aggregate").planned("deepgestalt", studies=("config/studies/smoke.yaml",))
    assert "top_accuracy" in jobs and "weigh_experts" not in jobs
