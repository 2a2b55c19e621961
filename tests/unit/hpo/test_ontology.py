"""The ontology: names, exact synonyms and ids lead to one term; annotated frequencies become shares."""

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.ontology import (
    FREQUENCIES,
    Ontology,
    read_annotations,
    read_obo,
    share_of_patients,
    stated_share,
    write_ontology_tables,
)

OBO = """format-version: 1.2

[Term]
id: HP:0000508
name: Ptosis
alt_id: HP:0007911
synonym: "Drooping upper eyelid" EXACT layperson []
synonym: "Eye \\"droop\\"" EXACT []
synonym: "Droopy lid" BROAD []
is_a: HP:0000492 ! Abnormal eyelid morphology

[Term]
id: HP:0000358
name: Posteriorly rotated ears
synonym: "Turned" EXACT []

[Term]
id: HP:0000411
name: Protruding ear
synonym: "Turned" EXACT []

[Term]
id: HP:0000368
name: obsolete Low-set, posteriorly rotated ears
is_obsolete: true
replaced_by: HP:0000358

[Term]
id: HP:0000001
name: obsolete Nothing
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""
HEADER = (
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tb\n"
)
ROWS = [
    ("OMIM:1", "A", "", "HP:0000508", "PMID:1", "3/10", "P"),
    ("OMIM:1", "A", "", "HP:0000508", "PMID:2", "9/30", "P"),
    ("OMIM:1", "A", "NOT", "HP:0000411", "PMID:1", "5/5", "P"),
    ("OMIM:1", "A", "", "HP:0000411", "PMID:1", "", "P"),
    ("OMIM:1", "A", "", "HP:0000006", "PMID:1", "1/1", "I"),
    ("ORPHA:1", "A", "", "HP:0000508", "ORPHA:1", "HP:0040283", "P"),
    ("OMIM:2", "B", "", "HP:0000508", "PMID:3", "40%", "P"),
]


def hpoa(folder, rows=ROWS):
    lines = [f"{d}\t{n}\t{q}\t{h}\t{ref}\tPCS\t\t{f}\t\t\t{a}\tx\n" for d, n, q, h, ref, f, a in rows]
    (folder / "phenotype.hpoa").write_text('#version: "x"\n' + HEADER + "".join(lines))
    return folder / "phenotype.hpoa"


@pytest.fixture
def ontology(tmp_path) -> Ontology:
    (tmp_path / "hp.obo").write_text(OBO)
    tables = tmp_path / "terms.csv", tmp_path / "frequencies.csv"
    write_ontology_tables(
        tmp_path / "hp.obo", hpoa(tmp_path), ["OMIM:1", "ORPHA:1"], terms=tables[0], frequencies=tables[1]
    )
    return Ontology(tables[0])


@pytest.mark.parametrize(
    ("text", "hpo_id", "note"),
    [
        ("Ptosis", "HP:0000508", ""),
        (" hp:0000508", "HP:0000508", ""),
        ("drooping  upper eyelid", "HP:0000508", "is a synonym of Ptosis"),
        ('eye "droop"', "HP:0000508", "is a synonym"),
        ("HP:0007911", "HP:0000508", "alternative id of HP:0000508"),
        ("HP:0000368", "HP:0000358", "obsolete, replaced by HP:0000358"),
        ("Low-set posteriorly rotated ears", "HP:0000358", "obsolete"),
    ],
)
def test_every_spelling_leads_to_its_term(ontology, text, hpo_id, note):
    found = ontology.resolve(text)
    assert found.hpo_id == hpo_id and note in found.note and bool(note) == bool(found.note)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Ptosys", r"no HPO term .* 'Ptosys'; did you mean Ptosis\?"),
        ("Droopy lid", "no HPO term"),  # broader than the term: another finding
        ("turned", r"several HPO terms: write Posteriorly rotated ears \(HP:0000358\) or Protruding ear"),
        ("HP:0000509", r"no term HP:0000509; did you mean .*HP:0000508"),
        ("HP:0000001", "obsolete and nothing replaces it"),
    ],
)
def test_what_does_not_resolve_is_explained(ontology, text, message):
    with pytest.raises(InputError, match=message):
        ontology.resolve(text)


def test_the_closest_term_above(ontology):
    assert ontology.nearest_above("HP:0000508", ["HP:0000492", "HP:0000411"]) == ["HP:0000492"]
    assert ontology.nearest_above("HP:0000508", ["HP:0000411"]) == ontology.nearest_above("HP:9999999", []) == []


def test_frequencies_are_of_the_named_diseases_and_positive_findings(tmp_path, ontology):
    table = read_annotations(hpoa(tmp_path), ["OMIM:1", "ORPHA:1"])
    assert list(table.columns) == FREQUENCIES and len(table) == 3
    written = pd.read_csv(tmp_path / "frequencies.csv")
    assert stated_share(written, "OMIM:1", "HP:0000508") == 0.3  # 3/10 and 9/30 pooled: 12 of 40
    assert stated_share(written, "ORPHA:1", "HP:0000508") == 0.17
    assert stated_share(written, "OMIM:1", "HP:0000411") is None
    with pytest.raises(InputError, match=r"no disease 'OMIM:3'; did you mean"):
        read_annotations(hpoa(tmp_path), ["OMIM:3"])
    with pytest.raises(InputError, match="'often' is no frequency"):
        read_annotations(hpoa(tmp_path, [(*ROWS[0][:5], "often", "P")]), ["OMIM:1"])


@pytest.mark.parametrize(("text", "expected"), [("7/38", (7 / 38, 38)), ("40%", (0.4, 0)), ("HP:0040281", (0.895, 0))])
def test_a_frequency_is_a_count_a_percentage_or_a_category(text, expected):
    assert share_of_patients(text) == expected


@pytest.mark.parametrize("text", ["5/3", "0/0", "120%", "x%", "HP:0000001", ""])
def test_an_impossible_frequency_is_refused(text):
    with pytest.raises(ValueError):
        share_of_patients(text)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x").write_text("nothing\n")
    with pytest.raises(InputError, match="no HPO term"):
        read_obo(tmp_path / "x")
    with pytest.raises(InputError, match="not a readable"):
        read_annotations(tmp_path / "x", [])


def test_the_real_ontology_knows_the_papers_terms(ontology_tables, root):
    table = pd.read_csv(root / "resources/hpo_terms.csv")
    known = Ontology(ontology_tables[0])
    for term, hpo_id in zip(table["term"], table["hpo_id"], strict=True):
        assert known.resolve(term).hpo_id == known.resolve(hpo_id).hpo_id
    assert known.resolve("HP:0000368").note  # one of the paper's ids is obsolete since
