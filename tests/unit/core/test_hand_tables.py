"""Tables as people save them: what is read, what is said, and what is refused by line."""

from __future__ import annotations

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import read_hand_table
from gestalt_regions.core.remarks import remarks_kept
from gestalt_regions.core.text_files import read_text

NAMES = {"subject_id": ("patient", "person"), "age": ()}


@pytest.fixture
def read(tmp_path):
    def read_bytes(text, columns=("image", "label"), encoding="utf-8"):
        path = tmp_path / "table.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return read_hand_table(path, columns, NAMES)

    return read_bytes


PLAIN = {"image": ["a.jpg", "b.jpg"], "label": ["KS", "NA"], "age": ["3", ""]}


@pytest.mark.parametrize(
    "text",
    [
        "image,label,age\na.jpg,KS,3\nb.jpg,NA,\n",
        "image;label;age\na.jpg;KS;3\nb.jpg;NA;\n",
        "image\tlabel\tage\na.jpg\tKS\t3\nb.jpg\tNA\t\n",
        "sep=;\nimage;label;age\na.jpg;KS;3\nb.jpg;NA;\n",
        "image,label,age,\na.jpg,KS,3,\nb.jpg,NA,,\n",  # separators at the end of all lines,
        "image,label,age\na.jpg,KS,3,\nb.jpg,NA,,\n",  # of the rows alone,
        "image,label,age,,\na.jpg,KS,3\nb.jpg,NA,\n",  # and of the header alone
        "\n image , LABEL,Age\n\n a.jpg,  KS ,\u00a03\n,,\nb.jpg,NA,\n\n",
        '"image","label","age"\r\n"a.jpg", "KS","3"\r\n"b.jpg","NA",""\r\n',
        "image,label,age\ra.jpg,KS,3\rb.jpg,NA,\r",
    ],
)
def test_the_same_table_however_it_was_saved(read, text):
    assert read(text).rows.to_dict("list") == PLAIN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_that_are_known_for_sure(read, encoding):
    with remarks_kept() as said:
        assert read("image,label\nMüller.jpg,KS\n", encoding=encoding).rows["image"].tolist() == ["Müller.jpg"]
    assert not said


def test_another_encoding_is_assumed_aloud(read):
    with remarks_kept() as said:
        assert read("image,label\na.jpg,KS\nMüller.jpg,KS\n", encoding="cp1252").rows["image"][1] == "Müller.jpg"
    assert said[0].warning and "read as Windows-1252" in said[0].text
    assert "Line 3 reads 'Müller.jpg,KS'" in said[0].text


def test_lines_are_those_of_the_file(read):
    table = read('image,label,note\n\na.jpg,KS,"two\nlines"\n\nb.jpg,KS,\n')
    assert table.lines.tolist() == [3, 6] and table.place(1).endswith("table.csv: line 6")
    assert table.rows["note"].tolist() == ["two\nlines", ""]


def test_columns_under_other_names_are_taken_aloud(read):
    with remarks_kept() as said:
        table = read("Image,LABEL,Patient\na.jpg,KS,P1\n")
    assert list(table.rows) == ["image", "label", "subject_id"] and table.titles["subject_id"] == "Patient"
    assert [each.text.split("csv: ")[1] for each in said] == [
        "image is taken from the column Image",
        "label is taken from the column LABEL",
        "subject_id is taken from the column Patient",
    ]
    table = read("image,label,subject_id,patient\na.jpg,KS,1,2\n")
    assert table.rows["subject_id"].tolist() == ["1"] and table.rivals["subject_id"] == ["patient"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("\n\n,,\n", "empty"),
        ("picture\na.jpg\n", "no column 'image'; the first line must name the columns, and it is: picture"),
        ("image,label\na.jpg;KS\n", "line 2 has no commas"),
        ("image,label\na.jpg,KS\nb.jpg,KS,0,5\n", "line 3 has 4 cells, the first line 2"),
        ("Patients of 2024\n\nimage,label\na.jpg,KS\n", "names of the columns are in line 3"),
        ("image,label,Image\na.jpg,KS,b.jpg\n", "columns 1 and 3 are both called 'Image'"),
        ('image,label\na.jpg,KS\nb.jpg,"KS\nc.jpg,KS\n', "line 3: a quote is opened here and never closed"),
        ('image,label\na.jpg,"KS"x\n', "line 2: a quote stands in the middle"),
        ('"image,label"\n"a.jpg,KS"\n', "line 1 is one cell in quotes"),
        ("image,label\na.jpg,K\0S\n", "line 2 holds a NUL"),
        ("image,label\na.jpg,%s\n" % ("x" * 200_000), "line 2: a cell has more than 131072 letters"),
        ("image,label,patient,person\na.jpg,KS,1,2\n", "'patient' and 'person' may both be subject_id"),
        ("image,label,pateint\na.jpg,KS,1\n", "column 'pateint' is not read; if it is subject_id"),
        (b"PK\x03\x04\x14\x00", "Excel.*save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel"),
        (b"<html><table>", "HTML"),
        ("image,label\nä.jpg,KS\n".encode() + "ü.jpg,KS\n".encode("cp1252"), "line 3 is not UTF-8.*mixes encodings"),
        (b"\xff\xfei\x00m\x00", "no column 'image'"),
        (b"\xff\xfei\x00m", "begins as utf-16 but is broken"),
    ],
)
def test_what_cannot_be_read_for_sure_is_refused(read, text, words):
    with pytest.raises(InputError, match=rf"table\.csv: .*{words}"):
        read(text)


def test_rows_that_end_early_and_columns_without_a_name_are_said(read):
    with remarks_kept() as said:
        assert read(",image,label,age\n0,a.jpg,KS\n1,b.jpg,NA,3\n").rows["age"].tolist() == ["", "3"]
    assert [each.text.split("csv: ")[1][:30] for each in said if each.warning] == [
        "line 2: fewer cells than the f",
        "column 1 has no name and is no",
    ]


def test_numbers_with_a_decimal_comma(read):
    assert read("image;label;age\na;KS;0,5\nb;KS;\nc;KS;-2\n").numbers("age").fillna(9).tolist() == [0.5, 9, -2]
    assert read('image,label,age\na,KS,"0,5"\nb,KS,1e3\n').numbers("age").tolist() == [0.5, 1000]
    table = read("image;label;age;bmi\na;KS;0,5;x\nb;KS;3;1,5\n")
    assert table.with_points("age").tolist() == ["0.5", "3"] and table.with_points("bmi").tolist() == ["x", "1,5"]
    for cells, words in (
        (["0,5", "0.5"], "line 2: age is '0,5', but '0.5' in line 3"),
        (["1", "1.234,5"], "line 3: age is '1.234,5', which is no number"),
        (["1", "unknown"], "line 3: age is 'unknown', which is no number"),
        (["1e999", "1"], "line 2: age is '1e999', which is too large"),
    ):
        with pytest.raises(InputError, match=words):
            read(f"image;label;age\na;KS;{cells[0]}\nb;KS;{cells[1]}\n").numbers("age")


def test_a_folder_or_nothing_in_place_of_the_file(tmp_path):
    for name, words in (("", "a folder; name the file in it"), ("gone.csv", "no such file")):
        with pytest.raises(InputError, match=words):
            read_text(tmp_path / name)
