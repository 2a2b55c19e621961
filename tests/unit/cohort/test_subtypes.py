"""Subtypes of a simulated class: what their file may say, who has which, and how often each shows a sign."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from gestalt_regions.cohort.simulated.people.recipe_evidence import Evidence
from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term, both_sides, load_recipes
from gestalt_regions.cohort.simulated.people.signs import draw_terms
from gestalt_regions.cohort.simulated.people.subjects import Person
from gestalt_regions.cohort.simulated.people.subtypes import as_subtype, draw_subtypes, subtype_files, with_subtypes
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.study import load_study

GENES = ["PTPN11", "SOS1", "RAF1", "RIT1", "KRAS"]  # of Gurovich et al. (2019), Figure 2
PTOSIS = Term("Ptosis", "HP:0000508", "eyes", 0.5, {"lr-lid-down": 0.5}, {})
BASE = Recipe("NS", "Noonan", (PTOSIS,), ("OMIM:1",))
GOOD = {
    "label": "NS",
    "diseases": ["OMIM:1", "OMIM:2"],
    "terms": {
        "Strabismus": {"hpo_id": "HP:0000486", "region": "eyes", "frequency": 0, "appearance": {"squint": 10}},
    },
    "subtypes": {
        "A": {"source": "OMIM:1", "stated": {"Ptosis": 0.9}, "chosen": {"Strabismus": 1}},
        "B": {"source": "OMIM:2", "chosen": {"Ptosis": 0}},
    },
}
BLINK = {"targets": {"lr-lid-down": 0.5}}


def read(folder: Path, document: dict) -> Recipe:
    (folder / "hpo.csv").write_text("term,hpo_id,region\nPtosis,HP:0000508,eyes\nStrabismus,HP:0000486,eyes\n")
    (folder / "subtypes").mkdir(exist_ok=True)
    path = folder / "subtypes/NS.yaml"
    path.write_text(yaml.safe_dump(document))
    assert subtype_files([folder / "NS.yaml", path]) == {"NS": path}
    return with_subtypes(BASE, path, folder / "hpo.csv", ["l-lid-down", "r-lid-down"])


def test_a_subtype_changes_how_often_and_nothing_else(tmp_path):
    recipe = read(tmp_path, GOOD)
    assert [term.term for term in recipe.terms] == ["Ptosis", "Strabismus"] and recipe.diseases == ("OMIM:1",)
    often = {name: {t.term: t.frequency for t in as_subtype(recipe, name).terms} for name in ("", "A", "B")}
    assert often[""] == {"Ptosis": 0.5, "Strabismus": 0}
    assert often["A"] == {"Ptosis": 0.9, "Strabismus": 1} and often["B"] == {"Ptosis": 0, "Strabismus": 0}
    drawn = {name: [draw_terms(3, f"P{i}", as_subtype(recipe, name), 1.0) for i in range(200)] for name in often}
    assert all("Strabismus" in terms for terms in drawn["A"]) and not any(drawn["B"])
    for plain, more in zip(drawn[""], drawn["A"], strict=True):  # whoever has a sign at 0.5 has it at 0.9, as strongly
        assert plain.items() <= more.items()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["subtypes"].pop("B"), "subtypes: needs two subtypes or more"),
        (lambda d: d["subtypes"]["A"].update(source="OMIM:3"), "subtypes.A.source: is 'OMIM:3'; .*OMIM:1"),
        (lambda d: d["subtypes"]["A"].update(often={}), "subtypes.A.often: unknown key"),
        (lambda d: d["subtypes"]["A"]["stated"].update(Ptosys=1), "subtypes.A.stated: no term 'Ptosys'; .*Ptosis"),
        (lambda d: d["subtypes"]["A"]["stated"].update(Ptosis=1.2), "subtypes.A.stated.Ptosis: is 1.2"),
        (lambda d: d["subtypes"].update(A=0.5), "subtypes.A: needs source, stated, chosen"),
        (
            lambda d: d["terms"].update(Ptosis={"hpo_id": "HP:0000508", "region": "eyes", "frequency": 0, **BLINK}),
            "terms.Ptosis: the recipe has this term already",
        ),
    ],
)
def test_a_bad_file_names_its_key(tmp_path, change, message):
    document = yaml.safe_load(yaml.safe_dump(GOOD))
    change(document)
    with pytest.raises(InputError, match=rf"NS\.yaml: {message}"):
        read(tmp_path, document)


def test_a_family_has_one_subtype_and_each_has_as_many_families(tmp_path):
    recipe = read(tmp_path, GOOD)
    people = [(Person(f"P{i}", f"F{i // 2}", "asian", "male", 3.0), "NS", "folds") for i in range(20)]
    people += [(Person(f"H{i}", f"FH{i}", "asian", "male", 3.0), "NS", "heldout") for i in range(3)]
    people += [(Person("U", "F0", "asian", "male", 3.0), "Unaffected", "folds")]
    drawn = draw_subtypes(people, {"NS": recipe, "KS": BASE}, 7)
    assert set(drawn) == {person.subject_id for person, label, _ in people if label == "NS"}
    assert all(drawn[f"P{2 * i}"] == drawn[f"P{2 * i + 1}"] for i in range(10))
    folds = [drawn[f"P{i}"] for i in range(0, 20, 2)]
    assert folds.count("A") == folds.count("B") == 5
    assert sorted(np.unique([drawn[f"H{i}"] for i in range(3)], return_counts=True)[1]) == [1, 2]
    assert drawn != draw_subtypes(people, {"NS": recipe}, 8)
    assert draw_subtypes(people, {"NS": BASE}, 7) == {}


def test_the_committed_genotypes_agree_with_hpo(root, ontology_tables):
    files, path = sorted((root / "resources/syndromes").glob("*.yaml")), root / "resources/subtypes/NS.yaml"
    terms = [term for each in (*files, path) for term in yaml.safe_load(each.read_text())["terms"].values()]
    targets = {side for term in terms for name in term.get("targets", {}) for side in both_sides(name)}
    recipe = load_recipes(files, root / "resources/hpo_terms.csv", targets, ["NS"])["NS"]
    genes = with_subtypes(recipe, path, root / "resources/hpo_terms.csv", targets, Evidence(*ontology_tables))
    assert list(genes.subtypes) == GENES and "SIMULATED, not a clinical description" in path.read_text()
    brows = {gene: often.get("Sparse lateral eyebrow", 0) for gene, often in genes.subtypes.items()}
    assert max(brows, key=brows.get) == "SOS1"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"subtypes": ["KS"]}, "cohort.subtypes: 'KS' has no file in resources/subtypes; .*NS"),
        ({"subtypes": ["NS"], "classes": ["KS", "Unaffected"]}, "cohort.subtypes: no class 'NS' in the cohort"),
        ({"subtypes": ["NS"]}, r"NS has 5 subtypes, and 30 people in about 23 families; .* to 34 or more for NS"),
    ],
)
def test_a_config_that_cannot_have_them_is_refused(config, root, keys, message):
    config["cohort"] |= keys
    with pytest.raises(InputError, match=message):
        load_study(config, root)


IN_WORDS = {
    "sparse lateral eyebrows": "Sparse lateral eyebrow",
    "wide mouth": "Wide mouth",
    "long head": "Dolichocephaly",
    "depressed nasal bridge": "Depressed nasal bridge",
    "protruding lower jaw": "Mandibular prognathia",
    "hypertelorism": "Hypertelorism",
    "ptosis": "Ptosis",
    "downslanted fissures": "Downslanted palpebral fissures",
}


def test_the_page_says_what_the_file_says(root):
    page = (root / "docs/howto/deepgestalt.md").read_text()
    table = page.split("### Simulated genotypes")[1].split("\n|", 1)[1].split("\n\n")[0]
    rows = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert rows[0][1:] == GENES
    subtypes = yaml.safe_load((root / "resources/subtypes/NS.yaml").read_text())["subtypes"]
    usual = yaml.safe_load((root / "resources/syndromes/NS.yaml").read_text())["terms"]
    assert len(rows) == len(IN_WORDS) + 2
    for words, *cells in rows[2:]:
        term = IN_WORDS[words]
        for gene, cell in zip(GENES, cells, strict=True):
            often = subtypes[gene].get("stated", {}) | subtypes[gene].get("chosen", {})
            share = often.get(term, usual.get(term, {}).get("frequency", 0))
            assert abs(100 * share - float(cell)) <= 0.5, (words, gene)
