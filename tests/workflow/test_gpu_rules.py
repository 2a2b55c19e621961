"""Jobs that ask for a GPU go to the partition with GPUs, and no others do: by their request, not by a list of rules."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from dry_runs import dry_run
from PIL import Image

# Every rule that asks for a GPU. A new one is added here.
GPU_RULES = {
    "train",
    "train_shuffled",
    "saliency",
    "saliency_with_pictures",
    "control_maps",
    "untrained_maps",
    "drops",
    "judge_pictures",
    "values_of_shuffled",
    "drops_of_shuffled",
    "roar_levels",
    "roar_whole",
    "roar_retrain",
    "score_squares",
    "score_objective",
    "score_sanity",
    "fine_tune",
    "encode",
    "similarity",
    "identity_train",
    "identity_fold",
}
OF_CASES = {"case_gallery", "explain_case"}  # where a photograph is given
OF_EXPERTS = {"weigh_experts"}  # where a model joins others
OF_TEST_SETS = {"answer_test_sets"}  # where the study has further test sets
OF_SETS = {"imbalance_train", "imbalance_maps", "imbalance_controls"}  # where the study has training sets
WITH_CUDA = {"faces_shard", "test_set_faces"}  # where config faces.device is cuda
TARGETS = (
    "all",
    "arc_tables",
    "arc_figures",
    "similarity_maps",
    "counterfactuals",
    "plausibility",
    "shuffled_values",
    "roar",
    "shortcut_curve",
    "validity",
    "identity_curve",
)
PICTURED = "saliency={further_methods: {MatchedMorph: {}}}"  # a method that stores pictures
EXPERTS = """
models:
  eyes: {backbone: deepgestalt, recipe: quick, options: {part: eyes}}
  nose: {backbone: deepgestalt, recipe: quick, options: {part: nose}}
  both: {experts: [eyes, nose]}
saliency:
  methods: {GradCam: null, GuidedGradCam: null, LayerDeepLIFT: null}
"""
FEW = ("figure5", "encodings")
PARTITIONS = {"slurm_partition": "cpu", "gpu_partition": "gpu"}


@pytest.fixture(scope="module")
def profile(root, tmp_path_factory) -> Path:
    """The Slurm profile with its two lines filled in as a user would."""
    text = (root / "workflow/profiles/slurm/config.yaml").read_text()
    for name, partition in PARTITIONS.items():
        text, replaced = re.subn(rf"^  # ({name}): \w+", rf"  \1: {partition}", text, count=1, flags=re.M)
        assert replaced, name
    folder = tmp_path_factory.mktemp("profile")
    (folder / "config.yaml").write_text(text)
    return folder


def requests(place, profile: Path, *arguments: str, targets=TARGETS) -> dict[str, set[tuple[int, str, str]]]:
    """rule -> {(GPUs asked for, partition, gres)} of all its jobs."""
    command = [str(place.root / "tests/planned_jobs.py"), "--snakefile", str(place.root / "Snakefile")]
    done = dry_run([*command, "--profile", str(profile), "--forceall", *arguments, "--", *targets], place.folder)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, set[tuple[int, str, str]]] = {}
    for job in map(json.loads, (line for line in done.stdout.splitlines() if line.startswith("{"))):
        asked = job["resources"]
        values = (asked.get("gpu", 0), asked.get("slurm_partition", ""), asked.get("gres", ""))
        found.setdefault(job["rule"], set()).add(values)
    return found


def test_each_rule_that_asks_for_a_gpu_is_listed(root):
    text = "".join(path.read_text() for path in sorted((root / "workflow/rules").rglob("*.smk")))
    asking: set[str] = set()
    rules = re.findall(r"^(?:use )?rule (?:(\w+) as )?(\w+)(.*?)(?=^\w|\Z)", text, re.M | re.S)
    for base, name, block in rules * 2:  # a rule may be made of one in a later file
        if " gpu=" in block or (base in asking and "resources:" not in block):
            asking.add(name)
    assert asking == GPU_RULES | OF_CASES | OF_EXPERTS | OF_TEST_SETS | OF_SETS | WITH_CUDA


def test_the_partition_follows_the_request(profile, workdir):
    found = requests(workdir("partitions"), profile, "--config", PICTURED)
    assert {rule for rule, asked in found.items() if (1, "gpu", "") in asked} == GPU_RULES
    assert len(found) > 70
    for rule, asked in found.items():
        assert asked == {(1, "gpu", "") if rule in GPU_RULES else (0, "cpu", "")}, rule


def test_cases_and_experts_ask_for_one_too(profile, workdir):
    place = workdir("experts")
    Image.new("RGB", (8, 8)).save(place.folder / "new.png")
    (place.folder / "experts.yaml").write_text(EXPERTS)
    config = ("--configfile", "config/config.yaml", "experts.yaml", "--config", "photo=new.png")
    found = requests(place, profile, *config, targets=("case", "expert_weights"))
    asking = {rule for rule, asked in found.items() if (1, "gpu", "") in asked}
    assert OF_CASES | OF_EXPERTS < asking < OF_CASES | OF_EXPERTS | GPU_RULES
    for rule, asked in found.items():
        assert asked == {(1, "gpu", "") if rule in asking else (0, "cpu", "")}, rule


def test_no_job_asks_for_a_gpu_where_the_device_is_the_cpu(profile, workdir):
    found = requests(workdir("cpu"), profile, "--config", "run={device: cpu}", targets=FEW)
    assert {"train", "encode"} < set(found) and set().union(*found.values()) == {(0, "cpu", "")}


def test_a_kind_of_gpu_replaces_the_plain_request(profile, workdir, tmp_path):
    text, replaced = re.subn(r"^  # (gpu_gres: \S+)", r"  \1", (profile / "config.yaml").read_text(), flags=re.M)
    assert replaced == 1
    (tmp_path / "config.yaml").write_text(text)
    found = requests(workdir("kind"), tmp_path, "--set-resources", "train:slurm_partition=long", targets=FEW)
    assert {"saliency", "encode"} < set(found)
    assert found.pop("train") == {(0, "long", "gpu:a100:1")}  # what is said of one rule counts for that rule
    for rule, asked in found.items():
        assert asked == {(0, "gpu", "gpu:a100:1") if rule in GPU_RULES else (0, "cpu", "")}, rule
