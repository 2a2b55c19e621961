"""Run one method over the images that one fold's model explains, and store its maps."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from torch.nn import functional

from gestalt_regions.core.errors import InputError, nearest
from gestalt_regions.core.io import atomic, read_array, read_table, write_table
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive
from gestalt_regions.jobs.code_digest import digest_of_code
from gestalt_regions.jobs.device import choose_device, deterministic
from gestalt_regions.jobs.partial import digest_of_work, partial
from gestalt_regions.models import checkpoint
from gestalt_regions.models.network import WHOLE, Preprocess, Seen, pixels_seen
from gestalt_regions.models.precision import network_precision
from gestalt_regions.models.randomise import randomise
from gestalt_regions.regions.region_sums import write_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.explanation import VALUE_COLUMNS, Explanation, attribution_of
from gestalt_regions.saliency.given_faces import Faces, GivenFaces, for_faces, open_faces
from gestalt_regions.saliency.map_shards import Shards, TargetScores
from gestalt_regions.saliency.method_registry import Method, resolve

log = logging.getLogger("gestalt_regions")
AT_ONCE = 32  # channels upsampled together


def channel_sums(attribution: torch.Tensor, size: int, seen: Seen = WHOLE) -> np.ndarray:
    """The signed and the absolute sum over channels.

    Coarser maps are upsampled bicubically first, as in the core paper, to the pixels that they are of.

    Parameters
    ----------
    attribution : torch.Tensor
        [n, c, h, w].
    size : int
        Side of the maps, pixels.
    seen : tuple of float
        What coarser maps are of (StagedNetwork.seen); the rest of the image gets 0.

    Returns
    -------
    numpy.ndarray
        float32 [n, 2, size, size].
    """
    if attribution.shape[-2:] == (size, size):
        return torch.stack([attribution.sum(1), attribution.abs().sum(1)], 1).cpu().numpy()
    left, top, right, bottom = pixels_seen(seen, (size, size))
    rows = functional.pad(_bicubic(attribution.shape[-2], bottom - top, attribution), (0, 0, top, size - bottom))
    columns = functional.pad(_bicubic(attribution.shape[-1], right - left, attribution), (0, 0, left, size - right))
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
    """The class that each image is explained for.

    Parameters
    ----------
    wanted : str
        "predicted", "true" (its label), or the name of one class.
    scores : torch.Tensor
        Logits [n, classes].
    labels : Sequence of str
        Of the n images.
    classes : Sequence of str
        In the order of the logits.

    Returns
    -------
    torch.Tensor
        int [n].

    Raises
    ------
    InputError
        For a class the model does not know.
    """
    if wanted == "predicted":
        return scores.argmax(1)
    names = list(labels) if wanted == "true" else [wanted] * len(labels)
    for name in names:
        if name not in classes:
            raise InputError(f"saliency target '{name}' is no class of the model; {nearest(name, classes)}")
    return torch.tensor([classes.index(name) for name in names], device=scores.device)


def targets_of(path: str, samples: Sequence[str], classes: Sequence[str]) -> torch.Tensor:
    """The class that an index says each sample was explained for.

    Parameters
    ----------
    path : str
        Index CSV of maps: sample_id, target.
    samples : Sequence of str
        Sample ids.
    classes : Sequence of str
        In the order of the logits.

    Returns
    -------
    torch.Tensor
        int [n].

    Raises
    ------
    InputError
        If the index lacks a sample.
    """
    told = read_table(path, ["sample_id", "target"], strings=["sample_id", "target"])
    known = dict(zip(told["sample_id"], told["target"], strict=True))
    for sample in samples:
        if sample not in known:
            raise InputError(f"{path}: sample_id '{sample}' is missing; {nearest(sample, known)}")
    return choose_targets("true", torch.empty(0), [known[sample] for sample in samples], classes)


def untrained_seed(seed: int, fold: str) -> int:
    """The seed of the weights of a fold's untrained network.

    Parameters
    ----------
    seed : int
        The study's.
    fold : str
        Whose network is drawn again.

    Returns
    -------
    int
        For `randomise`.
    """
    return derive(seed, "untrained", fold)


@dataclass
class _FoldMethod:
    """One method on one fold's network, and the images that it explains."""

    name: str  # as in config saliency.methods
    method: Method
    parameters: dict
    wanted: str  # the parameter target
    explainer: Explainer
    preprocess: Preprocess
    crops: np.ndarray  # uint8 [N, size, size, 3]
    images: pd.DataFrame  # sample_id, row, label
    classes: Sequence[str]
    given: torch.Tensor | None  # the class of each image where the trained network's index says it
    device: torch.device
    fold: str
    seed: int
    faces: Faces | None  # for a method that takes any
    asked: set[int] = field(default_factory=set)  # classes that images were explained for

    def warm(self) -> None:
        """Let the method make all that it makes once for the network, for classes that no image was explained for."""
        if not len(self.images) or self.faces is None:
            return
        row = int(self.images.row.iloc[0])
        x, given = self.preprocess(self.crops[[row]], self.device), GivenFaces(self.faces, [row])
        for number in range(len(self.classes)):
            if number in self.asked:
                continue
            try:
                self.method(self.explainer, x, torch.tensor([number], device=self.device), [0], given, self.parameters)
            except InputError as error:
                log.info("%s for %s: %s", self.name, self.classes[number], error)

    def explain(self, start: int, stop: int) -> tuple[dict[str, np.ndarray], TargetScores]:
        """Maps float32 [stop - start, 2, size, size] of some of the images, and their targets' scores.

        Beside the maps, what an Explanation holds.
        """
        part = self.images.iloc[start:stop]
        rows = part.row.to_numpy()
        x = self.preprocess(self.crops[rows], self.device)
        scores = self.method.answers(self.explainer, x, self.parameters)
        if self.given is None:
            target = choose_targets(self.wanted, scores, part.label.tolist(), self.classes)
        else:
            target = self.given[start:stop]
        self.asked |= set(target.tolist())
        seeds = self.method.seeds(self.seed, self.name, self.fold, part.sample_id.tolist())
        given = GivenFaces(self.faces, rows.tolist()) if self.faces else None
        result = self.method(self.explainer, x, target, seeds, given, self.parameters)
        arrays = {"maps": channel_sums(attribution_of(result).detach(), self.preprocess.size, self.explainer.seen)}
        if not np.isfinite(arrays["maps"]).all():
            raise FloatingPointError(f"{self.name} gave values that are not finite")
        if isinstance(result, Explanation):
            arrays |= {key: getattr(result, key) for key in ("values", "low", "high", "pictures")}
            arrays |= {"names": np.array(result.names), "towards": np.array(result.towards)}
        logits, probabilities = (
            values.gather(1, target[:, None])[:, 0].tolist() for values in (scores, scores.softmax(1))
        )
        return arrays, list(zip(target.tolist(), logits, probabilities, strict=True))


