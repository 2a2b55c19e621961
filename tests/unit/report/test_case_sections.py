"""The page of a case: its sentences, charts and pictures say what the files say; bad files are named."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.report.case_page import case_answer, case_images, case_reasons, case_sentences
from gestalt_regions.report.case_page.case_charts import Axis, axis_over, value_chart
from gestalt_regions.report.case_page.case_files import read_case
from gestalt_regions.report.case_page.write_case_page import write_case_page
from gestalt_regions.saliency.methods import morph
from PIL import Image
from simulated_case import write_case


@pytest.fixture(scope="module")
def files(root):
    return [path for path in (root / "workflow/report/site").iterdir() if path.is_file()]


@pytest.fixture
def data(tmp_path):
    return write_case(tmp_path)


def page_of(data, files):
    output = data.parent / "index.html"
    write_case_page(data, output, files)
    return output.read_text()


def markup_of(page):
    return re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup_of(page)))


def edit(data, table, change):
    path = data / f"{table}.csv"
    rows = pd.read_csv(path)
    change(rows).to_csv(path, index=False)


def test_a_change_is_said_with_its_direction_and_interval():
    said = case_sentences.change_sentence("NS", "eyes", 0.8, 0.3, 1.4)
    assert said == "Without what the networks take for NS around the eyes, the logit falls by 0.8 [0.3, 1.4]."
    rises = case_sentences.change_sentence("NS", "nose_tip", -0.4, -0.9, 0.1)
    assert "rises by 0.4 [−0.1, 0.9]" in rises and "may be no change" in rises
    assert "“left_ear”" not in case_sentences.change_sentence("NS", "left_ear", 1, 0.5, 2)
    assert "is left" in case_sentences.change_sentence("NS", "left in the whole face", 0.3, 0.1, 0.6)
    assert "by no region" in case_sentences.change_sentence("NS", "explained by no region", 0.3, 0.1, 0.6)
    assert (case_sentences.REST, case_sentences.OUTSIDE, case_sentences.LEFT) == (morph.REST, morph.OUTSIDE, morph.LEFT)
    assert "outside the face" in case_sentences.change_sentence("NS", "outside the face", 0.3, 0.1, 0.6)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["NS", "KS"], "In 90 of 100 faces"), ([], "The set is empty"), (list("abcde"), "rule out nothing")],
)
def test_the_set_is_said_in_words(names, said):
    assert said in case_sentences.set_sentence(names, 0.9, 5)


def test_measured_coverage_stands_beside_the_set(data):
    said = case_answer.answer(read_case(data))["set_said"]
    assert len(said) == 2 and "on 90 families" in said[1] and "88\u00a0% [79, 93]" in said[1] and "1.6" in said[1]
    edit(data, "calibration", lambda rows: rows.assign(coverage=np.nan))
    assert case_answer.answer(read_case(data))["set_said"][1] == case_answer.UNMEASURED


def test_no_probability_is_said_to_be_certain():
    shown = [case_sentences.percent(share) for share in (0.0, 0.004, 0.5, 0.999, 1.0)]
    assert shown == ["below 1\u00a0%", "below 1\u00a0%", "50\u00a0%", "above 99\u00a0%", "above 99\u00a0%"]


def test_a_range_of_one_value_is_said_once():
    said = [case_sentences.percents(low, high) for low, high in ((0.4, 0.6), (0.001, 0.002))]
    assert said == ["40\u00a0% to 60\u00a0%", "below 1\u00a0%"]


def test_small_numbers_keep_their_sign_and_digits():
    assert [case_sentences.signed(v) for v in (0, -0.42, 0.000231, 1234, float("nan"))] == [
        "0",
        "−0.42",
        "0.00023",
        "1200",
        "",
    ]


def test_a_map_is_orange_for_and_blue_against_and_clear_in_between():
    layer = case_images.coloured_map(np.array([[2.0, -2.0, 0.0, np.nan]]), 1.0)[0]
    assert tuple(layer[0, :3]) == case_images.FOR and tuple(layer[1, :3]) == case_images.AGAINST
    assert layer[:, 3].tolist() == [217, 217, 0, 0]
    assert not case_images.coloured_map(np.ones((2, 2)), 0.0)[..., 3].any()


def test_outlines_go_round_each_region_alone():
    ids = np.zeros((4, 4), np.uint8)
    ids[1:3, 1:4] = 2
    outlines = case_images.region_outlines(ids, ["brows", "eyes"])
    assert list(outlines) == ["eyes"]
    assert set(re.findall(r"M[^M]+", outlines["eyes"])) == {"M1 1H4", "M1 3H4", "M1 1V3", "M4 1V3"}


def test_an_axis_holds_all_values_and_zero():
    axis = axis_over([0.5, 2.0, float("nan")])
    assert (axis.low, axis.high) == (0, 2)
    assert float(axis.place(1)[:-1]) == 50
    assert axis.place(-5) == axis.place(0)
    assert axis_over([]) == Axis(0, 1)
    assert "nan" not in value_chart(axis, 1.0, float("nan"), float("nan"))


def test_methods_stand_in_the_order_of_the_evaluation(data):
    assert case_reasons.method_order(read_case(data)) == ["MorphMean", "LRP-EpsilonPlusFlat", "Occlusion", "GradCam"]
    edit(data, "standing", lambda rows: rows.assign(rank=np.nan, sentence="not scored in this study"))
    case = read_case(data)
    assert case_reasons.method_order(case) == case.facts["methods"]
    assert case_reasons.standings(case)["GradCam"] == "Not scored in this study"


def test_a_method_has_one_scale_for_all_classes(data):
    edit(data, "maps", lambda rows: rows.assign(scale=np.where(rows["class"] == "NS", 0.5, 2.0)))
    case = read_case(data)
    for label in ("NS", "KS"):
        assert {drawn["scale"] for drawn in case_reasons.maps_of_class(case, label)} == {"2"}


def test_changes_are_sorted_by_size_and_the_rest_of_the_face_is_last(data):
    (towards,) = case_reasons.changes_of_class(read_case(data), "NS")
    rows = towards["rows"]
    assert [row["key"] for row in rows] == [
        *("eyes", "nose_tip", "mouth", "brows"),
        *("left in the whole face", "outside the face"),
    ]
    assert [bool(row["picture"]) for row in rows] == [True] * 4 + [False] * 2


def test_a_face_that_was_moved_towards_two_classes_has_two_lists(data):
    edit(data, "values", lambda rows: pd.concat([rows, rows[rows["class"] == "NS"].assign(towards="KS", value=0.5)]))
    plain, against = case_reasons.changes_of_class(read_case(data), "NS")
    assert (plain["towards"], against["towards"]) == ("Unaffected", "KS") and len(plain["rows"]) == len(against["rows"])
    assert any(row["said"].startswith("Moved towards KS around the eyes, the logit of NS") for row in against["rows"])
    assert len(case_reasons.changes_of_class(read_case(data), "KS")) == 1


@pytest.mark.parametrize(("rest", "said"), [(0.7, ["around the eyes"]), (-0.9, ["around the eyes", "by no region"])])
def test_what_no_region_explains_is_said_where_it_is_more(data, rest, said):
    more = pd.DataFrame([("NS", "Unaffected", "explained by no region", rest, -1, 1, None, "MorphMean")])
    edit(data, "values", lambda rows: pd.concat([rows, more.set_axis(rows.columns, axis=1)]))
    why = case_reasons.reasons(read_case(data))[0]["why"]
    assert len(why) == len(said) and all(part in sentence for part, sentence in zip(said, why, strict=True))


def test_signs_stand_beside_the_coefficient_of_their_region(data):
    ears, eyes = sorted(case_reasons.signs_of_class(read_case(data), "NS", "MorphMean"), key=lambda row: row["region"])
    assert eyes["coefficient"] == "0.35" and re.fullmatch(r"\d+\u00a0% of 40", eyes["beside"])
    assert ears["coefficient"] == "" and ears["terms"][0]["hpo_id"] == "HP:0000369"


def test_the_page_says_what_a_clinician_must_not_miss(data, files):
    text = text_of(page_of(data, files))
    for said in (
        "SIMULATED: simulated cohort.",
        "For research, not for diagnosis",
        "The networks know only these 5 classes.",
        "For a real photograph its numbers mean nothing.",
        "Two faces are in the photograph.",
        "The set at 90 %: {NS, KS}.",
        "Moved towards Unaffected.",
        "Finds the changed region in 71% of pairs; chance is 50%.",
    ):
        assert said in text
    assert "nan" not in re.findall(r"[a-z]+", text)


def test_an_unlike_face_is_warned_of_first(data):
    edit(data, "quality", lambda rows: rows.assign(verdict=np.where(rows["check"] == "likeness", "bad", "good")))
    said = case_answer.cautions(read_case(data))
    assert said[0] == case_answer.UNLIKE and said[1].startswith("Distance from faces the networks know: 12 %")


def test_reliability_is_of_each_network_and_of_all(data):
    rows = case_answer.calibration_rows(read_case(data))
    assert [row["fold"] for row in rows] == ["1", "2", "3", "4", "5", "all folds"]
    assert rows[0]["temperature"] == "1.30" and rows[-1]["temperature"] == "" and rows[-1]["after"] == "0.030"


def test_what_coefficients_count_is_said(data):
    assert "below 0 against" in case_reasons.policy_sentence(read_case(data))
    edit(data, "regions", lambda rows: rows.assign(policy="mine"))
    assert case_reasons.policy_sentence(read_case(data)) == "They are those of the policy mine."


def test_nothing_to_compare_with_is_said(tmp_path, files):
    text = text_of(page_of(write_case(tmp_path, compared=False), files))
    assert "were not explained for NS by this method" in text and "– of 0" in text


def test_a_face_that_is_called_unaffected_has_no_class_to_explain(tmp_path, files):
    data = write_case(tmp_path, asked=[])
    for table in ("maps", "regions", "values", "terms"):
        edit(data, table, lambda rows: rows.iloc[:0])
    assert "No class is explained here." in text_of(page_of(data, files))


def test_photographs_have_no_simulated_banner(tmp_path, files):
    text = text_of(page_of(write_case(tmp_path, simulated=""), files))
    assert "SIMULATED" not in text and "mean nothing" not in text


def test_text_of_the_files_is_never_markup(tmp_path, files):
    page = page_of(write_case(tmp_path, photo="<script>alert(1)</script>.jpg"), files)
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_the_page_needs_nothing_else(data, files):
    page = page_of(data, files)
    assert not re.search(r"(src|href)=[\"'](?!data:|#)", markup_of(page)) and "url(" not in page
    assert str(data) not in page


def test_a_refusal_shows_the_photograph_and_nothing_else(tmp_path, files):
    data = write_case(tmp_path, refusal="No face was found. Take a photograph of one face from the front.")
    page = page_of(data, files)
    text = text_of(page)
    assert "No face was found." in text and markup_of(page).count("<img") == 1
    assert "probab" not in text.lower() and "networks say" not in text


def test_a_refused_file_that_is_no_picture_has_none(tmp_path, files):
    data = write_case(tmp_path, refusal="This file is no picture.")
    for write in (lambda path: path.write_bytes(b""), Image.new("RGB", (64, 64), "white").save):
        write(data / "photo.jpg")
        assert "<img" not in markup_of(page_of(data, files))


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda data: (data / "case.json").unlink(), "case.json: no such file"),
        (lambda data: (data / "case.json").write_text("{"), "case.json: not a readable JSON file"),
        (lambda data: (data / "case.json").write_text(json.dumps({"name": "x"})), "no key photo"),
        (lambda data: edit(data, "values", lambda rows: rows.drop(columns="low")), "values.csv: no column 'low'"),
        (lambda data: np.save(data / "maps.npy", np.zeros((2, 4, 4), np.float32)), "names row 7"),
    ],
)
def test_a_bad_file_is_named(data, broken, message):
    broken(data)
    with pytest.raises(InputError, match=re.escape(message)):
        read_case(data)
