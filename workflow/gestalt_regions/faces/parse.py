"""Face parsing: BiSeNet's 19 CelebAMask-HQ labels on a whole head, turned into LaPa's 11 and ears."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from scipy import ndimage

from gestalt_regions.core.errors import InputError

log = logging.getLogger("gestalt_regions")

# LaPa (Liu et al., AAAI 2020). Right and left are the subject's: the right eye is on the left of the image.
LAPA = (
    "background",
    "skin",
    "right_brow",
    "left_brow",
    "right_eye",
    "left_eye",
    "nose",
    "upper_lip",
    "inner_mouth",
    "lower_lip",
    "hair",
)
LABELS = (*LAPA, "ear")  # of the stored maps: LaPa has no ears, the fine region set does
# CelebAMask-HQ label in BiSeNet's order -> LABELS. LaPa's skin is the face: neck and what is worn are background.
# Glasses become skin: an eye seen through clear ones keeps its own label, one behind dark ones is reported as missing.
CELEBAMASK = {
    "background": "background",
    "skin": "skin",
    "left_brow": "left_brow",
    "right_brow": "right_brow",
    "left_eye": "left_eye",
    "right_eye": "right_eye",
    "glasses": "skin",
    "left_ear": "ear",
    "right_ear": "ear",
    "earring": "background",
    "nose": "nose",
    "mouth": "inner_mouth",
    "upper_lip": "upper_lip",
    "lower_lip": "lower_lip",
    "neck": "background",
    "necklace": "background",
    "cloth": "background",
    "hair": "hair",
    "hat": "background",
}
_TO_LAPA = np.array([LABELS.index(name) for name in CELEBAMASK.values()], np.uint8)
_GLASSES = list(CELEBAMASK).index("glasses")
_PAIRS = tuple((LAPA.index(f"right_{part}"), LAPA.index(f"left_{part}")) for part in ("brow", "eye"))
SPLIT_SHARE = 0.2  # a component with more than this share on its smaller side lies over the mid-line, and is cut there
GLASSES_SHARE = 0.005  # of the parsed frame


def to_lapa(labels: np.ndarray, points: np.ndarray) -> np.ndarray:
    """CelebAMask-HQ labels to ids of LABELS, with brows and eyes put on their side by geometry.

    BiSeNet confuses left and right, so each connected component of brow (eye) pixels goes to the side of the mid-line
    (from between the eyes to between the mouth corners) on which most of it lies; one that lies across, as joined brows
    do, is cut along the line.

    Parameters
    ----------
    labels : ndarray of uint8 [H, W]
        BiSeNet's labels.
    points : ndarray [5, 2]
        The five landmarks in this frame, pixels.

    Returns
    -------
    ndarray of uint8 [H, W]
        Ids of LABELS.
    """
    lapa = _TO_LAPA[labels]
    top, bottom = points[:2].mean(axis=0), points[3:].mean(axis=0)
    y, x = np.mgrid[: labels.shape[0], : labels.shape[1]]
    image_left = (bottom[1] - top[1]) * (x - top[0]) < (bottom[0] - top[0]) * (y - top[1])
    for right, left in _PAIRS:
        components, count = ndimage.label((lapa == right) | (lapa == left), structure=np.ones((3, 3)))
        for component in range(1, count + 1):
            mask = components == component
            share = image_left[mask].mean()
            if min(share, 1 - share) > SPLIT_SHARE:
                lapa[mask] = np.where(image_left[mask], right, left)
            else:
                lapa[mask] = right if share > 0.5 else left
    return lapa


def _bisenet_module() -> ModuleType:
    """facexlib's bisenet.py alone: the package's own imports (numba, filterpy, its detectors) take 2.3 s."""
    name = "gestalt_regions.faces._facexlib_parsing"
    if name not in sys.modules:
        package = importlib.util.find_spec("facexlib")
        if package is None or package.submodule_search_locations is None:
            raise InputError("the package facexlib is not installed; it defines the BiSeNet face parser")
        folder = Path(package.submodule_search_locations[0]) / "parsing"
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None  # it is, for a path that ends in .py
        sys.modules[name] = importlib.util.module_from_spec(spec)  # never executed: only a parent for relative imports
    return importlib.import_module(f"{name}.bisenet")


class Parser:
    """BiSeNet (Yu et al., ECCV 2018; facexlib's definition, CelebAMask-HQ weights), one image at a time.

    One image a call, so that labels do not depend on what else is in a batch or shard.

    Parameters
    ----------
    weights : path
        Its weights.
    threads : int
        Number of threads.
    device : str
        `cpu` or `cuda`.

    Raises
    ------
    InputError
        If the weights are not there or not BiSeNet's, or if torch sees no GPU.
    """

    def __init__(self, weights: str | Path, threads: int, device: str) -> None:
        import torch

        from gestalt_regions.jobs.device import choose_device

        torch.set_num_threads(threads)
        if device == "cuda" and not torch.cuda.is_available():
            raise InputError("faces.device is cuda, but torch sees no GPU; set it to cpu")
        self.torch, self.device = torch, choose_device(device)
        net = _bisenet_module().BiSeNet(num_class=len(CELEBAMASK))
        try:
            net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except FileNotFoundError:
            raise InputError(f"{weights}: no such file (weights of the face parser)") from None
        except (RuntimeError, AttributeError, TypeError) as error:
            raise InputError(f"{weights}: not the weights of BiSeNet with 19 labels ({error})") from None
        self.net = net.eval().to(self.device, memory_format=torch.channels_last)
        self.mean = torch.tensor([0.485, 0.456, 0.406], device=self.device).view(1, 3, 1, 1)
        self.sd = torch.tensor([0.229, 0.224, 0.225], device=self.device).view(1, 3, 1, 1)
        log.info("parser bisenet on %s, %d thread(s)", device, threads)

    def labels(self, image: np.ndarray) -> np.ndarray:
        """Labels of a head.

        Parameters
        ----------
        image : ndarray of uint8 [S, S, 3]
            RGB; S a multiple of 32.

        Returns
        -------
        ndarray of uint8 [S, S]
            CelebAMask-HQ labels in BiSeNet's order.
        """
        torch = self.torch
        with torch.inference_mode():
            x = torch.from_numpy(image).to(self.device).permute(2, 0, 1)[None].float() / 255
            x = ((x - self.mean) / self.sd).contiguous(memory_format=torch.channels_last)
            # the main head only: the two auxiliary ones serve training
            detail, context, _ = self.net.cp(x)
            logits, _ = self.net.conv_out(self.net.ffm(detail, context))
            logits = torch.nn.functional.interpolate(logits, x.shape[2:], mode="bilinear", align_corners=True)
            return logits[0].argmax(dim=0).to(torch.uint8).cpu().numpy()

    def parse(self, image: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, list[str]]:
        """LaPa labels of a head, and warnings.

        Parameters
        ----------
        image : ndarray of uint8 [S, S, 3]
            RGB; S a multiple of 32.
        points : ndarray [5, 2]
            Landmarks in its pixels.

        Returns
        -------
        labels : ndarray of uint8 [S, S]
            Ids of LABELS.
        warnings : list of str
            `glasses` or nothing.
        """
        labels = self.labels(image)
        warnings = ["glasses"] if (labels == _GLASSES).mean() > GLASSES_SHARE else []
        return to_lapa(labels, points), warnings
