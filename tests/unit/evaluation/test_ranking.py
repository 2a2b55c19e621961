"""Ranks, Friedman's test and critical differences against planted scores, published numbers and naive loops."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.seeds import generator
from gestalt_regions.evaluation.measure_registry import GROUPS, described
from gestalt_regions.evaluation.scored_maps import LONG
from gestalt_regions.evaluation.summary import ranked_values
from gestalt_regions.evaluation.summary.ranked_values import Cell, all_ranked, chosen_cells, per_face
from gestalt_regions.evaluation.summary.ranking import (
    critical_difference,
    friedman,
    latex,
    ranking_table,
    ranks,
    write_ranking,
)
from gestalt_regions.evaluation.summary.scores import write_method_scores, write_scores
from gestalt_regions.figures import critical_difference as diagram
from gestalt_regions.figures import evaluation_summary as summary
from gestalt_regions.regions.coefficients import image_coefficients
from gestalt_regions.statistics.toolkit.bootstrap import Weights

BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
METHODS, CONTROLS = ["Good", "Bad", "Random", "Uniform"], ["Random", "Uniform"]
MEANS = {"Good": 0.9, "Bad": 0.3, "Random": 0.5, "Uniform": 0.5}
MEASURES = {k: v for k, v in described(["recovery", "pixels"]).items() if k in ("auc", "auc_pooled", "pixel_auc")}


def chi_squared(mean_ranks, blocks):
    """Friedman's statistic without ties, as Demsar 2006 writes it in section 3.2.1."""
    k = len(mean_ranks)
    return 12 * blocks / (k * (k + 1)) * (np.square(mean_ranks).sum() - k * (k + 1) ** 2 / 4)


def test_tests_agree_with_demsars_formula_and_numbers():
    assert chi_squared([3.143, 2.000, 2.893, 1.964], 14) == pytest.approx(9.28, abs=0.01)  # his example
    values = np.random.default_rng(1).normal(0, 1, (14, 4)) + np.array([0, 1, 0, 1])
    statistic, p = friedman(values)
    assert statistic == pytest.approx(chi_squared(ranks(values, 1).mean(axis=0), 14)) and p < 0.05
    assert critical_difference(4, 14, 0.95) == pytest.approx(1.25, abs=0.005)
    for methods, q in ((2, 1.960), (3, 2.343), (5, 2.728), (10, 3.164)):  # his table 5
        assert critical_difference(methods, 6, 0.95) == pytest.approx(
            q * np.sqrt(methods * (methods + 1) / 36), abs=5e-3
        )


def test_ranks_respect_the_direction_and_share_ties():
    assert ranks([0.1, 0.9, 0.5, 0.5], 1).tolist() == [4, 1, 2.5, 2.5]
    assert ranks([0.1, 0.9, 0.5, 0.5], -1).tolist() == [1, 4, 2.5, 2.5]
    assert np.isnan(ranks([0.1, np.nan], 1)).all()


def test_nothing_is_tested_where_nothing_can_be_told():
    assert np.isnan(friedman(np.ones((5, 4)))).all() and np.isnan(friedman(np.eye(4)[:1])).all()
    assert np.isnan(friedman(np.eye(5)[:, :2])).all() and np.isnan(critical_difference(4, 1, 0.95))


def long(method, measure, seed, undefined=(), region_set="fine", policy="absolute_minmax", n=60):
    """Values around the method's mean, lower for each face with a difficulty that all methods share."""
    difficulty = np.random.default_rng(7).normal(0, 0.3, n)
    noise = np.random.default_rng(seed).normal(0, 0.05, n)
    rows = [
        {
            "sample_id": f"s{i}",
            "fold": "12"[i % 2],
            "set": "folds",
            "label": "KS",
            "target": "KS",
            "subject_id": f"p{i // 2}",
            "kin_group": f"k{i // 3}",
            "network": "trained",
            "region_set": region_set,
            "policy": policy,
            "measure": measure,
            "value": np.nan if i in undefined else MEANS[method] + difficulty[i] + noise[i],
        }
        for i in range(n)
    ]
    return pd.DataFrame(rows)[LONG]


def ranked(tables, chance=0.5):
    kin = sorted(f"k{i}" for i in range(20))
    draw = Weights(kin, BOOTSTRAP["n_resamples"], generator(1, "evaluation", "ranking"))
    cell = Cell("recovery", "auc", "fine", "absolute_minmax", chance, tuple(METHODS))
    return per_face(tables, cell, 1, kin_weights=draw, kin="kin_group"), draw


