"""Recipes: the committed ones agree with the HPO table; a bad one names its file, key and the nearest names."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from gestalt_regions.cohort.simulated.people.recipe_evidence import CHOSEN, Evidence
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED, both_sides, load_recipes
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.facial_terms import TERM_REGIONS
from gestalt_regions.hpo.ontology import FREQUENCIES, TERMS, stated_share

ROOT = Path(__file__).parents[3]
HPO = ROOT / "resources/hpo_terms.csv"
FILES = sorted((ROOT / "resources/syndromes").glob("*.yaml"))
CLASSES = ["22q11DS", "Angelman", "BWS", "CdLS", "Down", "KS", "NS", "PWS", "RSTS1", "WHS", "WS", UNAFFECTED]
ANNOTATED = ["22q11DS", "Angelman", "KS", "NS", "WS"]  # with the paper's ratings
GOOD = {
    "label": "KS",
    "name": "Kabuki syndrome",
    "diseases": ["OMIM:1"],
    "severity": {"mean": 0.9, "sd": 0.1},
    "terms": {
        "Ptosis": {
            "hpo_id": "HP:0000508",
            "region": "eyes",
            "frequency": 0.25,
            "source": "OMIM:1",
            "targets": {"lr-lid-down": 0.5},
        },
        "Strabismus": {
            "hpo_id": "HP:0000486",
            "region": "eyes",
            "frequency": 0.5,
            "severity": {"mean": 0.5, "low": 0.1},
            "appearance": {"squint": 10},
        },
    },
}
TARGETS = ["l-lid-down", "r-lid-down", "chin-triangle"]


def small_table(folder: Path) -> Path:
    (folder / "hpo.csv").write_text("term,hpo_id,region\nPtosis,HP:0000508,eyes\nStrabismus,HP:0000486,eyes\n")
    return folder / "hpo.csv"


def evidence(folder: Path) -> Evidence:
    """Two terms, and one disease in which a quarter of 40 people have ptosis."""
    rows = [("HP:0000508", "Ptosis"), ("HP:0000486", "Strabismus")]
    terms = pd.DataFrame([dict.fromkeys(TERMS, "") | {"hpo_id": i, "name": n, "obsolete": "no"} for i, n in rows])
    terms.to_csv(folder / "terms.csv", index=False)
    counted = [["OMIM:1", "Kabuki", "HP:0000508", "10/40", 0.25, 40, "PMID:1"]]
    pd.DataFrame(counted, columns=FREQUENCIES).to_csv(folder / "frequencies.csv", index=False)
    return Evidence(folder / "terms.csv", folder / "frequencies.csv")


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
    assert table["term"].is_unique and table["hpo_id"].is_unique and table["region"].isin(TERM_REGIONS).all()
    assert table["hpo_id"].str.fullmatch(r"HP:\d{7}").all()
    counts = {"overall": 10, "ears": 7, "eyes": 15, "nose": 5, "mouth": 9, "forehead": 2, "hair": 1, "chin": 1}
    assert table.loc[table["table1"] == "yes", "region"].value_counts().to_dict() == counts


def test_committed_recipes_are_valid_and_complete():
    recipes = load_recipes(FILES, HPO, every_target(), CLASSES)
    assert list(recipes) == CLASSES[:-1] and len(FILES) == 11
    for label, recipe in recipes.items():  # every judged region can change in every syndrome
        assert len(recipe.terms) >= 8
        assert {"eyes", "mouth"} <= {term.region for term in recipe.terms}, label
        assert "SIMULATED, not a clinical description" in (ROOT / f"resources/syndromes/{label}.yaml").read_text()


def test_every_term_is_expressed_by_a_syndrome_or_says_why_not():
    table = pd.read_csv(HPO, keep_default_na=False).set_index("term")
    expressed = {term.term for r in load_recipes(FILES, HPO, every_target(), CLASSES).values() for term in r.terms}
    assert expressed == set(table.index[table["inexpressible"] == ""])
    paper = table[table["table1"] == "yes"]
    assert (paper["inexpressible"] == "").sum() == 49


def test_the_papers_annotated_syndromes_show_all_of_its_terms_that_can_be_shown():
    table = pd.read_csv(HPO, keep_default_na=False)
    paper = set(table.loc[(table["table1"] == "yes") & (table["inexpressible"] == ""), "term"])
    recipes = load_recipes(FILES, HPO, every_target(), CLASSES)
    assert paper <= {term.term for label in ANNOTATED for term in recipes[label].terms}


def test_every_stated_frequency_is_the_annotated_one(ontology_tables):
    evidence = Evidence(*ontology_tables)
    recipes = load_recipes(FILES, HPO, every_target(), CLASSES, evidence)
    stated_ones = 0
    for recipe in recipes.values():
        for term in recipe.terms:
            hpo_id = evidence.ontology.resolve(term.hpo_id).hpo_id
            said = {disease: stated_share(evidence.frequencies, disease, hpo_id) for disease in recipe.diseases}
            if term.source == CHOSEN:  # chosen only where HPO says nothing
                assert not any(value is not None for value in said.values()), (recipe.label, term.term, said)
            else:
                assert term.frequency == said[term.source], (recipe.label, term.term)
                stated_ones += 1
    assert stated_ones > 150


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["terms"]["Ptosis"].update(frequency=0.6), r"terms.Ptosis.frequency: is 0.6, OMIM:1 states 0.25"),
        (lambda d: d["terms"]["Strabismus"].update(source="OMIM:1"), "OMIM:1 states no frequency of HP:0000486"),
        (lambda d: d.update(diseases=["OMIM:1", "OMIM:2"]), "'OMIM:2' has no annotated frequency; did you mean OMIM:1"),
    ],
)
def test_what_the_annotations_do_not_say_is_refused(tmp_path, change, expected):
    with pytest.raises(InputError, match=expected):
        load_recipes(write(tmp_path, change), small_table(tmp_path), TARGETS, ["KS", UNAFFECTED], evidence(tmp_path))
    assert load_recipes(write(tmp_path, lambda d: None), small_table(tmp_path), TARGETS, ["KS"], evidence(tmp_path))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ptosis,HP:0000486,eyes", "Ptosis: HP:0000486 is Strabismus; Ptosis is HP:0000508"),
        ("Ptosis,HP:0000509,eyes", r"no term HP:0000509; did you mean HP:0000508"),
        ("Ptosys,HP:0000508,eyes", r"exact synonym 'Ptosys'; did you mean Ptosis\?"),
    ],
)
def test_the_table_must_agree_with_the_ontology(tmp_path, row, expected):
    (tmp_path / "bad.csv").write_text(f"term,hpo_id,region\n{row}\n")
    with pytest.raises(InputError, match=expected):
        load_recipes([], tmp_path / "bad.csv", TARGETS, [UNAFFECTED], evidence(tmp_path))


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
        (
            lambda d: d["terms"]["Ptosis"].update(source="OMIM:2"),
            "terms.Ptosis.source: is 'OMIM:2'; did you mean OMIM:1",
        ),
        (lambda d: d["terms"]["Ptosis"].update(severity={"mean": 3}), "terms.Ptosis.severity: needs 0 <= low"),
        (lambda d: d.update(severity={"spread": 3}), "severity: is .* mean, sd, low, high"),
        (lambda d: d.update(desease=[]), "desease: unknown key; did you mean diseases"),
        (
            lambda d: d["terms"].update({"Brushfield spots": {"hpo_id": "HP:0001088", "region": "eyes"}}),
            "cannot be expressed \\(smaller than a pixel",
        ),
        (lambda d: d.update(label="Kabuki"), "no recipe has label 'KS'"),
    ],
)
def test_bad_recipe_is_explained(tmp_path, change, expected):
    with pytest.raises(InputError, match=expected):
        load_recipes(write(tmp_path, change), HPO, TARGETS, ["KS", UNAFFECTED])


def test_all_problems_are_told_at_once(tmp_path):
    def change(document):
        document["terms"]["Ptosis"].update(frequency=2, region="eye")
        document["terms"]["Strabismus"]["appearance"]["squnit"] = 1

    with pytest.raises(InputError) as error:
        load_recipes(write(tmp_path, change), HPO, TARGETS, ["KS", "NS", UNAFFECTED])
    text = str(error.value)
    assert all(part in text for part in ("frequency: is 2", "Ptosis.region", "squint", "no recipe has label 'NS'"))


def test_good_recipe_loads(tmp_path):
    recipe = load_recipes(write(tmp_path, lambda d: None), HPO, TARGETS, ["KS", UNAFFECTED])["KS"]
    assert [term.term for term in recipe.terms] == ["Ptosis", "Strabismus"]
    assert [term.severity.mean for term in recipe.terms] == [0.9, 0.5] and recipe.terms[1].severity.sd == 0.1
