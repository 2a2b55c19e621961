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
from torch.nn import functional
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingWarmRestarts, LRScheduler, ReduceLROnPlateau

from gestalt_regions.core.errors import InputError
from gestalt_regions.core.progress import Progress
from gestalt_regions.core.seeds import derive, generator
from gestalt_regions.folds.united_groups import united_groups
from gestalt_regions.models.augment import Views, views_of_recipe
from gestalt_regions.models.features import Features
from gestalt_regions.models.finite import check_epoch
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.models.precision import arrange, autocast, products, training_precision
from gestalt_regions.models.resume import Resume, Stateful

log = logging.getLogger("gestalt_regions")
# recipe key epoch_measure: of how many classes one must be right
EPOCH_MEASURES = {"accuracy": 1, "top5_mean_accuracy": 5}


@dataclass
class Split:
    """Rows of the image stack.

    Attributes
    ----------
    fit : numpy.ndarray
        Fitted.
    choose : numpy.ndarray
        Choose the epoch; may be empty.
    judged : numpy.ndarray
        Of the judged fold.
    heldout : numpy.ndarray
        Of the held-out set.
    """

    fit: np.ndarray
    choose: np.ndarray
    judged: np.ndarray
    heldout: np.ndarray


def split_fold(table: pd.DataFrame, fold: str, selection: str, fraction: float, seed: int) -> Split:
    """Which images are fitted, which choose the epoch, and which are judged.

    Parameters
    ----------
    table : pandas.DataFrame
        row, label, subject_id, kin_group, fold.
    fold : str
        The judged fold.
    selection : str
        "judged_fold" lets the judged fold choose the epoch, as the published code does; "inner" sets aside whole kin
        groups of the training folds; "last" chooses nothing.
    fraction : float
        Share that is set aside.
    seed : int
        Of the training.

    Returns
    -------
    Split
        Rows of the stack.

    Raises
    ------
    InputError
        If the fold has no image.
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
    """Rows to fit and rows to choose the epoch by: whole families, as the folds unite them.

    Parameters
    ----------
    train : pandas.DataFrame
        row, label, subject_id, kin_group of the training folds.
    fraction : float
        About the share that is set aside.
    seed : int
        Of the training.

    Returns
    -------
    tuple of numpy.ndarray
        Rows to fit, rows to choose by.
    """
    groups = united_groups(train.subject_id, train.kin_group)
    # scikit-learn refuses more parts than there are groups, or than the largest class has images
    parts = max(2, min(round(1 / fraction), train.label.value_counts().max(), len(set(groups))))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=derive(seed, "inner") % 2**32)
    fit, choose = next(splitter.split(train, train.label, groups))
    return train.row.to_numpy()[fit], train.row.to_numpy()[choose]


def shuffle_labels(table: pd.DataFrame, fold: str, seed: int) -> pd.DataFrame:
    """The labels of the training folds' subjects in another order among them.

    All images of a subject keep one label; the judged fold and the held-out images keep theirs.

    Parameters
    ----------
    table : pandas.DataFrame
        subject_id, label, fold.
    fold : str
        The judged fold.
    seed : int
        Of the training.

    Returns
    -------
    pandas.DataFrame
        The table with other labels.
    """
    training = ~table.fold.isin([fold, "heldout"])
    subjects = table[training].drop_duplicates("subject_id")
    labels = generator(seed, "shuffled").permutation(subjects.label.to_numpy())
    drawn = table.subject_id.map(dict(zip(subjects.subject_id, labels, strict=True)))
    return table.assign(label=table.label.where(~training, drawn))


def logits(network: StagedNetwork, features: Features, rows: np.ndarray, batch: int) -> np.ndarray:
    """Logits of some images, in evaluation mode.

    Parameters
    ----------
    network : StagedNetwork
        The network.
    features : Features
        The inputs of its trainable part.
    rows : numpy.ndarray
        Images of the stack.
    batch : int
        Images at once.

    Returns
    -------
    numpy.ndarray
        float32 [n, classes].
    """
    network.eval()
    parts = [np.empty((0, network.head.out_features), np.float32)]
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            parts.append(network.tail(features(rows[start : start + batch]), features.frozen).cpu().numpy())
    return np.concatenate(parts)


def _optimiser(network: StagedNetwork, recipe: dict, frozen: int) -> tuple[Optimizer, LRScheduler]:
    """The recipe's optimiser of all that is not frozen, and the schedule of its learning rate."""
    stages = list(network.stages.values())
    for stage in stages[:frozen]:
        stage.requires_grad_(False)
    body = [p for stage in stages[frozen:] for p in stage.parameters() if p.requires_grad]
    lr, decay, head_decay = recipe["learning_rate"], recipe["weight_decay"], recipe["head_weight_decay"]
    head = {"params": network.head.parameters(), "lr": lr * recipe["head_factor"]}
    groups = [head | {"weight_decay": decay if head_decay is None else head_decay}]
    groups += [{"params": body, "lr": lr, "weight_decay": decay}] if body else []
    optimiser: Optimizer
    if recipe["optimiser"] == "adam":
        optimiser = torch.optim.Adam(groups)
    else:
        optimiser = torch.optim.SGD(groups, momentum=recipe["momentum"])
    if recipe["schedule"] == "plateau":
        return optimiser, ReduceLROnPlateau(optimiser, "max", factor=0.5, patience=recipe["patience"])
    if recipe["schedule"] == "constant":
        return optimiser, ConstantLR(optimiser, factor=1.0)
    return optimiser, CosineAnnealingWarmRestarts(optimiser, T_0=recipe["restart_epochs"])


