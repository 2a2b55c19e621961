"""The control maps, against SciPy and what their names promise."""

import numpy as np
import pytest
import torch
from gestalt_regions.core.seeds import derive
from gestalt_regions.saliency.method_registry import load_methods
from scipy import ndimage

SIZE = 36


@pytest.fixture(scope="module")
def images():
    x = torch.randn(5, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1))
    return x, torch.arange(5) % 4


def run(name, x, target, **parameters):
    """No explainer is given: a control may not ask the network."""
    return load_methods()[name].run(None, x, target, list(range(len(x))), **parameters)


def close(ours, oracle):
    assert (ours - oracle).abs().max() <= 1e-4 * oracle.abs().max()


def test_sobel_and_blur_are_scipys(images):
    grey = images[0].mean(1).numpy().astype(np.float64)
    edges = np.stack([np.hypot(*(ndimage.sobel(g, axis, mode="nearest") for axis in (0, 1))) for g in grey])
    close(run("Sobel", *images)[:, 0], torch.from_numpy(edges))
    sigma = 0.06 * SIZE
    blurred = np.stack(
        [ndimage.gaussian_filter(g, sigma, mode="nearest", radius=int(np.ceil(4 * sigma))) for g in grey]
    )
    blurred -= blurred.min((1, 2), keepdims=True)
    close(run("BlurredInput", *images, sigma=0.06)[:, 0], torch.from_numpy(blurred))


def test_the_centred_gaussian_is_centred_and_has_its_width():
    bump = run("CenteredGaussian", torch.zeros(2, 3, 101, 51), torch.zeros(2), sigma=0.1)[1, 0].numpy()
    assert bump.max() == bump[50, 25] == 1
    assert np.array_equal(bump, bump[::-1, ::-1])
    rows = bump.sum(1) / bump.sum()
    assert np.sqrt((rows * (np.arange(101) - 50) ** 2).sum()) == pytest.approx(10.1, rel=0.01)


def test_controls_are_uniform_and_random(images):
    assert (run("Uniform", *images) == 1).all()
    draws = run("Random", *images)
    assert draws.min() >= 0
    assert draws.max() < 1
    assert abs(draws.mean() - 0.5) < 0.02
    assert abs(np.corrcoef(draws[0].flatten(), draws[1].flatten())[0, 1]) < 0.1


def test_controls_ignore_the_network_and_never_are_negative(images):
    found = load_methods()
    controls = [name for name, entry in found.items() if entry.family == "control" and not entry.takes]
    assert set(controls) == {"Uniform", "Random", "Sobel", "CenteredGaussian", "BlurredInput"}
    for name in controls:
        out = run(name, *images)
        assert out.shape == (5, 1, SIZE, SIZE), name
        assert out.min() >= 0, name
        assert not found[name].signed, name


def test_a_control_that_draws_draws_anew_for_each_fold(images):
    """Else its maps of a held-out face would be equal for all folds, and agree as no explanation does."""
    x, target = images
    for name, entry in load_methods().items():
        if entry.family == "control" and not entry.takes:
            first, second = (entry.run(None, x, target, [k + i for i in range(len(x))]) for k in (1, 100))
            assert torch.equal(first, second) != entry.drawn_by_fold, name
    assert load_methods()["SmoothGrad"].seeds(5, "SmoothGrad", "1", ["a"]) == [derive(5, "saliency", "SmoothGrad", "a")]
