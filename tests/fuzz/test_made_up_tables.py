"""Made-up tables and names: each ends in a table or in a refusal that names the file, and names survive.

`make fuzz` tries more: 3,000 of each kind.
"""

from __future__ import annotations

import csv
import io
import math
import unicodedata

import pandas as pd
import pytest
from gestalt_regions.cohort.age_and_sex import OLDEST, age_in_years
from gestalt_regions.cohort.column_names import NAMES
from gestalt_regions.cohort.photo_folder import PhotoFolder
from gestalt_regions.cohort.readers.folder import read_samples
from gestalt_regions.cohort.readers.nih_faces import read_kin
from gestalt_regions.cohort.same_names import tied_names
from gestalt_regions.cohort.sample_names import SAFE, safe_name, sample_names
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.hand_tables import HandTable, read_hand_table
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.core.spelling import bare, clean, without_case
from hypothesis import assume, example, given
from hypothesis import strategies as st

LIKE_NOTHING = [
    "NA",
    "null",
    "None",
    "nan",
    "n/a",
    "#N/A",
    "-",
    "0",
    "007",
    "1.0",
    "1e5",
    "TRUE",
    "inf",
    "ñ",
    "李",
    "ß",
]
LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
WORDS = st.one_of(st.sampled_from(LIKE_NOTHING), st.text(LETTERS, max_size=12))
NAMES_OF_PEOPLE = WORDS.filter(lambda text: clean(text) == text != "" and text.isprintable())
SEPARATORS = st.sampled_from([",", ";", "\t", "|"])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
TITLES = st.one_of(st.sampled_from([*NAMES, "Subject ID", "Patient", "family", "set", "", "Alter", "note"]), WORDS)
# What breaks tables: a quote, a separator, a NUL, a line end, a huge cell, bytes of no encoding.
JUNK = st.sampled_from(['"', '""', ",", ";", "\t", "\0", "\n", "\r\n", '"\n', "x" * 140_000, "\ufeff", "\udcff", "'"])


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "table.csv"


def as_file(rows, separator=",", encoding="utf-8", end="\n", quoting=csv.QUOTE_MINIMAL):
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return stream.getvalue().encode(encoding)


@st.composite
def broken_tables(draw):
    """The bytes of a table that a person or a program has hurt."""
    titles = draw(st.lists(TITLES, max_size=6)) + draw(st.sampled_from([["image", "label"], ["image"], []]))
    cells = st.one_of(WORDS, JUNK, st.text(max_size=8))
    rows = draw(st.lists(st.lists(cells, max_size=8), max_size=6))
    separator, end = draw(SEPARATORS), draw(ENDS)
    text = end.join(separator.join(row) for row in [titles, *rows])
    data = text.encode(draw(st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252"])), "replace")
    if draw(st.booleans()):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=6)) + data[at + draw(st.integers(0, 4)) :]
    return data


@given(data=st.one_of(broken_tables(), st.binary(max_size=60)))
@example(data=b'image,label\na,"')
@example(data=b"\xff\xfe")
@example(data=b"image,label\n\xff\xfe,\x81\n")
@example(data="image,label\x85a,b\n".encode())
def test_any_file_is_a_table_or_is_refused_by_name(path, data):
    path.write_bytes(data)
    for columns in ((), ("image", "label")):
        try:
            table = read_hand_table(path, columns, NAMES)
        except InputError as error:
            assert str(error).startswith(str(path))
            continue
        assert isinstance(table, HandTable) and set(columns) <= set(table.rows)
        assert len(table.lines) == len(table.rows) and (pd.Series(table.lines).diff().dropna() > 0).all()
        for column in table.rows:
            assert all(type(cell) is str and cell == cell.strip() for cell in table.rows[column])
            try:
                assert table.numbers(column).dtype == float
            except InputError as error:
                assert str(error).startswith(f"{path}: line ")


@given(data=st.one_of(broken_tables(), st.binary(max_size=60)))
def test_any_file_is_a_cohort_or_is_refused_by_name(path, data):
    path.write_bytes(data)
    (path.parent / "photos").mkdir(exist_ok=True)
    (path.parent / "photos" / "a.jpg").touch()
    for read in (lambda: read_samples(path, path.parent / "photos"), lambda: read_kin(path, ["a"])):
        try:
            read()
        except InputError as error:
            assert str(path) in str(error)


