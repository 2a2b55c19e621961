"""What an expert gains from having learnt people's faces first."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style


def draw_identity_gain(curve: str | os.PathLike, output: str | os.PathLike) -> None:
    """Two panels over the number of people: held-out photographs of them, and unseen images of the study.

    Parameters
    ----------
    curve : str or path
        The table of pretraining.identity_steps.write_gain.
    output : str or path
        The figure; SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(curve, ["part", "people", "accuracy", "low", "high", "images", "simulated"], ["part"])
    figure, (left, right) = plt.subplots(1, 2, figsize=(style.WIDTH, 2.4), layout="constrained")
    counts = sorted(table.people.unique())
    parts = list(dict.fromkeys(table.part))
    for i, part in enumerate(parts):
        own = table[table.part == part]
        places = [counts.index(n) + 0.08 * (i - (len(parts) - 1) / 2) for n in own.people]  # bars beside each other
        label = part.replace("_", " ")
        for axes, prefix in ((left, "identity_"), (right, "")):
            value, low, high = (own[f"{prefix}{name}"] for name in ("accuracy", "low", "high"))
            axes.errorbar(places, value, [value - low, high - value], marker="o", markersize=3, capsize=2, label=label)
    left.set(ylabel="held-out photographs\nof these people recognised", ylim=(0, 1))
    of_what = f"{'simulated, ' if table.simulated.iloc[0] else ''}{table.images.iloc[0]} images"
    right.set(ylabel=f"accuracy on unseen images\n({of_what})", ylim=(0, 1))
    for axes in (left, right):
        axes.set(xlabel="people learnt first", xticks=range(len(counts)), xticklabels=[f"{n:,}" for n in counts])
        axes.set_xlim(-0.4, len(counts) - 0.6)
    right.legend(loc="upper right")
    style.save(figure, output)
