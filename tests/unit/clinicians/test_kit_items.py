"""Which faces, explanations and forms a reader study draws."""

from collections import Counter

import pandas as pd
import pytest
from gestalt_regions.clinicians.reader_study.kit_items import choose_explanations, choose_faces, numbered, sequences
from gestalt_regions.core.errors import InputError

RIGHT = {"A": [True] * 6 + [False] * 4, "B": [True] * 8, "C": [True] * 2 + [False] * 6}


def candidates(images=2):
    rows = [
        {"sample_id": f"{label}{number}-{image}", "label": label, "subject_id": f"{label}{number}", "right": right}
        for label, people in RIGHT.items()
        for number, right in enumerate(people)
        for image in range(images)
    ]
    return pd.DataFrame(rows)


def test_classes_are_balanced_and_so_is_the_ai_as_far_as_it_can_be():
    chosen = choose_faces(candidates(), 12, seed=1)
    assert Counter(chosen["label"]) == {"A": 4, "B": 4, "C": 4}
    assert chosen["subject_id"].is_unique
    wrong = chosen[~chosen["right"]]
    assert Counter(wrong["label"]) == {"A": 2, "C": 2}  # B has none; of no class more than half


def test_what_is_left_over_goes_to_classes_that_are_drawn_and_the_order_says_nothing():
    table = candidates()
    counts = {seed: Counter(choose_faces(table, 10, seed)["label"]) for seed in range(8)}
    assert all(sorted(each.values()) == [3, 3, 4] for each in counts.values())
    assert len({max(each, key=each.get) for each in counts.values()}) > 1
    chosen = choose_faces(table, 12, seed=1)
    assert list(chosen["label"]) != sorted(chosen["label"])
    shuffled = table.sample(frac=1, random_state=0)
    assert list(choose_faces(shuffled, 12, seed=1)["sample_id"]) == list(chosen["sample_id"])
    assert list(choose_faces(table, 12, seed=2)["sample_id"]) != list(chosen["sample_id"])


@pytest.mark.parametrize(
    ("faces", "message"),
    [
        (2, r"reader_study\.faces is 2, fewer than the 3 classes"),
        (
            27,
            r"faces is 27, so 9 faces of each class, each of another person; of '[BC]' 8 people are explained",
        ),
    ],
)
def test_too_few_faces_are_named(faces, message):
    with pytest.raises(InputError, match=message):
        choose_faces(candidates(), faces, seed=1)


def test_no_face_at_all_is_named():
    with pytest.raises(InputError, match=r"reader_study\.set is heldout: no face of it"):
        choose_faces(candidates().iloc[:0], 3, seed=1, set_name="heldout")


def test_a_control_takes_the_place_of_each_method_in_turn():
    items = numbered("F", 12)
    chosen = choose_explanations(items, ["M1", "M2"], ["Sobel", "Random"], 6, seed=3)
    assert all([each.name for each in chosen[item]] == [f"{item}-A", f"{item}-B"] for item in items)
    controls = [each for shown in chosen.values() for each in shown if each.control]
    assert Counter(each.method for each in controls) == {"Sobel": 3, "Random": 3}
    methods = Counter(each.method for shown in chosen.values() for each in shown if not each.control)
    assert methods == {"M1": 9, "M2": 9}
    assert {each.name[-1] for shown in chosen.values() for each in shown if each.method == "M1"} == {"A", "B"}


def test_forms_are_nearly_equally_frequent_at_any_time():
    drawn = sequences("parallel", 30, seed=1)
    assert len(drawn) == 30
    assert all(abs(Counter(drawn[:n])["ai_alone"] - n / 2) <= 1 for n in range(1, 31))
    assert len({tuple(drawn[start : start + 4]) for start in range(0, 28, 4)}) > 1
    assert set(sequences("crossover", 5, seed=1)) == {"ai_alone_first", "ai_with_explanations_first"}
