"""Table 1 and Figures 4a and 4b, from annotations and labels alone."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import figure4_hpo
from gestalt_regions.statistics import table1
from scipy.stats import chisquare

TERMS = (
    "term,hpo_id,region\nPtosis,HP:0000508,eyes\nWide mouth,HP:0000154,mouth\nEpicanthus,HP:0000286,eyes\n"
    "Macrotia,HP:0000400,ears\n"
)
NAMES = ["Ptosis", "Wide mouth", "Epicanthus", "Macrotia"]


@pytest.fixture
def cohort(tmp_path):
    """20 annotated images of two syndromes: A has ptosis, B a wide mouth, both epicanthus; nobody has macrotia."""
    rng = np.random.default_rng(0)
    label = np.repeat(["A", "B"], 10)
    counts = np.stack([(label == "A") * rng.integers(1, 4, 20), (label == "B") * rng.integers(0, 4, 20)], axis=1)
    table = pd.DataFrame(np.column_stack([counts, rng.integers(0, 4, 20), np.zeros(20, int)]), columns=NAMES)
    table.insert(0, "sample_id", [f"00{i}" for i in range(20)])
    table.to_csv(tmp_path / "hpo.csv", index=False)
    plan = table[["sample_id"]].assign(label=label)
    pd.concat([plan, pd.DataFrame({"sample_id": ["x"], "label": "C"})]).to_csv(tmp_path / "plan.csv", index=False)
    (tmp_path / "terms.csv").write_text(TERMS)
    return tmp_path, table, label


def test_chi_squared_is_scipys_per_term_and_sorted(cohort):
    folder, table, label = cohort
    counts, labels, phrase = figure4_hpo.load_annotated(folder / "hpo.csv", folder / "plan.csv", True)
    assert labels.tolist() == label.tolist() and phrase == "simulated cohort"
    found = figure4_hpo.chi_squared(counts, labels, dict(zip(NAMES, ["eyes", "mouth", "eyes", "ears"], strict=True)))
    assert found["chi2"].iloc[:3].is_monotonic_decreasing and np.isnan(found["chi2"].iloc[3])
    for row in found[found["chi2"].notna()].itertuples():
        peer = chisquare([table.loc[label == name, row.term].sum() for name in "AB"])
        assert row.chi2 == pytest.approx(peer.statistic) and row.p == pytest.approx(peer.pvalue)
        assert row.images == (table[row.term] > 0).sum()
    assert found.set_index("term")["syndromes"].to_dict() == {
        "Ptosis": 1,
        "Wide mouth": 1,
        "Epicanthus": 2,
        "Macrotia": 0,
    }


@pytest.mark.parametrize(("simulated", "label"), [(True, True), (False, False)])
def test_figures_say_whether_they_are_simulated_and_repeat_to_the_byte(cohort, simulated, label):
    folder = cohort[0]
    made = []
    for again in "ab":
        for name, draw, more in (
            ("4a", figure4_hpo.draw_hpo_map, {"perplexity": 30, "seed": 1}),
            ("4b", figure4_hpo.draw_hpo_terms, {}),
        ):
            terms = [folder / "terms.csv"] if name == "4b" else []
            out = folder / f"{name}{again}.svg", folder / f"{name}{again}.csv"
            draw(folder / "hpo.csv", folder / "plan.csv", *terms, *out, simulated=simulated, **more)
            made.append([path.read_bytes() for path in out])
    assert made[:2] == made[2:]
    points = pd.read_csv(folder / "4aa.csv", dtype={"sample_id": str})
    assert points["sample_id"].tolist() == cohort[1]["sample_id"].tolist() and np.isfinite(points[["x", "y"]]).all(
        axis=None
    )
    for name in ("4aa", "4ba"):
        assert ("simulated cohort" in (folder / f"{name}.svg").read_text()) == label


def test_the_map_separates_what_the_annotations_separate(cohort):
    _, table, label = cohort
    points = figure4_hpo.tsne(table[NAMES].assign(Ptosis=10 * table["Ptosis"]), 30, seed=3)
    distance = np.linalg.norm(points[:, None] - points[None], axis=2) + np.where(np.eye(20), np.inf, 0)
    assert (label[distance.argmin(axis=1)] == label).mean() > 0.9
    assert not np.array_equal(points, figure4_hpo.tsne(table[NAMES], 30, seed=3))


def test_samples_that_are_not_simulated_say_so_themselves(cohort):
    folder = cohort[0]
    plan = pd.read_csv(folder / "plan.csv", dtype=str)
    plan.assign(simulated="False").to_csv(folder / "plan.csv", index=False)
    assert figure4_hpo.load_annotated(folder / "hpo.csv", folder / "plan.csv", False)[2] == ""
    plan.assign(simulated="True").to_csv(folder / "plan.csv", index=False)
    assert figure4_hpo.load_annotated(folder / "hpo.csv", folder / "plan.csv", False)[2] == "simulated cohort"


@pytest.mark.parametrize("count", [0, 10])
def test_too_few_annotations_make_a_figure_that_says_so(cohort, count):
    folder, table, _ = cohort
    table.iloc[:count].to_csv(folder / "hpo.csv", index=False)
    inputs, out = (folder / "hpo.csv", folder / "plan.csv"), (folder / "f.svg", folder / "f.csv")
    for draw, more, options in (
        (figure4_hpo.draw_hpo_map, [], {"perplexity": 30, "seed": 1}),
        (figure4_hpo.draw_hpo_terms, [folder / "terms.csv"], {}),
    ):
        draw(*inputs, *more, *out, simulated=True, **options)
        assert f"{count} annotated images of {min(count, 1)} classes" in out[0].read_text()
        assert pd.read_csv(out[1]).empty


def test_unknown_samples_and_values_are_explained(cohort):
    folder, table, _ = cohort
    table.assign(sample_id=[*table["sample_id"][:-1], "y"]).to_csv(folder / "hpo.csv", index=False)
    with pytest.raises(InputError, match=r"'y' is not in .*plan\.csv"):
        figure4_hpo.load_annotated(folder / "hpo.csv", folder / "plan.csv", True)
    table.assign(Ptosis="2X").to_csv(folder / "hpo.csv", index=False)
    with pytest.raises(InputError, match="column 'Ptosis' must hold a number"):
        figure4_hpo.load_annotated(folder / "hpo.csv", folder / "plan.csv", True)


def test_table_1_is_the_papers(root, tmp_path):
    table1.write_table1(root / "resources/hpo_terms.csv", tmp_path / "t.csv", tmp_path / "t.tex")
    table = pd.read_csv(tmp_path / "t.csv").set_index("region")
    assert table["n_terms"].to_dict() == {
        "overall": 10,
        "ears": 7,
        "eyes": 15,
        "nose": 5,
        "mouth": 9,
        "forehead": 2,
        "hair": 1,
        "chin": 1,
    }
    assert table["terms"].str.split("; ").str.len().tolist() == table["n_terms"].tolist()
    assert table["hpo_ids"]["chin"] == "HP:0000307"
    text = (tmp_path / "t.tex").read_text()
    assert r"\toprule" in text and "chin & 1 & Pointed chin" in text and r"{lrp{0.75\linewidth}}" in text
    (tmp_path / "bad.csv").write_text(TERMS + "Ptosis,HP:1,eyes\n")
    with pytest.raises(InputError, match="term 'Ptosis' is listed twice"):
        table1.write_table1(tmp_path / "bad.csv", tmp_path / "t.csv", tmp_path / "t.tex")
    (tmp_path / "bad.csv").write_text(TERMS + "Blue,,eyes\n")
    with pytest.raises(InputError, match="line 6 lacks"):
        table1.write_table1(tmp_path / "bad.csv", tmp_path / "t.csv", tmp_path / "t.tex")
