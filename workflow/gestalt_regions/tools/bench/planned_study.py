"""Planning of made-up studies that growth.py measures: a rendered cohort, and photographs of one's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from gestalt_regions.core.io import write_table
from gestalt_regions.tools.bench.growth import NOTE
from gestalt_regions.tools.bench.made_up import ROOT, Step, settings_of, tables
from gestalt_regions.tools.plan.dag import job_counts

FILES = 300  # photographs that differ; all others are links to one of them, as a file system allows some 65,000 of one


def _rendered(folder: Path, images: int) -> None:
    """A study with so many times the subjects, and a shard for every 500 images."""
    cohort = settings_of("cohort")
    keys = ("subjects_per_class", "heldout_subjects_per_syndrome")
    subjects = len(cohort["classes"]) * cohort[keys[0]] + (len(cohort["classes"]) - 1) * cohort[keys[1]]
    times = images / (subjects * cohort["images_per_subject"])
    more = {key: max(1, round(times * cohort[key])) for key in keys} | {"shards": 0}
    study = {"cohort": more, "faces": {"shards": 0}}
    (folder / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")


def photographs(folder: Path, images: int) -> None:
    """Write photographs, their table and a config: FILES noise pictures, under as many names as there are images.

    Parameters
    ----------
    folder : Path
        Where to.
    images : int
        How many.
    """
    table = tables(folder, images).drop(columns=["fold", "simulated"])
    rng = np.random.default_rng(1)
    for number in range(images):
        name = folder / f"photos/{number // 1000:04d}/{number:07d}.jpg"
        name.parent.mkdir(parents=True, exist_ok=True)
        if number < FILES:
            Image.fromarray(rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(name)
        else:
            same = number % FILES
            os.link(folder / f"photos/{same // 1000:04d}/{same:07d}.jpg", name)
    table["image"] = [f"{k // 1000:04d}/{k:07d}.jpg" for k in range(images)]
    write_table(table, folder / "photos.csv")
    study = {
        "cohort": {"kind": "folder", "name": "own", "folder": {"images": "photos", "table": "photos.csv"}},
        "faces": {"shards": 0},
        "saliency": {"further_methods": {"MorphMean": None}},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")


def _snakemake(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-s", str(ROOT / "Snakefile"), "-d", str(folder)]
    command += ["--quiet", "host", "--configfile", str(ROOT / "config/config.yaml"), str(folder / "study.yaml")]
    done = subprocess.run([*command, *arguments], env=environment, check=False, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode:
        raise RuntimeError(said[-2000:])
    return said


def _listed(folder: Path, images: int) -> None:
    """As `photographs`; then their lists are made, as the first run does."""
    photographs(folder, images)
    _list_photographs(folder, images)


def _plan(folder: Path, images: int) -> None:
    jobs = job_counts(_snakemake(folder, "--dry-run"))
    print(f"{NOTE}{sum(jobs.values())} jobs, {jobs.get('faces_shard', 0)} of them shards of faces")


def _list_photographs(folder: Path, images: int) -> None:
    _snakemake(folder, "--until", "photographs")


STAGES: dict[str, tuple[Step, Step]] = {
    "plan of a rendered cohort": (_rendered, _plan),
    "plan of new photographs": (photographs, _plan),
    "list of photographs": (photographs, _list_photographs),
    "plan of photographs": (_listed, _plan),
}
