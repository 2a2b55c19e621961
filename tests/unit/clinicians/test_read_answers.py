"""Readers' files are not trusted: what cannot be used is named, and one bad file never stops the rest."""

from __future__ import annotations

import copy
import json

import pytest
from clinicians.reader_files import made_answers, made_design
from gestalt_regions.clinicians.reader_study import read_answers
from gestalt_regions.clinicians.reader_study.read_answers import read_files, write_answers
from gestalt_regions.clinicians.reader_study.study_files import digest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table


@pytest.fixture
def design():
    return made_design()


def save(folder, document, name=None, sign=True):
    """Write a file as the page would: with a fitting digest."""
    document = {**document, "digest": digest(document)} if sign else document
    path = folder / (name or f"answers_{document['study']}_{document['reader']}.json")
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def edited(document, **places):
    """A copy of a document with some of its keys replaced."""
    return {**copy.deepcopy(document), **places}


def reason(folder, design, name="bad.json"):
    """Why the file was set aside; the good one beside it is used in any case."""
    save(folder, made_answers(design, 1), "good.json")
    used, aside = read_files(folder.iterdir(), design)
    assert [one.name for one in used] == ["good.json"]
    assert list(aside["file"]) == [name]
    return aside["reason"][0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b'{"reader": "R02", "reader": "R03"}', "the key 'reader' occurs twice"),
        (b'{"reader": NaN}', "NaN is no number"),
        (b'{"remarks": "\\ud800"}', "not UTF-8"),
        (b'{"years": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"null", "not valid"),
        (b'"' + b"x" * read_answers.MOST_BYTES + b'"', "larger than"),
    ],
)
def test_what_is_no_reader_file(tmp_path, design, content, said):
    (tmp_path / "bad.json").write_bytes(content)
    assert said in reason(tmp_path, design)


def test_a_folder_is_no_file(tmp_path, design):
    (tmp_path / "bad.json").mkdir()
    assert reason(tmp_path, design) == "not a file"


def test_an_edited_file_is_seen(tmp_path, design):
    document = made_answers(design)
    document["answers"][0]["after"]["confidence"] = 99
    save(tmp_path, document, "bad.json", sign=False)
    assert "digest" in reason(tmp_path, design)


def without_last(document):
    document["answers"].pop()


def no_after(document):
    document["answers"][2]["after"] = None


def no_rating(document):
    document["answers"][2]["explanations"][0]["trust"] = None


def a_rating_less(document):
    document["answers"][3]["explanations"].pop()


def unknown_item(document):
    document["answers"][0]["item"] = "F99"


def twice(document):
    document["answers"][0]["item"] = "F02"


def unknown_class(document):
    document["answers"][0]["before"]["diagnosis"] = "Marfan"


def other_arm(document):
    document["answers"][0]["arm"] = "ai_alone"
    document["answers"][0]["explanations"] = []


def same_position(document):
    document["answers"][0]["position"] = 2


def unknown_composite(document):
    document["composites"][0]["item"] = "C77"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (without_last, "half-finished: item F12 is missing (1 of 12)"),
        (no_after, "half-finished: F03 has no answer after the aid"),
        (no_rating, "half-finished: a question on F03-A"),
        (a_rating_less, "half-finished: explanation F04-B is missing"),
        (unknown_item, "unknown item F99"),
        (twice, "item F02 occurs twice"),
        (unknown_class, "unknown diagnosis 'Marfan' of F01"),
        (other_arm, "wrong arm"),
        (same_position, "positions"),
        (unknown_composite, "unknown item C77"),
        (lambda d: d.update(finished=None), "half-finished: the reader did not come to the end"),
        (lambda d: d.update(study="f" * 16), "of another study"),
        (
            lambda d: d.update(sequence="ai_alone"),
            "wrong sequence ai_alone: the design gives ai_with",
        ),
        (lambda d: d.update(sequence="ai_alone_first", reader="XABCDEF"), "wrong sequence"),
        (lambda d: d.update(reader="R99"), "unknown reader R99"),
        (lambda d: d.update(extra=1), "not valid"),
    ],
)
def test_what_does_not_fit_the_study_is_named(tmp_path, design, edit, said):
    document = made_answers(design)
    edit(document)
    save(tmp_path, document, "bad.json")
    assert said in reason(tmp_path, design)


def test_of_two_files_of_a_reader_the_later_finished_counts(tmp_path, design):
    document = made_answers(design)
    save(tmp_path, edited(document, finished="2026-11-29T11:00:00.050Z"), "a.json")
    save(tmp_path, edited(document, finished="2026-11-29T11:00:00Z"), "b.json")
    save(tmp_path, edited(document, finished=None), "c.json")
    used, aside = read_files(tmp_path.iterdir(), design)
    assert [one.name for one in used] == ["a.json"]
    assert list(aside["file"]) == ["b.json", "c.json"]
    assert aside["reason"][0].startswith("duplicate: a.json") and aside["reason"][1].startswith("half-finished")


def test_simulated_readers_never_mix_with_people(tmp_path, design):
    save(tmp_path, edited(made_answers(design, 1), simulated=False), "person.json")
    save(tmp_path, made_answers(design, 2), "simulated.json")
    used, aside = read_files(tmp_path.iterdir(), design)
    assert [one.name for one in used] == ["person.json"]
    assert list(aside["reason"]) == ["simulated, among answers of people"]


@pytest.mark.parametrize("kind", ["parallel", "crossover"])
def test_tables_hold_every_answer_and_the_truth(tmp_path, kind):
    design = made_design(design=kind)
    (tmp_path / "answers").mkdir()
    for number in range(1, 5):
        document = edited(made_answers(design, number), remarks="=HYPERLINK(1)\n\x07ü")
        save(tmp_path / "answers", document)
    save(tmp_path / "answers", edited(made_answers(design, 5), study="f" * 16), "other.json")
    (tmp_path / "design.json").write_text(json.dumps(design))
    outputs = {
        name: str(tmp_path / f"{name}.csv") for name in ("readers", "answers", "ratings", "composites", "set_aside")
    }
    write_answers(tmp_path / "answers", tmp_path / "design.json", outputs)
    answers = read_table(outputs["answers"])
    assert list(answers.columns) == read_answers.ANSWERS and len(answers) == 4 * 12
    assert (answers["after_right"] == answers["ai_right"]).all() and not answers["before_right"].any()
    assert set(answers["arm"]) == set(design["arms"]) and (answers["before_seconds"] == 21.5).all()
    ratings = read_table(outputs["ratings"])
    assert set(ratings["method"]) == {"MorphMean", "Sobel"} and set(ratings["question"]) == set(design["likert"])
    assert (ratings["control"] == (ratings["method"] == "Sobel")).all()
    assert read_table(outputs["composites"])["right"].all()
    assert set(read_table(outputs["readers"])["remarks"]) == {"'=HYPERLINK(1) ü"}
    assert list(read_table(outputs["set_aside"])["file"]) == ["other.json"]


def test_without_a_usable_file_the_message_names_the_reasons(tmp_path, design):
    (tmp_path / "design.json").write_text(json.dumps(design))
    folder = tmp_path / "answers"
    with pytest.raises(InputError, match="no such folder"):
        write_answers(folder, tmp_path / "design.json", {})
    folder.mkdir()
    with pytest.raises(InputError, match="empty"):
        write_answers(folder, tmp_path / "design.json", {})
    save(folder, edited(made_answers(design), finished=None), "half.json")
    with pytest.raises(InputError, match=r"none of 1 files can be used\. half.json: half-finished"):
        write_answers(folder, tmp_path / "design.json", {})
