"""Planning that keeps and remembers (jobs.quick_planning) plans what Snakemake plans: job by job, with all of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from dry_runs import dry_run
from gestalt_regions.jobs.quick_planning import OFF, PLACE
from PIL import Image

OWN = """
cohort: {kind: folder, name: own, folder: {images: photos, table: photos.csv}}
models: {resnet18_morph: null, arcface_mbf: {backbone: arcface_mbf, recipe: quick}}
evaluation: {groups: [objective, sanity, agreement], controls: [Uniform, Random]}
"""
STUDIES = {
    "smoke": (["config/studies/smoke.yaml"], ["all"]),
    "full": (["config/studies/full.yaml"], ["all", "tables", "figures"]),
    "imbalance": (["config/studies/imbalance.yaml"], ["imbalance"]),
    "deepgestalt": (["config/studies/deepgestalt.yaml"], ["deepgestalt"]),
    "own": (["own.yaml"], ["all", "syndrome_maps"]),
    "readers": (
        ["config/studies/reader_study.yaml", "coefficients.yaml"],
        ["reader_study", "figure6", "shortcut_curve", "roar", "arc_figures"],
    ),
}


@pytest.fixture(scope="module")
def place(workdir):
    """A folder without results, with photographs of its own."""
    made = workdir("quick_plan")
    (made.folder / "photos").mkdir()
    rows = ["image,label,subject"]
    for i in range(24):
        Image.new("RGB", (8, 8), (i, 0, 0)).save(made.folder / f"photos/{i}.png")
        rows.append(f"{i}.png,{['KS', 'Unaffected'][i % 2]},s{i}")
    (made.folder / "photos.csv").write_text("\n".join(rows))
    (made.folder / "own.yaml").write_text(OWN)
    (made.folder / "coefficients.yaml").write_text("saliency: {keep: coefficients, format: float16}\n")
    return made


def planned(place, study: str, plain: bool, run=dry_run) -> list[dict]:
    """All jobs of a dry run, in an order of their own: Snakemake's follows the order of sets."""
    files, targets = STUDIES[study]
    command = [str(place.root / "tests/planned_jobs.py"), "--snakefile", str(place.root / "Snakefile")]
    command += ["--configfile", "config/config.yaml", *files, "--", *targets]
    environment = {
        **{name: value for name, value in os.environ.items() if name != OFF},
        **({OFF: "1"} if plain else {}),
    }
    done = run(command, place.folder, environment)
    assert done.returncode == 0, done.stderr[-3000:]
    jobs = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(jobs) > 1
    return sorted(jobs, key=lambda job: (job["rule"], job["log"], job["output"]["all"]))


BYTECODE = "bytecode"  # in the folder of the run: other tests plan with the same rule files at the same time


def start(command: list[str], folder, environment) -> subprocess.CompletedProcess:
    """A process of its own, which keeps at its end what it found."""
    writes = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / BYTECODE)}
    environment = {**environment, **writes}
    return subprocess.run([sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("study", list(STUDIES))
def test_the_plan_is_the_same(place, study):
    assert planned(place, study, plain=False) == planned(place, study, plain=True)


def test_the_plan_is_the_same_from_what_was_kept_and_after_damage(place):
    expected = planned(place, "smoke", plain=True)
    assert planned(place, "smoke", plain=False, run=start) == expected
    (rules,) = (place.folder / BYTECODE).rglob("workflow/rules/rules.*.json")
    code = place.folder / PLACE / "code.json"
    assert list(code.parent.iterdir()) == [code]  # of the folder of a run no code is taken
    kept = {path: path.read_text() for path in (rules, code)}
    table = json.loads(kept[rules])["table"]
    assert len(table) > 50 and all("workflow/rules/" in name for name in table)
    assert planned(place, "smoke", plain=False, run=start) == expected
    assert {path: path.read_text() for path in kept} == kept  # nothing was made again
    for path, text in kept.items():
        path.write_text(text[:-10])
    assert planned(place, "smoke", plain=False, run=start) == expected
    assert all(json.loads(path.read_text()) == json.loads(text) for path, text in kept.items())


def test_what_is_kept_is_used(place):
    """Or else the tests above compare Snakemake with itself."""
    planned(place, "smoke", plain=False, run=start)
    path = place.folder / PLACE / "code.json"
    table = json.loads(path.read_text())
    wrong = {**table, "table": {name: [made_from, "f" * 16] for name, (made_from, _) in table["table"].items()}}
    path.write_text(json.dumps(wrong))
    codes = {job["params"]["named"].get("code") for job in planned(place, "smoke", plain=False)}
    path.unlink()
    assert "f" * 16 in codes
