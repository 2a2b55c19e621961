"""Files of fixations as eye-trackers' programs write them, odd ones included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from gestalt_regions.clinicians.eye_tracking.fixation_columns import (
    PICTURE,
    SCREEN,
    SHARE,
    numbers,
    title_key,
    title_unit,
)
from gestalt_regions.clinicians.eye_tracking.fixation_files import FileSettings, read_fixation_files
from gestalt_regions.core.errors import InputError

PLAIN = FileSettings()
SAMPLES = [  # of Tobii Pro Lab's data export: one row a sample
    "Recording timestamp [ms]\tSensor\tParticipant name\tRecording name\tEye movement type\tGaze event duration\t"
    "Eye movement type index\tFixation point X\tFixation point Y\tPresented Stimulus name",
    "100\tEye Tracker\tP01\tRecording1\tFixation\t250\t1\t960,5\t540,25\tface_a.png",
    "108\tEye Tracker\tP01\tRecording1\tFixation\t250\t1\t960,5\t540,25\tface_a.png",
    "350\tEye Tracker\tP01\tRecording1\tSaccade\t30\t1\t\t\tface_a.png",
    "358\tMouse\tP01\tRecording1\t\t\t\t\t\tface_a.png",
    "380\tEye Tracker\tP01\tRecording1\tFixation\t199\t2\t\t\tface_a.png",
    "388\tEye Tracker\tP01\tRecording1\tFixation\t199\t2\t700\t300\tface_b.png",
    "600\tEye Tracker\tP01\tRecording1\tEyesNotFound\t80\t1\t\t\tface_b.png",
    "700\tEye Tracker\tP01\tRecording1\tFixation\t90\t3\t10\t20\t",
]


def read(tmp_path, text, kind, settings=PLAIN, name="a.tsv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_fixation_files([path], kind, settings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_samples_of_one_fixation_are_one(tmp_path, encoding, end):
    table, set_aside = read(tmp_path, end.join(SAMPLES) + end, "tobii", encoding=encoding)
    assert set_aside == []
    assert list(table["reader"]) == ["P01"] * 3
    assert list(table["stimulus"]) == ["face_a.png", "face_a.png", ""]  # the second went on while the picture changed
    assert list(table["x"]) == [960.5, 700, 10]  # decimal commas; the place that the first sample lacked
    assert list(table["duration"]) == [250, 199, 90] and list(table["start"]) == [100, 380, 700]
    assert set(table["frame"]) == {SCREEN}


def test_newer_and_older_names_of_tobii(tmp_path):
    newer = (
        "Recording timestamp [μs]\tParticipant name\tEye movement type\tEye movement event duration\t"
        "Eye movement type index\tFixation point X [MCS norm]\tFixation point Y [MCS norm]\tPresented Media name\n"
        "100000\tAnna\tFixation\t200\t7\t0.5\t0.25\tWS-01.jpg\n"
    )
    older = (
        "RecordingName\tMediaName\tRecordingTimestamp\tFixationIndex\tGazeEventType\tGazeEventDuration\t"
        "FixationPointX (MCSpx)\tFixationPointY (MCSpx)\n"
        "Rec 01\tWS-01.jpg\t5\t1\tFixation\t200\t120\t80\nRec 01\tWS-01.jpg\t9\t\tSaccade\t30\t\t\n"
    )
    table, _ = read(tmp_path, newer, "tobii")
    assert table.loc[0, ["reader", "start", "x", "frame"]].tolist() == ["Anna", 100.0, 0.5, SHARE]
    table, _ = read(tmp_path, older, "tobii")
    assert len(table) == 1
    assert table.loc[0, ["reader", "x", "frame"]].tolist() == ["Rec 01", 120.0, PICTURE]


def test_metrics_export_has_a_row_for_each_area_of_interest(tmp_path):
    text = (
        "Recording\tParticipant\tTOI\tInterval\tMedia\tEventType\tEventIndex\tStart\tStop\tDuration\tAOI\t"
        "FixationPointX\tFixationPointY\tGroup of readers\n"
        "R1\tP1\tAll\t1\tWS-01\tFixation\t1\t0\t180\t180\teyes\t500\t400\tclinicians\n"
        "R1\tP1\tAll\t1\tWS-01\tFixation\t1\t0\t180\t180\tnose\t500\t400\tclinicians\n"
        "R1\tP1\tAll\t1\tWS-01\tSaccade\t1\t180\t200\t20\t\t\t\tclinicians\n"
        "R1\tP1\tAll\t1\tWS-01\tFixation\t2\t200\t500\t300\teyes\t510\t410\tclinicians\n"
    )
    table, _ = read(tmp_path, text, "tobii", FileSettings(group_column="Group of readers"))
    assert list(table["duration"]) == [180, 300]
    assert set(table["group"]) == {"clinicians"}


def test_a_fixation_report_of_data_viewer(tmp_path):
    text = (
        "RECORDING_SESSION_LABEL\tTRIAL_INDEX\tCURRENT_FIX_X\tCURRENT_FIX_Y\tCURRENT_FIX_START\t"
        "CURRENT_FIX_DURATION\tEYE_USED\timage\tpicked\n"
        's01\t1\t"512,3"\t384.1\t12\t220\tLEFT\tWS-01.png\tb.png\n'
        "s01\t1\t.\t.\t300\t100\tLEFT\tWS-01.png\tb.png\n"
        "s01\t1\t515\t380\t14\t218\tRIGHT\tWS-01.png\tb.png\n"
    )
    table, _ = read(tmp_path, text, "eyelink_report")
    assert list(table["x"][:1]) == [512.3] and np.isnan(table["x"][1])
    assert list(table["left_out"]) == ["", "no_number", "other_eye"]
    table, _ = read(tmp_path, text, "eyelink_report", FileSettings(image_variable="picked"))
    assert set(table["stimulus"]) == {"b.png"}


ASC = """** CONVERTED FROM s07.edf using edfapi
MSG\t1000 DISPLAY_COORDS 0 0 1919 1079
MSG\t1100 TRIALID 1
START\t1110 \tLEFT RIGHT\tSAMPLES\tEVENTS
SFIX L   1112
EFIX L   1112\t1190\t80\t  960.0\t  540.0\t   1183
EFIX R   1114\t1190\t78\t  961.0\t  541.0\t   1190
MSG\t1200 SYNCTIME
MSG\t1200 -3 !V IMGLOAD CENTER ../images/my faces/WS-01.png 960 540 900 900
EFIX L   1210\t1400\t191\t  800.5\t  400.25\t   1183
ESACC L  1401\t1420\t20\t800.5\t400.2\t900.0\t500.0\t3.1\t200
EFIX L   1421\t1600\t180\t     .\t     .\t   1183
MSG\t1700 TRIAL_RESULT 0
EFIX L   1710\t1790\t81\t  10.0\t  10.0\t   1183
MSG\t1800 TRIALID 2
EFIX R   1810\t1900\t91\t  300.0\t  200.0\t   1100
MSG\t1901 !V TRIAL_VAR image KS-02.png
MSG\t1950 TRIAL_RESULT 0
"""


def test_an_asc_file(tmp_path):
    table, _ = read(tmp_path, ASC, "eyelink_asc", FileSettings(onset="SYNCTIME"), name="s07.asc")
    assert set(table["reader"]) == {"s07"}
    assert list(table["stimulus"]) == ["WS-01.png"] * 4 + ["", "KS-02.png"]
    assert list(table["left_out"]) == ["before_onset", "other_eye", "", "no_number", "", ""]
    assert table.loc[2, ["x", "y", "start", "duration"]].tolist() == [800.5, 400.25, 1210, 191]
    whole, _ = read(tmp_path, ASC, "eyelink_asc", name="s07.asc")
    assert whole.loc[0, "left_out"] == ""


def test_an_asc_file_without_trials(tmp_path):
    text = (
        "MSG\t1 !V IMGLOAD FILL a.png\nEFIX L 2\t5\t4\t1.0\t2.0\t9\n"
        "MSG\t6 !V IMGLOAD FILL b.png\nEFIX L 7\t9\t3\t3.0\t4.0\t9\n"
    )
    table, _ = read(tmp_path, text, "eyelink_asc", name="x.asc")
    assert list(table["stimulus"]) == ["a.png", "b.png"]


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_plain_table(tmp_path, sign):
    text = "reader,face,x,y,start [s],duration,group\n007,WS-01,1.5,2,0.1,200,others\n".replace(",", sign)
    table, _ = read(tmp_path, text, "csv", FileSettings(coordinates=SHARE))
    assert table.loc[0, ["reader", "x", "start", "frame", "group"]].tolist() == ["007", 1.5, 100.0, SHARE, "others"]


def test_one_bad_file_never_stops_the_rest(tmp_path):
    good, bad, excel = (tmp_path / name for name in ("a.csv", "b.csv", "c.csv"))
    good.write_text("reader,face,x,y,duration\nR1,WS-01,1,2,200\n")
    bad.write_text("who,what\n1,2\n")
    excel.write_bytes(b"PK\x03\x04rest")
    table, set_aside = read_fixation_files([bad, good, excel, tmp_path / "none.csv"], "csv", PLAIN)
    assert list(table["file"]) == ["a.csv"]
    assert [each["file"] for each in set_aside] == ["b.csv", "c.csv", "none.csv"]
    assert "no column for reader" in str(set_aside[0]["detail"]) and "Excel" in str(set_aside[1]["detail"])
    with pytest.raises(InputError, match=r"no file of fixations can be read:\n .*b\.csv"):
        read_fixation_files([bad], "csv", PLAIN)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("a\tb\n", "tobii", "no column for reader"),
        ("reader,face,x,y,duration\n", "csv", "holds no fixation"),
        ("MSG\t1 TRIALID 1\n", "eyelink_asc", "no EFIX line"),
        ("EFIX L   12\t13\n", "eyelink_asc", "line 1 is no whole EFIX line"),
    ],
)
def test_a_file_that_is_none_is_named_with_the_reason(tmp_path, text, kind, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text, kind)


def test_titles_and_numbers():
    assert title_key("Fixation point X [DACS px]") == title_key("FixationPointX (MCSpx)") == "fixationpointx"
    assert title_unit("Gaze event duration [ms]") == "ms" and title_unit("x") == ""
    read_as = numbers(pd.Series(["1,5", "1.5", "", ".", "x", "\u22122", "inf"]))
    assert list(read_as[:2]) == [1.5, 1.5] and read_as[5] == -2 and read_as[[2, 3, 4, 6]].isna().all()
