"""The benchmark of planning: it plans a Snakefile for real, and says so where that fails."""

from __future__ import annotations

import subprocess

import pytest
from gestalt_regions.tools.bench.planning_time import ONE_RULE, ROOT, STUDIES, processor_seconds


def test_a_snakefile_is_planned_and_one_that_is_wrong_is_told(tmp_path):
    (tmp_path / "Snakefile").write_text(ONE_RULE)
    assert processor_seconds([], tmp_path, {}) > 0
    assert not (tmp_path / "made.txt").exists()  # nothing is run
    (tmp_path / "Snakefile").write_text(ONE_RULE.replace("output:", "outputs:"))
    with pytest.raises(subprocess.CalledProcessError):
        processor_seconds([], tmp_path, {})


def test_the_configs_that_are_planned_exist():
    named = [each for arguments in STUDIES.values() for each in arguments if each.endswith(".yaml")]
    assert named and all((ROOT / each).is_file() for each in named)
