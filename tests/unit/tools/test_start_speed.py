"""make bench-starts: which imports it runs for which jobs, and what its table adds up to."""

from __future__ import annotations

import pytest
from gestalt_regions.jobs.shared_starts import why_alone
from gestalt_regions.tools.bench import start_speed
from gestalt_regions.tools.bench.start_speed import Starts


def test_every_script_is_found_with_its_rule(root):
    scripts = start_speed.scripts_of_rules(root / "workflow/rules")
    assert scripts["saliency"] == scripts["saliency_with_pictures"] == "saliency.py" and scripts["asset"] == "asset.py"
    written = {path.name for path in (root / "workflow/scripts").glob("*.py")}
    # both kinds of cohort have a rule of this name; that of simulated ones counts
    assert written - set(scripts.values()) == {"read_cohort.py"} and set(scripts.values()) <= written


def test_of_a_script_its_imports_are_run_and_no_more(tmp_path):
    script = tmp_path / "a.py"
    script.write_text('"""Words."""\nimport json\nfrom a import b as c\n\nwith job(snakemake):\n    import late\n')
    text = start_speed.imports_of(script)
    assert text.endswith("Snakemake\nimport json\nfrom a import b as c") and "late" not in text and "Words" not in text


def test_the_table_adds_up():
    rows = [Starts("few", 1, [1.0, 3.0], [0.5]), Starts("many", 3, [4.0], [1.0, 0.25, 0.25])]
    lines = start_speed.table(rows, 1.5)
    assert lines[2:6] == [
        "| many | 3 | 4.00 | 12.0 | 1.5 |",
        "| few | 1 | 2.00 | 2.0 | 0.5 |",
        "| *the starter itself* | | | | 1.5 |",
        "| **all** | 4 | | 14.0 | 3.5 |",
    ]
    assert lines[-1] == "Shared starts take 25% of what starts alone take."


@pytest.mark.skipif(bool(why_alone()), reason=why_alone() or "can be shared")
def test_jobs_are_started_in_both_ways(tmp_path, monkeypatch):
    (tmp_path / "workflow/scripts").mkdir(parents=True)
    (tmp_path / "workflow/scripts/a.py").write_text("import yaml\n")
    monkeypatch.setattr(start_speed, "ROOT", tmp_path)
    starter = start_speed.Starter()
    (row,) = start_speed.measure({"a.py": 2}, tmp_path, starter)
    starter.close()
    assert (row.script, row.jobs, len(row.alone), len(row.shared)) == ("a", 2, 1, 2)
    assert min(row.alone + row.shared) > 0
