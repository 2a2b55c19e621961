"""Figure 2: the workflow, drawn from Snakemake's own rule graph."""

from __future__ import annotations

import os
from collections.abc import Mapping

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import seaborn as sns
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve

from gestalt_regions.figures import style

ROW = 0.46  # inches from layer to layer
BOX = (1.0, 0.21)  # inches
GAP = (0.09, 0.2)  # inches beside a box, and that a passing line takes
LETTERS = 15  # that fit into a box at full size
SWEEPS = 12
STAGES = {  # rule files of another stage than their folder's
    "assets/fetch": "cohort",
    "assets/ontology": "ontology",
    "faces/folds": "folds",
    "faces/regions": "coefficients",
    "saliency/coefficients": "coefficients",
    "statistics/checks": "checks",
}
Node = str | tuple[int, str]  # a rule, or the place in a layer where the lines to a later rule pass


def _stage(rule_file: str) -> str:
    """The stage that a rule file (`.../faces/folds.smk`) belongs to: its folder, but for a few."""
    folder, name = rule_file.removesuffix(".smk").split("/")[-2:]
    return STAGES.get(f"{folder}/{name}", folder)


def _depths(graph: nx.DiGraph) -> dict[str, int]:
    """The layer of each rule: the longest way to it; one that needs nothing stands just above its first reader."""
    order = list(nx.lexicographical_topological_sort(graph))
    depth: dict[str, int] = {}
    for node in order:
        depth[node] = max((depth[before] + 1 for before in graph.predecessors(node)), default=0)
    for node in order:
        if not graph.in_degree(node) and graph.out_degree(node):
            depth[node] = min(depth[after] for after in graph.successors(node)) - 1
    return depth


def layered(graph: nx.DiGraph) -> tuple[list[list[Node]], nx.DiGraph]:
    """Put the rules into layers (Sugiyama et al., 1981).

    Lines to the same rule share one way. Each layer is ordered by the mean place of its neighbours.

    Parameters
    ----------
    graph : networkx.DiGraph
        The rules.

    Returns
    -------
    tuple
        Layers from top to bottom, and the graph with every edge between neighbouring ones.
    """
    depth, proper = _depths(graph), nx.DiGraph()
    proper.add_nodes_from(sorted(graph))
    for before, after in sorted(graph.edges):
        way = [before, *((layer, after) for layer in range(depth[before] + 1, depth[after])), after]
        nx.add_path(proper, way)
    rows: list[list[Node]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in proper:
        rows[depth[node] if isinstance(node, str) else node[0]].append(node)
    place = {node: (i + 0.5) / len(row) for row in rows for i, node in enumerate(row)}
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            near = {
                node: list(proper.predecessors(node) if down else proper.successors(node)) or [node] for node in row
            }
            keys = {node: (round(float(np.mean([place[other] for other in near[node]])), 9), str(node)) for node in row}
            row.sort(key=keys.__getitem__)
            place |= {node: (i + 0.5) / len(row) for i, node in enumerate(row)}
    return rows, proper


def positions(rows: list[list[Node]]) -> dict[Node, tuple[float, float]]:
    """Centre of each box or passing line.

    Parameters
    ----------
    rows : list of list
        The layers.

    Returns
    -------
    dict
        Node -> (x, y) in inches, y downwards, rows centred on the page.
    """
    places: dict[Node, tuple[float, float]] = {}
    for number, row in enumerate(rows):
        widths = [BOX[0] + GAP[0] if isinstance(node, str) else GAP[1] for node in row]
        squeeze = min(1.0, style.WIDTH / sum(widths))
        left = (style.WIDTH - squeeze * sum(widths)) / 2
        for node, width in zip(row, widths, strict=True):
            places[node] = (left + squeeze * width / 2, number * ROW)
            left += squeeze * width
    return places


def _line(start: tuple[float, float], end: tuple[float, float], room: tuple[float, float]) -> PathPatch:
    """A curve from below one place to above the next; room: half the height of what stands there."""
    (x0, y0), (x1, y1) = start, end
    y0, y1 = y0 + room[0], y1 - room[1]
    middle = (y0 + y1) / 2
    curve = Curve([(x0, y0), (x0, middle), (x1, middle), (x1, y1)], [Curve.MOVETO, *[Curve.CURVE4] * 3])
    return PathPatch(curve, facecolor="none", edgecolor="0.45", linewidth=0.7)


def draw_workflow(graph: nx.DiGraph, rule_files: Mapping[str, str], output: str | os.PathLike) -> None:
    """Figure 2: the workflow. The target `all` is left out.

    Parameters
    ----------
    graph : networkx.DiGraph
        The rules.
    rule_files : mapping
        Rule -> the file (`.../folder/name.smk`) that defines it, which gives its stage and colour.
    output : str or path
        The figure; SVG or PNG by its suffix.
    """
    style.apply()
    graph = graph.subgraph([node for node in graph if node != "all"])
    rows, proper = layered(graph)
    place, names = positions(rows), {node: _stage(rule_files.get(node, "other/other.smk")) for node in graph}
    order = list(dict.fromkeys(names[node] for row in rows for node in row if isinstance(node, str)))
    palette = sns.color_palette("colorblind") + sns.color_palette("dark")  # 20 colours before one comes twice
    colours = {name: palette[number % len(palette)] for number, name in enumerate(order)}
    figure, axes = plt.subplots(figsize=(style.WIDTH, ROW * len(rows) + 0.5))
    half = {node: BOX[1] / 2 if isinstance(node, str) else 0.0 for node in place}
    for before, after in proper.edges:
        axes.add_patch(_line(place[before], place[after], (half[before], half[after])))
    for node, name in names.items():
        x, y = place[node]
        corner, pale = (x - BOX[0] / 2, y - BOX[1] / 2), [1 - 0.3 * (1 - c) for c in colours[name]]
        shape = {"boxstyle": "round,pad=0,rounding_size=0.05", "linewidth": 1, "edgecolor": colours[name]}
        axes.add_patch(FancyBboxPatch(corner, *BOX, facecolor=pale, **shape))
        axes.text(x, y, node.replace("_", " "), ha="center", va="center", fontsize=6.2 * min(1, LETTERS / len(node)))
    handles = [plt.Rectangle((0, 0), 1, 1, facecolor=c, edgecolor="none") for c in colours.values()]
    axes.legend(handles, order, loc="upper center", bbox_to_anchor=(0.5, 0), ncols=5, frameon=False)
    axes.set(xlim=(0, style.WIDTH), ylim=(ROW * (len(rows) - 1) + 0.3, -0.2), aspect="equal")
    axes.set_axis_off()
    style.save(figure, output, dpi=200)
