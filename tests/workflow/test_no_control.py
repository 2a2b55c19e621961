"""A cohort of patients only: matching is planned where that is asked for; all else is refused with its reason."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def patients(workdir):
    """A folder of six patients of two classes; nothing is run."""
    place = workdir("patients")
    (place.folder / "photos").mkdir()
    rows = [f"{label}{i}.jpg,{label}" for label in ("KS", "NS") for i in range(3)]
    for row in rows:
        (place.folder / "photos" / row.split(",")[0]).write_bytes(b"no photograph is opened in a plan")
    (place.folder / "photos.csv").write_text("\n".join(["image,label", *rows, ""]))
    lines = "cohort: {kind: folder, name: mine, folder: {images: photos, table: photos.csv}}\nfolds: {n: 3}\n"
    lines += "matching: {rare_below: 3}\n"
    (place.folder / "mine.yaml").write_text(lines)
    for name, control in (("none", '""'), ("another", "KS")):
        (place.folder / f"{name}.yaml").write_text(f"statistics: {{control: {control}}}\n")
    return place


def test_without_a_control_class_nothing_is_planned_and_the_reason_is_said(patients):
    done = patients.snakemake("--dry-run", studies=("mine.yaml",), check=False)
    assert done.returncode
    assert "no image of the folds is 'Unaffected'" in done.stderr + done.stdout
    assert "The classes of the folds are KS 3, NS 3" in done.stderr + done.stdout


def test_matching_needs_none(patients):
    by_name = patients.planned("arc_tables", "arc_figures", studies=("mine.yaml",))
    by_default = patients.planned(studies=("mine.yaml", "none.yaml"))
    assert by_name["arc_table"] == by_default["arc_table"] == 6
    assert by_default["all"] == 1 and not {"folds", "train", "report_site"} & set(by_default)


def test_another_class_can_be_the_control(patients):
    planned = patients.planned(studies=("mine.yaml", "another.yaml"))
    assert planned["train"] == 3 and planned["report_site"] == 1


def test_an_encoder_that_cannot_be_fine_tuned_is_refused_before_any_job(patients):
    (patients.folder / "rare.yaml").write_text("matching: {rare_below: 7}\n")
    done = patients.snakemake("arc_tables", "--dry-run", studies=("mine.yaml", "rare.yaml"), check=False)
    assert done.returncode and "arcface_mbf_tuned: fine-tuning needs two disorders with 7 subjects" in (
        done.stderr + done.stdout
    )
