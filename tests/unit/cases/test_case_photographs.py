"""The photographs of config `photo`: which files are taken, and that no two cases have one name."""

from __future__ import annotations

import unicodedata

import pytest
from gestalt_regions.cases.photographs import find_photographs, name_cases, safe_name
from gestalt_regions.core.errors import InputError
from hypothesis import given
from hypothesis import strategies as st


def test_a_folder_gives_its_pictures_and_nothing_else(tmp_path):
    for name in ("b.JPG", "a.png", ".hidden.png", "notes.txt", "c.heic", "Thumbs.db"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "deeper.jpg").mkdir()
    assert find_photographs(str(tmp_path)) == {
        name: str(tmp_path / f) for name, f in zip("abc", ("a.png", "b.JPG", "c.heic"), strict=True)
    }


def test_one_photograph_needs_no_ending(tmp_path):
    (tmp_path / "patient").write_bytes(b"x")
    assert find_photographs(str(tmp_path / "patient")) == {"patient": str(tmp_path / "patient")}


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(InputError, match="no photograph; give it with"):
        find_photographs("")
    with pytest.raises(InputError, match=r"gone\.jpg' does not exist"):
        find_photographs(str(tmp_path / "gone.jpg"))
    with pytest.raises(InputError, match="is empty"):
        find_photographs(str(tmp_path))
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(InputError, match="1 other files, such as notes"):
        find_photographs(str(tmp_path))


def test_photographs_of_one_stem_have_names_of_their_own():
    assert list(name_cases(["x/anna.jpg", "x/anna.png", "x/Anna.jpg", "x/ben.jpg"])) == [
        "anna-jpg",
        "anna-png",
        "Anna-jpg-2",
        "ben",
    ]


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("new patient", "new_patient"),
        ("Žofie", "Žofie"),
        (unicodedata.normalize("NFD", "Zoë"), "Zoë"),
        ("李小龙 (1)", "李小龙_1"),
        ("..", "photograph"),
        ("{cohort}", "cohort"),
        ("a" * 300, "a" * 80),
    ],
)
def test_names_are_safe_for_a_path(stem, name):
    assert safe_name(stem) == name


@given(st.lists(st.text(min_size=1, max_size=12), max_size=6))
def test_names_never_collide_and_never_leave_the_folder(stems):
    paths = [f"x/{stem.replace('/', '_')}.jpg" for stem in stems]
    named = name_cases(paths)
    assert sorted(named.values()) == sorted(paths)
    assert len({name.casefold() for name in named}) == len(paths)
    assert not any("/" in name or "{" in name or name.startswith(".") or not name for name in named)
