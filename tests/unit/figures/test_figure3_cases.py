"""Figure 3: which cases are shown, and what their cards say."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.figures import figure3_cases
from simulated_inputs import METHODS, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), per_class=4, heldout=2)


def draw(base, output, **changes):
    faces, folder = base / "faces", base.parents[1] / "resources"
    paths = [base / "net/coefficients" / f"{m}.csv" for m in METHODS]
    options = {"policy": "absolute_minmax", "samples": [], "count": 2, "control": "Unaffected"} | changes
    figure3_cases.draw_cases(
        crops_path=faces / "crops_32.npy",
        regions_path=faces / "regions_32.npy",
        faces_path=faces / "index.csv",
        samples_path=base / "samples.csv",
        coefficient_paths=paths,
        annotations_path=base / "hpo_annotations.csv",
        terms_path=folder / "hpo_terms.csv",
        output=output,
        **options,
    )
    return output.read_text()


def test_terms_are_ordered_by_region_then_raters():
    ratings = pd.Series({"High forehead": 3, "Ptosis": 1, "Epicanthus": 2, "Wide mouth": 0, "Bulbous nose": 1})
    regions = {
        "High forehead": "forehead",
        "Ptosis": "eyes",
        "Epicanthus": "eyes",
        "Wide mouth": "mouth",
        "Bulbous nose": "nose",
    }
    assert figure3_cases.rated_terms(ratings, regions) == [
        ("eyes", "Epicanthus", 2),
        ("eyes", "Ptosis", 1),
        ("nose", "Bulbous nose", 1),
        ("forehead", "High forehead", 3),
    ]


def test_the_card_shows_the_chosen_image_its_terms_and_methods(study, tmp_path):
    ratings = pd.read_csv(study / "hpo_annotations.csv").set_index("sample_id")
    sample = ratings.index[3]
    drawn = draw(study, tmp_path / "a.svg", samples=[sample])
    assert drawn == draw(study, tmp_path / "b.svg", samples=[sample])
    for term, count in ratings.loc[sample].items():
        assert (f"<!-- {term} (" in drawn) == (count > 0)
    assert all(f"<!-- {method} -->" in drawn for method in METHODS) and "simulated cohort" in drawn


def test_without_annotations_the_figure_says_so_and_unknown_cases_are_named(study, tmp_path):
    with pytest.raises(InputError, match=r"figures\.figure3\.samples: 'nobody'"):
        draw(study, tmp_path / "c.svg", samples=["nobody"])
    path = study / "hpo_annotations.csv"
    before = path.read_text()
    pd.read_csv(path).iloc[:0].to_csv(path, index=False)
    try:
        assert "no annotated held-out image" in draw(study, tmp_path / "d.svg")
    finally:
        path.write_text(before)


def test_an_undefined_coefficient_is_left_out(study, tmp_path):
    path = study / "net/coefficients" / f"{METHODS[0]}.csv"
    before = path.read_text()
    table = pd.read_csv(path)
    table.loc[table["region"] == "nose", "coefficient"] = np.nan
    table.to_csv(path, index=False)
    try:
        draw(study, tmp_path / "e.svg")
    finally:
        path.write_text(before)
