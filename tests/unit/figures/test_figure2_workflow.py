"""Figure 2: the rule graph read, laid out in layers without an edge that skips one, and drawn alike twice."""

import re
from itertools import pairwise

import networkx as nx
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import figure2_workflow
from gestalt_regions.jobs.rulegraph import ask_snakemake, rule_graph, with_nulls

DOT = """digraph snakemake_dag {
    0[label = "all", color = "0.1", style="rounded"];
    1[label = "report", color = "0.1"];
    2[label = "train", color = "0.1"];
    3[label = "folds", color = "0.1"];
    4[label = "terms", color = "0.1"];
    1 -> 0
    2 -> 1
    3 -> 2
    3 -> 1
    4 -> 1
}"""
FILES = {
    "report": "report/report.smk",
    "train": "models/train.smk",
    "folds": "faces/folds.smk",
    "terms": "statistics/tables.smk",
}


def test_implied_edges_are_left_out():
    assert set(rule_graph(DOT).edges) == {
        ("report", "all"),
        ("train", "report"),
        ("folds", "train"),
        ("terms", "report"),
    }


def test_every_line_joins_neighbouring_layers():
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d"), ("x", "d"), ("b", "d")])
    rows, proper = figure2_workflow.layered(graph)
    layer = {node: i for i, row in enumerate(rows) for node in row}
    assert all(layer[after] == layer[before] + 1 for before, after in proper.edges)
    assert layer["x"] == layer["d"] - 1  # needs nothing, so it stands just above its reader
    for before, after in graph.edges:
        assert nx.has_path(proper, before, after)
    place = figure2_workflow.positions(rows)
    for row in rows:
        boxes = sorted(place[node][0] for node in row if isinstance(node, str))
        assert all(right - left >= figure2_workflow.BOX[0] for left, right in pairwise(boxes))


def test_the_figure_names_every_rule_and_stage(tmp_path):
    for name in "ab":
        figure2_workflow.draw_workflow(rule_graph(DOT), FILES, tmp_path / f"{name}.svg")
    drawn = (tmp_path / "a.svg").read_text()
    assert drawn == (tmp_path / "b.svg").read_text()
    for text in ("report", "train", "folds", "terms", "models", "statistics"):
        assert f"<!-- {text} -->" in drawn
    assert "<!-- all -->" not in drawn


def test_a_failure_of_snakemake_is_told(tmp_path):
    with pytest.raises(InputError, match="--rulegraph failed"):
        ask_snakemake(tmp_path / "no_such_Snakefile", {})


def test_each_stage_has_a_colour_of_its_own(tmp_path):
    graph = nx.DiGraph((f"rule{i}", f"rule{i + 1}") for i in range(11))
    files = {f"rule{i}": f"stage{i}/any.smk" for i in range(12)}
    figure2_workflow.draw_workflow(graph, files, tmp_path / "stages.svg")
    boxes = re.findall(
        r"fill: (#[0-9a-f]{6}); stroke: (#[0-9a-f]{6}); stroke-linejoin: miter", (tmp_path / "stages.svg").read_text()
    )
    assert len(set(boxes)) == len(boxes) == 12


def test_what_a_study_took_away_stays_away():
    base = {"models": {"net": {"recipe": "quick"}, "other": {}}, "faces": {"sizes": [112, 224]}}
    study = {"models": {"mine": {}, "other": {}}, "faces": {"sizes": [224]}, "more": 1}
    whole = with_nulls(study, base)
    assert whole == study | {"models": {"net": None, "mine": {}, "other": {}}}
    assert with_nulls(base, base) == base
