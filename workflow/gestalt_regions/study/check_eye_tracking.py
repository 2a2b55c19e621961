"""The section `eye_tracking` of a config: what it names elsewhere, looked at before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gestalt_regions.core.errors import InputError, nearest, refuse_unknown
from gestalt_regions.evaluation.evaluation_config import evaluated
from gestalt_regions.saliency.method_registry import explained_models, methods_of_study

STRATEGIES = ("signs", "features", "centre", "random")


def check_eye_tracking(config: Mapping) -> None:
    """Refuse files, tables, a model and methods that are not there, and simulated readers of real faces.

    Parameters
    ----------
    config : mapping
        A config that its schemas accept.

    Raises
    ------
    InputError
        It names the key and what to do.
    """
    if (section := config.get("eye_tracking")) is None:
        return
    if not config["statistics"]["control"]:
        raise InputError("config eye_tracking: without a control class (statistics.control) no network is trained")
    models = explained_models(config)
    if section["model"] and section["model"] not in models:
        near = nearest(section["model"], models)
        raise InputError(f"config eye_tracking.model: no model '{section['model']}' that is explained; {near}")
    known = list(dict.fromkeys([*methods_of_study(config), *evaluated(config)]))
    refuse_unknown("config eye_tracking.methods", "method", section["methods"], known)
    _check_readers(config, section)
    for key, path in (
        *((f"files[{number}]", path) for number, path in enumerate(section["files"])),
        *((key, section[key]) for key in ("groups", "stimuli") if section[key]),
        *((("picture.placed", section["picture"]["placed"]),) if section["picture"]["placed"] else ()),
    ):
        if not Path(path).exists():
            raise InputError(f"config eye_tracking.{key}: '{path}' is not there")
        if Path(path).is_dir() and not key.startswith("files"):
            raise InputError(f"config eye_tracking.{key}: '{path}' is a folder; name the table in it")
    if len(section["picture"]["centre"]) == 1:
        raise InputError(
            "config eye_tracking.picture.centre has one number; write [x, y], or [] for the screen's middle"
        )


def _check_readers(config: Mapping, section: Mapping) -> None:
    simulated = section.get("simulated_readers")
    if simulated is None:
        if not section["files"]:
            raise InputError(
                "config eye_tracking.files names no file of fixations; name some, or add simulated_readers for a "
                "simulated cohort (config/studies/eye_tracking.yaml)"
            )
        return
    cohort = config["cohort"]
    if section["files"]:
        raise InputError("config eye_tracking has files and simulated_readers; keep one of them")
    if cohort["kind"] != "synthetic" or cohort["counterfactuals"]["which"] == "none":
        raise InputError(
            "config eye_tracking.simulated_readers: they look where a simulated face differs from its twin, and this "
            "study has none (cohort.kind, cohort.counterfactuals); give files"
        )
    if not sum(simulated[strategy] for strategy in STRATEGIES):
        raise InputError(f"config eye_tracking.simulated_readers has nobody; give {', '.join(STRATEGIES)} a number")


def fixation_paths(files: list[str], kind: str) -> list[str]:
    """The files of a config: those named, and those of folders, by name.

    Parameters
    ----------
    files : list of str
        config eye_tracking.files.
    kind : str
        config eye_tracking.format.

    Returns
    -------
    list of str
        Paths; of a folder all its files with an ending of this format.

    Raises
    ------
    InputError
        For a folder without such a file.
    """
    endings = {"eyelink_asc": {".asc"}, "csv": {".csv", ".tsv", ".txt"}}.get(kind, {".tsv", ".txt", ".csv", ".xls"})
    paths: list[str] = []
    for name in files:
        if not Path(name).is_dir():
            paths.append(name)
            continue
        inside = sorted(str(path) for path in Path(name).iterdir() if path.suffix.lower() in endings)
        if not inside:
            raise InputError(f"config eye_tracking.files: the folder '{name}' has no {', '.join(sorted(endings))}")
        paths += inside
    return list(dict.fromkeys(paths))
