"""Further test sets in a config: what is filled in, and what is refused by its key."""

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.study.study import load_study

WEB = {"kind": "simulated", "people_per_class": 2, "photos": {"blur": [1, 2]}}
MASK = {"kind": "occluded", "occluder": "mask"}


def test_what_is_left_out_is_filled_in(config, root):
    config["gestalt"]["test_sets"] = {"web": dict(WEB), "masked": dict(MASK), "both": {**MASK, "of": "web"}}
    study = load_study(config, root)
    assert study.test_sets["web"] == {**WEB, "images_per_subject": 1, "grey": 0}
    assert study.test_sets["masked"]["of"] == "heldout" and study.test_sets["both"]["of"] == "web"
    assert load_study(study.config, root).config == study.config


def test_a_study_without_any_stays_as_it_was(config, root):
    assert load_study(config, root).test_sets == {} and "test_sets" not in load_study(config, root).config["gestalt"]


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        ({"Heldout": MASK}, "test_sets.Heldout: every study has a set 'heldout'"),
        ({"a b": MASK}, "test_sets"),
        ({"web": WEB, "Web": MASK}, "gestalt.test_sets: 'web' and 'Web' differ in capitals only"),
        ({"x": {}}, "test_sets.x' lacks kind"),
        ({"x": {"kind": "ocluded"}}, "test_sets.x.kind' is 'ocluded'; allowed: simulated, folder, occluded"),
        ({"x": {"kind": "occluded"}}, "test_sets.x: a set of the kind occluded needs the key occluder"),
        ({"x": {**MASK, "occluder": "scarf"}}, "test_sets.x.occluder' is 'scarf'; allowed: fringe"),
        ({"x": {**MASK, "people_per_class": 2}}, "test_sets.x.people_per_class: no key of the kind occluded"),
        ({"x": {**MASK, "of": "helout"}}, "test_sets.x.of: no test set 'helout'; did you mean heldout"),
        ({"x": MASK, "y": {**MASK, "of": "x"}}, "test_sets.y.of: 'x' is occluded itself"),
        ({"x": {**WEB, "photos": {"blurr": [1, 2]}}}, "test_sets.x.photos.blurr is unknown: did you mean blur"),
        ({"x": {**WEB, "photos": {"blur": [1, 99]}}}, "test_sets.x.photos.blur: 99 is greater than the maximum"),
        ({"x": {**WEB, "photos": {"blur": [2, 1]}}}, "test_sets.x.photos.blur: .2, 1. runs backwards"),
        ({"x": {**WEB, "ages": [9, 2]}}, "test_sets.x.ages: .9, 2. runs backwards"),
        ({"x": {**WEB, "people_per_class": 0}}, "test_sets.x.people_per_class"),
        ({"x": {"kind": "folder", "images": "."}}, "test_sets.x: a set of the kind folder needs the key table"),
        (
            {"x": {"kind": "folder", "images": "nowhere", "table": "t.csv"}},
            "test_sets.x.images: 'nowhere' is no folder",
        ),
        ({"x": {"kind": "folder", "images": ".", "table": "none.csv"}}, "test_sets.x.table: 'none.csv' is no file"),
    ],
)
def test_bad_sets_are_refused_by_their_key(config, root, sets, message):
    config["gestalt"]["test_sets"] = {name: dict(section) for name, section in sets.items()}
    with pytest.raises(InputError, match=message):
        load_study(config, root)


def test_a_simulated_set_needs_a_simulated_cohort(config, root, tmp_path):
    (tmp_path / "t.csv").write_text("image,label\n")
    config["cohort"] |= {"kind": "folder", "folder": {"images": str(tmp_path), "table": str(tmp_path / "t.csv")}}
    config["gestalt"]["test_sets"] = {"web": dict(WEB)}
    with pytest.raises(InputError, match=r"test_sets.web.kind is simulated, but the cohort is not .*kind folder"):
        load_study(config, root)


def test_nobody_held_out_nothing_to_copy(config, root):
    config["cohort"]["heldout_subjects_per_syndrome"] = 0
    config["gestalt"]["test_sets"] = {"masked": dict(MASK)}
    with pytest.raises(InputError, match="nobody is held out"):
        load_study(config, root)
