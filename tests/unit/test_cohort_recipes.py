"""Recipes: the committed ones agree with the HPO table; a bad one names its file, key and the nearest names."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.recipes import UNAFFECTED, both_sides, load_recipes
from gestalt_regions.errors import InputError

ROOT = Path(__file__).parents[2]
HPO = ROOT / "resources/hpo_terms.csv"
FILES = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
CLASSES = ["22q11DS", "Angelman", "KS", "NS", "WS", UNAFFECTED]
GOOD = {
    "label": "KS",
    "name": "Kabuki syndrome",
    "terms": {
        "Ptosis": {"hpo_id": "HP:0000508", "region": "eyes", "frequency": 0.5, "targets": {"lr-lid-down": 0.5}},
        "Strabismus": {"hpo_id": "HP:0000486", "region": "eyes", "frequency": 0.5, "appearance": {"squint": 10}},
    },
}
TARGETS = ["l-lid-down", "r-lid-down", "chin-triangle"]


def every_target() -> set[str]:
    names = set()
    for path in FILES:
        for term in yaml.safe_load(path.read_text(encoding="utf-8"))["terms"].values():
            names |= {side for name in term.get("targets", {}) for side in both_sides(name)}
    return names


def write(tmp_path: Path, change) -> list[Path]:
    document = yaml.safe_load(yaml.safe_dump(GOOD))
    change(document)
    (tmp_path / "KS.yaml").write_text(yaml.safe_dump(document))
    return [tmp_path / "KS.yaml"]


def test_table_1_has_fifty_terms():
    table = pd.read_csv(HPO)
    assert len(table) == 50 and table["term"].is_unique and table["hpo_id"].is_unique
    assert table["hpo_id"].str.fullmatch(r"HP:\d{7}").all()
    counts = {"overall": 10, "ears": 7, "eyes": 15, "nose": 5, "mouth": 9, "forehead": 2, "hair": 1, "chin": 1}
    assert table["region"].value_counts().to_dict() == counts


def test_committed_recipes_are_valid_and_complete():
    recipes = load_recipes(FILES, HPO, every_target(), CLASSES)
    assert list(recipes) == CLASSES[:-1]
    for recipe in recipes.values():  # every judged region can change in some syndrome, each syndrome in several ways
        assert len(recipe.terms) >= 8
    regions = {term.region for recipe in recipes.values() for term in recipe.terms}
    assert {"eyes", "nose", "mouth"} <= regions


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["terms"]["Ptosis"]["targets"].update({"lr-lid-dwn": 1}), "lr-lid-down"),
        (lambda d: d["terms"]["Ptosis"]["targets"].update({"chin-triangel": 1}), "chin-triangle"),
        (lambda d: d["terms"]["Ptosis"].update(frequency=1.2), "frequency"),
        (lambda d: d["terms"]["Ptosis"].update(region="eye"), "terms.Ptosis.region"),
        (lambda d: d["terms"]["Ptosis"].update(hpo_id="HP:1"), "HP:0000508"),
        (lambda d: d["terms"].update({"Ptossis": {}}), "Ptosis"),
        (lambda d: d["terms"]["Strabismus"]["appearance"].update({"squnit": 1}), "squint"),
        (lambda d: d["terms"]["Ptosis"].update(frequncy=1), "frequency"),
        (lambda d: d["terms"]["Ptosis"].update(targets={}), "expresses nothing"),
        (lambda d: d.update(label="Kabuki"), "no recipe has label 'KS'"),
    ],
)
def test_bad_recipe_is_explained(tmp_path, change, expected):
    with pytest.raises(InputError, match=expected):
        load_recipes(write(tmp_path, change), HPO, TARGETS, ["KS", UNAFFECTED])


def test_good_recipe_loads(tmp_path):
    recipe = load_recipes(write(tmp_path, lambda d: None), HPO, TARGETS, ["KS", UNAFFECTED])["KS"]
    assert [term.term for term in recipe.terms] == ["Ptosis", "Strabismus"]