def explain_fold(
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    *,
    name: str,
    settings: dict,
    fold: str,
    seed: int,
    batch: int,
    device: str,
    control: str = "",
    precision: str = "float32",
) -> None:
    """Explain the images of one fold by one method, and write maps and index.

    maps: float32 [n, 2, size, size], or .npz with three digits of each value (core/packed_stack.py); rows as in the
    index CSV (row, sample_id, set, label, target, logit, probability).
    The target is the predicted class (Sümer 2023, section 3) unless the settings name another; logit and probability
    are the target's. Noise is seeded by the sample, not by its place, and by the fold where the method says so. A
    killed job goes on where it was (partial.py).

    Parameters
    ----------
    inputs : Mapping
        Paths of checkpoint, asset ("" if none), crops, explained and trained ("" if none). trained: the index of the
        same method's maps on the trained network. If given, the network explained has all its weights drawn again, and
        the targets are those of that index: an untrained network's own answers mean nothing. And what
        given_faces.open_faces reads, where the method takes any. For sums also regions: the region maps of all faces.
    outputs : Mapping
        Paths of maps and index; where maps are packed, also sums: what coefficients need of the maps as they were
        before (regions/region_sums.py). Of a method with pictures also values (CSV, VALUE_COLUMNS, logits) and
        pictures (uint8 [n, P, size, size, 3], in the order of the values' regions); and where a new face may be
        explained later, signs: what the method made once for the fold (saliency/morph/kept_signs.py).
    name : str
        Of config saliency.methods.
    settings : dict
        The method's settings in the config.
    fold : str
        Whose network explains.
    seed : int
        The study's.
    batch : int
        Images that pass the network together.
    device : str
        Of config run.device.
    control : str
        The control class; "" if the study has none.
    precision : str
        Of config run.precision; a method may declare that it stays with float32.

    Raises
    ------
    FloatingPointError
        If a map is not finite.
    """
    method, parameters = resolve(name, settings)
    wanted = parameters.pop("target")
    parameters = parameters if "values" in outputs or not method.pictures else method.for_maps_alone(parameters)
    network, preprocess, facts = checkpoint.load(inputs["checkpoint"], inputs["asset"])
    where, trained = choose_device(device), inputs.get("trained", "")
    if trained:
        network = randomise(network, None, untrained_seed(seed, fold))
    network = network.to(where).to(memory_format=torch.channels_last)
    deterministic()
    precision = network_precision(method.not_below(precision), where)
    images = read_table(
        inputs["explained"], ["fold", "sample_id", "row", "set", "label"], strings=["fold", "sample_id"]
    )
    images = images[images.fold == fold].reset_index(drop=True)
    log.info("%s (%s) with %s for the %s class on %s, fold %s", name, method.paper, parameters, wanted, where, fold)
    log.info("networks compute in %s, sums over channels in float32", precision)
    given = targets_of(trained, images.sample_id, facts["classes"]).to(where) if trained else None
    work = _FoldMethod(
        name=name,
        method=method,
        parameters=parameters,
        wanted=wanted,
        explainer=Explainer(network, batch, preprocess, precision),
        preprocess=preprocess,
        crops=read_array(inputs["crops"]),
        images=images,
        classes=facts["classes"],
        given=given,
        device=where,
        fold=fold,
        seed=seed,
        faces=open_faces(for_faces(inputs), inputs["crops"], fold=fold, classes=facts["classes"], control=control)
        if method.takes
        else None,
    )
    step = max(1, batch // 4)  # slow methods fill the batches themselves; this way little is lost when a job is killed
    run = method.run
    code = digest_of_code(__file__, [f"{run.__module__}:{run.__name__}"])
    files = [inputs["checkpoint"], inputs["crops"], *([trained] if trained else []), *for_faces(inputs).values()]
    key = digest_of_work(files, name, parameters, wanted, seed, step, precision, code, images.to_csv(index=False))
    with partial(outputs["maps"], key) as folder:
        _write_maps(work, Shards(folder, len(images), step), outputs, inputs.get("regions", ""))
        if "signs" in outputs:
            _keep(work, outputs["signs"])


def _write_maps(work: _FoldMethod, shards: Shards, outputs: Mapping[str, str], regions: str) -> None:
    """Explain the shards that are missing, then write the maps and their index; sums of the maps over regions."""
    images, size = work.images, work.preprocess.size
    left = len(images) - sum(min(shards.step, len(images) - start) for start in shards.finished())
    progress = Progress(left, f"images explained by {work.name}")

    def explain(start: int, stop: int) -> tuple[dict[str, np.ndarray], TargetScores]:
        arrays, scores = work.explain(start, stop)
        progress.update(stop - start)
        return arrays, scores

    shards.fill(explain)
    shards.gather("maps", outputs["maps"], (2, size, size))
    if "sums" in outputs:
        write_sums(outputs["sums"], (part for _, part in shards.read("maps")), regions, images.row)
    scores = shards.scores()
    index = images[["sample_id", "set", "label"]].copy()
    index.insert(0, "row", range(len(images)))
    index["target"] = [work.classes[i] for i in scores.target]
    write_table(index.assign(logit=scores.logit, probability=scores.probability), outputs["index"])
    if "pictures" in outputs:
        _write_explanations(index, shards, outputs, size)


def _keep(work: _FoldMethod, path: str) -> None:
    """What the method made once for the fold; nothing, of a method that makes nothing once."""
    if work.method.keeps is None or work.faces is None:
        with atomic(path) as temporary, open(temporary, "wb") as stream:
            np.savez(stream)
        return
    work.warm()
    work.method.keeps(path, work.explainer, work.faces)


def _write_explanations(index: pd.DataFrame, shards: Shards, outputs: Mapping[str, str], size: int) -> None:
    """Write what an Explanation holds beside its maps."""
    shown = next((part.shape[1] for _, part in shards.read("pictures")), 0)
    shards.gather("pictures", outputs["pictures"], (shown, size, size, 3), np.uint8)
    names: list[str] = next((part.tolist() for _, part in shards.read("names")), [])
    table = index.loc[index.index.repeat(len(names)), ["row", "sample_id", "set", "label", "target"]]
    towards = [name for _, part in shards.read("towards") for name in part.tolist()]
    table = table.reset_index(drop=True).assign(region=names * len(index), towards=np.repeat(towards, len(names)))
    for key in ("value", "low", "high"):
        parts = [part.ravel() for _, part in shards.read("values" if key == "value" else key)]
        table[key] = np.concatenate(parts) if parts else np.empty(0)
    write_table(table[VALUE_COLUMNS], outputs["values"])
