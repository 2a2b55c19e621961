"""Further test sets in Table 2, and the mean of experts against the full face, from answers whose hits are known."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.test_set_accuracy import draw_test_sets
from gestalt_regions.statistics.deepgestalt import aggregation, test_set_counts, top_accuracy
from gestalt_regions.statistics.deepgestalt.answers import load_models
from gestalt_regions.statistics.toolkit import read

CLASSES = ["A", "B", "C"]
PEOPLE = 12
WRONG = {  # model -> set -> people who get a wrong answer from every network
    "mean": {"heldout": {0}, "masked": {0, 1}, "web": set()},
    "full": {"heldout": {0}, "masked": {0, 1, 2, 3, 4, 5}, "web": {3}},
}
LOST = 11  # no face is found behind the mask


def answer(label, wrong):
    place = (CLASSES.index(label) + bool(wrong)) % 3
    return [0.8 if k == place else 0.1 for k in range(3)]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Twelve held-out people, each with a masked copy, and twelve of another source; two models of two folds."""
    root = tmp_path_factory.mktemp("sets")
    columns = ["sample_id", "label", "subject_id", "kin_group", "split", "simulated"]

    def people(name, split):
        labels = [CLASSES[k % 3] for k in range(PEOPLE)]
        return [(f"{name}{k}", labels[k], f"{name}{k}", f"F-{name}{k}", split, True) for k in range(PEOPLE)]

    tables = {
        "samples": pd.DataFrame([*people("f", "folds"), *people("h", "heldout")], columns=columns),
        "masked": pd.DataFrame(people("h", "heldout"), columns=columns),
        "web": pd.DataFrame([row for row in people("w", "heldout") if row[1] != "C"], columns=columns),
    }
    for name, table in tables.items():
        table.to_csv(root / f"{name}.csv", index=False)
    (root / "gone.csv").write_text("sample_id,image,reason,detail\n")
    (root / "lost.csv").write_text(f"sample_id,image,reason,detail\nh{LOST},x.png,no_face,none\n")
    for model, wrong in WRONG.items():
        for fold in (1, 2):
            rows = []
            for row in tables["samples"].itertuples():
                number = int(row.sample_id[1:])
                if row.split == "folds" and number % 2 + 1 != fold:
                    continue
                p = answer(row.label, row.split == "heldout" and number in wrong["heldout"])
                rows.append([row.sample_id, row.split, row.label, CLASSES[int(np.argmax(p))], *p])
            (root / model / f"fold-{fold}").mkdir(parents=True)
            table = pd.DataFrame(rows, columns=["sample_id", "set", "label", "predicted", "p_A", "p_B", "p_C"])
            table.to_csv(root / model / f"fold-{fold}/predictions.csv", index=False)
        rows = [
            [name, row.sample_id, fold, *answer(row.label, int(row.sample_id[1:]) in wrong[name])]
            for fold in (1, 2)
            for name in ("masked", "web")
            for row in tables[name].itertuples()
            if not (name == "masked" and row.sample_id == f"h{LOST}")
        ]
        table = pd.DataFrame(rows, columns=["set", "sample_id", "fold", "p_A", "p_B", "p_C"])
        table.to_csv(root / model / "test_sets.csv", index=False)
    return root


def files(root):
    return {
        "prediction_paths": [str(root / model / f"fold-{fold}/predictions.csv") for model in WRONG for fold in (1, 2)],
        "samples_path": str(root / "samples.csv"),
        "answer_paths": [str(root / model / "test_sets.csv") for model in WRONG],
        "listed_paths": {name: str(root / f"{name}.csv") for name in ("masked", "web")},
    }


