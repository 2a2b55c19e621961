"""The tiny study, undisturbed (make test-interruption)."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass

import pytest
from interrupted import STUDY, TARGETS, Run, results, with_output
from workdir import Workdir


@dataclass
class Whole:
    """An undisturbed run: digests by file of what it leaves, and of all that it makes, which others delete on the way;
    jobs by rule, and the seconds it took."""

    place: Workdir
    files: dict[str, str]
    made: dict[str, str]
    jobs: dict[str, int]
    seconds: float


@pytest.fixture(scope="session")
def workdir(root, tmp_path_factory):
    return lambda name: Workdir(root, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def whole(workdir) -> Whole:
    first = workdir("assets")
    assets = ("arcface_mbf.onnx", "bisenet.pth", "scrfd_500m.onnx")
    first.snakemake("results/tiny/cohort/plan.csv", *(f"results/assets/{name}" for name in assets), studies=STUDY)
    place = workdir("whole")
    planned = place.planned(*TARGETS, studies=STUDY)
    planned = {rule: planned[rule] for rule in with_output(planned)}
    began = time.monotonic()
    run = Run(place, "--notemp")
    run.wait()
    seconds = time.monotonic() - began
    assert run.process.returncode == 0, run.text()[-5000:]
    assert run.finished() == planned
    made = results(place)
    place.snakemake(*TARGETS, "--delete-temp-output", studies=STUDY)
    files = results(place)
    assert len(files) < len(made)
    return Whole(place, files, made, planned, seconds)


@pytest.fixture
def small_disk(workdir):
    """small_disk(megabytes): a working directory on a disk of that size, and a function that mounts it anew."""
    mounted = []

    def make(megabytes: int):
        place = workdir("small")
        for name in ("config", "resources", "workflow", "results/assets"):
            (place.folder / name).unlink()
        (place.folder / "results").rmdir()
        options = f"size={megabytes}m"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place.folder], capture_output=True)
        if done.returncode:
            pytest.skip(f"no disk of our own can be mounted here: {done.stderr.decode().strip()}")
        mounted.append(place.folder)

        def remount(how: str) -> None:
            subprocess.run(["mount", "-o", f"remount,{how}", place.folder], check=True)

        return Workdir(place.root, place.folder), remount

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=False)
