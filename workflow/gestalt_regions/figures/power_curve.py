"""Power of a reader study against the number of readers, by simulation."""

from __future__ import annotations

import os

import matplotlib.pyplot as plt
import seaborn as sns

from gestalt_regions.core.io import read_table
from gestalt_regions.figures import style


def draw_power(table_path: str | os.PathLike, output: str | os.PathLike) -> None:
    """Draw a curve for each size of the effect, with the interval of the simulation.

    Parameters
    ----------
    table_path : path
        power.csv.
    output : path
        The figure, SVG or PNG by its suffix.
    """
    style.apply()
    table = read_table(table_path, ["factor", "effect", "readers", "power", "low", "high", "studies", "alpha"])
    figure, axes = plt.subplots(figsize=(0.8 * style.WIDTH, 3.0), layout="constrained")
    colours = sns.color_palette("viridis", table["factor"].nunique(), desat=0.9)
    for colour, (factor, rows) in zip(colours, table.groupby("factor"), strict=True):
        assumed = ", as configured" if factor == 1 else ""
        label = f"{100 * rows['effect'].iloc[0]:+.1f} points{assumed}" if factor else "no effect"
        axes.plot(rows["readers"], 100 * rows["power"], marker="o", markersize=3, color=colour, label=label)
        axes.fill_between(rows["readers"], 100 * rows["low"], 100 * rows["high"], color=colour, alpha=0.18, linewidth=0)
    planned = table.loc[table["planned"].astype(str) == "True", "readers"].iloc[0]
    axes.axvline(planned, color="0.5", linewidth=0.7, linestyle=":")
    axes.annotate(f"planned: {planned}", (planned, 96), (3, 0), textcoords="offset points", fontsize=6.5)
    for share in (80, 100 * table["alpha"].iloc[0]):
        axes.axhline(share, color="0.6", linewidth=0.7, linestyle="--")
    axes.set(ylim=(-5, 100), xlabel="readers, both arms together", ylabel="studies that see the effect, per cent")
    axes.set_xticks(sorted(table["readers"].unique()))
    title = "explanations change\nthe gain in accuracy by"
    figure.legend(title=title, loc="outside right center", frameon=False, fontsize=6.5, title_fontsize=6.5)
    studies = table["studies"].iloc[0]
    figure.suptitle(f"Power, by {studies} simulated studies a point (SIMULATED readers)", fontsize=8)
    sns.despine(figure)
    style.save(figure, output)
