"""The summary: intervals, chance, the best control, and what is said of a method beside it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import FLAT, RANDOM, described
from gestalt_regions.evaluation.scored_maps import LONG
from gestalt_regions.evaluation.summary.against_controls import against_controls
from gestalt_regions.evaluation.summary.scores import (
    mean_scores,
    pooled_scores,
    write_method_scores,
    write_scores,
)
from gestalt_regions.evaluation.summary.scores_latex import mark
from gestalt_regions.figures.score_forest import draw_score_forest
from gestalt_regions.statistics.toolkit import bootstrap
from gestalt_regions.statistics.toolkit.bootstrap import Weights

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
MEASURES = described(["recovery"])
CONTROLS = ["Random", "Sobel"]
POLICIES = {"raw": {"sign": "absolute", "scale": "raw"}}
SHOW = {"policy": "raw", "sets": ["paper"]}


def long(mean, network="trained", n=60, seed=0, undefined=()):
    """Values of the measure auc around a mean, two images of each kin group, in two folds."""
    rng = np.random.default_rng(seed)
    rows = [
        {
            "sample_id": f"s{i}",
            "fold": "12"[i % 4 // 2],
            "set": "folds",
            "label": "KS",
            "target": "KS",
            "subject_id": f"p{i // 2}",
            "kin_group": f"k{i // 2}",
            "network": network,
            "region_set": "paper",
            "policy": "raw",
            "measure": "auc",
            "value": np.nan if i in undefined else mean + rng.normal(0, 0.1),
        }
        for i in range(n)
    ]
    return pd.DataFrame(rows)[LONG]


def test_intervals_are_those_of_a_loop_over_resamples_of_kin_groups():
    table = long(0.6, undefined=(3, 10))
    found = mean_scores(table, bootstrap=BOOTSTRAP, seed=5).set_index("fold")
    for fold, part in [("all", table), *table.groupby("fold")]:
        weights = Weights(part["kin_group"], 200, generator(5, "evaluation", fold))[:].astype(int)
        means = [np.nanmean(np.repeat(part["value"].to_numpy(), row)) for row in weights]
        assert found.loc[fold, "value"] == pytest.approx(part["value"].mean())
        assert found.loc[fold, ["low", "high"]].tolist() == pytest.approx(np.quantile(means, [0.025, 0.975]))
    line = found.loc["all"]
    assert (line["rows"], line["undefined"], line["images"], line["subjects"]) == (58, 2, 58, 30)


def test_scores_are_the_same_a_block_of_resamples_at_a_time(monkeypatch):
    rng, table = np.random.default_rng(2), long(0.6, undefined=(3, 10))
    keys = ["sample_id", "fold", "subject_id", "kin_group", "target", "network", "region_set"]
    pairs = table[keys].assign(raw=rng.random(60), amount=rng.random(60), changed=rng.integers(0, 2, 60))
    pairs = pairs.assign(recognised=1, region=rng.choice(["eyes", "nose"], 60))
    pooled_of = {name: about for name, about in MEASURES.items() if about["pooled"] and about["pair"][1] in pairs}

    def scores():
        settings = {"bootstrap": BOOTSTRAP, "seed": 5}
        return mean_scores(table, **settings), pooled_scores(pairs, pooled_of, POLICIES, **settings)

    whole = scores()
    monkeypatch.setattr(bootstrap, "BLOCK", 8 * 60 * 7)  # seven resamples of sixty faces
    for one, other in zip(whole, scores(), strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    assert set(whole[1]["measure"]) == set(pooled_of) and len(pooled_of) > 2


def test_what_is_nowhere_defined_has_neither_value_nor_interval():
    line = mean_scores(long(0.6, n=8, undefined=range(8)), bootstrap=BOOTSTRAP, seed=5).iloc[0]
    assert np.isnan([line["value"], line["low"], line["high"]]).all()
    assert line["rows"] == line["images"] == 0 and line["undefined"] == 8


def cell(method, value, low, high, control=False, network="trained", measure="auc"):
    where = {"group": "recovery", "measure": measure, "region_set": "paper", "policy": "raw", "fold": "all"}
    about = {"method": method, "network": network, "control": control}
    return {**where, **about, "value": value, "low": low, "high": high, "error": 0.02}


def verdicts(*cells, measures=MEASURES):
    return against_controls(pd.DataFrame(cells), measures).set_index(["method", "network"])


def test_a_method_is_judged_beside_its_best_control():
    found = verdicts(
        cell("Random", 0.5, 0.45, 0.55, True),
        cell("Sobel", 0.6, 0.55, 0.65, True),
        cell("Uniform", np.nan, np.nan, np.nan, True),
        cell("Better", 0.8, 0.7, 0.9),
        cell("Same", 0.63, 0.58, 0.7),
        cell("Touching", 0.7, 0.65, 0.75),
        cell("Worse", 0.4, 0.35, 0.45),
        cell("Undone", 0.8, 0.75, 0.85),
        cell("Undone", 0.78, 0.7, 0.84, network="untrained"),
        cell("Undefined", np.nan, np.nan, np.nan),
    )
    trained = found.xs("trained", level="network")
    assert (trained["chance"] == 0.5).all()
    assert trained.loc["Better", "best_control"] == "Sobel" and trained.loc["Better", "best_control_value"] == 0.6
    said = trained[["overlaps_control", "beats_control"]]
    assert said.loc[["Better", "Same", "Touching", "Worse", "Undone"]].values.tolist() == [
        [False, True],
        [True, False],
        [True, False],
        [False, False],
        [True, False],
    ]
    assert trained.loc["Undone", "best_control"] == "Undone (untrained)"  # its own, and no other method's
    assert said.loc[["Random", "Undefined"]].isna().all(axis=None)
    assert found.loc[("Undone", "untrained"), ["overlaps_control"]].isna().all()
    assert [mark(trained.loc[name]) for name in ("Better", "Same", "Worse", "Random")] == ["*", "o", "-", ""]


def test_a_method_beats_its_controls_only_if_it_is_apart_from_each():
    """Chance by theory has no width; a control that is worse on average may still reach further."""
    table = verdicts(
        cell("Random", 0.5, 0.5, 0.5, True),
        cell("BlurredInput", 0.45, 0.2, 0.7, True),
        cell("Above chance", 0.7, 0.6, 0.8),
        cell("Above all", 0.8, 0.72, 0.9),
    ).xs("trained", level="network")
    assert (table.loc[["Above chance", "Above all"], "best_control"] == "Random").all()
    assert table.loc["Above chance", ["overlaps_control", "beats_control"]].tolist() == [True, False]
    assert table.loc["Above all", ["overlaps_control", "beats_control"]].tolist() == [False, True]


def test_where_lower_is_better_the_lowest_control_is_the_best():
    measures = {"auc": {**MEASURES["auc"], "direction": -1, "chance": 0.25}}
    cells = [cell("Random", 0.5, 0.45, 0.55, True), cell("Sobel", 0.3, 0.25, 0.35, True), cell("Good", 0.1, 0.0, 0.2)]
    found = verdicts(*cells, cell("Bad", 0.9, 0.8, 1.0), measures=measures)
    assert (found["best_control"].dropna() == "Sobel").all() and (found["chance"] == 0.25).all()
    assert found["beats_control"].dropna().tolist() == [True, False]
    assert found["overlaps_control"].dropna().tolist() == [False, False]


def test_chance_is_theory_or_the_mean_of_draws_with_its_error():
    random = cell("Random", 0.47, 0.4, 0.55, True)
    for chance, expected in ((0.5, (0.5, 0)), (FLAT, (0.47, 0)), (RANDOM, (0.47, 0.02))):
        found = verdicts(random, cell("Good", 0.7, 0.6, 0.8), measures={"auc": {**MEASURES["auc"], "chance": chance}})
        assert found.loc[("Good", "trained"), ["chance", "chance_error"]].tolist() == list(expected)


def test_what_controls_meet_by_definition_has_neither_chance_nor_verdict():
    measures = {"auc": {**MEASURES["auc"], "chance": None}}
    line = verdicts(cell("Random", 0, 0, 0, True), cell("Good", 0.7, 0.6, 0.8), measures=measures).loc["Good"].iloc[0]
    assert line[["chance", "best_control", "beats_control", "overlaps_control"]].isna().all()
    assert all(
        described([group])[name]["chance"] is None for group in ("sanity", "agreement") for name in described([group])
    )


def test_without_an_interval_there_is_no_verdict():
    found = verdicts(cell("Random", 0.5, np.nan, np.nan, True), cell("Good", 0.7, 0.6, 0.8))
    line = found.loc[("Good", "trained")]
    assert line["best_control"] == "Random" and line["beats_control"] == line["overlaps_control"] == "" == mark(line)


def test_a_map_that_is_only_larger_where_more_changed_does_not_beat_its_own_level():
    rng, n = np.random.default_rng(3), 60
    amount = rng.random((n, 3)) + np.linspace(0, 3, n)[:, None]  # some faces changed more, everywhere
    level = np.linspace(1, 4, n)  # and their maps are larger, everywhere
    keys = ["sample_id", "fold", "subject_id", "kin_group", "network", "region_set"]
    table = long(0.5)[keys]
    pairs = pd.concat(
        [
            table.assign(
                recognised=1,
                target="KS",
                region=str(r),
                amount=amount[:, r],
                raw=level + 0.1 * rng.random(n),
                raw_level=level,
            )
            for r in range(3)
        ]
    )
    name = "amount_spearman_pooled"
    scores = pooled_scores(pairs, {name: MEASURES[name]}, POLICIES, bootstrap=BOOTSTRAP, seed=5)
    scores = scores.assign(group="recovery", method="Large", control=False)
    assert set(scores["network"]) == {"trained", "own level"}
    found = against_controls(scores, MEASURES)
    line = found[(found["fold"] == "all") & (found["network"] == "trained")].iloc[0]
    assert line["value"] > 0.9 and line["best_control"] == "OwnLevel" and not line["beats_control"]
    random = pooled_scores(pairs, {name: MEASURES[name]}, POLICIES, bootstrap=BOOTSTRAP, seed=5, method=RANDOM)
    assert (random[["value", "low", "high"]] == 0).all(axis=None)


def test_other_sets_policies_and_folds_are_not_compared():
    elsewhere = {**cell("Sobel", 0.9, 0.8, 1, True), "region_set": "fine"}
    found = verdicts(cell("Random", 0.5, 0.4, 0.6, True), elsewhere, cell("Good", 0.7, 0.65, 0.75))
    assert found.loc[("Good", "trained"), "best_control"] == "Random"


@pytest.fixture
def files(tmp_path):
    """Tables and pairs of two controls, a good and a blind method, as the group's jobs write them."""
    rng, tables, pairs = np.random.default_rng(1), [], []
    folder = tmp_path / "recovery"
    (folder / "pairs").mkdir(parents=True)
    for k, (method, mean, follows) in enumerate(
        [("Random", 0.5, 0), ("Sobel", 0.55, 0.1), ("Good", 0.9, 0.9), ("Blind", 0.52, 0)]
    ):
        parts = [long(mean, seed=k)]
        if method not in CONTROLS:
            parts.append(long(0.5, "untrained", seed=k + 10))
        table = pd.concat(parts)
        amount = rng.normal(5, 4, (len(table), 3))
        follows = np.where(table["network"] == "trained", follows, 0)[:, None]
        own = follows * amount + (1 - follows) * rng.normal(0, 4, amount.shape)
        about = ["sample_id", "fold", "subject_id", "kin_group", "target", "network", "region_set"]
        table = table.assign(target=rng.choice(["KS", "NS"], len(table)))
        many = [
            table[about].assign(
                region=r,
                recognised=1,
                amount=amount[:, i],
                changed=(amount[:, i] > 4) * 1.0,
                displacement=np.nan,
                raw=own[:, i],
            )
            for i, r in enumerate(["eyes", "nose", "mouth"])
        ]
        tables.append(str(folder / f"{method}.csv"))
        pairs.append(str(folder / "pairs" / f"{method}.csv"))
        table.to_csv(tables[-1], index=False)
        pd.concat(many).to_csv(pairs[-1], index=False)
    samples = long(0)[["sample_id", "label", "subject_id", "kin_group"]].assign(split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    return tables, pairs, tmp_path


def summary(tables, pairs, folder):
    parts = []
    for table, pair in zip(tables, pairs, strict=True):
        parts.append(str(folder / "scores" / Path(table).name))
        write_method_scores(
            [table],
            [pair],
            parts[-1],
            method=Path(table).stem,
            measures=MEASURES,
            controls=CONTROLS,
            policies=POLICIES,
            bootstrap=BOOTSTRAP,
            seed=3,
        )
    outputs = {kind: str(folder / f"scores.{kind}") for kind in ("csv", "tex")}
    write_scores(parts, str(folder / "samples.csv"), outputs, measures=MEASURES, show=SHOW)
    return pd.read_csv(outputs["csv"], keep_default_na=False, dtype={"fold": str})


def test_the_whole_summary_says_which_method_is_blind(files):
    tables, pairs, folder = files
    scores = summary(tables, pairs, folder)
    assert set(scores["fold"]) == {"all", "1", "2"} and scores["simulated"].all()
    assert "displacement_spearman_pooled" not in set(scores["measure"])
    best = scores[(scores["fold"] == "all") & (scores["network"] == "trained")].set_index(["measure", "method"])
    for name in ("auc", "auc_pooled", "amount_spearman_pooled", "average_precision_pooled"):
        assert best.loc[(name, "Good"), "beats_control"] == "True", name
        assert best.loc[(name, "Blind"), "beats_control"] == "False", name
    assert best.loc[("auc", "Blind"), "overlaps_control"] == "True"
    text = (folder / "scores.tex").read_text()
    assert "Simulated cohort." in text and "Good (untrained)" in text and text.count("longtable") == 2
    draw_score_forest(
        folder / "scores.csv",
        folder / "samples.csv",
        folder / "recovery.svg",
        group="recovery",
        question="Which?",
        measures=MEASURES,
        methods=["Good", "Blind", "Random", "Sobel"],
        show=SHOW,
    )
    drawn = (folder / "recovery.svg").read_text()
    assert drawn.startswith("<?xml") and "<!-- Blind -->" in drawn and "(simulated cohort)" in drawn


def test_pooled_scores_without_pairs_or_values(files):
    pairs = pd.read_csv(files[1][0], dtype={"fold": str}).assign(raw=np.nan)
    pooled_of = {name: about for name, about in MEASURES.items() if about["pooled"]}
    found = pooled_scores(pairs, pooled_of, POLICIES, bootstrap=BOOTSTRAP, seed=3)
    assert found["value"].isna().all() and (found["rows"] == 0).all()
