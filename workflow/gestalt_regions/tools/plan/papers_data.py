"""What experts of DeepGestalt would take on the data of their paper (Gurovich et al., 2019), at a measured rate."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from gestalt_regions.faces.face_parts import PARTS

IMAGES, SYNDROMES, EPOCHS = 17106, 216, 500  # fine-tuning, Methods
FACES, PEOPLE, IDENTITY_EPOCHS, FITTED = 494414, 10575, 50, 0.9  # CASIA-WebFace; 40 epochs and 10; 90/10
STEP = "deepgestalt"  # the rate of a training step with nothing frozen, float32


def hours_on_papers_data(config: Mapping, rates: pd.DataFrame) -> list[str]:
    """Say how long the paper's two trainings of its experts take on one core, and on each GPU with a rate.

    Parameters
    ----------
    config : mapping
        A valid config.
    rates : DataFrame
        rates.COLUMNS.

    Returns
    -------
    list of str
        Nothing for a study without experts of DeepGestalt.
    """
    if not any(model["backbone"] == STEP for model in config["models"].values()):
        return []
    steps = rates[(rates["stage"] == "train") & (rates["what"] == STEP)].drop_duplicates("device")
    if steps.empty:
        return ["hours on the data of Gurovich et al. (2019): no rate of a training step (option --measure cpu)"]
    tuned, learnt = len(PARTS) * IMAGES * EPOCHS, len(PARTS) * FACES * FITTED * IDENTITY_EPOCHS
    lines = [f"on the data of Gurovich et al. (2019), {len(PARTS)} experts, one after another:"]
    for row in steps.itertuples():
        each = row.seconds / row.units
        where = "core" if row.device == "cpu" else row.device
        lines.append(
            f"  {'fine-tuning':24s}{tuned * each / 3600:12.0f} h on one {where}: {IMAGES:,} images of {SYNDROMES} "
            f"syndromes, {EPOCHS} epochs, {1000 * each:.1f} ms an image ({row.machine}, {row.date})"
        )
        lines.append(
            f"  {'identity pretraining':24s}{learnt * each / 3600:12.0f} h on one {where}: 90 % of {FACES:,} faces of "
            f"{PEOPLE:,} people, {IDENTITY_EPOCHS} epochs, at the same rate"
        )
    return lines
