"""Shortcuts and validity: planted blame, planted detection, planted correlations."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.evaluation.across_cohorts import shortcuts, validity
from gestalt_regions.evaluation.measure_registry import described
from gestalt_regions.evaluation.scored_maps import Maps
from gestalt_regions.evaluation.summary.ranked_values import Cell
from gestalt_regions.figures import shortcut_curve
from gestalt_regions.figures import validity_panels as scatter

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}


def test_blame_is_the_share_on_the_cue_and_the_rank_of_its_region():
    regions = np.repeat([[1, 1, 2, 3]], 4, axis=0)
    on_cue = (regions == 1).astype(float)
    assert shortcuts.blame(on_cue, regions, [1], 3) == (1, 1)
    assert shortcuts.blame(1 - on_cue, regions, [1], 3) == (0, 0)
    assert shortcuts.blame(np.ones((4, 4)), regions, [1], 3) == (0.5, 0.5)  # half of the pixels; all regions tie
    assert shortcuts.blame(np.where(regions == 2, 2.0, 1.0), regions, [1], 4) == (0.4, 0.25)  # region 4 has no pixel
    assert shortcuts.blame(on_cue, regions, [2, 3], 3) == (0, 0)
    assert np.isnan(shortcuts.blame(np.zeros((4, 4)), regions, [1], 3)).all()
    assert np.isnan(shortcuts.blame(on_cue, regions, [4], 4)).all()


def faces(means, strengths=(0, 0.5, 1), n=40, seed=1):
    """Scores with the mean means[method] * strength for carriers: all faces of the class carry, but not at 0."""
    rows = []
    for strength in strengths:
        for method, slope in means.items():
            noise = np.random.default_rng([seed, len(method), int(100 * strength)]).normal(0, 1, n)
            for i in range(n):
                carries = int(strength > 0 and i % 4 > 0)
                rows.append(
                    {
                        "sample_id": f"s{i}",
                        "fold": "1",
                        "set": "folds",
                        "subject_id": f"p{i // 2}",
                        "kin_group": f"k{i // 2}",
                        "method": method,
                        "kind": "background",
                        "class": "NS",
                        "strength": strength,
                        "carries": carries,
                        "recognised": int(i != 1),
                        "measure": "share",
                        "value": np.nan if i == 1 else slope * strength * carries + noise[i],
                    }
                )
    return pd.DataFrame(rows)[shortcuts.FACES]


def test_detection_rises_with_the_strength_for_a_method_that_sees_it_and_for_no_other():
    table = faces({"Sees": 20, "Blind": 0, "Random": 0})
    found = shortcuts.detection_curve(table, ["Random"], bootstrap=BOOTSTRAP, seed=3).set_index(["method", "strength"])
    assert found.loc[("Sees", 1), ["auc", "low", "high"]].tolist() == [1, 1, 1]
    assert found.loc[("Sees", 0.5), "auc"] == pytest.approx(1, abs=0.01)
    for method in ("Blind", "Random"):
        assert found.loc[(method, 1), "low"] < 0.5 < found.loc[(method, 1), "high"]
    assert found.loc[("Sees", 1), "best_control"] == "Random" and found.loc[("Sees", 1), "beats_control"]
    assert found.loc[("Blind", 1), "overlaps_control"] and not found.loc[("Blind", 1), "beats_control"]
    line = found.loc[("Sees", 1)]
    assert (line["images"], line["subjects"], line["baseline_images"]) == (
        29,
        19,
        39,
    )  # 30 carry; of p0 only the unrecognised
    assert line["recall_carriers"] == pytest.approx(29 / 30) and line["recall_others"] == 1


def test_the_detection_auc_is_the_share_of_pairs():
    table = faces({"Sees": 1}, strengths=(0, 1))
    found = shortcuts.detection_curve(table, [], bootstrap=BOOTSTRAP, seed=3).iloc[0]
    cue = table[(table["strength"] == 1) & (table["carries"] == 1)]["value"].dropna().to_numpy()
    base = table[table["strength"] == 0]["value"].dropna().to_numpy()
    assert found["auc"] == pytest.approx((cue[:, None] > base).mean())
    assert found["low"] < found["auc"] < found["high"]


def test_without_a_cohort_without_shortcut_nothing_is_compared():
    assert shortcuts.detection_curve(faces({"Sees": 1}, (0.5, 1)), [], bootstrap=BOOTSTRAP, seed=3).empty
    assert shortcuts.detection_curve(faces({"Sees": 1}, (0,)), [], bootstrap=BOOTSTRAP, seed=3).empty


@pytest.fixture
def stored(tmp_path):
    """Maps of four faces: all relevance on the background, two of NS with the cue, one of them not recognised."""
    names = ["a", "b", "c", "d"]
    labels = ["NS", "NS", "NS", "KS"]
    maps = np.zeros((4, 2, 4, 4), np.float32)
    maps[:, :, :, :2] = 1
    regions = np.zeros((4, 4, 4), np.uint8)
    regions[:, :, :2] = 1
    regions[:, :, 2:] = 2
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "regions.npy", regions)
    np.save(tmp_path / "changes.npy", np.where(regions == 2, 9.0, 0.0).astype(np.float16))
    rows = pd.DataFrame({"row": range(4), "sample_id": names})
    rows.to_csv(tmp_path / "faces.csv", index=False)
    rows.assign(variant="twin").to_csv(tmp_path / "truth.csv", index=False)
    answers = ["NS", "KS", "NS", "KS"]  # each is explained for the class that it is given
    rows.assign(set="folds", label=labels, target=answers).to_csv(tmp_path / "index.csv", index=False)
    predicted = pd.DataFrame({"sample_id": names, "predicted": answers})
    predicted.to_csv(tmp_path / "predictions.csv", index=False)
    samples = pd.DataFrame(
        {
            "sample_id": names,
            "label": labels,
            "subject_id": names,
            "kin_group": names,
            "split": "folds",
            "simulated": True,
            "shortcut": [1, 1, 0, 1],
        }
    )
    samples.to_csv(tmp_path / "samples.csv", index=False)
    samples[["sample_id"]].assign(fold="1").to_csv(tmp_path / "scored.csv", index=False)
    paths = [str(tmp_path / f"{name}.csv") for name in ("samples", "scored")]
    (tmp_path / "regions.yaml").write_text(
        "fine:\n  about: two halves\n  regions: {background: [{labels: [background]}], face: [{labels: [skin]}]}\n"
    )
    at = {name: str(tmp_path / name) for name in ("faces.csv", "truth.csv", "regions.npy", "changes.npy")}
    files = {
        "sets": str(tmp_path / "regions.yaml"),
        "faces": at["faces.csv"],
        "regions": at["regions.npy"],
        "truth": at["truth.csv"],
        "changes": at["changes.npy"],
    }
    stacks, indices = ({"trained": [str(tmp_path / name)], "untrained": []} for name in ("maps.npy", "index.csv"))

    def write(kind):
        about = {"kind": kind, "class": "NS", "strength": 0.9}
        shortcuts.write_blame(
            Maps("Gradient", ["1"], stacks, indices, *paths),
            files,
            str(tmp_path / "out.csv"),
            predictions=[str(tmp_path / "predictions.csv")],
            shortcut=about,
            changed=4,
        )
        return pd.read_csv(tmp_path / "out.csv")

    return write


def test_scores_are_written_for_the_class_with_the_shortcut_alone(stored):
    table = stored("background").pivot_table("value", "sample_id", "measure", dropna=False)
    assert table.loc["a"].to_dict() == {"rank": 1, "share": 1} and table.loc["c", "share"] == 1
    assert table.loc["b"].isna().all() and "d" not in table.index
    told = stored("background").drop_duplicates("sample_id").set_index("sample_id")
    assert told["carries"].to_dict() == {"a": 1, "b": 1, "c": 0} and told["recognised"].to_dict()["b"] == 0


def test_for_quality_the_question_is_whether_the_map_leaves_what_changed(stored):
    table = stored("quality").set_index("sample_id")
    assert (table["measure"] == "away").all() and table.loc["a", "value"] == 1  # the map is where nothing changed
    with pytest.raises(InputError, match="shortcut"):
        stored("none")


def score_rows(values, measure="auc", region_set="fine"):
    return pd.DataFrame(
        [
            {
                "group": "recovery",
                "measure": measure,
                "region_set": region_set,
                "policy": "raw",
                "fold": "all",
                "method": m,
                "network": "trained",
                "value": v,
                "chance": 0.5,
            }
            for m, v in values.items()
        ]
    )


def tables(order):
    """Tests and correlations of methods: more significant tests and lower correlations, the later in `order`."""
    tests = [{"method": m, "significant": k <= i, "p": 0.1} for i, m in enumerate(order) for k in range(len(order))]
    tests += [{"method": m, "significant": "", "p": np.nan} for m in order]
    tests = [test | {"variant": "corrected"} for test in tests]
    others = [{"method": m, "significant": True, "p": 0.1, "variant": "as_published"} for m in order for _ in order]
    correlations = [{"method": m, "rho_mean": -i + d, "pooled_mean": 0.5} for i, m in enumerate(order) for d in (-1, 1)]
    return pd.DataFrame([*tests, *others]), pd.DataFrame(correlations)


MEASURES = {"auc": described(["recovery"])["auc"]}
ORDER = list("abcdefghijkl")


def test_undefined_tests_and_other_variants_do_not_count_and_regions_are_averaged():
    said = validity.answers(*tables(ORDER)).pivot_table("answer", "method", "question")
    assert said["significant"].tolist() == pytest.approx([(i + 1) / 12 for i in range(12)])
    assert said["hpo_within"].tolist() == [-i for i in range(12)] and (said["hpo_pooled"] == 0.5).all()


def joined(direction=1, shifts=(0,)):
    parts, measures = [], {"auc": {**MEASURES["auc"], "direction": direction}}
    for shift in shifts:
        scores = score_rows({m: i - 20 * shift for i, m in enumerate(ORDER)})
        cells = {"auc": Cell("recovery", "auc", "fine", "raw", 0.5, tuple(ORDER))}
        said = validity.answers(*tables(ORDER))
        said["answer"] += 20 * shift * (said["question"] == "significant")
        parts.append(validity.points(said, scores, cells, measures).assign(cohort=f"c{shift}"))
    table = pd.concat(parts, ignore_index=True)[validity.POINTS]
    return table, validity.validity(table, bootstrap=BOOTSTRAP, seed=1).set_index("question")


def test_planted_correlations_are_found_and_turn_with_the_direction():
    _, found = joined()
    assert found.loc["significant", "rho"] == pytest.approx(1) and found.loc["hpo_within", "rho"] == pytest.approx(-1)
    assert np.isnan(found.loc["hpo_pooled", "rho"])  # the same for all methods
    assert found.loc["significant", ["low", "high"]].tolist() == pytest.approx([1, 1])
    assert found.loc["significant", ["points", "methods", "cohorts"]].tolist() == [12, 12, 1]
    assert joined(direction=-1)[1].loc["significant", "rho"] == pytest.approx(-1)


def test_cohorts_that_differ_do_not_hide_what_holds_within_each():
    _, found = joined(shifts=(0, 1, 2))
    line = found.loc["significant"]
    assert line["rho"] < -0.5 and line["rho_within_cohort"] == pytest.approx(1, abs=1e-9)
    assert line["points"] == 36 and line["cohorts"] == 3


def test_files_and_figures(tmp_path):
    for cohort, flip in (("one", 1), ("two", -1)):
        (tmp_path / cohort).mkdir()
        for name, part in zip(("tests", "table4"), tables(ORDER[::flip]), strict=True):
            part.to_csv(tmp_path / cohort / f"{name}.csv", index=False)
        score_rows({m: i for i, m in enumerate(ORDER)}).to_csv(tmp_path / cohort / "scores.csv", index=False)
    paths = [[str(tmp_path / c / f"{n}.csv") for c in ("one", "two")] for n in ("tests", "table4", "scores")]
    csv, points = (str(tmp_path / f"{name}.csv") for name in ("validity", "points"))
    validity.write_validity(
        dict(zip(("tests", "correlations", "scores"), paths, strict=True)),
        {"csv": csv, "points": points},
        cohorts=["one", "two"],
        measures=MEASURES,
        policy="raw",
        sign="absolute",
        region_set="fine",
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    found = pd.read_csv(csv).set_index("question")
    assert abs(found.loc["significant", "rho"]) < 0.2 and found["simulated"].all()
    scatter.draw_validity(csv, points, tmp_path / "validity.svg", measures=MEASURES)
    faces({"Sees": 20, "Blind": 0, "Random": 0}).to_csv(tmp_path / "faces.csv", index=False)
    shortcuts.write_detection(
        [str(tmp_path / "faces.csv")], str(tmp_path / "curve.csv"), controls=["Random"], bootstrap=BOOTSTRAP, seed=1
    )
    methods = {"methods": ["Sees", "Blind"], "controls": ["Random"]}
    shortcut_curve.draw_shortcut_curve(tmp_path / "curve.csv", tmp_path / "curve.svg", **methods)
    assert min((tmp_path / f"{name}.svg").stat().st_size for name in ("validity", "curve")) > 10_000
