"""What Snakemake says of the workflow: its targets and its rule graph; and the files that the site repeats."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from contextlib import chdir
from functools import cache
from pathlib import Path

import yaml
from gestalt_regions.figures.figure2_workflow import draw_workflow
from gestalt_regions.jobs.rulegraph import ask_snakemake, rule_graph
from markdown_table import code, markdown_table

ROOT = Path(__file__).parents[2]


@cache
def target_names() -> list[str]:
    """Everything that can be asked for by name, as Snakemake lists it."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--nolock"]
    listing = subprocess.run([*command, "--list-target-rules"], cwd=ROOT, capture_output=True, text=True, check=True)
    return listing.stdout.split()


def targets() -> str:
    """All targets, in alphabetical order."""
    return ", ".join(code(name) for name in sorted(target_names()))


@cache
def rule_graph_svg() -> str:
    """Figure 2, drawn as the study draws it, without the evaluation, whose rules would hide the others."""
    with tempfile.TemporaryDirectory() as folder, chdir(ROOT):
        graph = rule_graph(ask_snakemake(ROOT / "Snakefile", {"evaluation": {"in_report": False}}))
        draw_workflow(graph, rule_files(), Path(folder) / "figure2.svg")
        return (Path(folder) / "figure2.svg").read_text(encoding="utf-8")


def rule_files() -> dict[str, str]:
    """The file that defines each rule."""
    names = {}
    for path in [ROOT / "Snakefile", *sorted((ROOT / "workflow/rules").rglob("*.smk"))]:
        for rule in re.findall(r"^\s*(?:rule|checkpoint) (\w+):", path.read_text(encoding="utf-8"), re.M):
            names[rule] = str(path)
    return names


def paths() -> str:
    """The map of results/, which lies there too; its heading and its links are the page's own."""
    text = (ROOT / "results/README.md").read_text(encoding="utf-8")
    return text.split("\n", 1)[1].strip()


def changelog() -> str:
    """CHANGELOG.md below its heading."""
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n", 1)[1].strip()


def studies() -> str:
    """The prepared studies, each by the first sentence of its file."""
    rows = []
    for path in sorted((ROOT / "config/studies").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        comment = " ".join(re.match(r"(?:#.*\n)+", text)[0].replace("#", " ").split())
        sentence = re.split(r"(?<!al)\. |: (?=snakemake |for )", comment)[0].removesuffix(".")
        name = yaml.safe_load(text).get("cohort", {}).get("name", "simulated")
        rows.append([code(path.name), f"{sentence}.", code(f"results/{name}/")])
    return markdown_table(["study", "what it is", "writes to"], rows)
