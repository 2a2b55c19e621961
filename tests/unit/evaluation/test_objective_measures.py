"""Objective measures on a network whose used pixels are known: perfect, random and inverted maps must be told apart."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from gestalt_regions.evaluation.fold_networks import FoldNetwork
from gestalt_regions.evaluation.groups import objective
from gestalt_regions.evaluation.groups.objective import needs
from gestalt_regions.evaluation.map_method import method_of
from gestalt_regions.evaluation.measure_registry import MEASURES, per_image
from gestalt_regions.evaluation.measures.objective_measures import Curves, Squares
from gestalt_regions.evaluation.perturb import max_sensitivity, noisy_imputation, replaced_pixels
from gestalt_regions.models.network import Preprocess, StagedNetwork
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import METHODS, load_methods

SIZE, IMAGES = 32, 6
SHARES = tuple(np.linspace(0, 1, 11))
ROAD = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
SEEDS = list(range(100, 100 + IMAGES))
USED = torch.zeros(SIZE, SIZE)
USED[6:14, 9:21] = 1  # all that the network looks at


def network(x):
    """Two classes; the first one's logit is the mean brightness of the used pixels."""
    evidence = (x.mean(1) * USED).sum((1, 2)) / USED.sum()
    return torch.stack([8 * evidence, torch.full_like(evidence, 2.0)], 1)


@pytest.fixture(scope="module")
def images():
    random = torch.Generator().manual_seed(5)
    x = 0.2 * torch.randn(IMAGES, 3, SIZE, SIZE, generator=random)
    return x + USED  # what speaks for the class is there


@pytest.fixture(scope="module")
def maps(images):
    """The exact contribution of each pixel, noise, and the contribution upside down."""
    perfect = images.mean(1) * USED
    noise = torch.rand(images.shape[0], SIZE, SIZE, generator=torch.Generator().manual_seed(9))
    return {"perfect": perfect, "random": noise, "inverted": perfect.max() - perfect}


def evidence_of(x, values):
    """The measures' evidence of each image for its map."""
    target = torch.zeros(len(x), dtype=torch.long)
    places = replaced_pixels.removal_places(values, SEEDS)
    squares = replaced_pixels.random_squares(SEEDS, 40, SIZE, 0.1, 0.4)
    curves = {}
    for baseline in ("mean", "blur"):
        for order, least in (("most", False), ("least", True)):
            found = replaced_pixels.removal_curves(
                network, x, target, places, SHARES, baseline=baseline, batch=16, least_first=least
            )
            curves[f"{baseline}_{order}"] = found.numpy()
    for order, least in (("most", False), ("least", True)):
        found = replaced_pixels.road_curves(
            network, x, target, places, ROAD, noise=0.01, seeds=SEEDS, batch=16, least_first=least
        )
        curves[f"road_{order}"] = found.numpy()
    still = {"shares": np.array(SHARES), "road_shares": np.array(ROAD)}
    sums = replaced_pixels.square_sums(values, squares).numpy()
    drops = replaced_pixels.square_drops(network, x, squares, "blur", 16)[..., 0].numpy()
    return [
        {
            Curves: Curves(**still, **{key: value[i] for key, value in curves.items()}),
            Squares: Squares(sums[i], drops[i]),
        }
        for i in range(len(x))
    ]


@pytest.fixture(scope="module")
def scores(images, maps):
    run = per_image("objective")
    found = {kind: evidence_of(images, values) for kind, values in maps.items()}
    return {name: {kind: [run[name](e[needs(run[name])]) for e in found[kind]] for kind in found} for name in TELLING}


TELLING = [name for name in per_image("objective") if name != "max_sensitivity"]


@pytest.mark.parametrize("name", TELLING)
def test_each_measure_tells_the_perfect_from_the_random_from_the_inverted_map(scores, name):
    """For every single image, in the direction that the registry states."""
    direction = MEASURES[name].direction
    perfect, noise, inverted = (direction * np.array(scores[name][kind]) for kind in ("perfect", "random", "inverted"))
    assert (perfect > noise).all()
    assert (noise > inverted).all()


