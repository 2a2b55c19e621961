"""The smoke study's jobs share their starts, two at a time; on one core, each started alone, they make the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gestalt_regions.jobs.shared_starts import VARIABLE

STUDY = ("config/studies/smoke.yaml",)
FOLD = "results/smoke/resnet18_morph/fold-1/saliency"
SOME = ("table2", "figure1", f"{FOLD}/GradCam.npy", f"{FOLD}/SmoothGrad.npy", f"{FOLD}/Occlusion.npy")


def contents(folder: Path) -> dict[str, bytes]:
    """Every result and record of the study, but for the times."""
    files = [path for part in ("smoke", "provenance/smoke") for path in (folder / "results" / part).rglob("*")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files if p.is_file() and "timing.csv" not in p.name}


@pytest.mark.parametrize(
    "targets", [pytest.param(SOME, id="some"), pytest.param(("all",), id="whole", marks=pytest.mark.slow)]
)
def test_on_one_core_and_alone_jobs_make_the_same_bytes_and_records(smoke, workdir, monkeypatch, targets):
    place = workdir("alone")
    told = Path("results/provenance/assets")  # assets are shared; if the smoke study made them, records say how
    if (smoke.folder / told).exists():
        shutil.copytree(smoke.folder / told, place.folder / told)
    monkeypatch.setenv(VARIABLE, "alone")
    place.snakemake(*targets, studies=STUDY, cores=1)
    made, expected = contents(place.folder), contents(smoke.folder)
    network = "results/smoke/resnet18_morph"
    maps = {f"{FOLD}/{method}.npy" for method in ("GradCam", "SmoothGrad", "Occlusion")}
    assert maps | {f"{network}/tables/table2.csv", f"{network}/fold-2/checkpoint.safetensors"} <= set(made)
    assert made == {name: expected[name] for name in made}
