"""The chapter on studies with clinicians: there if there is a study, and simulated readers are called so."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from gestalt_regions.report.captions import Captions
from gestalt_regions.report.chapters.clinicians_chapter import SIMULATED, clinicians_chapter
from gestalt_regions.report.chapters.reported_study import Study


def study(root: Path, base: Path) -> Study:
    """A study with the captions of the repository."""
    config = {"cohort": {"name": "mine", "kind": "folder"}, "models": {}}
    return Study(base, config, Captions(sorted((root / "workflow/report").glob("reader_*.rst")), config))


def test_without_a_study_there_is_no_chapter(root, tmp_path):
    assert clinicians_chapter(study(root, tmp_path)) is None


@pytest.mark.parametrize("simulated", [True, False])
def test_simulated_readers_are_called_so(root, tmp_path, simulated):
    (tmp_path / "reader_study/tables").mkdir(parents=True)
    for name in ("measures", "models"):
        table = pd.DataFrame({"measure": ["accuracy_gain"], "value": [0.1], "simulated": [simulated]})
        table.to_csv(tmp_path / f"reader_study/tables/{name}.csv", index=False)
    pd.DataFrame(columns=["file", "reader", "reason"]).to_csv(
        tmp_path / "reader_study/tables/set_aside.csv", index=False
    )
    section = clinicians_chapter(study(root, tmp_path)).sections[0]
    assert [part.title for part in section.parts] == [
        "Accuracy, confidence and reliance: numbers",
        "Models of right answers",
    ]  # nothing was set aside
    assert (SIMULATED in section.why) == simulated
    assert all(("SIMULATED readers" in part.caption) == simulated for part in section.parts)
