"""Fixtures that every kind of test may use."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
import yaml
from gestalt_regions.assets.fetching import fetch, load_manifest
from gestalt_regions.cohort.simulated.people.recipes import diseases
from gestalt_regions.core.errors import InputError
from gestalt_regions.hpo.ontology import write_ontology_tables
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parent.parent

# Made-up inputs: the same few in every test run; many new ones with `pytest --hypothesis-profile fuzz`.
_ALWAYS = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
settings.register_profile("quick", derandomize=True, max_examples=60, **_ALWAYS)
settings.register_profile("fuzz", max_examples=3000, print_blob=True, **_ALWAYS)
settings.load_profile("quick")


def pytest_collection_modifyitems(items) -> None:
    """Real runs first: where files are handed to two processes in order, the quick tests fill what is left.

    The first file makes the smoke study for all; meanwhile the other process has those that do not wait for it.
    """
    waiting = {item.path: None for item in items if "smoke" in getattr(item, "fixturenames", ())}  # in their order
    maker = next(iter(waiting), None)
    items.sort(key=lambda item: ("tests/workflow/" not in item.nodeid, item.path != maker, item.path in waiting))


@pytest.fixture(autouse=True)
def any_algorithm():
    """Jobs ask torch for deterministic algorithms, once for their process; a test's should not outlive it."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_deterministic_debug_mode("default")


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


@pytest.fixture(scope="session")
def ontology_tables(asset, tmp_path_factory) -> tuple[Path, Path]:
    """(terms.csv, frequencies.csv) of the committed recipes' diseases; skips where HPO's files cannot be fetched."""
    try:
        obo, annotations = asset("hp.obo"), asset("phenotype.hpoa")
    except InputError as error:
        pytest.skip(f"the ontology is not here and cannot be fetched: {error}")
    folder = tmp_path_factory.mktemp("ontology")
    recipes = sorted((ROOT / "resources").glob("s*/*.yaml"))  # syndromes and subtypes
    write_ontology_tables(
        obo, annotations, diseases(recipes), terms=folder / "terms.csv", frequencies=folder / "frequencies.csv"
    )
    return folder / "terms.csv", folder / "frequencies.csv"


@pytest.fixture
def config() -> dict:
    """A fresh copy of the default study's config."""
    return yaml.safe_load((ROOT / "config/config.yaml").read_text())


@pytest.fixture(autouse=True)
def _log_level():
    """Benchmarks quieten the logs; no other test shall notice."""
    logs = [logging.getLogger(), logging.getLogger("gestalt_regions")]
    before = [log.level for log in logs]
    yield
    for log, level in zip(logs, before, strict=True):
        log.setLevel(level)
