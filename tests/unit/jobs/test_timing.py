"""timing.csv from benchmark files and logs."""

from pathlib import Path

import pytest
from gestalt_regions.core.errors import InputError
from gestalt_regions.jobs import timing

HEADER = "s\th:m:s\tmax_rss\tmean_load\n"


def write(root: Path, name: str, seconds: float, last: str | None) -> None:
    for folder, suffix, text in (
        ("benchmarks", ".tsv", f"{HEADER}{seconds}\t0:00:01\t{100 * seconds}\t-\n"),
        ("logs", ".log", last),
    ):
        if text is not None:
            path = (root / folder / name).with_suffix(suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


@pytest.fixture
def table(tmp_path):
    write(
        tmp_path,
        "net/fold-1/saliency-LRP-eps.x",
        6.0,
        "a\n2026 INFO finished: 1.50 s starting, 4.50 s computing, 3.25 s of processor time\n",
    )
    write(tmp_path, "net/fold-2/saliency-Gradient.x", 2.0, "2026 INFO finished: 0.50 s starting, 1.50 s computing\n")
    write(tmp_path, "faces-3.x", 2.0, None)
    return timing.stage_times([tmp_path / "benchmarks"], [tmp_path / "logs"])


def test_stages_are_summed(table):
    assert list(table["stage"]) == ["saliency", "faces"]
    first = table.iloc[0]
    assert (first.jobs, first.wall_s, first.starting_s, first.computing_s, first.longest_s) == (2, 8, 2, 6, 6)
    assert first.processor_s == 3.25  # a log of an older version does not say it
    assert first.share == 0.8 and first.max_rss_mb == 600


def test_markdown(table):
    lines = timing.markdown(table).splitlines()
    assert lines[2] == "| saliency | 2 | 8.0 | 2.0 | 6.0 | 3.2 | 80% |"
    assert lines[-1].startswith("| all | 3 | 10.0 |")


def test_no_benchmarks(tmp_path):
    with pytest.raises(InputError, match="run the study first"):
        timing.stage_times([tmp_path], [tmp_path])


def test_run_rounds(table, tmp_path):
    timing.write_timing([tmp_path / "benchmarks"], [tmp_path / "logs"], tmp_path / "timing.csv")
    assert (tmp_path / "timing.csv").read_text().splitlines()[1] == "saliency,2,8,2,6,3.25,6,600,0.8"