@given(
    ids=st.lists(NAMES_OF_PEOPLE, min_size=1, max_size=8),
    separator=SEPARATORS,
    encoding=ENCODINGS,
    end=ENDS,
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    trailing=st.integers(0, 2),
)
def test_names_survive_any_way_to_save_a_table(path, ids, separator, encoding, end, quoting, trailing):
    rows = [["image", "label", "subject_id"], *([f"{n}.jpg", "KS", name] for n, name in enumerate(ids))]
    rows = [row + [""] * (trailing if row[0] != "image" or trailing > 1 else 0) for row in rows]
    path.write_bytes(as_file(rows, separator, encoding, end, quoting))
    table = read_hand_table(path, ["image", "label"], NAMES)
    assert table.rows["subject_id"].tolist() == ids
    assert table.lines.tolist() == list(range(2, len(ids) + 2))


@given(ids=st.lists(NAMES_OF_PEOPLE, min_size=1, max_size=8))
def test_names_survive_our_own_tables(path, ids):
    table = pd.DataFrame({"sample_id": ids, "label": ids, "value": [n + 0.5 for n in range(len(ids))]})
    write_table(table, path)
    again = read_table(path, ["sample_id", "label"], strings=["sample_id", "label"])
    pd.testing.assert_frame_equal(again, table)


@given(ids=st.lists(NAMES_OF_PEOPLE, min_size=1, max_size=8))
def test_no_spelling_makes_two_persons_of_one(ids):
    names = pd.Series(ids)
    try:
        tied = tied_names(names, "subject_id", lambda row: f"t.csv: line {row + 2}")
    except InputError as error:
        assert str(error).startswith("t.csv: line ")
        return
    assert tied[tied != ""].map(bare).nunique() == tied[tied != ""].nunique()  # none is left that differs in form only
    assert all(
        without_case(old) == without_case(new) or old.endswith("0") for old, new in zip(names, tied, strict=True)
    )


@given(
    paths=st.lists(st.text(LETTERS.filter(lambda sign: sign != "/"), min_size=1, max_size=10), min_size=1, max_size=8)
)
@example(paths=["Müller 1", "Möller 1", "李雷", "韩梅梅", "a b", "a_b", "A_b"])
def test_made_names_are_safe_and_distinct(paths):
    images = pd.Series([f"{name}.jpg" for name in dict.fromkeys(map(clean, paths))])
    names = sample_names(images, pd.Series("", images.index), "t.csv")
    assert names.map(lambda name: bool(SAFE.fullmatch(name))).all()
    assert names.map(str.casefold).is_unique
    assert safe_name(unicodedata.normalize("NFD", paths[0])) == safe_name(unicodedata.normalize("NFC", paths[0]))


@given(
    text=st.one_of(st.text(max_size=12), st.from_regex(r"[0-9]{1,3}[ymwd,.; /]{0,3}[0-9]{0,2}[ym]?", fullmatch=True))
)
def test_an_age_is_a_number_unknown_or_no_age(text):
    try:
        years = age_in_years(text)
    except ValueError:
        return
    assert math.isnan(years) or math.isfinite(years)
    assert not (text.strip().isascii() and text.strip().isdecimal()) or years == int(text) or int(text) > OLDEST


@given(name=st.text(LETTERS, min_size=1, max_size=12), form=st.sampled_from(["NFC", "NFD"]))
@example(name="Müller", form="NFD")
def test_a_photograph_is_found_in_any_form_of_its_name(path, name, form):
    assume("/" not in name and name.strip(". ") == name and len(name.encode()) < 200)
    folder = path.parent / "one"
    folder.mkdir(exist_ok=True)
    for each in folder.iterdir():
        each.unlink()
    (folder / unicodedata.normalize(form, f"{name}.jpg")).touch()
    found, how = PhotoFolder(folder).find(f"{name}.jpg")
    assert found is not None and how in ("", "letters", "capitals")
