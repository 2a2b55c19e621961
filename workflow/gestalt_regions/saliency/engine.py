"""Run one method over the images that one fold's model explains, and store its maps."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.code_digest import digest_of_code
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import digest_of_work, partial
from gestalt_regions.models import checkpoint
from gestalt_regions.models.randomise import randomise
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.map_shards import Facts, Shards
from gestalt_regions.saliency.method_registry import resolve

log = logging.getLogger("gestalt_regions")
AT_ONCE = 32  # channels upsampled together


def channel_sums(attribution: torch.Tensor, size: int) -> np.ndarray:
    """[n, c, h, w] -> float32 [n, 2, size, size]: the signed and the absolute sum over channels.

    Coarser maps are upsampled bicubically first, as in the core paper.
    """
    if attribution.shape[-2:] == (size, size):
        return torch.stack([attribution.sum(1), attribution.abs().sum(1)], 1).cpu().numpy()
    rows, columns = (_bicubic(side, size, attribution) for side in attribution.shape[-2:])
    sums = torch.zeros(len(attribution), 2, size, size, dtype=attribution.dtype, device=attribution.device)
    for image, total in zip(attribution, sums, strict=True):
        for channels in image.split(AT_ONCE):  # thousands of channels at full size would not stay in the cache
            fine = rows @ channels @ columns.T
            total[0] += fine.sum(0)
            total[1] += fine.abs_().sum(0)
    return sums.cpu().numpy()


def _bicubic(side: int, size: int, like: torch.Tensor) -> torch.Tensor:
    """The matrix [size, side] of one-dimensional bicubic upsampling (linear and separable)."""
    units = torch.eye(side, dtype=like.dtype, device=like.device)[:, None, :, None]
    return functional.interpolate(units, (size, 1), mode="bicubic", align_corners=False)[:, 0, :, 0].T.contiguous()


def choose_targets(wanted: str, scores: torch.Tensor, labels: Sequence[str], classes: Sequence[str]) -> torch.Tensor:
    """The class [n] that each image is explained for: predicted, true (its label), or the one class `wanted` names.

    scores [n, classes]. InputError for a class the model does not know.
    """
    if wanted == "predicted":
        return scores.argmax(1)
    names = list(labels) if wanted == "true" else [wanted] * len(labels)
    for name in names:
        if name not in classes:
            raise InputError(f"saliency target '{name}' is no class of the model; {nearest(name, classes)}")
    return torch.tensor([classes.index(name) for name in names], device=scores.device)


def targets_of(path: str, samples: Sequence[str], classes: Sequence[str]) -> torch.Tensor:
    """The class [n] that the index at `path` says each sample was explained for. InputError if it lacks one."""
    told = read_table(path, ["sample_id", "target"], strings=["sample_id", "target"])
    known = dict(zip(told["sample_id"], told["target"], strict=True))
    for sample in samples:
        if sample not in known:
            raise InputError(f"{path}: sample_id '{sample}' is missing; {nearest(sample, known)}")
    return choose_targets("true", torch.empty(0), [known[sample] for sample in samples], classes)


def explain_fold(
    inputs: dict[str, str],
    outputs: dict[str, str],
    name: str,
    settings: dict,
    fold: str,
    seed: int,
    batch: int,
    device: str,
) -> None:
    """Inputs checkpoint, asset ("" if none), crops, explained and trained ("" if none); outputs maps, index.

    maps: float32 [n, 2, size, size], rows as in the index CSV (row, sample_id, set, label, target, logit, probability).
    The target is the predicted class (Sümer 2023, section 3) unless the settings name another; logit and probability
    are the target's. Noise is seeded by the sample, not by its place. A killed job goes on where it was (partial.py).
    trained: the index of the same method's maps on the trained network. If given, the network explained has all its
    weights drawn again, and the targets are those of that index: an untrained network's own answers mean nothing.
    """
    found, parameters = resolve(name, settings)
    wanted = parameters.pop("target")
    network, preprocess, about = checkpoint.load(inputs["checkpoint"], inputs["asset"])
    where, trained = choose_device(device), inputs.get("trained", "")
    if trained:
        network = randomise(network, None, derive(seed, "untrained", fold))
    network = network.to(where, memory_format=torch.channels_last)
    deterministic()
    todo = read_table(inputs["explained"], ["fold", "sample_id", "row", "set", "label"], strings=["fold", "sample_id"])
    todo = todo[todo.fold == fold].reset_index(drop=True)
    crops, size, explainer = read_array(inputs["crops"]), preprocess.size, Explainer(network, batch)
    log.info("%s (%s) with %s for the %s class on %s, fold %s", name, found.paper, parameters, wanted, where, fold)
    given = targets_of(trained, todo.sample_id, about["classes"]).to(where) if trained else None

    def explain(start: int, stop: int) -> tuple[np.ndarray, Facts]:
        part = todo.iloc[start:stop]
        x = preprocess(crops[part.row.to_numpy()], where)
        with torch.no_grad():
            scores = explainer.merged(x)
        if given is None:
            target = choose_targets(wanted, scores, part.label.tolist(), about["classes"])
        else:
            target = given[start:stop]
        seeds = [derive(seed, "saliency", name, sample) for sample in part.sample_id]
        maps = channel_sums(found.run(explainer, x, target, seeds, **parameters).detach(), size)
        if not np.isfinite(maps).all():
            raise FloatingPointError(f"{name} gave values that are not finite")
        own = [values.gather(1, target[:, None])[:, 0].tolist() for values in (scores, scores.softmax(1))]
        progress.update(len(part))
        return maps, list(zip(target.tolist(), *own, strict=True))

    step = max(1, batch // 4)  # slow methods fill the batches themselves; this way little is lost when a job is killed
    run = found.run
    code = digest_of_code(__file__, [f"{run.__module__}:{run.__name__}"])
    files = [inputs["checkpoint"], inputs["crops"], *([trained] if trained else [])]
    key = digest_of_work(files, name, parameters, wanted, seed, step, code, todo.to_csv(index=False))
    with partial(outputs["maps"], key) as folder:
        shards = Shards(folder, len(todo), step)
        left = len(todo) - sum(min(step, len(todo) - start) for start in shards.finished())
        progress = Progress(left, f"images explained by {name}")
        shards.fill(explain)
        values = shards.gather(outputs["maps"], (2, size, size))
        index = todo[["sample_id", "set", "label"]].copy()
        index.insert(0, "row", range(len(todo)))
        index["target"] = [about["classes"][i] for i in values.target]
        write_table(index.assign(logit=values.logit, probability=values.probability), outputs["index"])
