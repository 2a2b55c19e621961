"""Quantus and captum as oracles of the objective measures; where their definitions differ, how, and by how much."""

import warnings

import numpy as np
import pytest
import torch
from captum.metrics import infidelity as captum_infidelity
from captum.metrics import sensitivity_max
from gestalt_regions.evaluation.measures import pixel_measures
from gestalt_regions.evaluation.measures.objective_measures import Squares, area, infidelity
from gestalt_regions.evaluation.perturb import map_similarity, max_sensitivity, noisy_imputation, replaced_pixels
from gestalt_regions.tools.bench import objective_speed as bench
from sklearn.metrics import auc

SIZE, IMAGES = 32, 5
quantus = pytest.importorskip("quantus")


@pytest.fixture(scope="module")
def problem():
    """A small network that is not linear, in float64 where that is asked for; grey images."""
    torch.manual_seed(3)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 6, 5, padding=2),
        torch.nn.Tanh(),
        torch.nn.AvgPool2d(8),
        torch.nn.Flatten(),
        torch.nn.Linear(96, 2),
    ).eval()
    x = torch.randn(IMAGES, 1, SIZE, SIZE)
    maps = torch.randn(IMAGES, SIZE, SIZE)
    with torch.no_grad():
        return bench.Problem(network, x, network(x).argmax(1), maps, batch=16)


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_pixel_flipping_is_our_deletion_curve(problem):
    """The same curve. Ours also has its beginning. Quantus's own area cannot be had: it calls a function that NumPy 2.4
    has no more; scikit-learn's is compared."""
    ours, theirs = bench.our_deletion(problem), bench.their_deletion(problem)
    assert ours == pytest.approx(theirs, abs=1e-6)
    shares = np.arange(1, bench.STEPS + 1) / bench.STEPS
    assert [area(shares, curve) * (shares[-1] - shares[0]) for curve in ours] == pytest.approx(
        [auc(shares, curve) for curve in theirs], rel=1e-5
    )


def test_least_relevant_first_is_pixel_flipping_of_the_negative_map(problem):
    places = replaced_pixels.removal_places(problem.maps, problem.seeds)
    shares = [(step + 1) / bench.STEPS for step in range(bench.STEPS)]
    ours = replaced_pixels.removal_curves(
        problem.network, problem.x, problem.target, places, shares, baseline="zero", batch=16, least_first=True
    )
    turned = bench.Problem(problem.network, problem.x, problem.target, -problem.maps, problem.batch)
    assert ours.numpy() == pytest.approx(bench.their_deletion(turned), abs=1e-6)


def test_road_is_quantus_road(problem):
    assert bench.our_road(problem) == pytest.approx(bench.their_road(problem))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_imputed_images_are_quantus_imputed_images(share):
    """They solve with a direct method; our residual of 1e-4 leaves a tenth of the noise that is added (0.01)."""
    from quantus.functions.perturb_func import noisy_linear_imputation

    random = torch.Generator().manual_seed(1)
    x = torch.randn(3, 3, 30, 26, generator=random)
    maps = torch.nn.functional.interpolate(torch.randn(3, 1, 5, 5, generator=random), (30, 26), mode="bicubic")[:, 0]
    places = replaced_pixels.removal_places(maps, [1, 2, 3])
    masks = replaced_pixels.first_masks(places, [share])[:, 0]
    ours = noisy_imputation.linear_imputation(x, masks.unflatten(1, (30, 26)))
    for image, mask, filled in zip(x, masks, ours, strict=True):
        theirs = noisy_linear_imputation(image.numpy(), np.flatnonzero(mask.numpy()), noise=0.0)
        assert np.abs(filled.numpy() - theirs).max() < 1e-3


