"""What a morphology backbone learns from more simulated faces: held-out R² and the probe beside ArcFace's."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style


def draw_morph_curve(curve: str | os.PathLike, output: str | os.PathLike) -> None:
    """Two panels over the number of faces (log scale).

    Parameters
    ----------
    curve : str or path
        The table of pretraining.pretrain_steps.curve.
    output : str or path
        The figure; SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(curve, ["features", "faces", "balanced_accuracy", "low", "high"], ["features"])
    first, trained = table.iloc[0], table[table.faces > 0]
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 2.4), layout="constrained")
    for column in [c for c in table if c.startswith("r2_")]:
        left.plot(trained.faces, trained[column], marker="o", markersize=3, label=column.removeprefix("r2_"))
    left.set(ylabel="R², held-out simulated people", ylim=(0, 1))
    left.legend(ncols=2)
    bars = [trained.balanced_accuracy - trained.low, trained.high - trained.balanced_accuracy]
    right.errorbar(
        trained.faces, trained.balanced_accuracy, bars, marker="o", markersize=3, capsize=2, label="resnet18_morph"
    )
    right.axhline(first.balanced_accuracy, color="0.35", linewidth=0.8, linestyle="--", label=first.features)
    right.axhspan(first.low, first.high, color="0.35", alpha=0.12, linewidth=0)
    untrained = table.iloc[1]
    right.axhline(untrained.balanced_accuracy, color="0.35", linewidth=0.8, linestyle=":", label=untrained.features)
    right.set(ylabel=f"balanced accuracy of a linear probe\n(simulated, {first.images} images)", ylim=(0, 1))
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="simulated faces to learn from")
        axes.set_xticks(trained.faces, [f"{n:,}" for n in trained.faces], minor=False)
        axes.minorticks_off()
    style.save(figure, output)