def class_weights(labels: np.ndarray, classes: int, kind: str) -> torch.Tensor:
    """Weights of the classes in the cross-entropy.

    Parameters
    ----------
    labels : numpy.ndarray
        int [n], of the images that are fitted.
    classes : int
        Number of classes.
    kind : str
        "equal": 1 each; "rare_first": 0.5 * min(D) / D_c + 0.5, D_c the number of images of class c (Hustinx et al.
        2023, equation 3).

    Returns
    -------
    torch.Tensor
        float32 [classes].
    """
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
    """Share of images whose class is among the k with the highest logit.

    Parameters
    ----------
    scores : numpy.ndarray
        Logits [n, classes].
    truth : numpy.ndarray
        int [n], the classes.
    k : int
        How many classes count; for k > 1 the mean over the classes there are (Hustinx et al. 2023, equation 1).

    Returns
    -------
    float
        0..1.
    """
    hits = (np.argsort(-scores, axis=1, kind="stable")[:, :k] == truth[:, None]).any(1)
    return float(hits.mean() if k == 1 else np.mean([hits[truth == c].mean() for c in np.unique(truth)]))


def _measure(scores: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Cross-entropy, and the measures in the order of EPOCH_MEASURES; NaN for an empty set."""
    if not len(truth):
        return (float("nan"),) * (1 + len(EPOCH_MEASURES))
    loss = functional.cross_entropy(torch.from_numpy(scores), torch.from_numpy(truth)).item()
    return loss, *(top_accuracy(scores, truth, k) for k in EPOCH_MEASURES.values())


def _frozen_stages(network: StagedNetwork, recipe: dict) -> int:
    """How many stages, counted from the image, are not trained."""
    frozen = len(network.stages) - 1 if recipe["feature_layer"] else recipe["frozen_stages"]
    if not 0 <= frozen <= len(network.stages):
        raise InputError(f"recipe key frozen_stages is {frozen}; this network has {len(network.stages)} stages")
    return frozen


def _start_head(head: torch.nn.Linear, scale: float | None) -> None:
    """The classifier's first weights: Xavier normal times `scale`, or normal with a standard deviation of 0.01."""
    if scale is None:
        torch.nn.init.normal_(head.weight, std=0.01)
    else:
        torch.nn.init.xavier_normal_(head.weight, gain=scale)
    torch.nn.init.zeros_(head.bias)


@dataclass
class _Trainer:
    """A network, and what each epoch of its training needs."""

    network: StagedNetwork
    features: Features
    labels: np.ndarray  # int, of every row of the stack
    views: Views
    optimiser: Optimizer
    weights: torch.Tensor  # of the classes, in the loss
    order: np.random.Generator
    batch: int
    train_batchnorm: bool
    precision: str  # of what is learned from (precision.py)

    def train_epoch(self, fitted: np.ndarray, progress: Progress) -> tuple[float, float]:
        """Train once on each of the rows `fitted`, in a new order; mean loss and share of right answers on the way."""
        with products(self.precision):
            return self._train_epoch(fitted, progress)

    def _train_epoch(self, fitted: np.ndarray, progress: Progress) -> tuple[float, float]:
        _set_train(self.network, self.features.frozen, self.train_batchnorm)
        rows, losses, hits = self.order.permutation(fitted), 0.0, 0
        for start in range(0, len(rows), self.batch):
            part = rows[start : start + self.batch]
            inputs = self.features(part, self.views.choose(self.order, len(part)))
            truth = torch.from_numpy(self.labels[part]).to(self.features.device)
            with autocast(self.precision, self.features.device):
                scores = self.network.tail(inputs, self.features.frozen).float()
            loss = functional.cross_entropy(scores, truth, self.weights)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            losses, hits = losses + loss.item() * len(part), hits + int((scores.argmax(1) == truth).sum())
            if not math.isfinite(losses):  # the rest of the epoch would change nothing
                break
            progress.update(len(part))
        return losses / len(rows), hits / len(rows)

    def judge(self, rows: np.ndarray) -> tuple[float, ...]:
        """Loss and measures on `rows`, in evaluation mode."""
        return _measure(logits(self.network, self.features, rows, self.batch), self.labels[rows])


def _history_table(history: list[tuple], kept: int) -> pd.DataFrame:
    """A row for each epoch; `kept`: the number of the epoch whose weights the network keeps."""
    columns = ["epoch", "learning_rate", "train_loss", "train_accuracy", "choose_loss"]
    columns += [f"choose_{measure}" for measure in EPOCH_MEASURES]
    table = pd.DataFrame(history, columns=columns)
    table["kept"] = table.epoch == kept
    return table


def train_fold(
    network: StagedNetwork,
    preprocess: Preprocess,
    crops: np.ndarray,
    labels: np.ndarray,
    split: Split,
    *,
    recipe: dict,
    seed: int,
    folder: Path | None,
    where: str = "training",
    key: str = "recipes",
) -> tuple[pd.DataFrame, np.ndarray]:
    """Fine-tune in place and leave the chosen epoch's weights in `network`.

    Parameters
    ----------
    network : StagedNetwork
        With a head for all classes; on the device where it trains.
    preprocess : Preprocess
        How crops become its input.
    crops : numpy.ndarray
        uint8 [N, size, size, 3].
    labels : numpy.ndarray
        int [N].
    split : Split
        Rows of the stack.
    recipe : dict
        Of config recipes.
    seed : int
        Of this training.
    folder : Path or None
        Where the state after each epoch is kept; it goes on from what is there (resume.py). None: it is not kept.
    where : str
        What is trained, for messages, such as "fold 3".
    key : str
        The recipe's key in the config, for messages, such as "recipes.quick".

    Returns
    -------
    tuple of pandas.DataFrame and numpy.ndarray
        The history (one row per epoch), and the logits float32 [judged + heldout, classes] in the order of
        `split.judged`, `split.heldout`.

    Raises
    ------
    InputError
        If the recipe freezes more stages than there are, or an epoch ends with a loss or weights that are not finite.
    """
    batch = recipe["batch_size"]
    frozen = _frozen_stages(network, recipe)
    torch.manual_seed(derive(seed, "torch"))
    _start_head(network.head, recipe.get("head_init"))
    optimiser, schedule = _optimiser(network, recipe, frozen)
    network.eval()
    precision = training_precision(recipe, next(network.parameters()).device)
    arrange(network, precision)
    views, order = views_of_recipe(recipe, seed), generator(seed, "order")
    judged = np.concatenate([split.judged, split.heldout])
    rows = {"fitted": split.fit, "seen": np.concatenate([split.choose, judged])}
    features = Features(
        network, preprocess, crops, frozen=frozen, views=views, batch=batch, precision=precision, **rows
    )
    weights = class_weights(labels[split.fit], network.head.out_features, recipe["class_weights"]).to(features.device)
    batchnorm = recipe["train_batchnorm"]
    trainer = _Trainer(network, features, labels, views, optimiser, weights, order, batch, batchnorm, precision)
    watched = 1 + list(EPOCH_MEASURES).index(recipe["epoch_measure"])
    parts: dict[str, Stateful] = {"network": network, "optimiser": optimiser, "schedule": schedule}
    resume = Resume(folder, parts, order) if folder else None
    state = (resume.restore() if resume else {}) or {"history": [], "best": None, "kept": None}
    history, best, kept = state["history"], state["best"], state["kept"]
    progress = Progress((recipe["epochs"] - len(history)) * len(split.fit), "training images")
    for epoch in range(len(history) + 1, recipe["epochs"] + 1):
        trained = trainer.train_epoch(split.fit, progress)
        rate = optimiser.param_groups[-1]["lr"]
        chosen = trainer.judge(split.choose)
        losses = (trained[0], *([chosen[0]] if len(split.choose) else []))
        check_epoch(network, losses, where=where, epoch=epoch, rate=rate, key=f"{key}.learning_rate")
        if isinstance(schedule, ReduceLROnPlateau):
            schedule.step(chosen[watched])
        else:
            schedule.step()
        history.append((epoch, rate, *trained, *chosen))
        log.info("epoch %d: loss %.3f, accuracy %.3f", epoch, *trained)
        if len(split.choose):
            log.info("epoch %d on the images that choose it: loss %.3f, accuracy %.3f", epoch, *chosen[:2])
        rank = (chosen[watched], -chosen[0]) if len(split.choose) else (epoch, 0)
        if best is None or rank > best:
            best, kept = rank, (epoch, copy.deepcopy(network.state_dict()))
        if resume:
            resume.keep(history=history, best=best, kept=kept)
    network.load_state_dict(kept[1])
    return _history_table(history, kept[0]), logits(network, features, judged, batch)