def test_resampled_means_and_ranks_are_those_of_loops_over_kin_groups():
    tables = {m: long(m, "auc", k) for k, m in enumerate(METHODS)}
    part, draw = ranked(tables)
    frame = pd.DataFrame({m: t["value"] for m, t in tables.items()}).assign(kin=tables["Good"]["kin_group"])
    means = frame.groupby("kin").mean()
    weights = draw.of_groups(list(means.index))[:].astype(int)
    drawn = [
        pd.concat([frame[frame["kin"] == k] for k, w in zip(means.index, row, strict=True) for _ in range(w)])
        for row in weights[:20]
    ]
    assert part.drawn[:20] == pytest.approx(np.array([d[METHODS].mean() for d in drawn]))
    line = ranking_table([part], CONTROLS, 0.95).query("scope == 'measure'").set_index("method")
    each = means.rank(axis=1, ascending=False)
    assert line["rank"].to_dict() == pytest.approx(each.mean().to_dict())
    again = [each.loc[np.repeat(means.index, row)].mean() for row in weights]
    assert line.loc["Random", ["low", "high"]].tolist() == pytest.approx(
        np.quantile([a["Random"] for a in again], [0.025, 0.975])
    )
    assert line["blocks"].eq(20).all() and line["value_rank"].to_dict()["Good"] == 1


def test_a_face_counts_only_if_all_methods_have_it_and_no_value_counts_as_chance():
    tables = {m: long(m, "auc", k, undefined=(0,)) for k, m in enumerate(METHODS)}  # face 0: undefined for all
    tables["Good"].loc[1, "value"] = np.nan
    tables["Bad"] = tables["Bad"].drop(index=2)
    part, _ = ranked(tables)
    kept = [i for i in range(60) if i not in (0, 2)]
    of_random = tables["Random"]["value"]  # what random maps score on that face
    assert part.values[0] == pytest.approx(tables["Good"]["value"].fillna(of_random)[kept].mean())
    without = {m: t for m, t in tables.items() if m != "Random"}
    assert ranked(without)[0].values[0] == pytest.approx(tables["Good"]["value"].fillna(0.5)[kept].mean())
    assert ranked({m: t.assign(value=np.nan) for m, t in tables.items()})[0] is None
    assert ranked(without, chance=np.nan)[0] is None


def test_values_that_are_equal_but_for_the_last_digits_share_their_rank():
    assert ranks([0.1 + 0.2, 0.3, 0.9], 1).tolist() == [2.5, 2.5, 1]
    assert np.isnan(friedman(np.tile([[0.1 + 0.2, 0.3, 0.1 * 3]], (5, 1)))).all()


def test_a_flat_map_and_a_random_one_have_the_same_rank():
    tables = {m: long(m, "auc", k) for k, m in enumerate(METHODS)}
    tables["Uniform"] = tables["Uniform"].assign(value=np.nan)
    part, _ = ranked(tables)
    line = ranking_table([part], CONTROLS, 0.95).query("scope == 'measure'").set_index("method")
    assert line.loc["Uniform", ["value", "rank", "low", "high"]].equals(
        line.loc["Random", ["value", "rank", "low", "high"]]
    )


POLICIES = {f"absolute_{scale}": {"sign": "absolute", "scale": scale} for scale in ("raw", "minmax", "sum")}


