"""Tables 1 and 2 and the confusion matrix of DeepGestalt, from answers whose hits are known."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures.confusion_matrix import draw_confusion
from gestalt_regions.statistics.deepgestalt import binary_problems, confusion_counts, specialised, top_accuracy
from gestalt_regions.statistics.deepgestalt.answers import load_answers, load_models
from gestalt_regions.statistics.toolkit import read

CLASSES = ["A", "B", "C", "Unaffected"]
FOLDS = 3


def draw(rng, labels, right):
    """Probabilities in which about a share `right` of the labels come first."""
    raw = rng.random((len(labels), len(CLASSES)))
    raw[np.arange(len(labels)), [CLASSES.index(label) for label in labels]] += 3.0 * (rng.random(len(labels)) < right)
    return raw / raw.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """24 people of each class with two images, six of A and B held out; a good model and a chance one."""
    root, rng = tmp_path_factory.mktemp("deepgestalt"), np.random.default_rng(0)
    people = [(f"{label}{k}", label, "folds") for label in CLASSES for k in range(24)]
    people += [(f"{label}h{k}", label, "heldout") for label in "AB" for k in range(6)]
    rows = [
        (f"{name}-{photo}", label, name, f"F{name}", split, True) for name, label, split in people for photo in "12"
    ]
    samples = pd.DataFrame(rows, columns=["sample_id", "label", "subject_id", "kin_group", "split", "simulated"])
    samples.to_csv(root / "samples.csv", index=False)
    (root / "excluded.csv").write_text("sample_id,image,reason,detail\n")
    fold_of = {name: place % FOLDS + 1 for place, name in enumerate(samples["subject_id"].unique())}
    for model, right in (("good", 0.8), ("chance", 0.0)):
        for fold in range(1, FOLDS + 1):
            mine = (samples["subject_id"].map(fold_of) == fold) & (samples["split"] == "folds")
            part = samples[mine | (samples["split"] == "heldout")]
            probabilities = draw(rng, list(part["label"]), right)
            table = part[["sample_id", "label"]].assign(
                set=part["split"], predicted=np.asarray(CLASSES)[probabilities.argmax(axis=1)]
            )
            table[[f"p_{name}" for name in CLASSES]] = probabilities
            (root / model / f"fold-{fold}").mkdir(parents=True)
            table.to_csv(root / model / f"fold-{fold}/predictions.csv", index=False)
    return root


def paths(study, *models):
    return [str(study / model / f"fold-{fold}/predictions.csv") for model in models for fold in range(1, FOLDS + 1)]


@pytest.fixture(scope="module")
def models(study):
    return load_models(paths(study, "good", "chance"), read.load_samples(study / "samples.csv"))


@pytest.fixture(scope="module")
def table2(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table2")
    top_accuracy.write_top_accuracy(
        prediction_paths=paths(study, "good", "chance"),
        samples_path=str(study / "samples.csv"),
        excluded_path=str(study / "excluded.csv"),
        csv_path=str(folder / "t.csv"),
        tex_path=str(folder / "t.tex"),
        parts={"chance": "eyes"},
        top=[1, 2, 10],
        reference="good",
        resamples=500,
        level=0.95,
        permutations=2000,
        seed=1,
    )
    text = (folder / "t.tex").read_text()
    assert "Simulated cohort" in text and "Top 10 of 4 classes is always right" in text
    assert "Held out: no image of C, Unaffected, so nothing is said of them." in text
    return pd.read_csv(folder / "t.csv").set_index(["set", "model", "k"])


def test_top_accuracy_is_the_share_of_right_answers(models, table2):
    answers = models["good"].of_set("folds")
    label = answers.table["label"].map(CLASSES.index).to_numpy()
    for k in (1, 2):
        first = np.argsort(-answers.probabilities, axis=1)[:, :k]
        assert table2.loc[("folds", "good", k), "accuracy"] == pytest.approx(
            (first == label[:, None]).any(axis=1).mean()
        )
    assert set(table2.reset_index()["k"]) == {1, 2}
    held = models["good"].of_set("heldout")
    right = held.probabilities.argmax(axis=1) == held.table["label"].map(CLASSES.index)
    row = table2.loc[("heldout", "good", 1)]
    assert row["accuracy"] == pytest.approx(right.groupby(held.table["fold"]).mean().mean())
    assert (row["networks"], row["images"]) == (FOLDS, 24)


def test_permutations_tell_a_model_from_chance(table2):
    good, chance = table2.loc[("folds", "good", 1)], table2.loc[("folds", "chance", 1)]
    assert good["reached_images"] == 0 and good["p_images"] == good["p_people"] == pytest.approx(1 / 2001)
    assert good["p_exact"] < 1e-6
    assert chance["p_images"] > 0.05 and abs(chance["p_exact"] - chance["p_images"]) < 0.05
    assert chance["chance"] == pytest.approx(chance["accuracy"], abs=0.1)


def test_difference_is_paired_with_the_reference(table2):
    row = table2.loc[("folds", "chance", 1)]
    assert row["difference"] == pytest.approx(row["accuracy"] - table2.loc[("folds", "good", 1), "accuracy"])
    assert row["difference_low"] < row["difference"] < row["difference_high"] < 0
    assert np.isnan(table2.loc[("folds", "good", 1), "difference"])


def test_families_widen_the_interval_where_a_person_is_right_or_wrong_as_a_whole(models):
    answers = models["good"].of_set("folds")
    probabilities = answers.probabilities.copy()
    probabilities[1::2] = probabilities[::2]  # both images of a person have one answer
    twice = type(answers)(answers.table, probabilities, answers.classes)
    made = {"top": [1], "reference": "", "resamples": 1000, "level": 0.95, "permutations": 99}
    row = top_accuracy.top_accuracy({"net": twice}, "folds", **made, seed=1).iloc[0]
    width = {unit: row[f"high_{unit}"] - row[f"low_{unit}"] for unit in ("images", "groups")}
    assert width["groups"] == pytest.approx(np.sqrt(2) * width["images"], rel=0.15)


@pytest.fixture(scope="module")
def table1(study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("table1")
    stated = [{"name": "Bird 2014", "accuracy": 0.71, "images": 0, "source": "workshop"}]
    binary_problems.write_binary(
        prediction_paths=paths(study, "good"),
        samples_path=str(study / "samples.csv"),
        csv_path=str(folder / "t.csv"),
        tests_path=str(folder / "tests.csv"),
        tex_path=str(folder / "t.tex"),
        binary=[{"positive": "A", "stated": stated}, {"positive": "A", "negative": ["B"]}],
        control="Unaffected",
        resamples=500,
        level=0.95,
        seed=1,
    )
    assert "Bird 2014" in (folder / "t.tex").read_text()
    return pd.read_csv(folder / "t.csv"), pd.read_csv(folder / "tests.csv")


def test_binary_answer_is_more_than_half_of_the_probability(models, table1):
    answers = models["good"].of_set("folds")
    row = table1[0].iloc[0]
    said, is_a = answers.probabilities[:, 0] > 0.5, answers.table["label"] == "A"
    assert row["head"] == "derived from 4 classes" and row["negative"] == "all others"
    assert row["accuracy"] == pytest.approx((said == is_a).mean())
    assert row["sensitivity"] == pytest.approx(said[is_a].mean())
    assert row["specificity"] == pytest.approx((~said[~is_a]).mean())
    assert row["majority"] == 0.75 and (row["images"], row["positives"]) == (192, 48)
    pair = table1[0][(table1[0]["negative"] == "B") & (table1[0]["set"] == "folds")].iloc[0]
    two = answers.table["label"].isin(["A", "B"]).to_numpy()
    said = answers.probabilities[two, 0] > answers.probabilities[two, 1]
    assert pair["accuracy"] == pytest.approx((said == is_a[two]).mean()) and pair["images"] == 96


def test_stated_accuracy_is_tested_in_each_form(table1):
    test = table1[1].iloc[0]
    assert len(table1[1]) == 2  # both sets of the problem that has a stated accuracy
    assert (test["stated_images"], test["images"]) == (192, 192)
    assert test["p_known"] < test["p_unpooled"] < 0.05 and test["p_groups"] < 0.05


def test_all_right_has_an_exact_interval():
    images = pd.DataFrame({"sample_id": list("abcdefghi"), "kin_group": list("abcdefghi")})
    values = np.stack([np.ones(9), np.full(9, np.nan), np.ones(9)], axis=1)
    rng = np.random.default_rng(0)
    row, error = binary_problems.binary_row(images, values, resamples=200, level=0.95, rng=rng)
    assert (row["specificity_low_images"], row["specificity_high_images"]) == (1, 1)  # as published for 9 of 9
    assert (row["specificity_low_groups"], row["specificity_high_groups"]) == pytest.approx((0.025 ** (1 / 9), 1))
    assert "exact interval of 9 families" in row["note"] and error == 0
    assert np.isnan(row["sensitivity"])


def test_unknown_classes_are_refused():
    with pytest.raises(InputError, match=r"no class 'Angelmann'.*Angelman"):
        binary_problems.problems_of([{"positive": "Angelmann"}], ["Angelman", "WS"], "WS")
    with pytest.raises(InputError, match="positive and negative"):
        binary_problems.problems_of([{"positive": "A", "negative": ["A"]}], CLASSES, "")
    assert [each["positive"] for each in binary_problems.problems_of([], CLASSES, "Unaffected")] == ["A", "B", "C"]


def test_confusion_counts_every_image_once(study, tmp_path):
    confusion_counts.write_confusion(
        prediction_paths=paths(study, "good"),
        samples_path=str(study / "samples.csv"),
        csv_path=str(tmp_path / "c.csv"),
        tex_path=str(tmp_path / "c.tex"),
        model="good",
    )
    table = pd.read_csv(tmp_path / "c.csv")
    assert table.groupby("set")["images"].sum().to_dict() == pytest.approx({"folds": 192, "heldout": 24})
    assert (table[table["set"] == "folds"].groupby("label")["images"].sum() == 48).all()
    diagonal = table[(table["set"] == "folds") & (table["label"] == table["predicted"])]["images"].sum()
    answers = load_answers(paths(study, "good"), read.load_samples(study / "samples.csv")).of_set("folds")
    right = np.asarray(CLASSES)[answers.probabilities.argmax(axis=1)] == answers.table["label"]
    assert diagonal == right.sum()
    draw_confusion(tmp_path / "c.csv", tmp_path / "c.svg", model="good")
    text = (tmp_path / "c.svg").read_text()
    assert "192 images" in text and "simulated cohort" in text and "mean over the fold networks" in text


def test_models_that_answered_about_other_images_are_refused(study, tmp_path):
    samples = read.load_samples(study / "samples.csv")
    for fold in range(1, FOLDS + 1):
        table = pd.read_csv(study / f"chance/fold-{fold}/predictions.csv")
        (tmp_path / f"fewer/fold-{fold}").mkdir(parents=True)
        table.iloc[1:].to_csv(tmp_path / f"fewer/fold-{fold}/predictions.csv", index=False)
    fewer = [str(tmp_path / f"fewer/fold-{fold}/predictions.csv") for fold in range(1, FOLDS + 1)]
    with pytest.raises(InputError, match="'good' and 'fewer' were asked about different images"):
        load_models([*paths(study, "good"), *fewer], samples)


@pytest.fixture(scope="module")
def genes(study):
    """A model of A's and B's people alone, whose labels are genes: three of four people are right."""
    samples = pd.read_csv(study / "samples.csv")
    chosen = samples[samples["label"].isin(["A", "B"])]
    fold_of = {name: place % FOLDS + 1 for place, name in enumerate(chosen["subject_id"].unique())}
    number_of = chosen["subject_id"].str.extract(r"(\d+)$")[0].astype(int)
    gene = np.where(chosen["label"] == "A", "x", np.where(number_of % 2 == 0, "x", "y"))
    right = number_of % 4 != 1
    for fold in range(1, FOLDS + 1):
        mine = (chosen["split"] == "heldout") | (chosen["subject_id"].map(fold_of) == fold)
        table = pd.DataFrame({"sample_id": chosen["sample_id"], "label": gene, "set": chosen["split"]})[mine]
        p_x = np.where((table["label"] == "x") == right[mine], 0.9, 0.1)
        table = table.assign(predicted=np.where(p_x > 0.5, "x", "y"), p_x=p_x, p_y=1 - p_x)
        (study / f"genes/fold-{fold}").mkdir(parents=True)
        table.to_csv(study / f"genes/fold-{fold}/predictions.csv", index=False)
    return study


def test_a_specialised_model_is_judged_on_its_own_images(genes, tmp_path):
    specialised.write_specialised(
        prediction_paths=paths(genes, "genes"),
        samples_path=str(genes / "samples.csv"),
        csv_path=str(tmp_path / "t.csv"),
        counts_path=str(tmp_path / "c.csv"),
        tex_path=str(tmp_path / "t.tex"),
        labels={"genes": {"column": "genotype", "within": ["A", "B"]}},
        resamples=300,
        level=0.95,
        permutations=999,
        seed=1,
    )
    table = pd.read_csv(tmp_path / "t.csv").set_index("set")
    row = table.loc["folds"]
    assert (row["images"], row["people"], row["labels"], row["within"]) == (96, 48, 2, "A, B")
    assert row["accuracy"] == pytest.approx(0.75) and row["majority"] == pytest.approx(0.75)  # 36 of 48 people are x
    assert row["low_groups"] < 0.75 < row["high_groups"] and row["p_people"] > 0.001
    counts = pd.read_csv(tmp_path / "c.csv").set_index(["set", "label"])
    assert counts.loc[("folds", "y"), ["images", "people", "families", "right"]].tolist() == [24, 12, 12, 12]
    assert counts.loc[("heldout", "x"), "images"] == 18 and counts.loc[("heldout", "y"), "right"] == 2
    text = (tmp_path / "t.tex").read_text()
    assert "Simulated cohort" in text and "differ because their recipes do" in text


def test_a_two_label_model_stands_beside_the_derived_answer(study, tmp_path):
    samples = pd.read_csv(study / "samples.csv")
    for fold in range(1, FOLDS + 1):
        table = pd.read_csv(study / f"good/fold-{fold}/predictions.csv")[["sample_id", "set", "label"]]
        table["label"] = table["label"].where(table["label"] == "B", "not B")
        sure = np.where(table["label"] == "B", 0.9, 0.2)
        table = table.assign(predicted=table["label"], **{"p_B": sure, "p_not B": 1 - sure})
        (study / f"b_or_not/fold-{fold}").mkdir(parents=True)
        table.to_csv(study / f"b_or_not/fold-{fold}/predictions.csv", index=False)
    binary_problems.write_binary(
        prediction_paths=paths(study, "good"),
        trained_paths=paths(study, "b_or_not"),
        labels={"b_or_not": {"positive": "B"}},
        samples_path=str(study / "samples.csv"),
        csv_path=str(tmp_path / "t.csv"),
        tests_path=str(tmp_path / "tests.csv"),
        tex_path=str(tmp_path / "t.tex"),
        binary=[{"positive": "A", "negative": ["B"]}],
        control="Unaffected",
        resamples=200,
        level=0.95,
        seed=1,
    )
    table = pd.read_csv(tmp_path / "t.csv").set_index(["positive", "model", "set"])
    assert table.loc[("A", "good", "folds"), "head"] == "derived from 4 classes"
    assert ("A", "b_or_not", "folds") not in table.index
    trained, derived = table.loc[("B", "b_or_not", "folds")], table.loc[("B", "good", "folds")]
    assert trained["head"] == "two labels, trained" and trained["negative"] == derived["negative"] == "all others"
    assert trained["accuracy"] == trained["sensitivity"] == trained["specificity"] == 1 > derived["accuracy"]
    assert trained["images"] == derived["images"] == (samples["split"] == "folds").sum()
