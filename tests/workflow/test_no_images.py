"""What needs no image makes none: Table 1, Figure 4 and the split audit of published metadata."""

from __future__ import annotations

import pandas as pd
import pytest

LANDMARKS = ["bb_x1", "bb_y1", "bb_x2", "bb_y2", *(f"{axis}{i}" for i in range(1, 6) for axis in "xy"), "score"]


@pytest.mark.parametrize("target", ["table1", "figure4a", "figure4b", "rater_table"])
def test_the_default_study_renders_nothing_for_them(workdir, target):
    planned = set(workdir("plan").planned(target))
    assert target in planned
    drawing = {"table1": "list_terms", "figure4a": "draw_hpo_map", "figure4b": "draw_hpo_terms"}.get(
        target, "rater_truth"
    )
    assert planned - {"asset", "head_model", "ontology", "cohort_plan", "rate", "annotate"} == {target, drawing}


def test_a_sweep_is_a_loop_over_config_on_the_command_line(workdir):
    """Numbers inside a mapping on the command line arrive as text; a name of its own keeps each value's results."""
    given = ("--config", "cohort={name: severity_0.2, severity: 0.2}")
    planned = workdir("sweep").planned("leak_table", *given, studies=("config/studies/severity_sweep.yaml",))
    assert planned["probe_leaks"] == 1 and "train" not in planned and "rate" not in planned


@pytest.fixture(scope="module")
def nih(workdir):
    """A finished run without any photograph, on metadata of the real shape: two folds, two annotated syndromes."""
    place = workdir("nih")
    metadata = place.folder / "metadata"
    (metadata / "annotated-hpo-terms").mkdir(parents=True)
    rows = []
    for label in ("KS", "NS", "Unaffected"):
        for i in range(6):
            held = i < 3 and label != "Unaffected"
            parts = ["test", "test"] if held else ["val", "train"] if i % 2 else ["train", "val"]
            rows.append([f"{label}Slide{i}.png", *range(100 * len(rows), 100 * len(rows) + len(LANDMARKS)), *parts])
    columns = ["image_name", *LANDMARKS, "fold-1", "fold-2"]
    pd.DataFrame(rows, columns=columns).to_csv(metadata / "partitions.csv", index=False)
    (metadata / "related_samples.csv").write_text("# kin\n'KSSlide0', 'KSSlide4'\n")
    for label, terms in (("KS", "Ptosis,Macrotia"), ("NS", "Ptosis,Webbed neck")):
        lines = "".join(f"{i},{label}Slide{i}.png,{i + 1}X,1X,\n" for i in range(3))
        (metadata / f"annotated-hpo-terms/{label}.csv").write_text(f"image_num,image_name,{terms},Other\n{lines}")
    (place.folder / "mine.yaml").write_text(
        "cohort: {nih_faces: {metadata: metadata}}\nfolds: {n: 2}\nstatistics: {syndromes: [KS, NS]}\n"
    )
    studies = ("config/studies/nih_faces.yaml", "mine.yaml")
    place.snakemake("split_audit", "figure4a", "figure4b", "table1", studies=studies)
    return place, studies


def test_published_metadata_alone_give_audit_and_figures(nih):
    results = nih[0].folder / "results/nih_faces"
    counts = pd.read_csv(results / "split_audit.csv").set_index("class")
    assert counts.loc["Overall", ["in_folds", "heldout", "rated", "images"]].tolist() == [12, 6, 6, 18]
    findings = pd.read_csv(results / "split_findings.csv")
    assert findings[["check", "sample_ids"]].values.tolist() == [["heldout", "KSSlide0;KSSlide4"]]
    assert pd.read_csv(results / "figures/figure4b.csv").term[0] in ("Macrotia", "Webbed neck")
    for figure in ("figure4a", "figure4b"):
        assert "simulated" not in (results / f"figures/{figure}.svg").read_text()


def test_the_whole_study_takes_its_folds_and_landmarks_as_given(nih):
    place, studies = nih
    planned = place.planned(studies=studies)
    assert planned["folds"] == 1 and planned["train"] == 2
    assert "samples" not in planned  # done
    # every output of the DAG with its inputs, whether it has been made or not
    listed = place.snakemake("--detailed-summary", studies=studies).stdout
    assert "results/assets/bisenet.pth" in listed and "scrfd" not in listed


def test_a_wrong_term_is_refused_before_the_first_job(workdir):
    place = workdir("terms")
    (place.folder / "photos").mkdir()
    (place.folder / "photos.csv").write_text("image,label,split\na.png,NS,heldout\nb.png,Unaffected,folds\n")
    section = "{images: photos, table: photos.csv, annotations: terms.csv}"
    (place.folder / "own.yaml").write_text(f"cohort: {{kind: folder, name: own, folder: {section}}}\n")
    (place.folder / "terms.csv").write_text("sample_id,Ptosys\na,1\n")
    done = place.snakemake("--dry-run", studies=("own.yaml",), check=False)
    assert done.returncode and "did you mean Ptosis (HP:0000508)?" in done.stderr and "Traceback" not in done.stderr
    (place.folder / "terms.csv").write_text("sample_id,HP_0000508\na,1\n")
    assert place.planned("results/own/hpo_annotations.csv", studies=("own.yaml",)) == {"samples": 1}
