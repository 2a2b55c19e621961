"""The smoke study on a real Slurm with one fake GPU, and jobs that ask for too little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

GPU_RULES = {"train", "saliency"}  # of the smoke study
RESOURCES = ("slurm_partition=cpu", "gpu_partition=gpu", "mem_mb=2000", "runtime=30")  # as the profile would say
QUICK = ("--slurm-no-account", "--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "3")
TRIAL = """
import os, sys
sys.path.insert(0, "{root}/workflow")
CODE = workflow.basedir
config = {{"run": {{"device": "auto"}}}}
class STUDY:
    code_roots = network_files = staticmethod(lambda *which: [])
def of_repository(path):
    return False
rule all:
    input: "{name}.txt"
rule {name}:
    output: "{name}.txt"
    log: "{name}.log"
    benchmark: "{name}.tsv"
    conda: "{root}/envs/cohort.yaml"
    threads: 1
    resources: mem_mb={mem_mb}, runtime={runtime}, gpu=1
    script: "workflow/scripts/{name}.py"
include: "{root}/workflow/rules/setup/every_rule.smk"
"""


def snakemake(cluster, root: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).parent / "snakemake"), "--profile", str(root / "workflow/profiles/slurm")]
    command += [*QUICK, "--latency-wait", "10", "--jobs", "4", "--default-resources", *RESOURCES, *arguments]
    env = {**cluster.env, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def study(cluster, root, tmp_path_factory):
    """The smoke study, run by Slurm: (results folder, the jobs Slurm saw, Snakemake's output)."""
    folder = tmp_path_factory.mktemp("slurm_smoke")
    for name in ("config", "resources", "workflow", "Snakefile"):
        (folder / name).symlink_to(root / name)
    (folder / "results").mkdir()
    (root / "results/assets").mkdir(parents=True, exist_ok=True)
    (folder / "results/assets").symlink_to(root / "results/assets")
    done = snakemake(cluster, root, folder, "--configfile", "config/config.yaml", "config/studies/smoke.yaml")
    assert done.returncode == 0, done.stderr[-6000:]
    return folder / "results", cluster.jobs(), done


def logs(results: Path) -> pd.DataFrame:
    """Stage, by the name of its log, and the place it ran at. The choice of images is a light stage of its own."""
    rows = []
    for path in sorted((results / "logs/smoke").rglob("*.log")):
        place = next((line for line in path.read_text().splitlines() if " on " in line and "INFO" in line), "")
        name = path.name.removeprefix("saliency-") if path.name == "saliency-explained.log" else path.name
        rows.append({"stage": name.split("-")[0].removesuffix(".log"), "place": place, "path": path.name})
    return pd.DataFrame(rows)


def test_gpu_rules_and_only_they_held_the_gpu(study):
    results, jobs, _ = study
    held = {job["Comment"]: "gpu" in job.get("TresPerNode", "") + job.get("TresPerJob", "") for job in jobs}
    assert {name.removeprefix("rule_") for name, gpu in held.items() if gpu and "rule_" in name} == {
        name for name in (n.removeprefix("rule_") for n in held) if any(name.startswith(rule) for rule in GPU_RULES)
    }
    assert any(held.values()), "no job held the GPU"
    assert {job["Comment"]: job["Partition"] == "gpu" for job in jobs} == held
    table = logs(results)
    on_slurm = table[table.place.str.contains("Slurm job")]
    assert set(on_slurm.stage[on_slurm.place.str.contains("GPU 0")]) == GPU_RULES
    assert on_slurm.place[~on_slurm.stage.isin(GPU_RULES)].str.contains("GPU none").all()


def test_light_rules_are_no_cluster_jobs(study):
    results, _, _ = study
    table = logs(results)
    assert {"statistics", "report"} & set(table.stage[~table.place.str.contains("Slurm job")])
    heavy = table[table.stage.isin(["train", "saliency", "faces"])]
    assert heavy.place.str.contains("Slurm job").all()


def test_results_are_complete(study):
    results, jobs, _ = study
    assert (results / "smoke/report/index.html").stat().st_size > 5000
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}


def trial(cluster, root, folder: Path, name: str, code: str, mem_mb: int, runtime: int) -> subprocess.CompletedProcess:
    (folder / "workflow/scripts").mkdir(parents=True)
    (folder / f"workflow/scripts/{name}.py").write_text(code)
    (folder / "Snakefile").write_text(TRIAL.format(root=root, name=name, mem_mb=mem_mb, runtime=runtime))
    return snakemake(cluster, root, folder)


def test_a_job_that_runs_out_of_memory_gets_more(cluster, root, tmp_path):
    code = (
        "import time\nfrom pathlib import Path\nblock = bytearray(450 * 2**20)\n"
        "block[::4096] = b'x' * len(block[::4096])\ntime.sleep(20)\nPath(snakemake.output[0]).write_text('done')\n"
    )
    done = trial(cluster, root, tmp_path, "greedy", code, mem_mb=320, runtime=5)
    assert done.returncode == 0, done.stderr[-3000:]
    mine = [job for job in cluster.jobs() if job["WorkDir"] == str(tmp_path)]
    assert [job["MinMemoryNode"] for job in sorted(mine, key=lambda job: int(job["JobId"]))] == ["320M", "640M"]


def test_a_job_that_runs_out_of_time_gets_more(cluster, root, tmp_path):
    code = (
        "import time\nfrom pathlib import Path\ntime.sleep(600 if snakemake.resources.runtime < 2 else 1)\n"
        "Path(snakemake.output[0]).write_text('done')\n"
    )
    done = trial(cluster, root, tmp_path, "slow", code, mem_mb=300, runtime=1)
    assert done.returncode == 0, done.stderr[-3000:]
    mine = sorted((j for j in cluster.jobs() if j["WorkDir"] == str(tmp_path)), key=lambda job: int(job["JobId"]))
    # on a busy machine Python alone may take two minutes to start; then the third limit is needed
    assert [job["TimeLimit"] for job in mine] == ["00:01:00", "00:02:00", "00:03:00"][: max(len(mine), 2)]
    assert {job["JobState"] for job in mine[:-1]} == {"TIMEOUT"} and mine[-1]["JobState"] == "COMPLETED"


def test_a_gpu_job_is_given_its_device_by_slurm(cluster, root, tmp_path):
    """What CUDA, and so jobs/gpus.py, sees is what Slurm made visible."""
    code = (
        "import os\nfrom pathlib import Path\n"
        "Path(snakemake.output[0]).write_text(os.environ.get('CUDA_VISIBLE_DEVICES', 'none'))\n"
    )
    done = trial(cluster, root, tmp_path, "seen", code, mem_mb=300, runtime=5)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "seen.txt").read_text() == "0"
    assert [job["Partition"] for job in cluster.jobs() if job["WorkDir"] == str(tmp_path)] == ["gpu"]


def test_the_log_of_a_failed_job_is_shown(cluster, root, tmp_path):
    code = "from gestalt_regions.jobs.job import job\nwith job(snakemake):\n    raise ValueError('the reason why')\n"
    done = trial(cluster, root, tmp_path, "broken", code, mem_mb=300, runtime=5)
    assert done.returncode != 0
    assert "the reason why" in done.stderr
