"""Table 2 against scikit-learn's definitions, its policy for undefined values, and the intervals."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.statistics import table2
from gestalt_regions.statistics.toolkit import latex, read
from gestalt_regions.statistics.toolkit.bootstrap import FEW
from simulated_inputs import write_study
from sklearn.metrics import precision_recall_fscore_support

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


def judged(labels, predicted, fold=1):
    table = pd.DataFrame({"label": labels, "predicted": predicted, "fold": fold, "set": "folds"})
    table["sample_id"] = [f"{fold}-{i}" for i in range(len(table))]
    table["kin_group"] = table["sample_id"]
    return table.assign(hit=table["label"] == table["predicted"])


def test_scores_equal_scikit_learn():
    rng = np.random.default_rng(0)
    labels = rng.choice(list("abc"), 60)
    predicted = np.where(rng.random(60) < 0.6, labels, rng.choice(list("abc"), 60))
    scores = table2.class_scores(judged(labels, predicted), "undefined")
    precision, recall, f1, n = precision_recall_fscore_support(labels, predicted, labels=list("abc"))
    np.testing.assert_allclose(scores[["precision", "recall", "f1", "n"]], np.c_[precision, recall, f1, n])


def test_class_that_is_never_predicted_is_explained_or_zero():
    frames = [judged(list("aabb"), list("aaaa"), 1), judged(list("aabb"), list("aabb"), 2)]
    table = pd.concat(frames)
    undefined = table2.summarise_scores(table2.class_scores(table, "undefined"), "undefined").set_index("class")
    assert undefined.loc["b", "precision_mean"] == 1.0
    assert "precision undefined in 1 of 2 folds" in undefined.loc["b", "note"]
    assert undefined.loc["b", "f1_mean"] == 0.5  # 2TP/(2TP+FP+FN) is defined, and 0, in fold 1
    assert "macro mean over the classes" in undefined.loc["Overall", "note"]
    zero = table2.summarise_scores(table2.class_scores(table, "zero"), "zero").set_index("class")
    assert zero.loc["b", "precision_mean"] == 0.5
    assert "counted as 0 in 1 folds" in zero.loc["b", "note"]


def test_overall_is_mean_and_sd_of_macro_scores():
    table = pd.concat([judged(list("aabb"), list("abab"), 1), judged(list("aabb"), list("aabb"), 2)])
    overall = table2.summarise_scores(table2.class_scores(table, "undefined"), "undefined").iloc[-1]
    assert overall["n"] == 8
    assert overall["recall_mean"] == pytest.approx(0.75)
    assert overall["recall_sd"] == pytest.approx(np.std([0.5, 1.0], ddof=1))


def test_accuracy_interval_draws_whole_groups():
    table = judged(["a"] * 40, ["a"] * 20 + ["b"] * 20)
    alone = table2.top1_accuracy(table, BOOTSTRAP, seed=1).iloc[0]
    table["kin_group"] = np.repeat(list("qrstuvwxyz"), 4)
    clustered = table2.top1_accuracy(table, BOOTSTRAP, seed=1).iloc[0]
    assert alone["mean"] == clustered["mean"] == 0.5
    assert alone["low"] < 0.5 < alone["high"]
    assert clustered["high"] - clustered["low"] > 1.6 * (alone["high"] - alone["low"])
    table["kin_group"] = np.repeat(["x", "y"], 20)
    few = table2.top1_accuracy(table, BOOTSTRAP, seed=1).iloc[0]
    assert np.isnan(few["low"]) and few["note"] == FEW


def test_a_sample_predicted_twice_is_refused(tmp_path):
    base = write_study(tmp_path)
    samples = read.load_samples(base / "samples.csv")
    path = base / "net" / "fold-1" / "predictions.csv"
    table = pd.read_csv(path)
    pd.concat([table, table.iloc[:1]]).to_csv(path, index=False)
    with pytest.raises(InputError, match="predicted twice"):
        table2.load_predictions([path], samples)


def test_run_writes_numbers_and_latex(tmp_path):
    base = write_study(tmp_path)
    predictions = [base / "net" / f"fold-{k}" / "predictions.csv" for k in (1, 2, 3)]
    paths = [tmp_path / name for name in ("t.csv", "t.tex", "f.csv", "a.csv")]
    table2.write_table2(
        prediction_paths=predictions,
        samples_path=base / "samples.csv",
        **dict(zip(("table_path", "tex_path", "folds_path", "accuracy_path"), paths, strict=True)),
        zero_division="undefined",
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    table = pd.read_csv(paths[0])
    assert list(table["class"])[-1] == "Overall" and table["simulated"].all()
    assert table["n"].iloc[-1] == table["n"].iloc[:-1].sum() == 143
    text = paths[1].read_text()
    assert r"\toprule" in text and "Simulated cohort" in text and text.count(r"\begin") == text.count(r"\end")


def test_latex_escapes_and_protects_brackets():
    text = latex.booktabs(pd.DataFrame({"a_b": ["50 %"], "c": ["[1, 2]"]}), "x & y", "tab:x")
    assert r"a\_b & c \\" in text and r"50 \% & {}[1, 2] \\" in text and r"x \& y" in text