def test_infidelity_is_captums_as_a_share(problem):
    """captum's, of the same squares, with the same best factor, over the mean squared drop; see the registry."""
    squares = replaced_pixels.random_squares(problem.seeds, 24, SIZE, 0.1, 0.5)
    masks = replaced_pixels.square_masks(squares, SIZE).unflatten(2, (1, SIZE, SIZE)).float()
    drops = replaced_pixels.square_drops(problem.network, problem.x, squares, "zero", 16)
    drops = drops[torch.arange(IMAGES), :, problem.target].numpy()
    sums = replaced_pixels.square_sums(problem.maps, squares).numpy()
    turn = np.sign((sums * drops).sum(1))  # captum's factor may be negative, ours not: compare the maps turned right
    turned = problem.maps[:, None] * torch.tensor(turn).float().view(-1, 1, 1, 1)

    def remove(inputs):
        """Repeats are image by image: the perturbation as a mask, since the map holds contributions."""
        mask = masks.flatten(0, 1)
        return mask, inputs * (1 - mask)

    whole = captum_infidelity(
        problem.network, remove, problem.x, turned, target=problem.target, n_perturb_samples=24, normalize=True
    ).numpy()
    turns = turn[:, None]
    ours = [infidelity(Squares(*pair)) for pair in zip(turns * sums, drops, strict=True)]
    assert ours == pytest.approx(whole / (drops**2).mean(1), rel=1e-3)
    opposite = [infidelity(Squares(*pair)) for pair in zip(-turns * sums, drops, strict=True)]
    assert opposite == pytest.approx(np.ones(IMAGES))


def test_infidelity_of_a_local_attribution_is_captums_with_the_change_itself(problem):
    """captum, for local attributions: the perturbation is the change of each value of the image, not a mask."""
    squares = replaced_pixels.random_squares(problem.seeds, 24, SIZE, 0.1, 0.5)
    masks = replaced_pixels.square_masks(squares, SIZE).unflatten(2, (1, SIZE, SIZE))
    x = problem.x.clone().requires_grad_(True)
    gradient = torch.autograd.grad(problem.network(x).gather(1, problem.target[:, None]).sum(), x)[0]
    blurred = replaced_pixels.BASELINES["blur"](problem.x)

    def remove(inputs):
        changed = torch.where(masks.flatten(0, 1), blurred.repeat_interleave(24, 0), inputs)
        return inputs - changed, changed

    whole = captum_infidelity(
        problem.network, remove, problem.x, gradient, target=problem.target, n_perturb_samples=24, normalize=True
    ).numpy()
    drops = replaced_pixels.square_drops(problem.network, problem.x, squares, "blur", 16)
    drops = drops[torch.arange(IMAGES), :, problem.target].numpy()
    foretold = replaced_pixels.square_sums((gradient * (problem.x - blurred)).sum(1), squares).numpy()
    assert ((foretold * drops).sum(1) > 0).all()  # captum's factor may be negative, ours not
    ours = [infidelity(Squares(*pair)) for pair in zip(foretold, drops, strict=True)]
    assert ours == pytest.approx(whole / (drops**2).mean(1), rel=1e-3)


