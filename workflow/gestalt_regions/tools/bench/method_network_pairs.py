"""Which method works on which network, by running every pair.

python -m gestalt_regions.tools.bench.method_network_pairs

Writes docs/reference/method_network_pairs.md. Networks without an asset have random weights; inputs are random and
small where a network allows it; sampling methods take two samples, windows are wide and no ReLU takes what is left of
a random network. What is tested is whether a pair is defined.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.io import write_text
from gestalt_regions.models.backbones import BACKBONES, Backbone, builder
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import attribution_of
from gestalt_regions.saliency.method_registry import Method, lacking, load_methods
from gestalt_regions.tools.bench.noise_faces import noise_faces
from gestalt_regions.tools.bench.standins import write_standin

WORKS = "yes"
SMALL = 96  # pixels, for networks that end in a pooling over all places
QUICK = {"samples": 2, "window": 48, "stride": 32, "channels": 8, "masks": 8, "score": "logit", "relu": False}
QUICK |= {"orders": 2, "references": 2}
INTRODUCTION = """# Methods on networks

Made by running every registered method on every registered backbone, on two random images
(`python -m gestalt_regions.tools.bench.method_network_pairs`; a test checks it). Methods that take landmarks are left
out, as noise has none. *yes*: the maps are finite and not
empty. A number: the pair is refused, for the reason below, when the DAG is built (`config saliency.methods`) or, where
that is said, when it runs.

Whether maps are *right* is tested elsewhere: against captum and zennit in `tests/oracles`, and by what theory demands
(completeness, conservation, a planted pixel).
"""


def _network(entry: Backbone, assets: Path) -> tuple[StagedNetwork, Preprocess]:
    """The network, and what makes its input of photographs of the size that is tried."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        path = str(assets / entry.asset) if entry.asset else entry.weights
        if entry.from_file:
            path = write_standin(entry.name, folder)
        network, preprocess = builder(entry.name)(3, 0.0, path, {})
    pooled = not isinstance(network.stages[list(network.stages)[-1]], torch.fx.GraphModule)
    return network.eval().requires_grad_(False), replace(preprocess, size=SMALL if pooled else entry.size)


def attempt(method: Method, entry: Backbone, network: StagedNetwork, preprocess: Preprocess) -> str:
    """Try a method on a network.

    Parameters
    ----------
    method : Method
        The method.
    entry : Backbone
        The network's entry in the registry.
    network : StagedNetwork
        The network.
    preprocess : Preprocess
        Its input's size and channels.

    Returns
    -------
    str
        `yes`, or why not.
    """
    reason = lacking(method, entry.traits)
    if reason:
        return reason
    random = torch.Generator().manual_seed(1)
    shape = (2, preprocess.channels, preprocess.size, preprocess.size)
    x = torch.randn(shape, generator=random).contiguous(memory_format=torch.channels_last)
    explainer, given = Explainer(network, 16, preprocess), noise_faces(preprocess.size, 2)
    parameters = method.parameters | {key: value for key, value in QUICK.items() if key in method.parameters}
    try:
        maps = attribution_of(method(explainer, x, torch.tensor([0, 2]), [1, 2], given, parameters))
    except InputError as error:
        return f"{error} (refused when it runs)"
    if not torch.isfinite(maps).all() or not maps.any():  # one map may be empty: Grad-CAM's ReLU can take all of it
        return "the maps are empty or not finite"
    return WORKS


def _of_any_image() -> dict[str, Method]:
    """The methods that take no landmarks, which noise does not have."""
    return {name: entry for name, entry in load_methods().items() if "landmarks" not in entry.takes}


def outcomes(names: Iterable[str], assets: Path) -> dict[str, dict[str, str]]:
    """Try every registered method on some backbones.

    Parameters
    ----------
    names : iterable of str
        Names of backbones.
    assets : Path
        Folder of assets.

    Returns
    -------
    dict
        For each backbone, for each method: `attempt`.
    """
    works = {}
    for name in names:
        entry = BACKBONES[name]
        network, preprocess = _network(entry, assets)
        works[name] = {method: attempt(kind, entry, network, preprocess) for method, kind in _of_any_image().items()}
    return works


def table(works: dict[str, dict[str, str]]) -> str:
    """Write outcomes as a table: one row for each method, numbered reasons below.

    Parameters
    ----------
    works : dict
        From `outcomes`.

    Returns
    -------
    str
        Markdown.
    """
    names = sorted(works)
    reasons: dict[str, int] = {}
    lines = ["| method | family | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for method, kind in sorted(_of_any_image().items(), key=lambda item: (item[1].family, item[0])):
        cells = []
        for name in names:
            outcome = works[name][method]
            cells.append(outcome if outcome == WORKS else f"no ({reasons.setdefault(outcome, len(reasons) + 1)})")
        lines.append(f"| {method} | {kind.family} | " + " | ".join(cells) + " |")
    notes = [f"{number}. {reason}" for reason, number in reasons.items()]
    return "\n".join([*lines, "", *(notes or ["Every pair is defined."])]) + "\n"


def read(path: str | Path) -> dict[str, dict[str, str]]:
    """Read the outcomes that a committed table states.

    Parameters
    ----------
    path : path
        The page.

    Returns
    -------
    dict
        As `outcomes`.
    """
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    notes = dict(line.split(". ", 1) for line in lines if line[:1].isdigit())
    works: dict[str, dict[str, str]] = {name: {} for name in rows[0][2:]}
    for method, _, *cells in rows[1:]:
        for name, cell in zip(works, cells, strict=True):
            works[name][method] = cell if cell == WORKS else notes[cell[4:-1]]
    return works


def main(output: str = "docs/reference/method_network_pairs.md", assets: str = "results/assets") -> None:
    """Write the page.

    Parameters
    ----------
    output : str
        The page.
    assets : str
        Folder of assets.
    """
    write_text(f"{INTRODUCTION}\n{table(outcomes(BACKBONES, Path(assets)))}", output)


if __name__ == "__main__":
    logging.getLogger("gestalt_regions").setLevel(logging.ERROR)  # it warns of random weights
    main(*sys.argv[1:])
