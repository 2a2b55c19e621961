"""Reliability before and after calibration, and the gestalt score, from answers whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.affected_roc import draw_affected
from gestalt_regions.figures.reliability_diagram import draw_reliability
from gestalt_regions.statistics.deepgestalt import affected, reliability_bins
from gestalt_regions.statistics.deepgestalt.answers import Answers, load_answers
from gestalt_regions.statistics.deepgestalt.calibrated import calibrated
from gestalt_regions.statistics.toolkit import read
from scipy.special import softmax
from sklearn.metrics import roc_auc_score, roc_curve

CLASSES, FOLDS, SURE = ["A", "B", "Unaffected"], 3, 3.0


@pytest.fixture(scope="module")
def answers():
    """Labels drawn from the probabilities of a softmax; what the networks say is three times as sure."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1.5, (900, 3))
    labels = [CLASSES[rng.choice(3, p=p)] for p in softmax(logits, axis=1)]
    names = [f"s{k}" for k in range(900)]
    table = pd.DataFrame({"sample_id": names, "label": labels, "subject_id": names, "kin_group": names})
    table = table.assign(set="folds", fold=np.arange(900) % FOLDS + 1)
    return Answers(table, softmax(SURE * logits, axis=1), CLASSES)


def test_temperature_undoes_too_much_confidence(answers):
    later, heat = calibrated(answers)
    assert set(heat) == {1, 2, 3}
    assert list(heat.values()) == pytest.approx([SURE] * 3, rel=0.2)
    assert (later.probabilities.argmax(axis=1) == answers.probabilities.argmax(axis=1)).all()
    bins, summary, _ = reliability_bins.reliability(answers, resamples=300, level=0.95, seed=1)
    before, after = summary.iloc[0], summary.iloc[1]
    assert after["ece"] < 0.5 * before["ece"] and before["ece"] > 3 * before["ece_floor"]
    assert after["ece"] < 2 * after["ece_floor"]
    assert after["loss_change_high"] < 0 and after["loss_change"] == pytest.approx(after["loss"] - before["loss"])
    assert bins.groupby("stage")["answers"].sum().eq(900).all()


def test_a_fold_has_no_say_in_its_own_temperature(answers):
    table = answers.table.copy()
    inside = table["fold"] == 1
    table.loc[inside, "label"] = "A"  # wrong labels in fold 1
    _, heat = calibrated(answers)
    _, other = calibrated(Answers(table, answers.probabilities, CLASSES))
    assert other[1] == heat[1] and other[2] != heat[2]


def test_area_and_curve_are_those_of_scikit_learn(answers):
    scores = affected.affected_scores(answers, "Unaffected")
    truth, score = scores["label"] != "Unaffected", scores["score"]
    np.testing.assert_allclose(score, 1 - answers.probabilities[:, 2])
    rng = np.random.default_rng(0)
    table, curve = affected.roc(scores, "Unaffected", resamples=300, level=0.95, rng=rng)
    table = table.set_index("class")
    row = table.loc[affected.ALL]
    assert row["auc"] == pytest.approx(roc_auc_score(truth, score))
    assert row["low"] < row["auc"] < row["high"]
    two = scores["label"].isin(["A", "Unaffected"])
    assert table.loc["A", "auc"] == pytest.approx(roc_auc_score(truth[two], score[two]))
    alarms, found, _ = roc_curve(truth, score, drop_intermediate=False)
    inner = curve.iloc[1:-1]  # at 0 and 1 the curve has steps
    np.testing.assert_allclose(inner["sensitivity"], np.interp(inner["false_alarms"], alarms, found), atol=0.01)
    assert (curve["low"] <= curve["sensitivity"] + 1e-9).all() and (curve["sensitivity"] <= curve["high"] + 1e-9).all()
    assert table.loc["Unaffected", "at_half"] == pytest.approx((score[~truth] > 0.5).mean())


def test_a_set_without_unaffected_people_has_no_curve(answers):
    scores = affected.affected_scores(answers, "Unaffected")
    scores = scores[scores["label"] != "Unaffected"].reset_index(drop=True)
    rng = np.random.default_rng(0)
    table, curve = affected.roc(scores, "Unaffected", resamples=100, level=0.95, rng=rng)
    assert table["auc"].isna().all() and curve.empty
    assert table["note"].iloc[0] == "no image of Unaffected, so no ROC"
    with pytest.raises(InputError, match="know no 'Healthy'"):
        affected.affected_scores(answers, "Healthy")


@pytest.fixture
def study(tmp_path, answers):
    """Files of the answers, and ten held-out affected images that all networks answer."""
    rng = np.random.default_rng(1)
    held = pd.DataFrame({"sample_id": [f"h{k}" for k in range(10)], "label": ["A", "B"] * 5, "set": "heldout"})
    every = pd.concat([answers.table[["sample_id", "label"]], held[["sample_id", "label"]]])
    names = every["sample_id"]
    samples = every.assign(subject_id=names, kin_group=names, split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    for fold in range(1, FOLDS + 1):
        inside = (answers.table["fold"] == fold).to_numpy()
        part = pd.concat([answers.table.loc[inside, ["sample_id", "label", "set"]], held])
        p = np.concatenate([answers.probabilities[inside], softmax(rng.normal(0, 1, (10, 3)), axis=1)])
        part[[f"p_{name}" for name in CLASSES]] = p
        (tmp_path / f"net/fold-{fold}").mkdir(parents=True)
        part.assign(predicted="A").to_csv(tmp_path / f"net/fold-{fold}/predictions.csv", index=False)
    return tmp_path, [str(tmp_path / f"net/fold-{fold}/predictions.csv") for fold in range(1, FOLDS + 1)]


def test_tables_and_figures_are_written(study):
    folder, paths = study
    shared = {"prediction_paths": paths, "samples_path": str(folder / "samples.csv"), "model": "net"}
    shared |= {"resamples": 200, "level": 0.95, "seed": 1}
    names = ("bins", "csv", "tex")
    reliability_bins.write_reliability(**shared, **{f"{name}_path": str(folder / f"r.{name}") for name in names})
    names = ("scores", "curve", "csv", "tex")
    files = {f"{name}_path": str(folder / f"a.{name}") for name in names}
    affected.write_affected(**shared, **files, control="Unaffected")
    assert "Simulated cohort" in (folder / "r.tex").read_text()
    assert "Held-out images of Unaffected: none" in (folder / "a.tex").read_text()
    scores = pd.read_csv(folder / "a.scores")
    assert scores.groupby("set").size().to_dict() == {"folds": 900, "heldout": 10}
    whole, _ = calibrated(load_answers(paths, read.load_samples(folder / "samples.csv")))
    first = whole.table["sample_id"] == "h0"
    held = scores.set_index("sample_id").loc["h0", "score"]
    assert held == pytest.approx(1 - whole.probabilities[first, 2].mean(), abs=1e-6)
    draw_reliability(folder / "r.bins", folder / "r.csv", folder / "r.svg", model="net")
    draw_affected(*(folder / f"a.{name}" for name in names[:3]), folder / "a.svg", control="Unaffected", model="net")
    assert "held out, 10 images" in (folder / "r.svg").read_text()
    text = (folder / "a.svg").read_text()
    assert "AUC" in text and "simulated cohort" in text
