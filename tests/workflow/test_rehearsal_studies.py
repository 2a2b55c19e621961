"""The studies of the rehearsals, on miniature folders: planned to the last table, their lists read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from gestalt_regions.faces.given_landmarks import POINTS
from gestalt_regions.tools.rehearsal.__main__ import main
from PIL import Image

NIH = ("config/studies/nih_faces.yaml", "config/studies/rehearsal_nih.yaml")
GMDB = ("config/studies/gmdb.yaml", "config/studies/rehearsal_gmdb.yaml")


def write_faces(folder: Path) -> None:
    """A finished faces stage of plain pictures."""
    (folder / "faces").mkdir(parents=True)
    names = ["KS-1", "KS-2", "NS-1", "NS-2"]
    for name in names:
        Image.new("RGB", (64, 64), (90, 70, 60)).save(folder / f"{name}.png")
    table = pd.DataFrame({"sample_id": names, "image": [f"{name}.png" for name in names]})
    table.assign(label=[name[:2] for name in names], simulated=True).to_csv(folder / "samples.csv", index=False)
    points = np.array([20, 25, 44, 25, 32, 38, 23, 48, 41, 48])
    index = pd.DataFrame([points] * 4, columns=POINTS)
    index.assign(sample_id=names).to_csv(folder / "faces/index.csv", index=False)


def build(place, cohort: str) -> None:
    faces = place.folder / "results/faces"
    write_faces(faces)
    out = place.folder / "results/rehearsal" / cohort
    assert main([cohort, "--faces", str(faces), "--out", str(out), "--scale", "0.02"]) == 0


def test_the_nih_study_goes_to_every_table(workdir):
    place = workdir("rehearsal-nih")
    build(place, "nih")
    jobs = place.planned("all", "tables", "figures", "split_audit", studies=NIH)
    assert jobs["faces_shard"] == 8 and jobs["train"] == 5 and jobs["saliency"] == 10
    assert {"rq1", "rq2", "annotate", "draw_hpo_map", "split_counts", "report_site", "scores"} <= set(jobs)
    place.snakemake("results/rehearsal_nih/samples.csv", studies=NIH)
    samples = pd.read_csv(place.folder / "results/rehearsal_nih/samples.csv")
    assert samples["simulated"].all() and samples["label"].nunique() == 12


def test_the_gmdb_study_goes_to_every_table(workdir):
    place = workdir("rehearsal-gmdb")
    build(place, "gmdb")
    jobs = place.planned("arc_tables", "arc_figures", "similarity_maps", studies=GMDB)
    assert jobs["faces_shard"] == 16 and jobs["encode"] == 2 and jobs["arc_table"] == 6
    place.snakemake("results/rehearsal_gmdb/matching/splits.csv", "--until", "samples", studies=GMDB)
    lists = pd.read_csv(place.folder / "results/rehearsal_gmdb/cohort/lists.csv")
    assert (
        lists["repeat"].max() == 10
        and pd.read_csv(place.folder / "results/rehearsal_gmdb/samples.csv")["simulated"].all()
    )
