"""Fine-tune one fold's network by a named recipe, and predict the images it has not seen."""

from __future__ import annotations

import copy
import logging
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedGroupKFold
from torch import Tensor
from torch.nn import functional

from gestalt_regions.errors import InputError
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.resume import Resume
from gestalt_regions.progress import Progress
from gestalt_regions.seeds import derive, generator

log = logging.getLogger("gestalt_regions")
CACHE_LIMIT = 2e9  # bytes of frozen features kept in memory; beyond it they are recomputed for every batch


@dataclass
class Split:
    """Rows of the image stack: what is fitted, what chooses the epoch, and what is judged."""

    fit: np.ndarray
    choose: np.ndarray
    judged: np.ndarray
    heldout: np.ndarray


def split_fold(table: pd.DataFrame, fold: str, selection: str, fraction: float, seed: int) -> Split:
    """`table` has row, label, kin_group, fold. Only `selection="judged_fold"` lets the judged fold choose the epoch,
    as the published code does; "inner" sets aside whole kin groups of the training folds, "last" chooses nothing.
    """
    judged, heldout = table.fold == fold, table.fold == "heldout"
    if not judged.any():
        raise InputError(f"folds.csv has no image in fold {fold}")
    train = table[~judged & ~heldout]
    rows = {"judged": table.row[judged].to_numpy(), "heldout": table.row[heldout].to_numpy()}
    if selection != "inner":
        choose = rows["judged"] if selection == "judged_fold" else np.array([], int)
        return Split(fit=train.row.to_numpy(), choose=choose, **rows)
    # scikit-learn refuses more parts than the largest class has images
    parts = max(2, min(round(1 / fraction), train.label.value_counts().max()))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=derive(seed, "inner") % 2**32)
    fit, choose = next(splitter.split(train, train.label, train.kin_group))
    return Split(fit=train.row.to_numpy()[fit], choose=train.row.to_numpy()[choose], **rows)


def shuffle_labels(table: pd.DataFrame, fold: str, seed: int) -> pd.DataFrame:
    """`table` (subject_id, label, fold) with the labels of the training folds' subjects in another order among them.

    All images of a subject keep one label; the judged fold and the held-out images keep theirs.
    """
    training = ~table.fold.isin([fold, "heldout"])
    subjects = table[training].drop_duplicates("subject_id")
    labels = generator(seed, "shuffled").permutation(subjects.label.to_numpy())
    drawn = table.subject_id.map(dict(zip(subjects.subject_id, labels, strict=True)))
    return table.assign(label=table.label.where(~training, drawn))


class Features:
    """The input of the first trainable stage for any row, plain or flipped: cached once where the prefix is frozen."""

    def __init__(
        self, network, preprocess: Preprocess, crops: np.ndarray, frozen: int, flips: bool, batch: int
    ) -> None:
        self.network, self.preprocess, self.crops, self.frozen = network, preprocess, crops, frozen
        self.device = next(network.parameters()).device
        self.cache: np.ndarray | None = None
        if frozen:
            self._fill(flips, batch)

    def _compute(self, rows: np.ndarray, flip: np.ndarray) -> Tensor:
        x = self.preprocess(self.crops[rows], self.device)
        x[torch.from_numpy(flip)] = x[torch.from_numpy(flip)].flip(-1)
        with torch.no_grad():
            return self.network.run(x, stop=self.frozen) if self.frozen else x

    def _fill(self, flips: bool, batch: int) -> None:
        n, one = len(self.crops), np.zeros(1, bool)
        shape = self._compute(np.arange(1), one).shape[1:]
        views = 2 if flips else 1
        if views * n * math.prod(shape) * 4 > CACHE_LIMIT:
            log.info("the frozen features exceed %.0f GB: they are recomputed for every batch", CACHE_LIMIT / 1e9)
            return
        cache, progress = np.empty((views, n, *shape), np.float32), Progress(views * n, "images through frozen layers")
        for view in range(views):
            for start in range(0, n, batch):
                rows = np.arange(start, min(start + batch, n))
                cache[view, rows] = self._compute(rows, np.full(len(rows), bool(view))).cpu().numpy()
                progress.update(len(rows))
        self.cache = cache

    def __call__(self, rows: np.ndarray, flip: np.ndarray | None = None) -> Tensor:
        flip = np.zeros(len(rows), bool) if flip is None else flip
        if self.cache is None:
            return self._compute(rows, flip)
        return torch.from_numpy(self.cache[flip.astype(int), rows]).to(self.device)


def logits(network: StagedNetwork, features: Features, rows: np.ndarray, batch: int) -> np.ndarray:
    """float32 [n, classes], in evaluation mode."""
    network.eval()
    parts = [np.empty((0, network.head.out_features), np.float32)]
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            parts.append(network.tail(features(rows[start : start + batch]), features.frozen).cpu().numpy())
    return np.concatenate(parts)


