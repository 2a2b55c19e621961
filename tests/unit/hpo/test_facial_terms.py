"""Whatever a person calls a facial HPO term: taken where it means that term alone, else answered with what to write."""

import logging

import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.facial_terms import FacialTerms
from gestalt_regions.hpo.ontology import read_obo
from gestalt_regions.tools.fill_hpo_terms import filled

OBO = """format-version: 1.2
data-version: hp/releases/2001-02-03

[Term]
id: HP:0000492
name: Abnormal eyelid morphology

[Term]
id: HP:0000508
name: Ptosis
alt_id: HP:0000033
synonym: "Drooping upper eyelid" EXACT layperson []
synonym: "Droopy \\"lid\\"" BROAD []
is_a: HP:0000492 ! Abnormal eyelid morphology

[Term]
id: HP:0001488
name: Bilateral ptosis
synonym: "Both lids down" EXACT []
is_a: HP:0000508 ! Ptosis

[Term]
id: HP:0000204
name: Cleft upper lip
synonym: "Split" EXACT []
is_a: HP:0410030 ! Cleft lip

[Term]
id: HP:0410030
name: Cleft lip

[Term]
id: HP:0000369
name: Low-set ears
synonym: "Split" EXACT []

[Term]
id: HP:0000044
name: obsolete Ears down
is_obsolete: true
replaced_by: HP:0000369

[Term]
id: HP:0000358
name: Posteriorly rotated ears

[Term]
id: HP:0000368
name: obsolete Low-set, posteriorly rotated ears
is_obsolete: true
replaced_by: HP:0000358

[Term]
id: HP:0001250
name: Seizure
"""
ROTATED = "Low-set posteriorly rotated ears"
TABLE = pd.DataFrame(
    {
        "term": [
            "Abnormal eyelid morphology",
            "Ptosis",
            "Cleft upper lip",
            "Low-set ears",
            "Low-set posteriorly rotated ears",
        ],
        "hpo_id": ["HP:0000492", "HP:0000508", "HP:0000204", "HP:0000369", "HP:0000368"],
        "region": "eyes",
    }
)


@pytest.fixture
def terms(tmp_path):
    """terms(ontology): the table as the tool fills it, with or without the whole ontology at hand."""
    (tmp_path / "hp.obo").write_text(OBO)
    filled(TABLE, tmp_path / "hp.obo").to_csv(tmp_path / "hpo_terms.csv", index=False)
    read_obo(tmp_path / "hp.obo").to_csv(tmp_path / "terms.csv", index=False)
    return lambda ontology=False: FacialTerms(tmp_path / "hpo_terms.csv", tmp_path / "terms.csv" if ontology else "")


SPELLINGS = """Ptosis|ptosis|PTOSIS |HP:0000508|hp:0000508|HP_0000508|HP 0000508|HP.0000508|HP0000508|obo:HP_0000508|
http://purl.obolibrary.org/obo/HP_0000508|https://hpo.jax.org/browse/term/HP:0000508|Ptosis (HP:0000508)|HP:0000033|
HP:0000508 - ptosis|[HP_0000508] Ptosis|Drooping  upper_eyelid|drooping.upper.eyelid|Drooping-upper eyelid HP:0000508"""
UNSEEN = ["\u00a0Ptosis", "Pto\u200bsis", "\uff28\uff30:0000508", "Drooping upper\u2010eyelid"]


@pytest.mark.parametrize("text", [*SPELLINGS.split("|"), *UNSEEN])
@pytest.mark.parametrize("ontology", [False, True])
def test_every_spelling_is_taken(terms, text, ontology):
    assert terms(ontology).take(text).term == "Ptosis"


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Low_set_ears", "Low-set ears"),
        ("low set ears", "Low-set ears"),
        ("HP:0000044", "Low-set ears"),
        ("HP:0000368", "Low-set posteriorly rotated ears"),
        ("Low-set, posteriorly rotated ears", "Low-set posteriorly rotated ears"),
    ],
)
def test_hyphens_and_obsolete_ids_are_taken(terms, text, term):
    assert terms().take(text).term == term


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Ptosys", r"no facial HPO term; did you mean Ptosis \(HP:0000508\)\?"),
        ("Drooping upper eyelids", r"did you mean Ptosis \(HP:0000508\)\?$"),
        ("Eyelid, drooping upper", r"did you mean Ptosis \(HP:0000508\)\?"),
        ("LowSetEars", r"did you mean Low-set ears \(HP:0000369\)"),
        ('Droopy "lid"', r"is a broad synonym of Ptosis \(HP:0000508\), not an exact one; write that name"),
        ("Bilateral ptosis", r"form of Ptosis \(HP:0000508\); write that name"),
        ("HP:0001488", r"\(HP:0001488 Bilateral ptosis\) is a form of Ptosis"),
        ("Bilateral ptosys", r"did you mean Ptosis"),
        ("split", r"synonym of Cleft upper lip \(HP:0000204\) and of Low-set ears \(HP:0000369\); write one"),
        ("HP:0000358", r"is what HPO has now in place of Low-set posteriorly rotated ears \(HP:0000368\)"),
        ("HP:508", r"seven digits; did you mean Ptosis \(HP:0000508\)\?"),
        ("0000508", r"seven digits; did you mean Ptosis"),
        ("HP:0000204 Ptosis", r"is unclear: HP:0000204 is Cleft upper lip, but 'Ptosis' is Ptosis \(HP:0000508\)"),
        ("HP:0000508 Lidsenkung", r"but 'Lidsenkung' is no name of it; write one of them alone"),
        ("HP:0001250", "is the id of no facial term of the table"),
        ("xyz", "is no facial HPO term$"),
        ("", "is no facial HPO term$"),
    ],
)
def test_what_is_only_near_is_refused_with_the_term_that_may_be_meant(terms, text, message):
    with pytest.raises(InputError, match=message):
        terms().take(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("HP:0001250", r"is the HPO term Seizure \(HP:0001250\), which is no facial term of the table"),
        ("seizure", r"is the HPO term Seizure \(HP:0001250\)"),
        ("Both lids down", r"Bilateral ptosis \(HP:0001488\), a form of Ptosis \(HP:0000508\); write that name"),
        (
            "Cleft lip",
            r"Cleft lip \(HP:0410030\), which is broader than .* Cleft upper lip \(HP:0000204\)",
        ),
        ("Ptosys", r"did you mean Ptosis"),
    ],
)
def test_with_the_ontology_at_hand_a_refusal_says_more(terms, text, message):
    with pytest.raises(InputError, match=message):
        terms(ontology=True).take(text)


