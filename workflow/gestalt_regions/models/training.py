"""Fine-tune one fold's network by a named recipe, and predict the images it has not seen."""

from __future__ import annotations

import copy
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedGroupKFold
from torch.nn import functional

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.models.augment import views
from gestalt_regions.models.features import Features
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.resume import Resume

log = logging.getLogger("gestalt_regions")
MEASURES = {"accuracy": 1, "top5_mean_accuracy": 5}  # recipe key epoch_measure: of how many classes one must be right


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
    fit, choose = set_aside(train, fraction, seed)
    return Split(fit=fit, choose=choose, **rows)


def set_aside(train: pd.DataFrame, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the stack to fit, and about the share `fraction` to choose the epoch by: whole kin groups (row, label,
    kin_group)."""
    # scikit-learn refuses more parts than the largest class has images
    parts = max(2, min(round(1 / fraction), train.label.value_counts().max()))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=derive(seed, "inner") % 2**32)
    fit, choose = next(splitter.split(train, train.label, train.kin_group))
    return train.row.to_numpy()[fit], train.row.to_numpy()[choose]


def shuffle_labels(table: pd.DataFrame, fold: str, seed: int) -> pd.DataFrame:
    """`table` (subject_id, label, fold) with the labels of the training folds' subjects in another order among them.

    All images of a subject keep one label; the judged fold and the held-out images keep theirs.
    """
    training = ~table.fold.isin([fold, "heldout"])
    subjects = table[training].drop_duplicates("subject_id")
    labels = generator(seed, "shuffled").permutation(subjects.label.to_numpy())
    drawn = table.subject_id.map(dict(zip(subjects.subject_id, labels, strict=True)))
    return table.assign(label=table.label.where(~training, drawn))


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
    lr, decay, own = recipe["learning_rate"], recipe["weight_decay"], recipe["head_weight_decay"]
    head = {"params": network.head.parameters(), "lr": lr * recipe["head_factor"]}
    groups = [head | {"weight_decay": decay if own is None else own}]
    groups += [{"params": body, "lr": lr, "weight_decay": decay}] if body else []
    if recipe["optimiser"] == "adam":
        optimiser = torch.optim.Adam(groups)
    else:
        optimiser = torch.optim.SGD(groups, momentum=recipe["momentum"])
    schedules = torch.optim.lr_scheduler
    if recipe["schedule"] == "plateau":
        return optimiser, schedules.ReduceLROnPlateau(optimiser, "max", factor=0.5, patience=recipe["patience"])
    return optimiser, schedules.CosineAnnealingWarmRestarts(optimiser, T_0=recipe["restart_epochs"])


def class_weights(labels: np.ndarray, classes: int, kind: str) -> torch.Tensor:
    """float32 [classes] for cross-entropy, from the labels that are fitted: 1 each (equal), or (rare_first)
    0.5 * min(D) / D_c + 0.5, D_c the number of images of class c (Hustinx et al. 2023, equation 3)."""
    if kind == "equal":
        return torch.ones(classes)
    counts = np.bincount(labels, minlength=classes).clip(1)
    return torch.from_numpy(0.5 * counts.min() / counts + 0.5).float()


def _set_train(network: StagedNetwork, frozen: int, batchnorm: bool) -> None:
    """Training mode for what is trained; frozen stages, and BatchNorm if so asked, keep their stored statistics."""
    network.train()
    for i, stage in enumerate(network.stages.values()):
        for module in stage.modules():
            if i < frozen or (not batchnorm and isinstance(module, torch.nn.modules.batchnorm._BatchNorm)):
                module.eval()


def top_accuracy(scores: np.ndarray, truth: np.ndarray, k: int) -> float:
    """Share of images whose class is among the k with the highest logit; for k > 1 the mean over the classes there are
    (Hustinx et al. 2023, equation 1)."""
    hits = (np.argsort(-scores, axis=1, kind="stable")[:, :k] == truth[:, None]).any(1)
    return float(hits.mean() if k == 1 else np.mean([hits[truth == c].mean() for c in np.unique(truth)]))


def _measure(scores: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Cross-entropy, and the measures in the order of MEASURES; NaN for an empty set."""
    if not len(truth):
        return (float("nan"),) * (1 + len(MEASURES))
    loss = functional.cross_entropy(torch.from_numpy(scores), torch.from_numpy(truth)).item()
    return loss, *(top_accuracy(scores, truth, k) for k in MEASURES.values())


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
    batch = recipe["batch_size"]
    frozen = len(network.stages) - 1 if recipe["feature_layer"] else recipe["frozen_stages"]
    if not 0 <= frozen <= len(network.stages):
        raise InputError(f"recipe key frozen_stages is {frozen}; this network has {len(network.stages)} stages")
    torch.manual_seed(derive(seed, "torch"))
    torch.nn.init.normal_(network.head.weight, std=0.01)
    torch.nn.init.zeros_(network.head.bias)
    _set_train(network.eval(), frozen, recipe["train_batchnorm"])
    optimiser, schedule = _optimiser(network, recipe, frozen)
    network.eval()
    shown, order = views(recipe, seed), generator(seed, "order")
    seen = np.concatenate([split.choose, split.judged, split.heldout])
    features = Features(network, preprocess, crops, frozen, shown, batch, split.fit, seen)
    weights = class_weights(labels[split.fit], network.head.out_features, recipe["class_weights"]).to(features.device)
    watched = 1 + list(MEASURES).index(recipe["epoch_measure"])
    resume = Resume(folder, {"network": network, "optimiser": optimiser, "schedule": schedule}, order)
    state = resume.restore() or {"history": [], "best": None, "kept": None}
    history, best, kept = state["history"], state["best"], state["kept"]
    progress = Progress((recipe["epochs"] - len(history)) * len(split.fit), "training images")
    for epoch in range(len(history) + 1, recipe["epochs"] + 1):
        _set_train(network, frozen, recipe["train_batchnorm"])
        rows, losses, hits = order.permutation(split.fit), 0.0, 0
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            inputs = features(part, shown.draw(order, len(part)))
            truth = torch.from_numpy(labels[part]).to(features.device)
            scores = network.tail(inputs, frozen)
            loss = functional.cross_entropy(scores, truth, weights)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            losses, hits = losses + loss.item() * len(part), hits + int((scores.argmax(1) == truth).sum())
            progress.update(len(part))
        rate = optimiser.param_groups[-1]["lr"]
        chosen = _measure(logits(network, features, split.choose, batch), labels[split.choose])
        schedule.step(*([chosen[watched]] if recipe["schedule"] == "plateau" else []))
        history.append((epoch, rate, losses / len(rows), hits / len(rows), *chosen))
        log.info("epoch %d: loss %.3f, accuracy %.3f", epoch, *history[-1][2:4])
        if len(split.choose):
            log.info("epoch %d on the images that choose it: loss %.3f, accuracy %.3f", epoch, *chosen[:2])
        rank = (chosen[watched], -chosen[0]) if len(split.choose) else (epoch, 0)
        if best is None or rank > best:
            best, kept = rank, (epoch, copy.deepcopy(network.state_dict()))
        resume.keep(history=history, best=best, kept=kept)
    network.load_state_dict(kept[1])
    columns = ["epoch", "learning_rate", "train_loss", "train_accuracy", "choose_loss"]
    columns += [f"choose_{measure}" for measure in MEASURES]
    table = pd.DataFrame(history, columns=columns)
    table["kept"] = table.epoch == kept[0]
    return table, logits(network, features, np.concatenate([split.judged, split.heldout]), batch)
