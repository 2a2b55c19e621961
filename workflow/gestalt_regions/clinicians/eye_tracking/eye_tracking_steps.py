"""The jobs of eye-tracking: from files to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from gestalt_regions.clinicians.eye_tracking import gaze_baselines as base
from gestalt_regions.clinicians.eye_tracking.clean_fixations import (
    face_names,
    load_fixations,
    read_groups,
    write_clean_fixations,
)
from gestalt_regions.clinicians.eye_tracking.fixation_density import (
    dwell_shares,
    dwell_times,
    region_areas,
    write_densities,
)
from gestalt_regions.clinicians.eye_tracking.fixation_files import FileSettings
from gestalt_regions.clinicians.eye_tracking.gaze_scores import GazeStudy, gaze_values
from gestalt_regions.clinicians.eye_tracking.gaze_tables import bounds_table, score_table
from gestalt_regions.clinicians.eye_tracking.screen_geometry import Shown, shown_faces
from gestalt_regions.clinicians.eye_tracking.simulated_gaze import STRATEGIES, simulated_fixations
from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import read_table, write_table
from gestalt_regions.evaluation.scored_maps import Maps, Regions, open_region_sets, recognised, stored_maps
from gestalt_regions.regions.coefficients import SIGNS
from gestalt_regions.regions.sets import PAPER, region_ids
from gestalt_regions.statistics.toolkit.read import load_samples

Files = Mapping[str, str]


def _shown(inputs: Files, section: Mapping, size: int) -> dict[str, Shown]:
    return shown_faces(
        inputs["faces"],
        inputs["photographs"],
        screen=section["screen"],
        picture=section["picture"],
        sigma_degrees=section["sigma_degrees"],
        size=size,
    )


def _kin(samples: str) -> dict[str, str]:
    table = load_samples(samples, ())
    return dict(zip(table["sample_id"], table["kin_group"], strict=True))


def _with_source(table: pd.DataFrame, section: Mapping) -> pd.DataFrame:
    """The table with a first column that says whether its readers are simulated."""
    table.insert(0, "source", "simulated readers" if "simulated_readers" in section else "recorded")
    return table


def simulate_gaze(inputs: Files, output: str, *, section: Mapping, size: int, changed: float, seed: int) -> None:
    """Write the fixations of simulated readers, as a plain table of screen coordinates.

    Parameters
    ----------
    inputs : mapping of str to path
        faces (index), photographs, samples, scored, truth (index) and changes (stack).
    output : str
        The table.
    section : mapping
        config eye_tracking.
    size : int
        Side of the crop, pixels.
    changed : float
        Grey levels above which a pixel counts as changed.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If no such face is explained.
    """
    simulated = section["simulated_readers"]
    scored = read_table(inputs["scored"], ["sample_id", "set"], ["sample_id", "set"])
    faces = list(dict.fromkeys(scored.loc[scored["set"] == simulated["set"], "sample_id"]))
    changes = base.read_changes(inputs["truth"], inputs["changes"], faces, _kin(inputs["samples"]), changed)
    if changes is None:
        raise InputError(f"eye_tracking.simulated_readers.set is {simulated['set']}, but no face of it has a twin")
    table = simulated_fixations(
        {strategy: simulated[strategy] for strategy in STRATEGIES},
        faces,
        _shown(inputs, section, size),
        changes,
        screen=section["screen"],
        error_degrees=simulated["error_degrees"],
        seed=seed,
    )
    write_table(table, output)


def clean_files(
    files: Sequence[str], inputs: Files, outputs: Mapping[str, str], *, section: Mapping, size: int
) -> None:
    """Write the fixations that count, and what does not, with reasons.

    Parameters
    ----------
    files : sequence of str
        Files of fixations.
    inputs : mapping of str to path
        faces (index), photographs and samples.
    outputs : mapping
        fixations and excluded.
    section : mapping
        config eye_tracking.
    size : int
        Side of the crop, pixels.
    """
    simulated = "simulated_readers" in section
    shown = _shown(inputs, section, size)
    write_clean_fixations(
        files,
        outputs,
        kind="csv" if simulated else section["format"],
        settings=FileSettings()
        if simulated
        else FileSettings(**{key: section[key] for key in FileSettings.__dataclass_fields__}),
        names=face_names(inputs["samples"], shown, section["stimuli"]),
        shown=shown,
        groups=read_groups(section["groups"]),
        size=size,
        min_duration_ms=section["min_duration_ms"],
        min_fixations=section["min_fixations"],
        leave_out_first=section["leave_out_first"],
    )


def density_and_dwell(
    inputs: Files, outputs: Mapping[str, str], *, section: Mapping, size: int, bootstrap: Mapping, seed: int
) -> None:
    """Write fixation densities and how long regions were looked at.

    Parameters
    ----------
    inputs : mapping of str to path
        fixations, faces (index), photographs, samples, sets and regions_<set>.
    outputs : mapping
        densities, index, dwell and dwell_readers.
    section : mapping
        config eye_tracking.
    size : int
        Side of the crop, pixels.
    bootstrap : mapping
        n_resamples and level.
    seed : int
        The study's.
    """
    fixations, kin = load_fixations(inputs["fixations"]), _kin(inputs["samples"])
    write_densities(fixations, _shown(inputs, section, size), outputs, size=size, weight=section["weight"])
    sets = open_region_sets(inputs)
    dwell = dwell_times(fixations, sets)
    write_table(dwell, outputs["dwell_readers"])
    areas = region_areas(sorted(fixations["face"].unique()), sets)
    settings = {"n_resamples": bootstrap["n_resamples"], "level": bootstrap["level"], "seed": seed}
    write_table(_with_source(dwell_shares(dwell, areas, kin, **settings), section), outputs["dwell"])


class _StoredMaps:
    """The maps of every method for a face, one for each network that explains it."""

    def __init__(self, maps: Sequence[Maps], faces: Sequence[str], sign: str, predictions: Sequence[str]) -> None:
        self._maps, self._sign = maps, sign
        self._rows: dict[str, pd.DataFrame] = {}
        for each in maps:
            rows = each.rows[each.rows["sample_id"].isin(faces)]
            self._rows[each.method] = recognised(rows, predictions, each.folds) if predictions else rows

    def __call__(self, face: str) -> dict[str, list[np.ndarray]]:
        found = {}
        for each in self._maps:
            rows = self._rows[each.method]
            lines = rows[rows["sample_id"] == face].itertuples()
            if some := [SIGNS[self._sign](each[line]).astype(np.float64) for line in lines]:
                found[each.method] = some
        return found


def score_gaze(
    maps: Sequence[str],
    indices: Sequence[str],
    inputs: Mapping,
    outputs: Mapping[str, str],
    *,
    section: Mapping,
    methods: Sequence[str],
    controls: Sequence[str],
    folds: Sequence[str],
    size: int,
    changed: float,
    bootstrap: Mapping,
    seed: int,
) -> None:
    """Write the scores of every map against the readers, and floor and ceiling.

    Parameters
    ----------
    maps, indices : sequence of str
        Stacks and indices: those of all folds of the first method, then of the next.
    inputs : mapping of str to path or paths
        fixations, faces (index), photographs, samples, scored, predictions (of each fold), sets, regions_paper; truth
        (index) and changes (stack) of a simulated cohort.
    outputs : mapping
        scores and bounds.
    section : mapping
        config eye_tracking.
    methods, controls, folds : sequence of str
        Names; controls are some of the methods.
    size : int
        Side of the crop, pixels.
    changed : float
        Grey levels above which a pixel counts as changed.
    bootstrap : mapping
        n_resamples and level.
    seed : int
        The study's.

    Raises
    ------
    InputError
        If no face that was looked at has a map.
    """
    fixations, kin = load_fixations(inputs["fixations"]), _kin(inputs["samples"])
    faces, count = sorted(fixations["face"].unique()), len(folds)
    opened = [
        stored_maps(
            method,
            folds,
            {
                "maps_trained": maps[k * count : (k + 1) * count],
                "indices_trained": indices[k * count : (k + 1) * count],
                "samples": inputs["samples"],
                "scored": inputs["scored"],
            },
        )
        for k, method in enumerate(methods)
    ]
    predictions = inputs["predictions"] if section["recognised_only"] else []
    maps_of = _StoredMaps(opened, faces, section["sign"], predictions)
    if not any(maps_of(face) for face in faces):
        said = ", of those that the network recognises" if section["recognised_only"] else ""
        raise InputError(
            f"{inputs['fixations']}: none of the {len(faces)} faces has a map{said}; see {inputs['scored']} for the "
            "faces that are explained (config saliency.folds_per_class, saliency.heldout_per_class: 0 for all)"
        )
    study = GazeStudy(
        shown=_shown(inputs, section, size),
        size=size,
        weight=section["weight"],
        kin=kin,
        parts=Regions(inputs["regions_paper"], inputs["faces"], region_ids(inputs["sets"], PAPER)),
        changes=base.read_changes(inputs.get("truth", ""), inputs.get("changes", ""), faces, kin, changed),
        maps_of=maps_of,
        smooth_maps=section["smooth_maps"],
        seed=seed,
    )
    values = pd.concat(gaze_values(fixations, study), ignore_index=True)
    scores = score_table(
        values, kin, controls, n_resamples=bootstrap["n_resamples"], level=bootstrap["level"], seed=seed
    )
    write_table(_with_source(scores, section), outputs["scores"])
    write_table(_with_source(bounds_table(scores), section), outputs["bounds"])
