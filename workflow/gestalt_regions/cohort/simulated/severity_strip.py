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
    """Photos of the severity strip: of each syndrome the subject with the most signs (the first of equals).

    Parameters
    ----------
    plan : DataFrame
        plan.csv.

    Returns
    -------
    list of dict
        Rows of the plan, in its order.
    """
    shown = plan[(plan["true_label"] != UNAFFECTED) & (plan["terms"] != "")]
    counted = shown.assign(signs=shown["terms"].str.count("=")).sort_values("signs", ascending=False, kind="stable")
    return counted.drop_duplicates("true_label").sort_index().to_dict("records")


def terms_at(row: Mapping, severity: float) -> dict[str, float]:
    """Terms of a photo as its subject would show them at another severity.

    Parameters
    ----------
    row : mapping
        The photo's row of the plan; its own severity is in the column severity.
    severity : float
        Factor on the recipe's weights.

    Returns
    -------
    dict
        HPO term -> strength.
    """
    planned = float(row["severity"])
    return {
        term: strength * severity / planned if planned else 0.0 for term, strength in parse_terms(row["terms"]).items()
    }


def severity_faces(
    *,
    head: str | Path,
    plan: str | Path,
    recipes: Sequence[str | Path],
    hpo_terms: str | Path,
    faces: str | Path,
    index: str | Path,
    severities: Sequence[float],
    cohort: dict,
    seed: int,
) -> None:
    """Write the faces of one subject of each syndrome at each severity, and their index.

    All are seen from the front, in one light, by the camera of the first severity.

    Parameters
    ----------
    head, plan, hpo_terms : path
        The head model, plan.csv and resources/hpo_terms.csv.
    recipes : sequence of path
        The syndrome recipes.
    faces : path
        Where the faces go, uint8 (n, S, S, 3).
    index : path
        Where their table goes: row, sample_id, label, severity, terms.
    severities : sequence of float
        Factors on the recipes' weights.
    cohort : dict
        The section `cohort` of the config.
    seed : int
        The study's seed.
    """
    from gestalt_regions.cohort.simulated.photo.render import Studio  # VTK is needed here alone

    model, size = HeadModel(head), cohort["size"]
    recipe_of, _ = shown_recipes(model, recipes, hpo_terms, cohort)
    rows = people_shown(read_table(plan, TEXT, TEXT))
    total = len(rows) * len(severities)
    listed: list[dict[str, object]] = []
    studio, progress = Studio(model, size), Progress(total, "faces")
    with new_array(faces, (total, size, size, 3), np.uint8) as pictures:
        for row in rows:
            camera = None
            for severity in severities:
                terms = format_terms(terms_at(row, severity))
                recipe = recipe_of.get(row["true_label"])
                shape, look, view = scene(model, {**row, "terms": terms}, recipe, cohort=cohort, seed=seed)
                shot = studio.photo(shape, look, View(smile=view.smile, seed=view.seed), camera)
                camera = shot.camera
                pictures[len(listed)] = np.round(255 * shot.clean.clip(0, 1)).astype(np.uint8)
                name = {"row": len(listed), "sample_id": row["sample_id"], "label": row["true_label"]}
                listed.append({**name, "severity": severity, "terms": terms})
                progress.update()
    write_table(pd.DataFrame(listed, columns=["row", "sample_id", "label", "severity", "terms"]), index)
