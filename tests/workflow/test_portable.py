"""Finished results, copied beside a fresh clone at another place, are results there: nothing is made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from workdir import Workdir, clone

STUDY = ("config/studies/smoke.yaml",)
SHOWN = {"report_site", "time_stages", "all"}


@pytest.fixture(scope="module")
def elsewhere(smoke, copy_smoke, root, tmp_path_factory) -> Workdir:
    """A fresh clone with the smoke study's results and Snakemake's records of them, copied with their time stamps."""
    folder = tmp_path_factory.mktemp("another") / "machine"
    clone(root, folder)
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results/assets").symlink_to((smoke.folder / "results/assets").resolve())
    copy_smoke(folder)
    return Workdir(folder, folder)


@pytest.fixture
def edited(elsewhere):
    """edited(file, old, new): the rules that a dry run in the clone would run after that edit."""
    kept: dict[Path, bytes] = {}

    def plan(file: str, old: bytes, new: bytes) -> set[str]:
        path = elsewhere.folder / file
        kept[path] = path.read_bytes()
        assert old in kept[path], (file, old)
        path.write_bytes(kept[path].replace(old, new, 1))
        return set(elsewhere.planned(studies=STUDY))

    yield plan
    for path, content in kept.items():
        path.write_bytes(content)


def test_nothing_is_made_again(elsewhere):
    weights = "resources/resnet18_morph.safetensors"
    made = "results/smoke/resnet18_morph/fold-1/checkpoint.safetensors"
    assert (elsewhere.folder / weights).stat().st_mtime > (elsewhere.folder / made).stat().st_mtime
    done = elsewhere.snakemake("--dry-run", studies=STUDY)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_another_content_of_a_resource_rebuilds_what_reads_it(edited):
    planned = edited("resources/regions.yaml", b"\n", b"\n# another content\n")
    assert {"region_maps", "coefficients", "rq1", "rq2"} | SHOWN <= planned
    assert not planned & {"faces_shard", "train", "saliency"}


def test_other_weights_rebuild_the_networks(edited):
    planned = edited("resources/resnet18_morph.safetensors", b"__metadata__", b"__metadatA__")
    assert {"train", "saliency", "coefficients"} | SHOWN <= planned
    assert not planned & {"faces_shard", "folds", "region_maps"}


def test_another_version_of_a_package_rebuilds_what_runs_with_it(edited):
    planned = edited("envs/torch.yaml", b"- torch==", b"- torch==1.")
    assert {"train", "saliency"} | SHOWN <= planned and not planned & {"faces_shard", "folds", "region_maps"}


def test_another_script_rebuilds_what_it_makes(edited):
    script = "workflow/scripts/draw_boxplots.py"
    assert edited(script, b"with job", b"# a comment\nwith job") == set()
    assert edited(script, b"with job", b"EXTRA = 1\nwith job") == {"draw_boxplots"} | SHOWN
