"""What a schema cannot say of the section `matching`; looked at before the DAG is built."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gestalt_regions.core.errors import InputError, nearest


def check(section: Mapping) -> None:
    """Raise an error for settings that the schema cannot rule out.

    Parameters
    ----------
    section : mapping
        config matching.

    Raises
    ------
    InputError
        It names the key.
    """
    for name in section["ensemble"]:
        if name not in section["encoders"]:
            near = nearest(name, section["encoders"])
            raise InputError(f"config matching.ensemble: no encoder '{name}' (matching.encoders); {near}")
    if "ensemble" in section["encoders"]:
        raise InputError("config matching.encoders.ensemble: the ensemble has that name; give the encoder another")
    if (name := section["similarity"]["encoder"]) and name not in section["encoders"]:
        near = nearest(name, section["encoders"])
        raise InputError(f"config matching.similarity.encoder: no encoder '{name}' (matching.encoders); {near}")
    for key in ("pairs", "threshold"):
        path = section["verification"][key]
        if path and not Path(path).is_file():
            raise InputError(f"config matching.verification.{key}: '{path}' is no file")
    if section["verification"]["threshold"] and not section["verification"]["pairs"]:
        raise InputError("config matching.verification.pairs is empty; threshold is of use with LFW's pairs only")
