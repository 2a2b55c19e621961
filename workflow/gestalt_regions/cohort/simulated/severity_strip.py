"""The same people at rising severity, for the severity strip: nothing else about the photo changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gestalt_regions.cohort.simulated.cohort_steps import TEXT, format_terms, parse_terms, scene, shown_recipes
from gestalt_regions.cohort.simulated.head.head_model import HeadModel
from gestalt_regions.cohort.simulated.people.recipes import UNAFFECTED
from gestalt_regions.cohort.simulated.photo.scene import View
from gestalt_regions.core.io import new_array, read_table, write_table
from gestalt_regions.core.progress import Progress


def people_shown(plan: pd.DataFrame) -> list[dict]:
    """For each syndrome, in the plan's order, a photo of the subject with the most signs (the first of equals)."""
    shown = plan[(plan["true_label"] != UNAFFECTED) & (plan["terms"] != "")]
    counted = shown.assign(signs=shown["terms"].str.count("=")).sort_values("signs", ascending=False, kind="stable")
    return counted.drop_duplicates("true_label").sort_index().to_dict("records")


def terms_at(row: Mapping, severity: float) -> dict[str, float]:
    """The row's terms as its subject would show them at this severity; its own is in the column severity."""
    own = float(row["severity"])
    return {term: strength * severity / own if own else 0.0 for term, strength in parse_terms(row["terms"]).items()}


def severity_faces(
    head: str | Path,
    plan_file: str | Path,
    recipe_files: Sequence[str | Path],
    hpo_terms: str | Path,
    output: str | Path,
    index: str | Path,
    *,
    severities: Sequence[float],
    cohort: dict,
    seed: int,
) -> None:
    """Write faces uint8 (n,S,S,3) of one subject of each syndrome at each severity, and their index.

    All are seen from the front, in one light, by the camera of the first severity. index: row, sample_id, label,
    severity, terms.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    model = HeadModel(head)
    recipes, _ = shown_recipes(model, recipe_files, hpo_terms, cohort)
    rows = people_shown(read_table(plan_file, TEXT, TEXT))
    total, listed = len(rows) * len(severities), []
    studio, progress = Studio(model, cohort["size"]), Progress(total, "faces")
    with new_array(output, (total, cohort["size"], cohort["size"], 3), np.uint8) as faces:
        for row in rows:
            camera = None
            for severity in severities:
                terms = format_terms(terms_at(row, severity))
                about = {**row, "terms": terms}
                shape, look, taken = scene(model, about, recipes.get(row["true_label"]), cohort=cohort, seed=seed)
                shot = studio.photo(shape, look, View(smile=taken.smile, seed=taken.seed), camera)
                camera = shot.camera
                faces[len(listed)] = np.round(255 * shot.clean.clip(0, 1)).astype(np.uint8)
                name = {"row": len(listed), "sample_id": row["sample_id"], "label": row["true_label"]}
                listed.append({**name, "severity": severity, "terms": terms})
                progress.update()
    write_table(pd.DataFrame(listed, columns=["row", "sample_id", "label", "severity", "terms"]), index)
