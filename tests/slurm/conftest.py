"""A Slurm cluster for the tests of this folder (make test-slurm); they skip, saying why, where none can be started."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from cluster import Cluster, lacking


@pytest.fixture(scope="session")
def cluster():
    if why := lacking():
        pytest.skip(why)
    folder = Path(
        tempfile.mkdtemp(prefix="slurm-", dir="/var/lib")
    )  # munge refuses folders that all may write, as /tmp
    folder.chmod(0o755)
    try:
        with Cluster(folder / "cluster") as running:
            yield running
    finally:
        shutil.rmtree(folder)
