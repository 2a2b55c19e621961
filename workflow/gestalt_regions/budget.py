"""How much disk a study will fill, before it is run: make disk-budget (by default the paper's scale)."""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass

from gestalt_regions.saliency.registry import load_methods

FLOAT, BYTE = 4, 1
MAP_LAYERS = 2  # signed and absolute sum over channels


@dataclass(frozen=True)
class Scale:
    """What a study's size depends on. Defaults: Sümer et al., 2023 (ResNet-50 at 224 px)."""

    images: int = 3544
    heldout: int = 171  # of these; every fold's model explains them all
    folds: int = 5
    methods: int = 15
    models: int = 1
    size: int = 224  # side of the crops, pixels
    parameters: int = 25_600_000  # of a network

    @property
    def explained(self) -> int:
        """Maps of one method: each image in the folds by one model, each held-out image by all."""
        return self.images - self.heldout + self.heldout * self.folds


def items(scale: Scale) -> dict[str, int]:
    """Bytes of each kind of artifact that grows with the study; tables and figures are small beside them."""
    pixels = scale.size**2
    return {
        "face crops, labels, regions": scale.images * pixels * (3 + 1 + 1) * BYTE,
        "checkpoints": scale.models * scale.folds * scale.parameters * FLOAT,
        "saliency maps": scale.models * scale.methods * method_bytes(scale),
    }


def method_bytes(scale: Scale) -> int:
    """Maps of one method over all folds of one model; a running job needs its fold's share twice until it is done."""
    return scale.explained * MAP_LAYERS * scale.size**2 * FLOAT


def report(scale: Scale, folder: str = ".") -> str:
    """A table in GB, and what is free where the results will be."""
    found = items(scale)
    lines = [f"{scale.images} images, {scale.heldout} of them held out, {scale.folds} folds, {scale.methods} methods, "]
    lines[0] += f"{scale.models} model(s) at {scale.size} px: {scale.explained} maps a method"
    lines += [f"{name:32s}{size / 1e9:8.2f} GB" for name, size in found.items()]
    lines.append(f"{'  of these, one method':32s}{method_bytes(scale) / 1e9:8.2f} GB")
    total, free = sum(found.values()), shutil.disk_usage(folder).free
    lines.append(f"{'all':32s}{total / 1e9:8.2f} GB; {free / 1e9:.0f} GB are free here")
    if total > free:
        lines.append("this does not fit")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in Scale().__dict__.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"({default})")
    parser.add_argument("--all", action="store_true", help="every registered method, controls too")
    options = vars(parser.parse_args(arguments))
    if options.pop("all"):
        options["methods"] = len(load_methods())
    print(report(Scale(**options)))


if __name__ == "__main__":
    main()
