"""Real runs of the workflow."""

from __future__ import annotations

import pytest
from workdir import Workdir

SMOKE = ("config/studies/smoke.yaml",)


@pytest.fixture(scope="session")
def workdir(root, tmp_path_factory):
    """workdir(name): a new working directory."""
    return lambda name: Workdir(root, tmp_path_factory.mktemp(name))


@pytest.fixture(scope="session")
def smoke(workdir) -> Workdir:
    """The finished smoke study; tests leave it as it is."""
    place = workdir("smoke")
    place.snakemake(studies=SMOKE)
    return place
