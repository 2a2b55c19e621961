"""Photographs of simulated people in one pose: what is nearest to a copy and is none, and frames of one burst."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from gestalt_regions.cohort.simulated.cohort_steps import TEXT, scene, shown_recipes
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.photo.develop import degrade
from gestalt_regions.core.io import read_table

BURST, SAME_POSE, SIBLING = "frames of one burst", "same person, same pose, other light", "sibling, same pose"
POSE = ("yaw", "pitch", "roll", "focal", "zoom", "shift")


def rendered(
    study: Path, assets: Path, people: int, cohort: dict, seed: int
) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Photographs rendered anew in the pose of a person's first one.

    Parameters
    ----------
    study, assets : Path
        results/<cohort> and results/assets.
    people : int
        How many.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.

    Yields
    ------
    tuple
        What the second is to the first, and both photographs.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    plan = read_table(study / "cohort/plan.csv", TEXT, TEXT)
    model = HeadModel(assets / f"head_model/{plan['look'][0]}.npz")
    recipes, _ = shown_recipes(
        model, sorted(map(str, Path("resources/syndromes").glob("*.yaml"))), "resources/hpo_terms.csv", cohort
    )
    studio, rng = Studio(model, cohort["size"]), np.random.default_rng(0)
    photos = plan.sort_values("photo").groupby("subject_id", sort=False)
    first, last = photos.first().reset_index(), photos.last().reset_index()
    for person in np.linspace(0, len(first) - 1, min(people, len(first))).astype(int):
        row = first.iloc[person].to_dict()
        siblings = last[(last["kin_group"] == row["kin_group"]) & (last["subject_id"] != row["subject_id"])]
        shape, look, view = scene(model, row, recipes.get(row["true_label"]), cohort=cohort, seed=seed)
        others = {SAME_POSE: last[last["subject_id"] == row["subject_id"]].iloc[0], SIBLING: None}
        others[SIBLING] = siblings.iloc[0] if len(siblings) else None
        shots = {}
        for kind, other in others.items():
            if other is not None:
                recipe = recipes.get(other["true_label"])
                parts = scene(model, other.to_dict(), recipe, cohort=cohort, seed=seed)
                posed = replace(parts[2], **{name: getattr(view, name) for name in POSE})
                shots[kind] = studio.photo(parts[0], parts[1], posed).photo
        turned = {name: getattr(view, name) + rng.uniform(-1, 1) for name in POSE[:3]}
        frame = replace(view, **turned, shift=tuple(np.add(view.shift, rng.uniform(-0.01, 0.01, 2))))
        shots[BURST] = degrade(studio.photo(shape, look, frame).clean, replace(frame, seed=view.seed + 1))
        original = studio.photo(shape, look, view).photo
        for kind, photo in shots.items():
            yield kind, (original, photo)
