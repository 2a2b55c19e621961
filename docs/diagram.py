"""Print the workflow's rules as a mermaid diagram for the README, drawn from Snakemake's own rule graph.

Without the evaluation, whose twenty rules would hide the others. Usage:

    snakemake --rulegraph dot --config evaluation="{in_report: false}" 2>/dev/null | python docs/diagram.py
"""

from __future__ import annotations

import sys

import networkx as nx
from gestalt_regions.jobs.rulegraph import rule_graph


def mermaid(dot: str) -> str:
    """The rule graph without the edges that others imply, from left to right."""
    graph = rule_graph(dot)
    order = {name: i for i, name in enumerate(nx.lexicographical_topological_sort(graph))}
    edges = sorted(graph.edges, key=lambda edge: (order[edge[0]], order[edge[1]]))
    return "\n".join(["flowchart LR", *(f"    {a} --> {b}" for a, b in edges)])


if __name__ == "__main__":
    print(mermaid(sys.stdin.read()))