@pytest.fixture(scope="module")
def table2(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table2")
    top_accuracy.write_top_accuracy(
        **files(study),
        excluded_path=str(study / "gone.csv"),
        csv_path=str(folder / "t.csv"),
        tex_path=str(folder / "t.tex"),
        parts={"full": "full_face"},
        top=[1],
        reference="mean",
        resamples=500,
        level=0.95,
        permutations=999,
        seed=1,
    )
    return folder


def test_table2_has_a_row_for_each_set(table2):
    table = pd.read_csv(table2 / "t.csv").set_index(["set", "model"])
    assert list(dict.fromkeys(table.reset_index()["set"])) == ["folds", "heldout", "masked", "web"]
    masked = table.loc[("masked", "full")]
    assert (masked["images"], masked["excluded"], masked["networks"]) == (11, 1, 2)
    assert masked["accuracy"] == pytest.approx(5 / 11) and masked["accuracy_of_all"] == pytest.approx(5 / 12)
    assert masked["difference"] == pytest.approx(-4 / 11)
    assert masked["low_of_all"] < masked["accuracy_of_all"] < masked["high_of_all"]
    assert table.loc[("web", "mean"), "accuracy"] == 1 and table.loc[("web", "mean"), "images"] == 8
    held = table.loc[("heldout", "mean")]
    assert held["accuracy"] == held["accuracy_of_all"] == pytest.approx(11 / 12) and held["excluded"] == 0
    text = (table2 / "t.tex").read_text()
    assert "1 more without a usable face" in text and "Excluded = wrong" in text


def test_the_figure_shows_every_set(table2, tmp_path):
    draw_test_sets(
        table2 / "t.csv", tmp_path / "f.svg", originals={"masked": "heldout", "web": ""}, aggregates=["mean"]
    )
    text = (tmp_path / "f.svg").read_text()
    for said in ("11 images, 1 without a face", "mean of experts", "without the occluder", "simulated cohort"):
        assert said in text


def test_aggregation_is_compared_on_the_same_images(study, tmp_path):
    aggregation.write_aggregation(
        **files(study),
        csv_path=str(tmp_path / "a.csv"),
        tex_path=str(tmp_path / "a.tex"),
        pairs={"mean": "full"},
        originals={"masked": "heldout", "web": ""},
        top=[1, 5],
        resamples=2000,
        level=0.95,
        seed=1,
    )
    table = pd.read_csv(tmp_path / "a.csv").set_index("set")
    assert list(table.index) == ["folds", "heldout", "masked", "web", aggregation.POOLED] and set(table["k"]) == {1}
    masked = table.loc["masked"]
    assert (masked["aggregate"], masked["full_face"]) == pytest.approx((9 / 11, 5 / 11))
    assert masked["difference"] == masked["growth"] == pytest.approx(4 / 11)  # both have one wrong without the mask
    assert 0 < masked["low"] < masked["difference"] < masked["high"]
    assert (masked["better"], masked["grows"]) == ("yes", "yes")
    assert table.loc["heldout", "difference"] == 0 and table.loc["heldout", "better"] == "not shown"
    assert np.isnan(table.loc["web", "growth"]) and table.loc["web", "better"] == "too few families"
    assert table.loc[aggregation.POOLED, "difference"] == masked["difference"]
    text = (tmp_path / "a.tex").read_text()
    assert "Better than the full face: yes. Does it gain by the occluder: yes." in text and "Simulated cohort" in text


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.1, 0.2, "yes"), (-0.2, -0.1, "no: it is worse"), (0.0, 0.1, "not shown")]
)
def test_an_interval_is_said_in_words(low, high, words):
    assert aggregation.said(low, high) == words


def test_answers_must_fit_the_study(study):
    given = files(study)
    samples = read.load_samples(study / "samples.csv", ())
    listed = {name: read.load_samples(path, ()) for name, path in given["listed_paths"].items()}
    listed["web"] = listed["web"][1:]
    with pytest.raises(InputError, match=r"test_sets\.csv: 'w0' is not in samples\.csv of web"):
        load_models(given["prediction_paths"], samples, given["answer_paths"], listed)


def test_counts_name_missing_classes_and_reasons(study, tmp_path):
    test_set_counts.write_test_set_counts(
        samples_path=str(study / "samples.csv"),
        listed_paths=files(study)["listed_paths"],
        excluded_paths={"masked": str(study / "lost.csv"), "web": str(study / "gone.csv")},
        csv_path=str(tmp_path / "c.csv"),
        sections={"masked": {"kind": "occluded", "of": "heldout", "occluder": "mask"}, "web": {"kind": "folder"}},
    )
    table = pd.read_csv(tmp_path / "c.csv").set_index("set")
    assert (table.loc["masked", "excluded"], table.loc["masked", "reasons"]) == (1, "no_face: 1")
    assert table.loc["web", "missing"] == "C" and table.loc["web", "photographs"] == 8
