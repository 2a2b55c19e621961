"""What planning keeps: taken only where it was made from the same, written whole, and harmless where it is damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from gestalt_regions.jobs import code_digest, kept_digests, quick_planning
from gestalt_regions.jobs.quick_planning import Kept, digest


@pytest.fixture
def place(tmp_path):
    """The file of a table in a folder where Snakemake has run."""
    (tmp_path / ".snakemake").mkdir()
    return tmp_path / ".snakemake/gestalt-regions/rules.json"


def kept_at(place, of):
    return Kept(place, of, place.parents[1])


def never():
    raise AssertionError("made a second time")


def test_what_is_kept_is_taken_by_a_later_process(place):
    first = kept_at(place, "version 1")
    assert first.take("a.smk", "x", lambda: ["code", 3, [[1, 2]]]) == ["code", 3, [[1, 2]]]
    assert first.take("a.smk", "x", never) == ["code", 3, [[1, 2]]]
    first.save()
    assert kept_at(place, "version 1").take("a.smk", "x", never) == ["code", 3, [[1, 2]]]


def test_another_source_or_another_version_is_made_anew(place):
    first = kept_at(place, "version 1")
    first.take("a.smk", "x", lambda: "old")
    first.save()
    assert kept_at(place, "version 2").take("a.smk", "x", lambda: "new") == "new"
    second = kept_at(place, "version 1")
    assert second.take("a.smk", "y", lambda: "edited") == "edited"
    second.save()
    assert kept_at(place, "version 1").take("a.smk", "y", never) == "edited"


@pytest.mark.parametrize("damaged", ["", "{", "[]", "{}", '{"of": "v"}', '{"of": "v", "table": 3}'])
def test_a_damaged_file_counts_as_empty(place, damaged):
    place.parent.mkdir()
    place.write_text(damaged)
    kept = kept_at(place, "v")
    assert kept.take("a", "x", lambda: 1) == 1
    kept.save()
    assert json.loads(place.read_text()) == {"of": "v", "table": {"a": ["x", 1]}}
    assert os.listdir(place.parent) == [place.name]


@pytest.mark.parametrize("entry", [None, 1, "x1", [], ["x"], ["x", 1, 2]])
def test_a_damaged_entry_is_made_anew(place, entry):
    place.parent.mkdir()
    place.write_text(json.dumps({"of": "v", "table": {"a": entry}}))
    assert kept_at(place, "v").take("a", "x", lambda: 7) == 7


def test_nothing_is_written_where_snakemake_keeps_nothing_where_nothing_is_new_or_by_a_fork(place, tmp_path):
    elsewhere = kept_at(tmp_path / "other/.snakemake/gestalt-regions/rules.json", "v")
    elsewhere.take("a", "x", lambda: 1)
    elsewhere.save()
    assert not (tmp_path / "other").exists()
    kept_at(place, "v").save()
    assert not place.parent.exists()
    fork = kept_at(place, "v")
    fork.take("a", "x", lambda: 1)
    fork.process += 1
    fork.save()
    assert not place.parent.exists()


def test_where_one_text_ends_counts():
    assert len({digest("a", "bc"), digest("ab", "c"), digest("abc"), digest("abc", "")}) == 4
    assert digest("a", "bc") == digest(b"a", b"bc")


def test_the_version_that_was_tried_is_the_pinned_one(root):
    """After an update: look at the functions that quick_planning wraps, then run tests/workflow/test_quick_plan.py."""
    assert f"snakemake=={quick_planning.TRIED}\n" in (root / "envs/requirements.in").read_text()


@pytest.mark.parametrize(
    ("version", "may_not_write", "wrapped"),
    [(quick_planning.TRIED, "", 5), (quick_planning.TRIED, "1", 4), ("10.0.0", "", 0)],
)
def test_another_version_of_snakemake_is_left_as_it_is(version, may_not_write, wrapped, tmp_path):
    """And where no bytecode may be written, rule files are turned into Python at each start."""
    code = f"""
import snakemake.cli
from snakemake import common, output_index, rules, sourcecache, workflow
def now():
    return [workflow.parse, output_index.OutputIndex.match_producers, common.get_function_params,
            rules.get_function_params, sourcecache.parse_uri]
common.__version__ = {version!r}
before = now()
from gestalt_regions.jobs.quick_planning import quicken
quicken("workflow/rules")
after = now()
quicken("workflow/rules")
print(sum(a is not b for a, b in zip(before, after)), sum(a is not b for a, b in zip(after, now())))
"""
    environment = {
        **os.environ,
        "PYTHONDONTWRITEBYTECODE": may_not_write,
        "PYTHONPYCACHEPREFIX": str(tmp_path / "made"),
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout.split() == [str(wrapped), "0"], done.stderr


def forget() -> None:
    """A process reads each source once; here they are edited in between."""
    for name in ("_file", "_module", "_reached", "_content", "_digest_of_code"):
        getattr(code_digest, name).cache_clear()
    for name in ("_kept", "_content", "_digest_of_code"):
        getattr(kept_digests, name).cache_clear()


def test_digests_of_code_are_kept_until_a_source_or_a_file_changes(root, tmp_path, monkeypatch):
    shutil.copytree(root / "workflow", tmp_path / "workflow", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code_digest, "HOME", tmp_path / "workflow/gestalt_regions")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake").mkdir()
    environment = tmp_path / "statistics.yaml"
    environment.write_text("one")
    script = tmp_path / "workflow/scripts/rq1.py"
    table = tmp_path / "workflow/gestalt_regions/statistics/toolkit/latex.py"

    def both() -> tuple[str, str, bool]:
        """The digest as kept, as found anew, and whether it was taken."""
        forget()
        kept = kept_digests.digest_of_code(script, ["m:b", "m:a"], [environment])
        new = kept_digests._kept(code_digest.HOME).new
        kept_digests._kept(code_digest.HOME).save()
        return kept, code_digest.digest_of_code(script, ["m:a", "m:b"], [environment]), not new

    seen = []
    for edit in (
        lambda: None,
        lambda: environment.write_text("two"),
        lambda: table.write_text(table.read_text().replace("toprule", "TOPRULE")),
        lambda: script.write_text(script.read_text() + "\nX = 1\n"),
    ):
        edit()
        first, second = both(), both()
        assert first[0] == first[1] == second[0] and not first[2] and second[2]
        seen.append(first[0])
    assert len(set(seen)) == 4
    forget()


def test_digests_of_code_are_found_anew_where_planning_is_plain(root, place, monkeypatch):
    monkeypatch.chdir(place.parents[2])
    monkeypatch.setenv(quick_planning.OFF, "1")
    first = kept_at(place, "v")
    first.take("a", "x", lambda: 1)
    monkeypatch.delenv(quick_planning.OFF)
    first.save()
    monkeypatch.setenv(quick_planning.OFF, "1")
    assert kept_at(place, "v").take("a", "x", lambda: 2) == 2
