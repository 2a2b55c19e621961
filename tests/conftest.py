"""Fixtures that every kind of test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from gestalt_regions.assets import fetch, load_manifest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def asset():
    """asset(name): the path of a fetched asset; it is fetched on first use, as the workflow would."""

    def get(name: str) -> str:
        path = ROOT / "results/assets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fetch(name, load_manifest(ROOT / "resources/assets.yaml")[name], str(path))
        return str(path)

    return get


@pytest.fixture
def config() -> dict:
    """A fresh copy of the default study's config."""
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())
