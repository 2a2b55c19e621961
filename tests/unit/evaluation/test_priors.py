"""Controls that know the truth of other families: what they know, and that nothing that knows no more beats them."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.evaluation.groups.pixels import ChangedPixels, score_pixels
from gestalt_regions.evaluation.groups.priors import places, prior_coefficients, prior_relevances
from gestalt_regions.evaluation.groups.regions import RegionTruths, score_regions
from gestalt_regions.evaluation.measure_registry import PRIORS, described
from gestalt_regions.evaluation.measures.recovery_measures import area_under_curve
from gestalt_regions.evaluation.scored_maps import KEYS
from gestalt_regions.evaluation.summary import pooled
from gestalt_regions.evaluation.summary.ranking import write_ranking
from gestalt_regions.evaluation.summary.scores import write_method_scores, write_scores
from gestalt_regions.statistics.toolkit.bootstrap import Weights
from scipy import stats

POLICIES = {"minmax": {"sign": "absolute", "scale": "minmax"}, "signed": {"sign": "signed", "scale": "raw"}}
SIGNS = [policy["sign"] for policy in POLICIES.values()]
BOOTSTRAP = {"n_resamples": 200, "level": 0.95, "group": "kin_group"}
CLASSES, REGIONS = ["KS", "NS", "WS"], ["eyes", "nose", "mouth"]
BOXES = SimpleNamespace(names=REGIONS)


def rows_of(n):
    """n faces of n / 2 families, each family of one class; the last face of every seventh family is not recognised."""
    family = np.arange(n) // 2
    table = pd.DataFrame({"sample_id": [f"s{i:03}" for i in range(n)], "kin_group": [f"k{k:03}" for k in family]})
    label = np.array(CLASSES)[family % len(CLASSES)]
    table = table.assign(fold="1", set="folds", label=label, target=label, subject_id=table.sample_id)
    return table.assign(network="trained", recognised=1 - ((family % 7 == 0) & (np.arange(n) % 2 == 1)))[
        [*KEYS, "recognised"]
    ]


def planted(seed, group, n=120):
    """Truths that follow an order of the regions, then the class, then the face alone."""
    rng, rows = np.random.default_rng(seed), rows_of(n)
    order, of_class = rng.permutation([0.0, 1.0, 2.0]), rng.normal(0, 0.7, (len(CLASSES), len(REGIONS)))
    own = rng.normal(0, 1, (n, len(REGIONS)))
    drop = order + of_class[rows["label"].map(CLASSES.index)] + own
    truth = {"logit": drop, "probability": drop / 9}
    if group == "recovery":
        truth = {"amount": np.exp(drop), "changed": (drop > 1) * 1.0, "displacement": np.exp(drop + 0.1 * own)}
    at = {sample: i for i, sample in enumerate(rows["sample_id"])}
    truths = RegionTruths(
        group, rows, {"paper": BOXES}, lambda line, regions: {k: v[at[line.sample_id]] for k, v in truth.items()}
    )
    return truths, drop, order, of_class, at, rng


def maps_of(values, at):
    """Coefficients [n, R] as those of a method, the same by every policy."""
    return lambda line, regions: np.stack([values[at[line.sample_id]]] * len(POLICIES))


@pytest.fixture(scope="module", params=["use", "recovery"])
def judged(request, tmp_path_factory):
    """scores.csv and ranking.csv of planted maps, several cohorts under one another."""
    group, tables, rankings = request.param, [], []
    measures = described([group])
    for seed in range(3):
        folder = tmp_path_factory.mktemp(f"{group}{seed}")
        truths, drop, order, of_class, at, rng = planted(seed, group)
        n, label = len(drop), truths.rows["label"].map(CLASSES.index).to_numpy()
        noise = rng.normal(0, 1, drop.shape)
        methods = {
            **{f"order-{k}": np.tile(each, (n, 1)) for k, each in enumerate(permutations([0.0, 1.0, 2.0]))},
            "noisy-order": order + 0.05 * noise,
            "class-mean": order + of_class[label] + 0.001 * noise,
            "perfect": np.abs(drop) if group == "use" else np.exp(drop),
            "Random": rng.random(drop.shape),
        }
        coefficients = {name: maps_of(values, at) for name, values in methods.items()}
        coefficients |= {prior: prior_coefficients(truths, SIGNS, by_class) for prior, by_class in PRIORS.items()}
        parts, files = [], {"tables": [], "pairs": []}
        for name, of in coefficients.items():
            paths = {
                "table": str(folder / group / f"{name}.csv"),
                "pairs": str(folder / group / "pairs" / f"{name}.csv"),
            }
            score_regions(truths, of, paths, POLICIES)
            parts.append(str(folder / "scores" / f"{name}.csv"))
            write_method_scores(
                [paths["table"]],
                [paths["pairs"]],
                parts[-1],
                method=name,
                measures=measures,
                controls=["Random", *PRIORS],
                policies=POLICIES,
                bootstrap=BOOTSTRAP,
                seed=seed,
            )
            files["tables"].append(paths["table"])
            files["pairs"].append(paths["pairs"])
        samples = truths.rows[["sample_id", "label", "subject_id", "kin_group"]].assign(split="folds", simulated=True)
        samples.to_csv(folder / "samples.csv", index=False)
        outputs = {kind: str(folder / f"scores.{kind}") for kind in ("csv", "tex")}
        show = {"policy": "minmax", "sets": ["paper"]}
        write_scores(parts, str(folder / "samples.csv"), outputs, measures=measures, show=show)
        write_ranking(
            {"scores": outputs["csv"], "samples": str(folder / "samples.csv"), **files},
            {kind: str(folder / f"ranking.{kind}") for kind in ("csv", "tex")},
            methods=list(coefficients),
            controls=["Random", *PRIORS],
            measures={name: facts for name, facts in measures.items() if facts["ranked"]},
            policy="minmax",
            sign="absolute",
            region_set="paper",
            bootstrap=BOOTSTRAP,
            seed=seed,
        )
        tables.append(pd.read_csv(outputs["csv"], dtype={"fold": str}).assign(seed=seed))
        rankings.append(pd.read_csv(folder / "ranking.csv").assign(seed=seed))
    scores = pd.concat(tables)
    return group, scores[scores["fold"] == "all"], pd.concat(rankings)


def test_a_constant_order_of_regions_never_beats_the_controls(judged):
    _, scores, _ = judged
    blind = scores[scores["method"].str.contains("order|class-mean") & ~scores["measure"].str.endswith("_within")]
    assert len(blind) > 100 and not (blind["beats_control"].astype(str) == "True").any()
    within = scores[scores["method"].str.startswith("order") & scores["measure"].str.endswith("_within")]
    assert len(within) and (within["value"].isna() | (within["value"] == within["chance"])).all()  # nothing is left


def test_a_perfect_explanation_beats_the_priors_within_faces_pooled_and_within_class_and_region(judged):
    _, scores, _ = judged
    absolute = scores[(scores["policy"] == "minmax") & ~scores["measure"].str.endswith("_others")]
    perfect = absolute[(absolute["method"] == "perfect") & ~absolute["measure"].str.startswith("average_precision")]
    assert (perfect["beats_control"].astype(str) == "True").all(), perfect[["measure", "best_control", "value"]]
    beside = perfect.set_index("measure")["best_control"]
    assert set(beside[~beside.index.str.endswith("_within")]) <= set(PRIORS)
    assert set(beside[beside.index.str.endswith("_within")]) == {"Random"}  # where priors have no value


def test_within_class_and_region_a_map_of_class_means_is_chance(judged):
    _, scores, _ = judged
    within = scores[(scores["method"] == "class-mean") & scores["measure"].str.endswith("_within")]
    assert len(within) and ((within["low"] < within["chance"]) & (within["chance"] < within["high"])).all()
    elsewhere = scores[(scores["method"] == "class-mean") & scores["measure"].str.endswith("_pooled")]
    assert (elsewhere["low"] > elsewhere["chance"]).all()


def test_over_all_measures_only_those_are_ranked_that_every_measure_has(judged):
    group, _, ranking = judged
    overall = ranking[ranking["scope"] == "all"]
    assert not set(overall["method"]) & set(PRIORS) and "perfect" in set(overall["method"])
    best = overall.sort_values("rank").drop_duplicates("seed")
    assert best["method"].tolist() == ["perfect"] * 3
    each = ranking[ranking["scope"] == "measure"]
    has_prior = each.groupby("measure")["method"].agg(lambda methods: set(PRIORS) <= set(methods))
    assert {name for name, has in has_prior.items() if not has} == {
        name for name, facts in described([group]).items() if facts["within"]
    }
    assert not each["measure"].str.endswith("_others").any()


def test_a_prior_leaves_the_whole_family_out():
    rng, n = np.random.default_rng(5), 30
    family, group = rng.integers(0, 10, n), rng.integers(0, 3, n)
    values = rng.normal(size=(n, 4))
    values[3, 2] = np.nan
    ordered = places(values, family, group)
    for k in [*range(10), -1]:
        kept = family != k
        means = np.array([np.nanmean(values[kept & (group == g)], axis=0) for g in range(3)])
        assert ordered[k].ravel() == pytest.approx(stats.rankdata(means.ravel()))
    other = np.where((family == 4)[:, None], 99.0, values)
    assert (places(other, family, group)[4] == ordered[4]).all()
    assert (places(other, family, group)[5] != ordered[5]).any()
    alone = places(values[:1], np.array([0]), np.array([0]))
    assert np.isnan(alone[0]).all() and np.isfinite(alone[-1]).all()  # nobody else is left


def test_a_class_prior_knows_the_class_and_a_face_that_many_folds_explain_counts_once():
    truths, drop, *_ = planted(1, "use")
    often = truths.rows.iloc[[0] * 50 + list(range(1, len(drop)))].reset_index(drop=True)
    known = RegionTruths("use", often, truths.sets, truths.of)
    line = next(truths.rows.iloc[[10]].itertuples())
    for by_class in (False, True):
        one, other = (prior_coefficients(t, SIGNS, by_class)(line, BOXES) for t in (truths, known))
        assert all((one[name] == other[name]).all() for name in one)
        kept = (truths.rows["recognised"] == 1) & (truths.rows["kin_group"] != line.kin_group)
        kept &= (truths.rows["target"] == line.target) | (not by_class)
        expected = np.abs(drop[kept]).mean(axis=0), drop[kept].mean(axis=0)
        assert (stats.rankdata(one["logit"], axis=1) == stats.rankdata(expected, axis=1)).all()


def test_of_pixels_a_prior_is_the_share_of_other_families_faces_that_changed_there():
    rows, masks = rows_of(12), {}
    for i, row in enumerate(rows.itertuples()):
        masks[row.sample_id] = np.zeros((4, 4), bool)
        masks[row.sample_id].ravel()[[CLASSES.index(row.label), 4 + i]] = True
    pixels = ChangedPixels(rows, masks.__getitem__)
    for by_class in (False, True):
        shares = [one["absolute"] for one in prior_relevances(pixels, by_class)]
        for row, share in zip(rows.itertuples(), shares, strict=True):
            others = rows[(rows["kin_group"] != row.kin_group) & ((rows["label"] == row.label) | (not by_class))]
            assert share == pytest.approx(np.mean([masks[sample] for sample in others["sample_id"]], axis=0))
    table = score_pixels(pixels, prior_relevances(pixels, True))
    found = table[table["measure"] == "pointing_game"].groupby("policy")["value"].mean()
    assert found.to_dict() == {"absolute": 1, "positive": 1}  # the pixel of its class


def test_statistics_within_strata_are_those_of_pairs_of_one_stratum():
    rng, n, b = np.random.default_rng(3), 60, 5
    x, y, strata = rng.integers(0, 6, n).astype(float), rng.integers(0, 2, n).astype(float), rng.integers(0, 4, n)
    weights = Weights([f"k{i // 3}" for i in range(n)], b, np.random.default_rng(1))
    value, drawn = pooled.draws("auc", x[None], y, weights, {"s": strata})["s"]
    for found, counts in zip([value[0], *drawn[0]], [np.ones(n, int), *weights[:].astype(int)], strict=True):
        at, right, total = np.repeat(np.arange(n), counts), 0.0, 0
        for s in range(4):
            part = at[strata[at] == s]
            possible = int(y[part].sum() * (1 - y[part]).sum())
            if possible:
                right, total = right + possible * area_under_curve(x[part], y[part] > 0), total + possible
        assert found == pytest.approx(right / total)
    ranks = pd.DataFrame({"x": stats.rankdata(x), "z": stats.rankdata(amount := rng.random(n))})
    left = ranks - ranks.groupby(strata).transform("mean")
    value, _ = pooled.draws("spearman", x[None], amount, weights, {"s": strata})["s"]
    assert value[0] == pytest.approx(np.corrcoef(left["x"], left["z"])[0, 1])
