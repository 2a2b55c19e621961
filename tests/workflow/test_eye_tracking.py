"""Which rules eye-tracking has, with simulated readers and with files, and that nothing else changes by it."""

from __future__ import annotations

import json

STUDY = "config/studies/eye_tracking.yaml"
RULES = {"clean_fixations", "fixation_density", "score_gaze", "draw_gaze_scores", "draw_gaze_sheet", "eye_tracking"}


def test_simulated_readers_or_files(workdir):
    place = workdir("eye_tracking")
    planned = place.planned("eye_tracking", studies=(STUDY,))
    assert planned.keys() >= RULES | {"simulate_gaze"}
    (place.folder / "exports").mkdir()
    (place.folder / "exports/p01.tsv").write_text("")
    path = place.folder / "other.yaml"
    path.write_text(json.dumps({"eye_tracking": {"files": ["exports"], "format": "tobii"}}))
    planned = place.planned("eye_tracking", studies=(str(path),))
    assert planned.keys() >= RULES and "simulate_gaze" not in planned


def test_without_the_section_the_message_says_what_to_do(workdir):
    place = workdir("eye_tracking_none")
    said = place.snakemake("eye_tracking", "-n", check=False)
    assert "no section eye_tracking" in said.stdout + said.stderr
    assert not RULES & place.planned("all", studies=(STUDY,)).keys()
