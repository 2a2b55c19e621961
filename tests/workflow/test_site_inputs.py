"""The site is made of declared inputs; what is made on demand is none, but makes it anew."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest
from gestalt_regions.report.on_demand import ON_DEMAND, TOGETHER, state
from gestalt_regions.report.site import write_site

SMOKE = ("config/studies/smoke.yaml",)
MODEL = "resnet18_morph"
ASKED: set[str] | None = None  # paths that the site asks for, while it is written


def _hear(event: str, values: tuple) -> None:
    if ASKED is not None and event == "open" and isinstance(values[0], str | os.PathLike):
        ASKED.add(os.fspath(values[0]))


@pytest.fixture
def asked(monkeypatch):
    """Files that are opened, or that are looked for."""
    exists = Path.exists

    def heard(path: Path, **options: bool) -> bool:
        if ASKED is not None:
            ASKED.add(str(path))
        return exists(path, **options)

    monkeypatch.setattr(Path, "exists", heard)
    monkeypatch.setattr(sys.modules[__name__], "ASKED", set())
    sys.addaudithook(_hear)
    return ASKED


def test_the_site_reads_inputs_and_what_is_made_on_demand_alone(smoke, root, tmp_path, monkeypatch, asked):
    monkeypatch.chdir(smoke.folder)
    record = json.loads(Path("results/provenance/smoke/report.json").read_text())
    params = {name: record["params"][name] for name in ("config", "manifest", "groups", "explorer")}
    folder = root / "workflow/report"
    templates, captions = (sorted(folder.glob(name)) for name in ("site/[a-z]*", "*.rst"))
    sets = root / "resources/regions.yaml"
    write_site("results/smoke", tmp_path / "site", templates, captions, fetched=[], sets=sets, **params)
    read = {path for path in asked if path.startswith("results/smoke/")}
    declared = set(record["inputs"])
    methods = record["params"]["config"]["syndrome_maps"]["methods"]
    on_demand = {f"results/smoke/{each.file.format(model=MODEL, method=m)}" for each in ON_DEMAND for m in methods}
    on_demand |= {str(Path(path).with_suffix(".tex")) for path in on_demand}
    of_other_studies = {path for path in read if "/training_runs/" in path}  # inputs where there are several runs
    of_other_studies |= {"results/smoke/cohort/who_is_who.csv"}  # an input where photographs are read
    assert {"results/smoke/faces/excluded.csv", "results/smoke/faces/crops_112.npy"} <= read & declared
    assert read - declared - on_demand - of_other_studies == set()


def test_each_is_made_by_its_target(root):
    rules = (root / "workflow/rules/report/targets.smk").read_text()
    targets = {each.target for each in ON_DEMAND} | set(TOGETHER.values())
    numbered = {target for target in targets if re.fullmatch(r"arc_table[1-6]", target)}
    assert [target for target in targets - numbered if f'"{target}":' not in rules] == []
    assert 'f"arc_table{number}": made(rules.arc_table' in rules and len(numbered) == 6


def test_what_is_made_on_demand_makes_the_site_anew(copy_smoke, workdir):
    place = workdir("on-demand")
    copy_smoke(place.folder)
    base = place.folder / "results/smoke"
    assert state(base, [MODEL]) == {} and place.planned(studies=SMOKE) == {}
    table = base / MODEL / "tables/reliability.csv"
    table.write_text("set,stage\n")
    assert list(state(base, [MODEL])) == [f"{MODEL}/tables/reliability.csv"]
    assert set(place.planned(studies=SMOKE)) == {"all", "report_site", "time_stages"}
    table.unlink()
    assert place.planned(studies=SMOKE) == {}
