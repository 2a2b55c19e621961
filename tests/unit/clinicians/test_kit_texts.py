"""The texts of the reader study's page: all there, in every language, or named."""

import pytest
import yaml
from gestalt_regions.clinicians.reader_study.kit_texts import read_texts, text_files
from gestalt_regions.core.errors import InputError


@pytest.fixture
def shipped(root):
    return root / "workflow/report/reader_study"


def translated(shipped, folder, code="fr", **changes):
    """A file of another language: the English one with `changes` (key with dots -> text; None takes it away)."""
    texts = yaml.safe_load((shipped / "en.yaml").read_text()) | {"language": "Français"}
    for path, text in changes.items():
        *above, key = path.split("__")
        section = texts
        for name in above:
            section = section[name]
        section[key] = text
        if text is None:
            del section[key]
    folder.mkdir(exist_ok=True)
    (folder / f"{code}.yaml").write_text(yaml.safe_dump(texts, allow_unicode=True), encoding="utf-8")
    return folder


def test_german_has_every_text_and_names_of_the_classes(shipped):
    texts = read_texts(text_files(["de", "en"], shipped, ""), shipped / "en.yaml", ["KS", "mine"])
    assert list(texts) == ["de", "en"]
    assert texts["de"]["classes"] == {"KS": "Kabuki-Syndrom"} and texts["en"]["classes"] == {"KS": "Kabuki syndrome"}


def test_every_syndrome_of_the_simulated_cohort_has_a_name(shipped, root):
    labels = {path.stem for path in (root / "resources/syndromes").glob("*.yaml")} | {"Unaffected"}
    for language in ("en", "de"):
        assert set(yaml.safe_load((shipped / f"{language}.yaml").read_text())["classes"]) == labels


def test_another_language_is_one_file_and_a_file_of_ours_can_be_replaced(shipped, tmp_path):
    folder = translated(shipped, tmp_path / "texts")
    translated(shipped, folder, "en", language="English", consent__agree="Form 7 of our committee.")
    texts = read_texts(text_files(["fr", "en"], shipped, str(folder)), shipped / "en.yaml", [])
    assert texts["fr"]["language"] == "Français"
    assert texts["en"]["consent"]["agree"] == "Form 7 of our committee."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end__save": None}, r"fr\.yaml: the text 'end\.save' is missing; in English it is 'Save my answers'"),
        ({"end": None}, r"the text 'end\.\w+' is missing"),
        ({"end__safe": "x"}, r"the text 'end\.safe' is not used; did you mean end\.save"),
        ({"face__heading": "Visage {k}"}, r"'face\.heading' must have the same words in braces .*\{k\}, \{n\}"),
        ({"face__confidence": ""}, r"'face\.confidence' must be a text, not ''"),
        ({"face__confidence": ["x"]}, r"'face\.confidence' must be a text, not \['x'\]"),
        ({"consent__about": "x"}, r"'consent\.about' must be a list of texts"),
        ({"consent__data": []}, r"'consent\.data' is empty"),
        ({"likert__levels": ["a", "b"]}, r"'likert\.levels' must have 5 levels, not 2"),
        ({"classes": ["KS"]}, r"classes must give each label a name"),
        ({"language": "English"}, r"'language' is 'English', as in the texts of 'en'"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_by_its_key(shipped, tmp_path, changes, message):
    folder = translated(shipped, tmp_path, **changes)
    with pytest.raises(InputError, match=message):
        read_texts(text_files(["en", "fr"], shipped, str(folder)), shipped / "en.yaml", [])


@pytest.mark.parametrize(
    ("folder", "message"),
    [("", r"languages: no texts for 'fr'; there are de, en"), ("nowhere", r"'nowhere' is no folder")],
)
def test_a_language_without_texts_is_named(shipped, folder, message):
    with pytest.raises(InputError, match=message):
        text_files(["fr"], shipped, folder)


def test_broken_yaml_is_named(shipped, tmp_path):
    (tmp_path / "fr.yaml").write_text("a: b: c")
    with pytest.raises(InputError, match=r"fr\.yaml: not readable as YAML"):
        read_texts({"fr": tmp_path / "fr.yaml"}, shipped / "en.yaml", [])
