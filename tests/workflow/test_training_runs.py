"""Several training runs of every network: what is planned for the further ones, and that they are other networks."""

from __future__ import annotations

import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
FOLDS, METHODS = 2, 4
SHOWN = {"all", "report_site", "time_stages"}


@pytest.fixture(scope="module")
def finished(copy_smoke, workdir):
    """A copy of the finished smoke study, one run of every network; and the file that asks for a second."""
    place = workdir("training-runs")
    copy_smoke(place.folder)
    (place.folder / "twice.yaml").write_text("folds: {repeats: 2}\n")
    return place


def test_one_run_makes_nothing_of_it(finished):
    assert finished.planned(studies=(SMOKE,)) == {}
    assert not list((finished.folder / "results/smoke").glob("resnet18_morph.run*"))
    assert not (finished.folder / "results/smoke/resnet18_morph/training_runs").exists()


def test_a_second_run_makes_its_tables_alone_and_leaves_the_first(finished):
    planned = finished.planned(studies=(SMOKE, "twice.yaml"))
    of_run = {"train": FOLDS, "saliency": FOLDS * METHODS, "coefficients": METHODS, "same_maps": 1}
    of_run |= {"classification": 1, "rq1": 1, "rq2": 1, "across_runs": 9}  # three variants of Tables 3 and 4
    assert {rule: count for rule, count in planned.items() if rule not in SHOWN} == of_run


def test_a_second_run_is_another_network_on_the_same_folds(finished):
    results = finished.folder / "results/smoke"
    first = results / "resnet18_morph/fold-1"
    before = {path: path.stat().st_mtime_ns for path in first.rglob("*") if path.is_file()}
    joined = results / "resnet18_morph/training_runs/table2_accuracy.csv"
    finished.snakemake(str(joined.relative_to(finished.folder)), studies=(SMOKE, "twice.yaml"))
    assert before == {path: path.stat().st_mtime_ns for path in first.rglob("*") if path.is_file()}
    one, two = (
        pd.read_csv(results / f"{model}/fold-1/predictions.csv") for model in ("resnet18_morph", "resnet18_morph.run2")
    )
    assert one["sample_id"].tolist() == two["sample_id"].tolist()
    assert (one.filter(regex="^p_") != two.filter(regex="^p_")).to_numpy().any()
    assert set(pd.read_csv(joined)["runs"]) == {2}
