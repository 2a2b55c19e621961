"""Snakemake's own rule graph, without graphviz."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import networkx as nx
import yaml

from gestalt_regions.errors import InputError


def rule_graph(dot: str) -> nx.DiGraph:
    """The graph of `snakemake --rulegraph dot` without the edges that others imply."""
    names = dict(re.findall(r'(\d+)\[label = "([^"]+)"', dot))
    edges = sorted((names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", dot))
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(names.values()))
    graph.add_edges_from(nx.transitive_reduction(nx.DiGraph(edges)).edges)
    return graph


def ask_snakemake(snakefile: str | Path, config: Mapping, python: str = sys.executable) -> str:
    """`snakemake --rulegraph dot` of the whole study in this working directory, nothing run.

    python: the interpreter that Snakemake is installed in.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
        command = [python, "-m", "snakemake", "--snakefile", str(snakefile), "--configfile", str(path), "--nolock"]
        command += ["--forceall", "--cores", "1", "--rulegraph", "dot"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "digraph" not in done.stdout:
        raise InputError(f"snakemake --rulegraph failed: {done.stderr.strip()[-500:]}")
    return done.stdout
