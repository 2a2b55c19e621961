"""The smoke study's jobs share their starts; some of them again, each alone, make the same bytes and records."""

from __future__ import annotations

from pathlib import Path

from gestalt_regions.jobs.shared_starts import VARIABLE

STUDY = ("config/studies/smoke.yaml",)
MAPS = "results/smoke/resnet18_morph/fold-1/saliency/GradCam.npy"
RULES = ("classification", "rq1", "draw_boxplots")


def contents(folder: Path) -> dict[str, bytes]:
    """Every result and record of the study, but for the times."""
    files = [path for part in ("smoke", "provenance/smoke") for path in (folder / "results" / part).rglob("*")]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files if p.is_file() and "timing.csv" not in p.name}


def test_jobs_that_start_alone_make_the_same_bytes(copy_smoke, workdir, monkeypatch):
    place = workdir("alone")
    copy_smoke(place.folder)
    before = contents(place.folder)
    (place.folder / MAPS).unlink()
    monkeypatch.setenv(VARIABLE, "alone")
    done = place.snakemake("table2", "table3", "figure6", MAPS, "--forcerun", *RULES, studies=STUDY)
    for rule in ("saliency", *RULES):
        assert f"Rule: {rule})" in done.stdout + done.stderr, rule
    assert contents(place.folder) == before
