"""Rare disorders whose recipes are mixed from others'."""

from copy import deepcopy

import pytest
from gestalt_regions.cohort.simulated.people.hard_questions import FOLD_SUBJECTS, HELDOUT_SUBJECTS, subject_count
from gestalt_regions.cohort.simulated.people.rare_disorders import extend, mixed, mixtures
from gestalt_regions.cohort.simulated.people.recipes import Recipe, Term
from gestalt_regions.cohort.simulated.people.subjects import people
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.study import load_study

RARE = {"count": 5, "subjects": [2, 4], "parents": ["KS", "NS", "WS", "Down"]}


def term(name, targets, frequency=0.5):
    return Term(name, "HP:1", "nose", frequency, targets, {}, "OMIM:1")


def recipe(label, *terms):
    return Recipe(label, f"{label} syndrome", terms)


def test_every_rare_disorder_has_another_pair_whatever_else_the_cohort_is(root, config):
    pairs = mixtures(RARE)
    assert list(pairs) == ["SIM-001", "SIM-002", "SIM-003", "SIM-004", "SIM-005"]
    assert len(set(pairs.values())) == 5
    assert mixtures(RARE | {"count": 3}) == dict(list(pairs.items())[:3])
    with pytest.raises(InputError, match=r"4 recipes of cohort\.rare\.parents make 6 pairs"):
        mixtures(RARE | {"count": 7})


def test_a_cohort_with_rare_disorders(root, config):
    config["cohort"]["rare"] = {"count": 5}
    plain = people(
        load_study({**config, "cohort": config["cohort"] | {"rare": {"count": 0}}}, root).config["cohort"], 42
    )
    cohort = load_study(deepcopy(config), root).config["cohort"]
    assert cohort["classes"][-5:] == ["SIM-001", "SIM-002", "SIM-003", "SIM-004", "SIM-005"]
    assert [subject_count(cohort, FOLD_SUBJECTS, f"SIM-00{i}") for i in range(1, 6)] == [2, 3, 4, 2, 3]
    assert subject_count(cohort, FOLD_SUBJECTS, "KS") == 30
    assert {subject_count(cohort, HELDOUT_SUBJECTS, f"SIM-00{i}") for i in range(1, 6)} == {0}
    again = deepcopy(cohort)
    extend(again)
    assert again == cohort
    subjects = people(cohort, 42)
    assert sum(label == "SIM-003" for _, label, _ in subjects) == 4
    own = {person.subject_id: person for person, label, _ in plain if label != "Unaffected"}
    assert all(own[p.subject_id] == p for p, _, _ in subjects if p.subject_id in own)  # the others stay who they are


def test_unequal_classes_keep_their_numbers():
    cohort = {
        "classes": ["KS", "NS"],
        FOLD_SUBJECTS: {"KS": 9, "NS": 4},
        HELDOUT_SUBJECTS: 2,
        "rare": RARE | {"count": 2},
    }
    extend(cohort)
    assert cohort[FOLD_SUBJECTS] == {"KS": 9, "NS": 4, "SIM-001": 2, "SIM-002": 3}
    assert cohort[HELDOUT_SUBJECTS] == {"KS": 2, "NS": 2, "SIM-001": 0, "SIM-002": 0}
    with pytest.raises(InputError, match="the first is the smallest"):
        extend({**cohort, "rare": RARE | {"subjects": [4, 2]}})


def test_a_mixture_takes_some_terms_of_each_and_none_that_undo_each_other():
    first = recipe("A", *(term(f"a{i}", {f"nose-part{i}-incr": 0.5}) for i in range(40)))
    second = recipe("B", *(term(f"b{i}", {f"nose-part{i}-decr": 0.5}) for i in range(40)))
    made = mixed("SIM-001", first, second)
    kept = {t.term for t in made.terms}
    own = {i for i in range(40) if f"a{i}" in kept}
    other = {i for i in range(40) if f"b{i}" in kept}
    assert 12 < len(own) < 36
    assert other
    assert not own & other
    assert made == mixed("SIM-001", first, second)
    assert kept != {t.term for t in mixed("SIM-002", first, second).terms}
    assert all(t.frequency == 0.5 and t.source == "chosen" for t in made.terms)
    assert "mixture of A syndrome and B syndrome" in made.name


def test_a_term_of_both_is_taken_once():
    both = [term(f"t{i}", {f"nose-part{i}-incr": 0.5}) for i in range(30)]
    made = mixed("SIM-001", recipe("A", *both), recipe("B", *both))
    names = [t.term for t in made.terms]
    assert len(names) == len(set(names)) > 18  # more than one parent's share


def test_the_committed_recipes_mix_into_recipes_of_their_own(root, config, asset):
    """Every rare disorder of the matching study has enough signs to be told from the others."""
    from gestalt_regions.cohort.simulated.people.recipes import load_recipes
    from gestalt_regions.cohort.simulated.people.recipes import yaml as reader

    files = sorted((root / "resources/syndromes").glob("*.yaml"))
    targets = set()
    for path in files:
        for entry in reader.safe_load(path.read_text())["terms"].values():
            for name in entry.get("targets", {}):
                targets |= {name.replace("lr-", "l-", 1), name.replace("lr-", "r-", 1)} if name[:3] == "lr-" else {name}
    labels = [path.stem for path in files]
    recipes = load_recipes(files, root / "resources/hpo_terms.csv", targets, labels)
    pairs = mixtures({"count": 16, "parents": labels})
    made = {label: mixed(label, *(recipes[p] for p in pair)) for label, pair in pairs.items()}
    for label, own in made.items():
        assert sum(t.frequency for t in own.terms) > 3, label  # signs of a subject on average
        for parent in pairs[label]:
            assert {t.term for t in own.terms} & {t.term for t in recipes[parent].terms}
    signs = [frozenset(t.term for t in own.terms) for own in made.values()]
    assert len(set(signs)) == 16