def ranks_of_made_maps(factors, policy, seed):
    """The pooled ranks of made maps that follow the truth more and more, each map multiplied by a factor."""
    rng, n, s = np.random.default_rng(seed), len(factors), 12
    regions = np.kron(np.arange(1, 5).reshape(2, 2), np.ones((s // 2, s // 2), int))
    truth, tables = rng.random((n, 4)), {}
    for slope, method in enumerate(("Blind", "Some", "More", "Much")):
        maps = rng.random((n, s, s)) + 0.3 * slope * truth[:, regions - 1]
        stored = np.stack([maps, maps], axis=1) * factors[:, None, None, None]
        found = [image_coefficients(one, regions, 4, POLICIES)[0] for one in stored]
        table = pd.DataFrame(np.concatenate(found, axis=1).T, columns=list(POLICIES))
        table = table.assign(amount=truth.ravel(), recognised=1, target="KS", region=list("abcd") * n)
        tables[method] = table.assign(kin_group=np.repeat([f"k{i}" for i in range(n)], 4))
    draw = Weights([f"k{i}" for i in range(n)], 50, generator(1, "evaluation", "ranking"))
    cell = Cell("recovery", "amount_spearman_pooled", "fine", policy, 0.0, tuple(tables))
    facts = described(["recovery"])["amount_spearman_pooled"]
    part = ranked_values._pooled(tables, cell, facts, sign="absolute", kin_weights=draw, kin="kin_group")
    return ranking_table([part], [], 0.95)[["rank", "value_rank", "low", "high", "value"]]


@pytest.mark.parametrize("policy", ["absolute_minmax", "absolute_sum"])
@pytest.mark.parametrize("seed", range(5))
def test_no_rank_changes_when_each_images_map_is_multiplied_by_a_factor(policy, seed):
    factors = 10 ** np.random.default_rng(seed + 100).uniform(-3, 3, 40)
    plain, scaled = (ranks_of_made_maps(by, policy, seed) for by in (np.ones(40), factors))
    np.testing.assert_allclose(scaled, plain, rtol=1e-6)
    raw = [ranks_of_made_maps(by, "absolute_raw", seed)["value"] for by in (np.ones(40), factors)]
    assert (raw[0] - raw[1]).abs().max() > 0.05  # raw coefficients do change


def pairs(method, seed, n=60):
    """Good coefficients follow what changed, bad ones its opposite, the others nothing."""
    rng, truth = np.random.default_rng(seed), np.random.default_rng(3).random((n, 4)) < 0.5
    slope = {"Good": 1, "Bad": -1}.get(method, 0)
    keys = ["sample_id", "fold", "subject_id", "kin_group", "target", "network"]
    table = long(method, "auc", seed)[keys].iloc[:n]
    table = table.loc[table.index.repeat(4)].reset_index(drop=True)
    flat = truth.ravel().astype(float)
    values = np.ones(n * 4) if method == "Uniform" else slope * flat + rng.normal(0, 0.5, n * 4)
    return table.assign(region_set="fine", recognised=1, region=list("abcd") * n, changed=flat, absolute_minmax=values)


@pytest.fixture
def made(tmp_path):
    """Files of an evaluation with planted scores, and its summary."""
    tables, found = [], []
    for k, method in enumerate(METHODS):
        for group, table in (
            ("recovery", long(method, "auc", k)),
            ("pixels", long(method, "pixel_auc", 9 + k, region_set="", policy="absolute")),
            ("recovery/pairs", pairs(method, 20 + k)),
        ):
            path = tmp_path / group / f"{method}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(path, index=False)
            (found if group.endswith("pairs") else tables).append(str(path))
    one = long("Good", "auc", 0)
    samples = one[["sample_id", "label", "subject_id", "kin_group"]].assign(split="folds", simulated=True)
    samples.to_csv(tmp_path / "samples.csv", index=False)
    about = str(tmp_path / "samples.csv")
    parts = []
    for method in METHODS:
        parts.append(str(tmp_path / "scores" / f"{method}.csv"))
        write_method_scores(
            [path for path in tables if path.endswith(f"/{method}.csv")],
            [path for path in found if path.endswith(f"/{method}.csv")],
            parts[-1],
            method=method,
            measures=MEASURES,
            controls=CONTROLS,
            policies={"absolute_minmax": {"sign": "absolute", "scale": "minmax"}},
            bootstrap=BOOTSTRAP,
            seed=1,
        )
    scores = {kind: str(tmp_path / f"scores.{kind}") for kind in ("csv", "tex")}
    write_scores(parts, about, scores, measures=MEASURES, show={"policy": "absolute_minmax", "sets": ["fine"]})
    write_ranking(
        {"scores": scores["csv"], "tables": tables, "pairs": found, "samples": about},
        {kind: str(tmp_path / f"ranking.{kind}") for kind in ("csv", "tex")},
        methods=METHODS,
        controls=CONTROLS,
        measures=MEASURES,
        policy="absolute_minmax",
        sign="absolute",
        region_set="fine",
        bootstrap=BOOTSTRAP,
        seed=1,
    )
    return tmp_path


def test_planted_scores_are_ranked_as_planted(made):
    table = pd.read_csv(made / "ranking.csv")
    assert table["simulated"].all()
    each = table[table["scope"] == "measure"].set_index(["measure", "method"])
    for measure in MEASURES:
        assert each.loc[measure, "value_rank"].to_dict()["Good"] == 1
        assert each.loc[measure, "value_rank"].to_dict()["Bad"] == 4
    assert each.loc["auc", "friedman_p"].iloc[0] < 1e-6 and each.loc["auc", "blocks"].iloc[0] == 20
    assert each.loc["auc_pooled", "friedman_p"].isna().all() and (each.loc["auc_pooled", "blocks"] == 0).all()
    assert (each["low"] <= each["rank"]).all() and (each["rank"] <= each["high"]).all()
    overall = table[table["scope"] == "all"].set_index("method")
    assert overall.loc["Good", ["rank", "low", "high"]].tolist() == [1, 1, 1]
    assert overall["blocks"].eq(3).all() and overall["rank"].sum() == pytest.approx(10)
    assert set(table.loc[table["scope"] == "group", "group"]) == {"recovery"}  # pixels has one measure here
    text = (made / "ranking.tex").read_text()
    assert "Simulated cohort" in text and "Holm" in text and text.count(r"\end{longtable}") == 2


def test_with_the_direction_turned_the_order_is_turned(made):
    scores = pd.read_csv(made / "scores.csv", dtype={"fold": str}, keep_default_na=False, na_values=[""])
    scores["region_set"] = scores["region_set"].fillna("")
    measures = {"auc": {**MEASURES["auc"], "direction": -1}}
    cells = chosen_cells(scores, measures, policy="absolute_minmax", sign="absolute", region_set="fine")
    files = [str(path) for path in (made / "recovery").glob("*.csv")]
    parts = all_ranked(
        cells, {"tables": files, "pairs": []}, METHODS, measures, sign="absolute", bootstrap=BOOTSTRAP, seed=1
    )
    table = ranking_table(parts, CONTROLS, 0.95).query("scope == 'measure'").set_index("method")
    assert table["value_rank"].to_dict()["Bad"] == 1 and table["value_rank"].to_dict()["Good"] == 4
    assert "AUC" in latex(ranking_table(parts, CONTROLS, 0.95), measures, "")


def test_one_cell_of_each_measure_is_ranked():
    rows = [
        *(("auc", "paper", "raw"), ("auc", "fine", "raw"), ("auc", "fine", "sum")),
        *(("pixel_auc", "", "positive"), ("pixel_auc", "", "absolute")),
        *(("logit_spearman", "paper", "sum"), ("logit_spearman", "paper", "raw")),
    ]
    scores = pd.DataFrame(rows, columns=["measure", "region_set", "policy"])
    scores = scores.assign(network="trained", fold="all", chance=0.5, method="m")
    cells = chosen_cells(scores, described(GROUPS), policy="raw", sign="absolute", region_set="fine")
    found = [(name, cell.region_set, cell.policy) for name, cell in cells.items()]
    assert sorted(found) == [("auc", "fine", "raw"), ("logit_spearman", "paper", "raw"), ("pixel_auc", "", "absolute")]


def test_bars_join_what_lies_within_the_critical_difference():
    assert diagram.joined(np.array([1.0, 2.0, 3.0, 6.0]), 1.5) == [(0, 1), (1, 2)]
    assert diagram.joined(np.array([1.0, 2.0, 3.0, 6.0]), 9) == [(0, 3)]
    assert diagram.joined(np.array([1.0, 3.0]), 1) == []


def test_colours_run_from_chance_over_the_best_control_to_perfect():
    up, down = {"direction": 1, "range": (0, 1)}, {"direction": -1, "range": (0, float("inf"))}
    assert summary._place(1.0, 0.8, 0.5, up, 0.9) == pytest.approx(1)
    assert summary._place(0.9, 0.8, 0.5, up, 0.9) == pytest.approx(0.5)
    assert summary._place(0.65, 0.8, 0.5, up, 0.9) == pytest.approx(-0.5)
    assert summary._place(0.1, 0.8, 0.5, up, 0.9) == -1
    assert summary._place(1.0, 2.0, 4.0, down, 1.0) == pytest.approx(0.5)
    assert summary._place(3.0, 2.0, 4.0, down, 1.0) == pytest.approx(-0.5)
    assert summary._place(0.7, 0.8, 0.8, up, 0.9) == -1  # the best control is chance
    assert np.isnan(summary._place(np.nan, 0.8, 0.5, up, 0.9))


def test_figures_show_every_method_and_measure(made):
    samples = made / "samples.csv"
    diagram.draw_critical_difference(made / "ranking.csv", samples, made / "cd.svg", measures=MEASURES)
    summary.draw_evaluation_summary(
        made / "scores.csv", made / "ranking.csv", samples, made / "s.svg", model="m", measures=MEASURES, groups=GROUPS
    )
    drawn = summary._ranked_cells(
        pd.read_csv(made / "scores.csv", dtype={"fold": str}).fillna({"region_set": "", "policy": ""}),
        pd.read_csv(made / "ranking.csv").fillna({"region_set": "", "policy": "", "measure": ""}),
        MEASURES,
    )
    assert len(drawn) == len(METHODS) * len(MEASURES)
    good = drawn[drawn["method"] == "Good"].set_index("measure")
    assert (good["place"] > 0.3).all() and (good["mark"] == "*").all()
    assert (made / "cd.svg").stat().st_size > 10_000 and (made / "s.svg").stat().st_size > 10_000
