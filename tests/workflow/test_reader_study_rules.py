"""`reader_study` over the finished smoke study: its kit alone is made, and no result depends on the section."""

import json

import pytest
from gestalt_regions.clinicians.reader_study.study_files import first_problem

SMOKE = "config/studies/smoke.yaml"
SECTION = """
reader_study:
  faces: 6
  explanations: [GradCam, Occlusion]
  control_faces: 2
  readers: 4
"""
REDRAWN = {"draw_workflow", "report_site", "time_stages", "all"}  # Figure 2 shows which rules a study has


@pytest.fixture(scope="module")
def finished(copy_smoke, workdir):
    """A copy of the finished smoke study, and a file with the section."""
    place = workdir("reader_study")
    copy_smoke(place.folder)
    (place.folder / "readers.yaml").write_text(SECTION)
    return place


def test_nothing_of_the_study_depends_on_the_section_but_the_figure_of_its_rules(finished):
    assert set(finished.planned(studies=(SMOKE, "readers.yaml"))) == REDRAWN


def test_without_the_section_it_says_what_to_add(finished):
    done = finished.snakemake("-n", "reader_study", studies=(SMOKE,), check=False)
    assert "the config has no section reader_study; add config/studies/reader_study.yaml" in done.stdout + done.stderr


def test_the_kit_is_made_from_what_is_there(finished):
    planned = set(finished.planned("reader_study", studies=(SMOKE, "readers.yaml")))
    assert planned - {"landmarks", "asset", "scored", "control_maps"} == {"reader_kit", "reader_study"}
    finished.snakemake("reader_study", studies=(SMOKE, "readers.yaml"))
    made = finished.folder / "results/smoke/reader_study"
    design = json.loads((made / "design.json").read_text())
    assert first_problem(design, "design") is None
    assert {item["true"] for item in design["items"]} == set(design["classes"]) and len(design["items"]) == 6
    assert len(list((made / "kit/images").iterdir())) == 6 + 2 * 6 + len(design["composites"])
    assert set(finished.planned(studies=(SMOKE, "readers.yaml"))) == REDRAWN