def test_columns_are_read_as_terms_and_what_was_a_synonym_is_logged(terms, caplog):
    with caplog.at_level(logging.INFO, "gestalt_regions"):
        read = terms().read_as("a.csv", ["hp_0000508", "HP:0000044"])
    assert read == {"hp_0000508": "Ptosis", "HP:0000044": "Low-set ears"}
    assert (
        "a.csv: column 'HP:0000044' is read as Low-set ears: another id of Low-set ears, now HP:0000369" in caplog.text
    )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["Ptosis", "HP:0000508"], r"two columns mean Ptosis \(HP:0000508\): 'Ptosis' and 'HP:0000508'; keep one"),
        (["Ptosys"], r"a\.csv: column 'Ptosys' is no facial.*Leave a column out that is no facial term, or give"),
        (["Ptosys", "Ptosis", "xyz"], r"(?s)2 columns are not taken.*'Ptosys' .*Ptosis.*'xyz' is no facial HPO term\n"),
        ([f"x{i}" for i in range(25)], r"(?s)25 columns .*and 5 more"),
    ],
)
def test_a_table_is_refused_with_all_that_is_wrong_with_its_columns(terms, columns, message):
    with pytest.raises(InputError, match=message):
        terms().read_as("a.csv", columns)


def test_a_table_without_what_the_ontology_says_still_answers(tmp_path):
    (tmp_path / "t.csv").write_text("term,synonyms\nPtosis,Drooping eyelid; Blepharoptosis\nBlink,\n")
    known = FacialTerms(tmp_path / "t.csv")
    assert known.take("blepharoptosis").term == "Ptosis" and known.take("blink").term == "Blink"
    with pytest.raises(InputError, match=r"did you mean Ptosis\?"):
        known.take("Ptosys")


def test_what_is_copied_is_as_the_ontology_writes_it(tmp_path):
    (tmp_path / "hp.obo").write_text(OBO)
    table = filled(TABLE, tmp_path / "hp.obo").set_index("term")
    assert table.loc["Ptosis"].tolist() == [
        *("HP:0000508", "eyes", "Drooping upper eyelid", "HP:0000033", 'broad: Droopy "lid"'),
        *("HP:0001488 Bilateral ptosis", "2001-02-03"),
    ]
    assert table.loc[ROTATED, "inexact"] == "replaced by: HP:0000358 Posteriorly rotated ears"


def test_the_committed_table_is_what_the_fetched_ontology_says(asset, root):
    try:
        obo = asset("hp.obo")
    except InputError as error:
        pytest.skip(f"the ontology is not here and cannot be fetched: {error}")
    committed = pd.read_csv(root / "resources/hpo_terms.csv", dtype=str, keep_default_na=False)
    pd.testing.assert_frame_equal(filled(committed, obo), committed)


def test_the_committed_table_answers_for_real_terms(root, ontology_tables):
    for ontology in ("", ontology_tables[0]):
        known = FacialTerms(root / "resources/hpo_terms.csv", ontology)
        table = known.table
        assert [known.take(hpo_id).term for hpo_id in table["hpo_id"]] == table["term"].tolist()
        assert [known.take(name).term for name in table["term"]] == table["term"].tolist()
        assert known.take("Drooping upper eyelid").term == "Ptosis"
        with pytest.raises(InputError, match="Ptosis"):
            known.take("Bilateral ptosis")
    with pytest.raises(InputError, match=r"Seizure .*no facial term"):
        known.take("HP:0001250")
