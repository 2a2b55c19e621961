"""Registry entries that are found by reading."""

import subprocess
import sys

import pytest
from gestalt_regions.core import declared as reading
from gestalt_regions.core.declared import declared

ENTRY = """import no_such_package

@entry("b")
@entry("a", size=3, traits=("x", "y"))
def build(): ...

@entry("first", place=1)
class Third: ...

@other("c")
def unread(): ...
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "HOME", tmp_path)
    (tmp_path / "rooms").mkdir()
    (tmp_path / "rooms/one.py").write_text(ENTRY)
    return tmp_path / "rooms"


def test_entries_are_read_in_their_places_and_nothing_is_imported(folder):
    entries = declared("rooms", "entry")
    assert list(entries) == ["first", "a", "b"]
    assert entries["a"].facts == {"size": 3, "traits": ("x", "y")}
    assert entries["first"].root == "gestalt_regions.rooms.one:Third"
    assert entries["b"].where.endswith("rooms/one.py:3")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("@entry('a')\ndef again(): ...\n", r"two.py:1: 'a' is also at .*one.py:4"),
        ("@entry('z', size=SIZE)\ndef z(): ...\n", r"two.py:1: @entry takes a name and literals"),
        ("@entry()\ndef z(): ...\n", r"two.py:1: @entry takes a name and literals"),
    ],
)
def test_what_cannot_be_an_entry_is_named(folder, more, message):
    (folder / "two.py").write_text(more)
    with pytest.raises(ValueError, match=message):
        declared("rooms", "entry")


def test_the_config_is_checked_without_the_large_libraries(root):
    code = (
        "import sys; from gestalt_regions.study import study; "
        "print([name for name in ('torch', 'statsmodels', 'cv2', 'timm', 'sklearn') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert printed.stdout.strip() == "[]"


def test_jobs_that_score_maps_start_without_what_only_statistics_need(root):
    """Sixty jobs of a study load the measures, and scipy.stats takes each half a second."""
    code = (
        "import sys; from gestalt_regions.evaluation.groups import agreement, objective, pixels, regions, sanity; "
        "from gestalt_regions.evaluation.measure_registry import load_measures; load_measures(); "
        "print([name for name in ('scipy.stats', 'pingouin', 'statsmodels', 'sklearn') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert printed.stdout.strip() == "[]"
