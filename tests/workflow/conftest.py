"""Real runs of the workflow."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from workdir import Workdir

SMOKE = ("config/studies/smoke.yaml",)


@pytest.fixture(scope="session")
def workdir(root, tmp_path_factory):
    """workdir(name): a new working directory."""
    return lambda name: Workdir(root, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def smoke(root, tmp_path_factory) -> Workdir:
    """The finished smoke study, made once for all processes of a test run; tests leave it as it is."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, finished = shared / "smoke-study", shared / "smoke.finished"
    with open(shared / "smoke.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = Workdir(root, folder)
        if not finished.exists():
            place.snakemake(studies=SMOKE)
            finished.touch()
    return place


@pytest.fixture(scope="session")
def copy_smoke(smoke):
    """copy_smoke(folder): the smoke study's results, without the assets, and Snakemake's records of them."""

    def copy(folder: Path) -> None:
        for source in (smoke.folder / "results").iterdir():
            if source.is_dir() and not source.is_symlink():
                shutil.copytree(source, folder / "results" / source.name, symlinks=True)
        shutil.copytree(smoke.folder / ".snakemake/metadata", folder / ".snakemake/metadata", dirs_exist_ok=True)

    return copy
