"""The NIH faces' metadata: partitions, kin, the split audit; on files of the same shape, and on the real ones."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.cohort.read_cohort import read_cohort
from gestalt_regions.cohort.readers.nih_faces import (
    COLUMNS,
    LANDMARKS,
    read_kin,
    read_nih,
    read_partitions,
)
from gestalt_regions.core.errors import InputError
from gestalt_regions.faces.given_landmarks import COLUMNS as GIVEN_COLUMNS
from gestalt_regions.folds.split_audit import write_split_audit
from gestalt_regions.hpo.ratings import write_annotations
from gestalt_regions.statistics.toolkit.read import leaked_images, load_samples

SIDES = {"1": ["val", "train"], "2": ["train", "val"], "heldout": ["test", "test"]}
# image -> fold; NSSlide4 has the picture of NSSlide1
PLACES = {
    "KSSlide1": "1",
    "KSSlide2": "2",
    "NSSlide1": "1",
    "NSSlide2": "heldout",
    "NSSlide3": "2",
    "NSSlide4": "2",
    "UnaffectedSlide1": "1",
    "UnaffectedSlide2": "2",
}
KIN = "# kin\n'NSSlide2', 'NSSlide3'\n\n'KSSlide1', 'NSSlide1'  # one family\n"
PUBLISHED = {
    "22q11DS": 591,
    "Angelman": 456,
    "BWS": 308,
    "CdLS": 120,
    "Down": 352,
    "KS": 246,
    "NS": 327,
    "PWS": 104,
    "RSTS1": 105,
    "Unaffected": 228,
    "WHS": 178,
    "WS": 529,
}
IN_FOLDS = {"22q11DS": 557, "Angelman": 420, "BWS": 308, "KS": 212, "NS": 293, "WS": 496}


def partitions(places=PLACES):
    marks = np.arange(len(places) * len(LANDMARKS), dtype=float).reshape(len(places), -1)
    table = pd.DataFrame(marks, columns=LANDMARKS)
    table.insert(0, "image_name", [f"{name}.png" for name in places])
    table[["fold-1", "fold-2"]] = [SIDES[side] for side in places.values()]
    return table


def write(folder, table=None, kin=KIN):
    table = partitions() if table is None else table
    table.to_csv(folder / "partitions.csv", index=False)
    (folder / "related_samples.csv").write_text(kin)
    return folder / "partitions.csv", folder / "related_samples.csv"


def test_samples_have_label_kin_fold_and_landmarks(tmp_path):
    for name in PLACES:
        (tmp_path / f"{name}.png").write_bytes(b"x")
    samples = read_nih(*write(tmp_path), tmp_path)
    assert list(samples.columns) == COLUMNS
    assert samples["label"].tolist() == ["KS", "KS", "NS", "NS", "NS", "NS", "Unaffected", "Unaffected"]
    assert samples["fold"].tolist() == ["1", "2", "1", "", "2", "2", "1", "2"]
    assert samples["split"].tolist() == ["heldout" if name == "NSSlide2" else "folds" for name in PLACES]
    kin = samples.set_index("sample_id")["kin_group"]
    assert kin["NSSlide2"] == kin["NSSlide3"] != kin["NSSlide1"] == kin["KSSlide1"]
    assert kin["NSSlide4"] == "NSSlide4"
    assert samples["image"][0] == str(tmp_path / "KSSlide1.png")
    np.testing.assert_array_equal(samples[LANDMARKS], partitions()[LANDMARKS])
    assert set(GIVEN_COLUMNS) == set(LANDMARKS)  # what faces.detector: given asks for
    with pytest.raises(InputError, match="nowhere: no such folder"):
        read_nih(*write(tmp_path), tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("row", "column", "value", "message"),
    [
        (2, "fold-2", "val", r"line 4: NSSlide1.png: an image is test in every fold, or val in exactly one"),
        (0, "fold-1", "train", r"line 2: KSSlide1.png: an image is test"),
        (3, "fold-1", "train", r"line 5: NSSlide2.png: an image is test"),
        (1, "image_name", "KSSlide1.png", r"line 3: .*listed once"),
        (1, "image_name", "KS1.png", r"line 3: KS1.png: the label is read from names like"),
        (4, "x3", "?", r"line 6: x3 is '\?', which is no number"),
    ],
)
def test_bad_partitions_name_the_line(tmp_path, row, column, value, message):
    table = partitions().astype(object)
    table.loc[row, column] = value
    with pytest.raises(InputError, match=message):
        read_partitions(write(tmp_path, table)[0])


def test_partitions_as_a_german_spreadsheet_saves_them(tmp_path):
    plain, sheet = tmp_path / "plain.csv", tmp_path / "sheet.csv"
    table = partitions()
    table[LANDMARKS] += 0.25
    table.to_csv(plain, index=False)
    table = table.rename(columns=str.upper).replace({"train": "Train", "val": " Val"})
    table.to_csv(sheet, index=False, sep=";", decimal=",", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(read_partitions(plain), read_partitions(sheet))


def test_fold_columns_must_be_numbered_without_a_gap(tmp_path):
    with pytest.raises(InputError, match="fold-1, fold-2"):
        read_partitions(write(tmp_path, partitions().rename(columns={"fold-2": "fold-3"}))[0])


def test_kin_lines_with_a_common_image_are_one_group(tmp_path, caplog):
    path = tmp_path / "kin.csv"
    path.write_text("'a', 'b'\n'c', 'd'\n# 'x', 'y'\n'e', 'f', 'gone'\n'b', 'c'\n")
    group = read_kin(path, list("abcdef"))
    assert group == dict.fromkeys("abcd", "a") | dict.fromkeys("ef", "e")
    assert "1 names are not in the cohort; the first: gone" in caplog.text
    path.write_text('‘A.png’; b\n"C"\td\n', encoding="utf-16")  # as a word processor and a spreadsheet leave it
    assert read_kin(path, list("abcd")) == {"a": "a", "b": "a", "c": "c", "d": "c"}
    path.write_text("'a', 'b'\n'c'\n")
    with pytest.raises(InputError, match="line 2 names one image only"):
        read_kin(path, ["a"])


def audited(folder, metadata_paths, ratings=(), n=2, hpo_terms=None, control="Unaffected"):
    terms = hpo_terms or folder / "terms.csv"
    if not hpo_terms:
        terms.write_text("term,hpo_id,region\nPtosis,HP:0000508,eyes\n")
    out = [folder / name for name in ("samples.csv", "hpo.csv", "notes.csv", "audit.csv", "findings.csv")]
    read_cohort(
        kind="nih_faces",
        files=dict(zip(("partitions", "related"), map(str, metadata_paths), strict=True)),
        settings={"images": ""},
        control=control,
        hpo_terms=terms,
        outputs={"samples": out[0]},
    )
    write_annotations(ratings, labels=out[0], hpo_terms=terms, annotations_out=out[1], notes_out=out[2])
    write_split_audit(samples=out[0], annotations=out[1], counts=out[3], findings=out[4], control=control, n=n)
    return [pd.read_csv(path, keep_default_na=False) for path in out]


def test_the_audit_counts_and_names_every_leak(tmp_path):
    table = partitions()
    table.loc[5, LANDMARKS[1:]] = table.loc[2, LANDMARKS[1:]]  # NSSlide4 of fold 2 is NSSlide1 of fold 1 again
    table.loc[7, LANDMARKS] = table.loc[1, LANDMARKS]  # both in fold 2
    (tmp_path / "NS.csv").write_text("image_name,Ptosis,Other\nNSSlide2.png,2X,\nNSSlide7.png,2X,\n")
    _, hpo, notes, counts, findings = audited(tmp_path, write(tmp_path, table), [tmp_path / "NS.csv"])
    assert hpo.values.tolist() == [["NSSlide2", 2]]
    assert notes[["image", "kind"]].values.tolist() == [["NSSlide7.png", "not_in_cohort"]]
    assert counts.set_index("class").loc[["NS", "Overall"]].values.tolist() == [
        [1, 2, 3, 1, 1, 4, 3],
        [3, 4, 7, 1, 1, 8, 6],
    ]
    assert list(counts.columns[1:]) == ["fold-1", "fold-2", "in_folds", "heldout", "rated", "images", "kin_groups"]
    found = findings[["check", "level", "sides", "sample_ids"]].values.tolist()
    assert found == [
        ["heldout", "kin_group", "2;heldout", "NSSlide2;NSSlide3"],
        ["folds", "image", "1;2", "NSSlide1;NSSlide4"],
        ["duplicate", "image", "2", "KSSlide2;UnaffectedSlide2"],
        ["labels", "kin_group", "1", "KSSlide1;NSSlide1"],
    ]


def test_a_clean_cohort_has_no_findings(tmp_path):
    findings = audited(tmp_path, write(tmp_path, kin="'NSSlide1', 'UnaffectedSlide1'\n"))[-1]
    assert findings.empty and "check" in findings


def test_the_audit_takes_computed_folds_too(tmp_path):
    samples = pd.DataFrame(
        {"sample_id": list("abc"), "label": "A", "subject_id": list("abc"), "kin_group": list("xxy")}
    )
    samples.assign(split="folds").to_csv(tmp_path / "samples.csv", index=False)
    pd.DataFrame({"sample_id": list("ab"), "fold": ["1", "2"]}).to_csv(tmp_path / "folds.csv", index=False)
    (tmp_path / "hpo.csv").write_text("sample_id,Ptosis\n")
    write_split_audit(
        samples=tmp_path / "samples.csv",
        folds=tmp_path / "folds.csv",
        annotations=tmp_path / "hpo.csv",
        counts=tmp_path / "audit.csv",
        findings=tmp_path / "findings.csv",
        control="A",
        n=2,
    )
    assert pd.read_csv(tmp_path / "audit.csv").images.tolist() == [2, 2]  # c is not usable
    assert pd.read_csv(tmp_path / "findings.csv")[["check", "sample_ids"]].values.tolist() == [["folds", "a;b"]]


def test_an_unknown_control_class_is_refused_at_once(tmp_path):
    with pytest.raises(InputError, match=r"'unafected'.*did you mean Unaffected"):
        audited(tmp_path, write(tmp_path), control="unafected")


@pytest.fixture(scope="module")
def real(root):
    """The folder of the real metadata, which is never part of the repository."""
    shared = Path(os.environ.get("GESTALT_REGIONS_SHARED", root.parent / "shared"))
    folder = shared / "data/nih-faces-metadata"
    if not (folder / "partitions.csv").is_file():
        pytest.skip(f"the NIH faces' metadata is not at {folder} (set GESTALT_REGIONS_SHARED)")
    return folder


def test_the_real_metadata_is_the_published_cohort(real, root, tmp_path):
    paths = real / "partitions.csv", real / "related_samples.csv"
    ratings = sorted((real / "annotated-hpo-terms").glob("*.csv"))
    terms = root / "resources/hpo_terms.csv"
    samples, hpo, notes, counts, findings = audited(tmp_path, paths, ratings, n=5, hpo_terms=terms)
    counts = counts.set_index("class")
    assert counts.loc["Overall", ["images", "heldout", "in_folds"]].tolist() == [3544, 171, 3373]
    assert counts["images"].drop("Overall").to_dict() == PUBLISHED
    assert {name: counts.loc[name, "in_folds"] for name in IN_FOLDS} == IN_FOLDS
    assert set(samples.loc[samples["split"] == "heldout", "label"]) == {"22q11DS", "Angelman", "KS", "NS", "WS"}
    border = findings[(findings["check"] == "heldout") & (findings["level"] == "kin_group")]
    assert len(border) == 7
    leaked = leaked_images(tmp_path / "findings.csv", load_samples(tmp_path / "samples.csv"))  # Table 4 is without them
    kin = samples.set_index("sample_id")["kin_group"]
    assert set(kin[list(leaked)]) == set(border["group"])
    across = findings[(findings["check"] == "folds")]
    assert set(across["level"]) == {"image"} and len(across) == 3  # three pictures are in two folds each
    missing = notes[notes["kind"] == "not_in_cohort"]
    assert missing["image"].tolist() == ["22q11DSSlide150.png", "KSSlide133.png"]
    rows = sum(len(pd.read_csv(path)) for path in ratings)
    assert len(hpo) == rows - len(missing) == counts.loc["Overall", "rated"]
    first = hpo.set_index("sample_id").loc["22q11DSSlide51"]
    assert first[first > 0].to_dict() == {
        "Small earlobe": 1,
        "Abnormal eyelid morphology": 1,
        "Ptosis": 1,
        "Prominent nasal bridge": 2,
        "Bulbous nose": 2,
        "Wide nasal bridge": 2,
    }
