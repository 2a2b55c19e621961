"""Snakemake's own rule graph, without graphviz."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import networkx as nx
import yaml

from gestalt_regions.core.errors import InputError


def rule_graph(dot: str) -> nx.DiGraph:
    """The graph of `snakemake --rulegraph dot` without the edges that others imply."""
    names = dict(re.findall(r'(\d+)\[label = "([^"]+)"', dot))
    edges = sorted((names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", dot))
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(names.values()))
    graph.add_edges_from(nx.transitive_reduction(nx.DiGraph(edges)).edges)
    return graph


def run_snakemake(
    snakefile: str | Path, config: Mapping, python: str, *arguments: str, studies: Sequence[str] = ()
) -> subprocess.CompletedProcess:
    """Plan the whole study in this working directory, as if nothing of it were there.

    arguments: what Snakemake is to do, and that it runs nothing. config is merged over the Snakefile's own and over the
    files of `studies`. python: the interpreter that Snakemake is installed in.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
        command = [python, "-m", "snakemake", "--snakefile", str(snakefile), "--configfile", *studies, str(path)]
        command += ["--nolock", "--forceall", "--cores", "1", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def ask_snakemake(snakefile: str | Path, config: Mapping, python: str = sys.executable) -> str:
    """`snakemake --rulegraph dot` of the whole study."""
    done = run_snakemake(snakefile, config, python, "--rulegraph", "dot")
    if done.returncode or "digraph" not in done.stdout:
        raise InputError(f"snakemake --rulegraph failed: {done.stderr.strip()[-500:]}")
    return done.stdout
