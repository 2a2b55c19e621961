"""The twin sheet and the severity strip, from arrays that nothing rendered."""

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.simulated.severity_strip import people_shown, terms_at
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_table
from gestalt_regions.figures.twin_sheet import choose_twins, draw_severity_strip, draw_twin_sheet
from PIL import Image

VARIANTS = [("a", "face twin revert:eyes"), ("b", "face twin revert:eyes revert:chin"), ("c", "face twin revert:nose")]
INDEX = pd.DataFrame(
    [(sample, v) for sample, names in VARIANTS for v in names.split()], columns=["sample_id", "variant"]
)
INDEX.insert(0, "row", range(len(INDEX)))
INDEX["region"] = INDEX["variant"].str.extract("revert:(.*)")[0].fillna("")
LABELS = {"a": "KS", "b": "KS", "c": "WS"}


def test_of_each_class_the_face_with_the_most_regions_is_shown():
    index = INDEX.assign(label=INDEX["sample_id"].map(LABELS))
    assert choose_twins(index, [], 5) == ["b", "c"] and choose_twins(index, [], 1) == ["b"]
    assert choose_twins(index, ["c", "a"], 1) == ["c", "a"]
    with pytest.raises(InputError, match=r"figures\.twins\.samples: 'bb' has no counterfactuals"):
        choose_twins(index, ["bb"], 1)


@pytest.fixture
def sheet(tmp_path, root):
    random = np.random.default_rng(0)
    np.save(tmp_path / "twins.npy", random.integers(0, 255, (len(INDEX), 16, 16, 3), dtype=np.uint8))
    np.save(tmp_path / "changes.npy", random.uniform(0, 50, (len(INDEX), 16, 16)).astype(np.float16))
    samples = pd.DataFrame(
        {"sample_id": list(LABELS), "label": "KS", "true_label": list(LABELS.values()), "simulated": True}
    )
    write_table(samples.assign(image="x.png", subject_id="s", kin_group="k", split="folds"), tmp_path / "samples.csv")

    def draw(index: pd.DataFrame, name: str) -> bytes:
        write_table(index, tmp_path / "index.csv")
        paths = [tmp_path / f for f in ("twins.npy", "changes.npy", "index.csv", "samples.csv")]
        terms = root / "resources/hpo_terms.csv"
        draw_twin_sheet(
            **dict(zip(("twins_path", "changes_path", "index_path", "samples_path"), paths, strict=True)),
            hpo_terms=terms,
            output=tmp_path / name,
            samples=[],
            count=5,
            colormap="inferno",
        )
        return (tmp_path / name).read_bytes()

    return draw


def test_the_sheet_is_drawn_the_same_every_time(sheet, tmp_path):
    assert sheet(INDEX, "one.png") == sheet(INDEX, "two.png")
    assert min(Image.open(tmp_path / "one.png").size) > 500


def test_a_sheet_of_nothing_says_what_to_do(sheet):
    with pytest.raises(InputError, match=r"no face has counterfactuals; see config cohort\.counterfactuals\.which"):
        sheet(INDEX[:0], "none.png")


def test_the_strip_shows_every_severity_of_every_syndrome(tmp_path):
    np.save(tmp_path / "faces.npy", np.zeros((6, 8, 8, 3), np.uint8))
    index = pd.DataFrame({"row": range(6), "label": ["KS"] * 3 + ["WS"] * 3, "severity": [0, 0.5, 1] * 2})
    write_table(index, tmp_path / "index.csv")
    draw_severity_strip(tmp_path / "faces.npy", tmp_path / "index.csv", tmp_path / "strip.png")
    assert Image.open(tmp_path / "strip.png").width > 500
    write_table(index[:0], tmp_path / "index.csv")
    with pytest.raises(InputError, match="no subject shows any sign"):
        draw_severity_strip(tmp_path / "faces.npy", tmp_path / "index.csv", tmp_path / "none.png")


def test_the_strip_follows_the_subject_with_the_most_signs():
    plan = pd.DataFrame(
        {
            "sample_id": ["u", "k1", "k2", "w1", "w2"],
            "true_label": ["Unaffected", "KS", "KS", "WS", "WS"],
            "label": ["Unaffected", "KS", "KS", "WS", "KS"],  # noisy: what the subject shows is in true_label
            "severity": [0, 0.8, 0.5, 0.8, 0.8],
            "terms": ["", "Ptosis=0.4", "Ptosis=0.5;Wide mouth=0.6", "", "Ptosis=1"],
        }
    )
    rows = people_shown(plan)
    assert [row["sample_id"] for row in rows] == ["k2", "w2"]
    assert terms_at(rows[0], 1) == pytest.approx({"Ptosis": 1.0, "Wide mouth": 1.2})
    assert terms_at(rows[0], 0) == {"Ptosis": 0, "Wide mouth": 0}
    assert terms_at(rows[0] | {"severity": 0.0}, 1) == {"Ptosis": 0, "Wide mouth": 0}
