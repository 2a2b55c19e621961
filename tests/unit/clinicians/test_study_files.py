"""The form of a study's design and of a reader's answers."""

from __future__ import annotations

import copy
import hashlib

import pytest
from clinicians.reader_files import made_answers, made_design
from gestalt_regions.clinicians.reader_study.study_files import canonical_text, digest, first_problem


@pytest.mark.parametrize("design", ["parallel", "crossover"])
def test_files_as_agreed_are_valid(design):
    document = made_design(design=design)
    assert first_problem(document, "design") is None
    assert first_problem(made_answers(document), "answers") is None


def changed(document, path, value):
    """A copy with one value changed; the value `...` takes the key away."""
    copied = copy.deepcopy(document)
    *way, last = path
    place = copied
    for key in way:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return copied


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["consent"], False),
        (["digest"], ...),
        (["photograph"], "data:image/jpeg;base64,AAAA"),
        (["reader"], "../../R01"),
        (["answers", 0, "before", "confidence"], 101),
        (["answers", 0, "before", "confidence"], 60.5),
        (["answers", 0, "before", "milliseconds"], True),
        (["answers", 0, "arm"], "explanations_alone"),
        (["answers", 1, "item"], "F1"),
        (["remarks"], "x" * 2001),
        (["finished"], "yesterday"),
    ],
)
def test_what_leaves_the_form_is_named(path, value):
    problem = first_problem(changed(made_answers(made_design()), path, value), "answers")
    assert problem and problem.startswith((".".join(map(str, path)), ".".join(map(str, path[:-1])) or "top level"))


def test_unfinished_answers_follow_the_form():
    document = made_answers(made_design())
    for path in (["finished"], ["answers", 3, "after"], ["answers", 3, "explanations", 0, "trust"]):
        assert first_problem(changed(document, path, None), "answers") is None


def test_a_design_needs_pairs_of_class_and_probability():
    assert first_problem(changed(made_design(), ["items", 0, "ai", 0], ["WS"]), "design")
    assert first_problem(changed(made_design(), ["items", 0, "ai", 0], ["WS", 1.5]), "design")


def test_digest_is_that_of_the_canonical_text_as_any_language_would_write_it():
    document = {"b": [1, None, True], "a": "Größe „x“\n", "digest": "0"}
    text = '{"a":"Größe „x“\\n","b":[1,null,true]}'
    assert canonical_text(document) == text
    assert digest(document) == hashlib.sha256(text.encode()).hexdigest()


def test_digest_sees_one_changed_value():
    document = made_answers(made_design())
    assert digest(document) == document["digest"]
    assert digest(changed(document, ["answers", 0, "after", "confidence"], 61)) != document["digest"]
