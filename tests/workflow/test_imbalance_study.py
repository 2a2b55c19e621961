"""The study of class imbalance on the finished smoke study: planned where it is asked for, and made as of photographs.

Recovery and use need counterfactuals, which the smoke study does not make: tests/unit/evaluation/test_set_values.py.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

SMOKE = "config/studies/smoke.yaml"
SECTION = """
cohort: {counterfactuals: {which: none}}
evaluation: {show: {sets: [paper]}}
imbalance:
  people: 2
  ratios: [2]
  rare: [[KS, Unaffected]]
  numbers: []
  runs: 2
  folds: 1
  methods: [GradCam]
"""
RULES = {"imbalance_subsets", "imbalance_train", "imbalance_maps", "imbalance_values"}
RULES |= {"imbalance_curves", "draw_imbalance", "imbalance"}
SHOW_THE_CONFIG = {"report_site", "time_stages", "draw_workflow", "all"}
STUDIES = (SMOKE, "sets.yaml")


@pytest.fixture(scope="module")
def finished(copy_smoke, workdir):
    """A copy of the finished smoke study."""
    place = workdir("imbalance")
    copy_smoke(place.folder)
    (place.folder / "sets.yaml").write_text(SECTION)
    return place


def test_it_is_planned_where_it_is_asked_for_alone(finished):
    assert set(finished.planned(studies=STUDIES)) <= SHOW_THE_CONFIG
    assert set(finished.planned("imbalance", studies=STUDIES)) == RULES
    said = finished.snakemake("imbalance", "--dry-run", studies=(SMOKE,), check=False)
    assert said.returncode and "the config has no section imbalance" in said.stdout + said.stderr


def test_it_is_made(finished):
    finished.snakemake("imbalance", studies=STUDIES)
    study = finished.folder / "results/smoke"
    sizes = pd.read_csv(study / "imbalance/sets.csv").set_index("trained_on")
    assert sizes["people"].to_dict() == {"whole": 12, "rare-1-2": 10, "balanced-1": 6}
    made = study / "resnet18_morph/imbalance"
    maps = np.load(made / "rare-1-2/run-1/fold-1/GradCam.npy")
    index = pd.read_csv(made / "rare-1-2/run-1/fold-1/GradCam.csv")
    assert len(maps) == len(index) and (index["target"] == index["label"]).all()
    for name in ("accuracy", "similarity"):
        table = pd.read_csv(made / f"{name}.csv")
        assert table["simulated"].all() and set(table["number"]) == {1, 2, 6}
    assert set(pd.read_csv(made / "accuracy.csv")["measure"]) == {"accuracy", "accuracy_by_shares"}
    assert set(pd.read_csv(made / "similarity.csv")["trained_on"]) >= {"unequal classes", "as few", "other faces"}
    assert not (made / "recovery.csv").exists() and not (made / "rare-1-2/run-1/use.csv").exists()
    for figure in ("ratio.svg", "classes.svg"):
        assert (made / figure).is_file()
    assert finished.planned("imbalance", studies=STUDIES) in ({}, {"imbalance": 1})
