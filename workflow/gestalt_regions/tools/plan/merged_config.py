"""The config of a study as Snakemake merges its files, without Snakemake: a lent machine need not carry it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from gestalt_regions.core.errors import InputError

ROOT = Path(__file__).parents[4]


def update(config: dict, other: Mapping) -> None:
    """Merge as Snakemake does: what is not a mapping on both sides is replaced.

    Parameters
    ----------
    config : dict
        Changed in place.
    other : mapping
        What is laid over it.
    """
    for key, value in other.items():
        if isinstance(value, Mapping):
            inner = config.get(key)
            config[key] = dict(inner) if isinstance(inner, Mapping) else {}
            update(config[key], value)
        else:
            config[key] = value


def read_config(paths: Sequence[str | Path]) -> dict:
    """Merge config files in their order over the default study's, as Snakemake does.

    Parameters
    ----------
    paths : sequence of path
        Config files.

    Returns
    -------
    dict
        The config, not yet checked.

    Raises
    ------
    InputError
        If a file cannot be read.
    """
    whole: dict = {}
    for path in (ROOT / "config/config.yaml", *paths):
        try:
            update(whole, yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {})
        except (OSError, yaml.YAMLError) as error:
            raise InputError(f"--configfile {path}: {error}") from None
    return whole
