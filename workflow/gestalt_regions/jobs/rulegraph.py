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
    """Read Snakemake's graph of rules, without the edges that others imply.

    Parameters
    ----------
    dot : str
        What `snakemake --rulegraph dot` prints.

    Returns
    -------
    DiGraph
        Rules by name.
    """
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

    Parameters
    ----------
    snakefile : path
        The workflow.
    config : mapping
        Merged over the Snakefile's own config and over the files of `studies`.
    python : str
        The interpreter that Snakemake is installed in.
    *arguments : str
        What Snakemake is to do, and that it runs nothing.
    studies : sequence of str
        Config files.

    Returns
    -------
    CompletedProcess
        With the text of stdout and stderr.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yaml"
        path.write_text(yaml.safe_dump(dict(config)), encoding="utf-8")
        command = [python, "-m", "snakemake", "--snakefile", str(snakefile), "--configfile", *studies, str(path)]
        command += ["--nolock", "--forceall", "--cores", "1", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)


def with_nulls(config: Mapping, base: Mapping) -> dict:
    """Say of a whole config what it lacks of the one that it will be merged over, which would bring that back.

    Parameters
    ----------
    config : mapping
        A whole config.
    base : mapping
        Another, such as that of the default study.

    Returns
    -------
    dict
        The config, and null for each entry of `base` that it lacks, such as a model that a study took away.
    """
    whole: dict = {key: None for key in base if key not in config} | dict(config)
    both = [key for key in base if isinstance(whole[key], Mapping) and isinstance(base[key], Mapping)]
    return whole | {key: with_nulls(whole[key], base[key]) for key in both}


def over_defaults(config: Mapping, snakefile: str | Path) -> dict:
    """Make a whole config stay what it is when it is merged over the Snakefile's own.

    Parameters
    ----------
    config : mapping
        A whole config, such as that of a job.
    snakefile : path
        The workflow.

    Returns
    -------
    dict
        Of `with_nulls`, over the config that comes with the code and that of this working directory.
    """
    for path in (Path(snakefile).parent / "config/config.yaml", Path("config/config.yaml")):
        if path.exists():
            config = with_nulls(config, yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    return dict(config)


def ask_snakemake(snakefile: str | Path, config: Mapping, python: str = sys.executable) -> str:
    """Ask for `snakemake --rulegraph dot` of the whole study.

    Parameters
    ----------
    snakefile : path
        The workflow.
    config : mapping
        Merged over the Snakefile's own config.
    python : str
        The interpreter that Snakemake is installed in.

    Returns
    -------
    str
        The graph in the language of graphviz.

    Raises
    ------
    InputError
        If Snakemake fails.
    """
    done = run_snakemake(snakefile, config, python, "--rulegraph", "dot")
    if done.returncode or "digraph" not in done.stdout:
        raise InputError(f"snakemake --rulegraph failed: {done.stderr.strip()[-500:]}")
    return done.stdout