def _optimiser(network: StagedNetwork, recipe: dict, frozen: int):
    stages = list(network.stages.values())
    for stage in stages[:frozen]:
        stage.requires_grad_(False)
    body = [p for stage in stages[frozen:] for p in stage.parameters() if p.requires_grad]
    lr, decay = recipe["learning_rate"], recipe["weight_decay"]
    groups = [{"params": network.head.parameters(), "lr": lr * recipe["head_factor"]}]
    groups += [{"params": body, "lr": lr}] if body else []
    if recipe["optimiser"] == "adam":
        optimiser = torch.optim.Adam(groups, weight_decay=decay)
    else:
        optimiser = torch.optim.SGD(groups, momentum=recipe["momentum"], weight_decay=decay)
    return optimiser, torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=recipe["restart_epochs"])


def _set_train(network: StagedNetwork, frozen: int, batchnorm: bool) -> None:
    """Training mode for what is trained; frozen stages, and BatchNorm if so asked, keep their stored statistics."""
    network.train()
    for i, stage in enumerate(network.stages.values()):
        for module in stage.modules():
            if i < frozen or (not batchnorm and isinstance(module, torch.nn.modules.batchnorm._BatchNorm)):
                module.eval()


def _measure(scores: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Cross-entropy and accuracy; NaN for an empty set."""
    if not len(truth):
        return float("nan"), float("nan")
    loss = functional.cross_entropy(torch.from_numpy(scores), torch.from_numpy(truth)).item()
    return loss, float((scores.argmax(1) == truth).mean())


def train_fold(
    network: StagedNetwork,
    preprocess: Preprocess,
    crops: np.ndarray,
    labels: np.ndarray,
    split: Split,
    recipe: dict,
    seed: int,
    folder: Path,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Fine-tune in place and leave the chosen epoch's weights in `network`; go on from what `folder` holds (resume.py).

    crops uint8 [N, size, size, 3]; labels int [N]. Returns the history (one row per epoch) and the logits
    float32 [judged + heldout, classes] in the order of `split.judged`, `split.heldout`.
    """
    frozen, batch = recipe["frozen_stages"], recipe["batch_size"]
    if not 0 <= frozen <= len(network.stages):
        raise InputError(f"recipe key frozen_stages is {frozen}; this network has {len(network.stages)} stages")
    torch.manual_seed(derive(seed, "torch"))
    torch.nn.init.normal_(network.head.weight, std=0.01)
    torch.nn.init.zeros_(network.head.bias)
    _set_train(network.eval(), frozen, recipe["train_batchnorm"])
    optimiser, schedule = _optimiser(network, recipe, frozen)
    network.eval()
    features = Features(network, preprocess, crops, frozen, recipe["flip"], batch)
    order = generator(seed, "order")
    resume = Resume(folder, {"network": network, "optimiser": optimiser, "schedule": schedule}, order)
    state = resume.restore() or {"history": [], "best": None, "kept": None}
    history, best, kept = state["history"], state["best"], state["kept"]
    progress = Progress((recipe["epochs"] - len(history)) * len(split.fit), "training images")
    for epoch in range(len(history) + 1, recipe["epochs"] + 1):
        _set_train(network, frozen, recipe["train_batchnorm"])
        rows, losses, hits = order.permutation(split.fit), 0.0, 0
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            flip = order.random(len(part)) < 0.5 if recipe["flip"] else np.zeros(len(part), bool)
            truth = torch.from_numpy(labels[part]).to(features.device)
            scores = network.tail(features(part, flip), frozen)
            loss = functional.cross_entropy(scores, truth)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            losses, hits = losses + loss.item() * len(part), hits + int((scores.argmax(1) == truth).sum())
            progress.update(len(part))
        rate = optimiser.param_groups[-1]["lr"]
        schedule.step()
        chosen = _measure(logits(network, features, split.choose, batch), labels[split.choose])
        history.append((epoch, rate, losses / len(rows), hits / len(rows), *chosen))
        log.info("epoch %d: loss %.3f, accuracy %.3f", epoch, *history[-1][2:4])
        if len(split.choose):
            log.info("epoch %d on the images that choose it: loss %.3f, accuracy %.3f", epoch, *chosen)
        rank = (chosen[1], -chosen[0]) if len(split.choose) else (epoch, 0)
        if best is None or rank > best:
            best, kept = rank, (epoch, copy.deepcopy(network.state_dict()))
        resume.keep(history=history, best=best, kept=kept)
    network.load_state_dict(kept[1])
    columns = ["epoch", "learning_rate", "train_loss", "train_accuracy", "choose_loss", "choose_accuracy"]
    table = pd.DataFrame(history, columns=columns)
    table["kept"] = table.epoch == kept[0]
    return table, logits(network, features, np.concatenate([split.judged, split.heldout]), batch)
