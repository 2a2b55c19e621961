"""Planted cues in values of regions: a cue outside the face is told from the same class without it."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.across_cohorts.shortcut_values import WHOLE, write_shortcut_values
from gestalt_regions.evaluation.across_cohorts.shortcuts import FACES
from gestalt_regions.saliency.methods.morph import LEFT, OUTSIDE, REST

BOOTSTRAP = {"n_resamples": 100, "level": 0.95, "group": "kin_group"}
N = 24


def cohort(folder, strength, cue):
    """Files of one cohort: eyes hold 2 logits, the rest 1, what is outside `cue`; the first two are not recognised."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    faces = pd.DataFrame({"sample_id": [f"s{i}" for i in range(N)], "fold": [str(1 + i % 2) for i in range(N)]})
    faces = faces.assign(set="folds", subject_id=faces["sample_id"], kin_group=faces["sample_id"], method="M")
    faces = faces.assign(kind="background", strength=strength, carries=int(strength > 0), measure="share", value=0.5)
    faces["class"], faces["recognised"] = "NS", (faces.index > 1).astype(int)
    if strength:
        faces.loc[5, "carries"] = 0  # one that has no cue counts in neither cohort
    pd.concat([faces, faces.assign(measure="rank")])[FACES].to_csv(folder / "faces.csv", index=False)
    paths = []
    for fold in ("1", "2"):
        rows = []
        for i in faces.index[faces["fold"] == fold]:
            noise = rng.normal(0, 0.1)
            told = {"eyes": 2 + noise, REST: 1 + cue, OUTSIDE: cue + rng.normal(0, 0.1), LEFT: 9.0}
            told = told if i > 1 else dict.fromkeys(told, 99.0)
            rows += [{"row": i, "sample_id": f"s{i}", "region": name, "value": value} for name, value in told.items()]
        table = pd.DataFrame(rows).assign(set="folds", label="NS", target="NS", towards="Unaffected", low=0, high=0)
        paths.append(folder / f"fold-{fold}" / "MorphMean_values.csv")
        paths[-1].parent.mkdir()
        table.to_csv(paths[-1], index=False)
    return str(folder / "faces.csv"), [str(path) for path in paths]


def test_a_cue_outside_the_face_is_in_no_region(tmp_path):
    tables, values = zip(cohort(tmp_path / "plain", 0, 0.0), cohort(tmp_path / "cued", 0.9, 3.0), strict=True)
    paths = [path for of_cohort in values for path in of_cohort]
    settings = {"folds": ["1", "2"], "bootstrap": BOOTSTRAP, "seed": 1}
    write_shortcut_values(list(tables), paths, str(tmp_path / "out.csv"), **settings)
    table = pd.read_csv(tmp_path / "out.csv")
    assert set(table["method"]) == {"MorphMean"} and table["simulated"].all()
    told = table.set_index(["strength", "what", "quantity"]).sort_index()
    assert told.loc[0, "images"].eq(N - 2).all() and told.loc[0.9, "images"].eq(N - 3).all()
    value = told["value"]
    assert value[0, WHOLE, "logits"] == pytest.approx(3, abs=0.1)
    assert value[0.9, WHOLE, "logits"] == pytest.approx(6, abs=0.1)
    assert value[0.9, OUTSIDE, "share"] == pytest.approx(value[0.9, OUTSIDE, "logits"] / value[0.9, WHOLE, "logits"])
    assert value[0.9, REST, "share"] == pytest.approx(4 / 6, abs=0.02)
    assert told.loc[(0.9, OUTSIDE, "logits"), "auc"] == 1
    assert 0.2 < told.loc[(0.9, "eyes", "logits"), "auc"] < 0.8
    assert told.loc[(0.9, "eyes", "share"), "auc"] == 0
    assert told.loc[0, "auc"].isna().all() and told.loc[0, "difference"].isna().all()
    paired = told.loc[(0.9, REST, "logits")]
    assert paired[["difference", "difference_low", "difference_high"]].tolist() == pytest.approx([3, 3, 3])
    assert paired["pairs"] == N - 3
    bounds = told.dropna(subset="low")
    assert (bounds["low"] <= bounds["value"]).all() and (bounds["value"] <= bounds["high"]).all()
