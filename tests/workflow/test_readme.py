"""What the README says of the workflow is what the workflow says of itself."""

from __future__ import annotations

import re
import subprocess
import sys

import yaml
from gestalt_regions.saliency.method_registry import load_methods


def test_the_diagram_is_the_real_rule_graph(root, workdir):
    core = "evaluation={in_report: false}"
    dot = workdir("graph").snakemake("--rulegraph", "dot", "--config", core).stdout
    command = [sys.executable, str(root / "docs/diagram.py")]
    diagram = subprocess.run(command, input=dot, capture_output=True, text=True, check=True).stdout.strip()
    shown = re.search(r"```mermaid\n(.*?)\n```", (root / "README.md").read_text(), re.S).group(1)
    assert shown == diagram, "update the README: see docs/diagram.py"


def test_the_targets_it_names_exist(root, workdir):
    text = (root / "README.md").read_text()
    named = set(re.search(r"# also: (.*)", text).group(1).split(", ")) | {"table3"}
    targets = set(workdir("targets").snakemake("--list-target-rules").stdout.split())
    matching = {name for name in targets if name.startswith("arc_")} | {"encodings", "similarity_maps"}
    assert named == targets - matching - {"all", "timing", "morph_backbone", "ontology"}


def test_it_lists_every_asset_with_its_licence(root):
    text = (root / "README.md").read_text()
    for entry in yaml.safe_load((root / "resources/assets.yaml").read_text()).values():
        assert f"| {entry['about']} | {entry['package']} {entry['version']} | {entry['licence']} |" in text


def test_the_files_it_names_exist(root):
    text = (root / "README.md").read_text()
    for path in re.findall(r"\]\(([\w./-]+)\)", text) + re.findall(
        r"`((?:workflow|config|resources|envs)/[\w./-]+)`", text
    ):
        assert (root / path).exists(), path


def test_it_lists_every_saliency_method_as_registered(root):
    text = (root / "README.md").read_text()
    for method in load_methods().values():
        parameters = ", ".join(f"{name}={value!r}" for name, value in method.parameters.items())
        shown = f"`{parameters}`" if parameters else ""
        assert f"| `{method.name}` | {method.family} | {method.paper} | {shown} |" in text