@pytest.mark.parametrize("name", TELLING)
def test_values_lie_in_the_stated_range(scores, name):
    low, high = MEASURES[name].range
    for values in scores[name].values():
        assert low <= min(values)
        assert max(values) <= high


def test_gaps_of_random_maps_are_about_zero(scores):
    """A random order and its reverse are alike, so the chance value is zero by symmetry."""
    for name in ("deletion_gap", "insertion_gap", "road_gap"):
        noise, perfect = np.array(scores[name]["random"]), np.array(scores[name]["perfect"])
        assert abs(noise.mean()) < 4 * noise.std(ddof=1) / np.sqrt(IMAGES)
        assert perfect.mean() > 2 * abs(noise.mean())


def test_the_infidelity_of_the_exact_contributions_is_zero(images):
    """With the removed pixels set to a constant, the drop of a linear logit is the sum of (x - constant) w."""
    squares = replaced_pixels.random_squares(SEEDS, 30, SIZE, 0.1, 0.5)
    drops = replaced_pixels.square_drops(network, images, squares, "mean", 7)[..., 0]
    exact = (images - images.mean((2, 3), keepdim=True)).mean(1) * USED * 8 / USED.sum()
    sums = replaced_pixels.square_sums(exact, squares)
    assert torch.allclose(sums.float(), drops, atol=1e-5)
    run = per_image("objective")["infidelity"]
    for factor, value in ((1, 0), (5, 0), (-1, 1)):
        found = [run(Squares(factor * s, d)) for s, d in zip(sums.numpy(), drops.numpy(), strict=True)]
        assert found == pytest.approx(np.full(IMAGES, value), abs=1e-6)


class Linear(torch.nn.Module):
    """A convolution and a sum over the image: logits that are linear in the image, with a bias."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 5, 3, padding=1)

    def forward(self, x):
        return self.conv(x)


@pytest.fixture(scope="module")
def linear():
    torch.manual_seed(2)
    stages = {"conv": Linear(), "flat": torch.nn.Flatten()}
    whole = StagedNetwork(stages, ["conv"], 5 * 16 * 16, 4).eval().requires_grad_(False)
    crops = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)
    preprocess = Preprocess(16, "rgb", (120.0, 130.0, 110.0), (64.0, 64.0, 64.0))
    return FoldNetwork(whole, preprocess, list("abcd"), Explainer(whole, 8), crops, torch.device("cpu"))


def infidelity_of(fold, method, settings, baseline, factor=1.0):
    """The infidelity of a method's stored maps, as the group computes it."""
    rows = pd.DataFrame({"sample_id": ["s0", "s1", "s2"], "fold": "1", "answer": [0, 1, 2], "crop": [0, 1, 2]})
    squares = {"count": 30, "smallest": 0.1, "largest": 0.6, "baseline": baseline}
    x, target = fold.images([0, 1, 2]), torch.tensor([0, 3, 1])
    method = method_of(method, settings)
    stored = factor * method(fold, x, target, method.seeds(7, "1", rows["sample_id"].tolist()), rows["crop"])
    part = objective._Part(fold, rows, x, target, stored)
    corners = objective._corners(rows["sample_id"], 16, squares, 7)
    drops = replaced_pixels.square_drops(fold.network, x, corners, baseline, 8).numpy()
    evidence = objective._square_evidence(part, drops, objective._foretold(part, method, fold, squares, 7))
    return np.array([per_image("objective")["infidelity"](each) for each in evidence])


LOCAL = [("Gradient", {}), ("SmoothGrad", {"samples": 3})]
GLOBAL = [("InputXGradient", {}), ("IntegratedGradients", {"samples": 3}), ("DeepLIFT", {})]
GLOBAL += [("Occlusion", {"window": 1, "stride": 1})]