def test_infidelity_in_quantus_removes_block_after_block(problem):
    """Its perturbations add up from the top left to the bottom right, it multiplies the map by the change of the image,
    and it has no factor, so that its value depends on the scale of a map. With its perturbations and its rule, our
    answers give its value: the definitions differ, the machinery does not."""
    blocks = torch.arange(SIZE**2).view(SIZE, SIZE)
    side = SIZE // bench.BLOCK
    number = (blocks // SIZE // side) * bench.BLOCK + blocks % SIZE // side
    masks = number.flatten()[None, None] <= torch.arange(bench.BLOCK**2)[None, :, None]
    masks = masks.expand(IMAGES, -1, -1)
    versions = replaced_pixels.replace(problem.x, masks, torch.zeros_like(problem.x))
    before, after = (replaced_pixels.logits(problem.network, v, 16) for v in (problem.x[:, None], versions))
    drops = (before - after)[torch.arange(IMAGES), :, problem.target]
    sums = (problem.maps[:, None, None] * (problem.x[:, None] - versions)).sum((2, 3, 4))
    expected = ((drops - sums) ** 2).mean(1).numpy()
    assert bench.their_infidelity(problem) == pytest.approx(expected, rel=1e-4)


def test_max_sensitivity_is_captums_and_quantus_for_the_same_noise(problem):
    copies = max_sensitivity.nearby(problem.x, torch.tensor([0.05]), bench.SAMPLES, problem.seeds)

    def explain(images, numbers=None, target=None):
        chosen = problem.target[numbers] if numbers is not None else target
        images = images.detach().requires_grad_(True)
        with torch.enable_grad():
            return torch.autograd.grad(problem.network(images).gather(1, chosen[:, None]).sum(), images)[0]

    maps = explain(problem.x, torch.arange(IMAGES))[:, 0]
    ours = max_sensitivity.relative_changes(lambda images, n: explain(images, n)[:, 0], maps, copies).amax(1)
    captums = sensitivity_max(  # the image itself comes as a tuple, the copies as one tensor
        lambda images, target: (explain(images[0] if isinstance(images, tuple) else images, target=target),),
        problem.x,
        lambda inputs: copies.flatten(0, 1),
        n_perturb_samples=bench.SAMPLES,
        target=problem.target,
    )
    assert torch.allclose(ours, captums, atol=1e-5)
    turn = iter(range(bench.SAMPLES))
    own = bench.Problem(problem.network, problem.x, problem.target, maps, batch=IMAGES)
    theirs = bench.their_sensitivity(own, perturb_func=lambda arr, **_: copies[:, next(turn)].flatten(1).numpy())
    assert ours.numpy() == pytest.approx(theirs, rel=1e-4)


def test_rank_correlation_is_quantus(problem):
    assert bench.our_similarity(problem) == pytest.approx(bench.their_similarity(problem))


def test_ssim_in_quantus_is_not_of_images():
    """MPRT hands it the maps as one long row, and it stretches both by their common range. Ours compares two images,
    each stretched by itself; for two dimensions and equal ranges the two agree but for the window."""
    from quantus.functions.similarity_func import ssim

    random = np.random.default_rng(2)
    a, b = random.random((2, 4, SIZE, SIZE))
    b = (a + 0.3 * b) / 1.3
    ours = map_similarity.structure_similarity(a, b)
    theirs = np.array(ssim(a, b, batched=True))
    assert np.abs(ours - theirs).max() < 0.1
    assert np.abs(ours - np.array(ssim(a.reshape(4, -1), b.reshape(4, -1), batched=True))).max() > 0.005


def test_localisation_measures_are_quantus():
    """Without ties, the same values; ours takes the mean over the orders of ties, Quantus that of the array."""
    random = np.random.default_rng(6)
    relevance, changed = random.random((6, 1, 16, 16)), random.random((6, 1, 16, 16)) < 0.3
    given = {"x_batch": relevance, "y_batch": np.zeros(6, int), "a_batch": relevance, "s_batch": changed}
    given |= {"model": None, "channel_first": True}
    for ours, theirs in (
        (pixel_measures.mass_accuracy, quantus.RelevanceMassAccuracy),
        (pixel_measures.rank_accuracy, quantus.RelevanceRankAccuracy),
        (pixel_measures.pointing_game, quantus.PointingGame),
    ):
        found = [ours(a.ravel(), s.ravel()) for a, s in zip(relevance, changed, strict=True)]
        assert found == pytest.approx(np.array(theirs(**bench.QUIET)(**given), float))


def test_the_bench_runs_and_finds_equal_values(capsys):
    table = bench.main(["--images", "2", "--rounds", "1", "--size", "32"])
    assert table.measure.tolist() == list(bench.PAIRS)
    assert (table.apart.dropna() < 1e-3).all()
    assert (table.ratio > 0).all()
    assert "resnet18" in capsys.readouterr().out