@pytest.mark.parametrize("baseline", ["zero", "blur", "mean"])
@pytest.mark.parametrize(("method", "settings"), LOCAL)
def test_local_attributions_of_a_linear_network_have_no_infidelity(linear, method, settings, baseline):
    """The gradient times the change is the fall, whatever the squares take."""
    assert infidelity_of(linear, method, settings, baseline) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("method", "settings"), GLOBAL)
def test_global_attributions_of_a_linear_network_have_no_infidelity(linear, method, settings):
    """Their sum is the fall where the squares take the colour from which they count. The opposite map scores 1."""
    assert infidelity_of(linear, method, settings, "zero") == pytest.approx(0, abs=1e-6)
    assert infidelity_of(linear, method, settings, "zero", factor=-1.0) == pytest.approx(1)
    assert (infidelity_of(linear, method, settings, "blur") > 0.01).all()


def test_a_gradient_without_the_product_foretells_nothing_of_a_linear_network(linear, monkeypatch):
    """Why the product is needed: read as a global attribution, the right gradient does no better than chance."""
    registered = dataclasses.replace(METHODS["Gradient"], attribution="global")
    monkeypatch.setitem(METHODS, "Gradient", registered)
    assert infidelity_of(linear, "Gradient", {}, "zero").mean() > 0.5


def test_a_control_is_read_in_the_way_that_suits_it_best(linear, monkeypatch):
    found = {}
    for kind in ("none", "local", "global"):
        monkeypatch.setitem(METHODS, "Sobel", dataclasses.replace(METHODS["Sobel"], attribution=kind))
        found[kind] = infidelity_of(linear, "Sobel", {}, "zero")
    assert found["none"] == pytest.approx(np.minimum(found["local"], found["global"]))
    assert not np.allclose(found["local"], found["global"])


def test_every_method_says_what_its_values_are():
    """Local: those that the documentation of captum and the code of Yeh et al. name, and what is made of them."""
    kinds = pd.Series({name: entry.attribution for name, entry in load_methods().items()})
    local = ["DeconvNet", "Gradient", "GuidedBackprop", "GuidedGradCam", "Saliency", "SmoothGrad"]
    assert sorted(kinds[kinds == "local"].index) == local
    assert set(kinds[kinds == "none"].index) == {n for n, entry in METHODS.items() if entry.family == "control"}


def test_square_sums_are_the_sums_over_the_masks():
    maps = torch.randn(3, 17, 17, generator=torch.Generator().manual_seed(1))
    squares = replaced_pixels.random_squares([1, 2, 3], 25, 17, 0, 1)
    masks = replaced_pixels.square_masks(squares, 17)
    assert torch.allclose(
        replaced_pixels.square_sums(maps, squares), (masks * maps.flatten(1)[:, None]).sum(2).double(), atol=1e-4
    )
    assert (masks.sum(2) == squares[..., 2] ** 2).all()


def test_removal_takes_the_stated_share_in_the_stated_order():
    maps = torch.rand(4, 10, 10, generator=torch.Generator().manual_seed(3))
    places = replaced_pixels.removal_places(maps, SEEDS[:4])
    most, least = (replaced_pixels.first_masks(places, (0, 0.25, 1), flag) for flag in (False, True))
    assert most.sum(2).tolist() == least.sum(2).tolist() == [[0, 25, 100]] * 4
    for values, mask in zip(maps.flatten(1), most[:, 1], strict=True):
        assert values[mask].min() > values[~mask].max()
    for values, mask in zip(maps.flatten(1), least[:, 1], strict=True):
        assert values[mask].max() < values[~mask].min()


def test_equal_pixels_go_in_a_random_order_of_the_image():
    places = replaced_pixels.removal_places(torch.ones(2, 20, 20), [1, 2])
    assert not torch.equal(places[0], places[1])
    assert torch.equal(places, replaced_pixels.removal_places(torch.ones(2, 20, 20), [1, 2]))
    rows = places.float().view(2, 20, 20).mean(2)
    assert rows.std(1).max() < 60  # top to bottom it would be 115


def test_the_batch_size_changes_nothing(images, maps):
    target = torch.zeros(IMAGES, dtype=torch.long)
    places = replaced_pixels.removal_places(maps["random"], SEEDS)
    many, few = (
        replaced_pixels.road_curves(network, images, target, places, ROAD, noise=0.05, seeds=SEEDS, batch=batch)
        for batch in (64, 1)
    )
    assert torch.allclose(many, few, atol=1e-5)
    assert torch.equal(
        replaced_pixels.removal_curves(network, images, target, places, SHARES, baseline="blur", batch=64),
        replaced_pixels.removal_curves(network, images, target, places, SHARES, baseline="blur", batch=3),
    )


def test_imputation_solves_its_equations_and_leaves_known_pixels():
    x = torch.randn(3, 2, 19, 23, generator=torch.Generator().manual_seed(2))
    missing = torch.rand(3, 19, 23, generator=torch.Generator().manual_seed(3)) < 0.6
    missing[1, 2:15, 3:20] = True
    filled = noisy_imputation.linear_imputation(x, missing, tolerance=1e-7)
    keep = ~missing[:, None].expand_as(x)
    assert torch.equal(filled[keep], x[keep])
    ones = noisy_imputation._shares(torch.ones_like(x))
    assert (noisy_imputation._shares(filled) / ones - filled)[~keep].abs().max() < 1e-5
    flat = noisy_imputation.linear_imputation(torch.full_like(x, 0.7), missing, tolerance=1e-7)
    assert torch.allclose(flat, torch.full_like(x, 0.7), atol=1e-5)


def test_an_imputed_image_does_not_depend_on_those_beside_it():
    """Small holes are solved in fewer steps than large ones; each image stops at its own tolerance."""
    x = torch.randn(8, 3, 24, 24, generator=torch.Generator().manual_seed(2))
    share = torch.linspace(0.05, 0.95, 8).view(-1, 1, 1)
    missing = torch.rand(8, 24, 24, generator=torch.Generator().manual_seed(3)) < share
    together = noisy_imputation.linear_imputation(x, missing)
    alone = [noisy_imputation.linear_imputation(x[i : i + 1], missing[i : i + 1]) for i in range(8)]
    assert torch.equal(together, torch.cat(alone))


def test_an_image_without_a_known_pixel_cannot_be_imputed():
    with pytest.raises(ValueError, match="without a known pixel"):
        noisy_imputation.linear_imputation(torch.zeros(1, 1, 4, 4), torch.ones(1, 4, 4, dtype=torch.bool))


def test_max_sensitivity_of_linear_and_constant_explanations():
    x = torch.randn(4, 3, 12, 12, generator=torch.Generator().manual_seed(8))
    radius = torch.tensor([0.01, 0.02, 0.03])
    copies = max_sensitivity.nearby(x, radius, 5, [1, 2, 3, 4])
    assert ((copies - x[:, None]).abs() <= radius.view(-1, 1, 1) + 1e-6).all()
    changes = max_sensitivity.relative_changes(lambda images, numbers: images.sum(1), x.sum(1), copies)
    exact = (copies - x[:, None]).sum(2).flatten(2).norm(dim=2) / x.sum(1).flatten(1).norm(dim=1)[:, None]
    assert torch.allclose(changes, exact, atol=1e-6)
    still = max_sensitivity.relative_changes(
        lambda images, numbers: torch.ones(len(images), 12, 12), torch.ones(4, 12, 12), copies
    )
    assert (still == 0).all()
    numbers = []
    max_sensitivity.relative_changes(lambda images, n: numbers.extend(n) or images[:, 0], x[:, 0], copies)
    assert numbers == [i for i in range(4) for _ in range(5)]
