"""Every method on every backbone: defined, finite, of the logit it explains, and complete where its theory says so."""

import dataclasses

import numpy as np
import pytest
import torch
from gestalt_regions.models.backbones import BACKBONES, builder
from gestalt_regions.saliency.engine import channel_sums
from gestalt_regions.saliency.explainer import Explainer
from gestalt_regions.saliency.method_registry import lacking, load_methods
from gestalt_regions.saliency.methods.reference_faces import reference_rows
from gestalt_regions.saliency.propagation.changed_backward import Rectifiers
from gestalt_regions.saliency.propagation.composites import Composite, Relevance
from gestalt_regions.saliency.propagation.deeplift_rescale import Noted, Rescale
from gestalt_regions.tools.bench.noise_faces import noise_faces
from gestalt_regions.tools.bench.standins import write_standin
from torch import nn

FEW = {"SmoothGrad": {"samples": 2}, "IntegratedGradients": {"samples": 2}, "Occlusion": {"window": 56, "stride": 56}}
# Random weights: no ReLU, which may rightly take all of a map of signed features, and logits, as probabilities are 0.
FEW |= {"ScoreCAM": {"channels": 8, "relu": False}, "RISE": {"masks": 8, "score": "logit"}}
FEW |= {name: {"relu": False} for name in ("LayerCAM", "GradCAMPlusPlus")}
FEW |= {"DeepLiftShap": {"references": 2}, "GradientShap": {"references": 2, "samples": 2}}
FEW |= {"KernelShap": {"samples": 9}, "Lime": {"samples": 9}, "ShapleyValueSampling": {"orders": 1}}
# Those that take landmarks have tests of their own: noise has none.
ANY_IMAGE = [name for name, entry in sorted(load_methods().items()) if "landmarks" not in entry.takes]
COMPOSITES = [
    Composite("zplus", "epsilon", "flat", merge="both", sums="proportion"),
    Composite("alpha2beta1", "epsilon", merge="before"),
    Composite("zplus", "zplus", merge="", passes=False),
]


def lively(network):
    """BatchNorm statistics that are not trivial."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network


@pytest.fixture(scope="module", params=sorted(BACKBONES))
def case(request, root, asset, tmp_path_factory):
    """(backbone, network with lively BatchNorm layers, its preprocess, one image of noise with structure).

    The networks for 224 px get 96 px here: they pool whatever is left, and the tests take a quarter of the time.
    """
    entry = BACKBONES[request.param]
    torch.manual_seed(0)
    if entry.from_file:
        path = write_standin(entry.name, tmp_path_factory.mktemp("own"))
    else:
        path = asset(entry.asset) if entry.asset else entry.weights and str(root / entry.weights)
    network, preprocess = builder(entry.name)(4, 0.4, path, {})
    if not entry.asset:
        lively(network)
    side = entry.size if entry.size <= 112 else 96
    coarse = np.random.default_rng(0).integers(0, 256, (1, side // 4 + 1, side // 4 + 1, 3), dtype=np.uint8)
    crops = coarse.repeat(4, 1).repeat(4, 2)[:, :side, :side]
    preprocess = dataclasses.replace(preprocess, size=side)
    return entry, network.eval().requires_grad_(False), preprocess, preprocess(crops)


@pytest.mark.parametrize("name", ANY_IMAGE)
def test_every_method_is_defined_finite_and_not_empty(case, name):
    entry, network, preprocess, x = case
    assert not lacking(load_methods()[name], entry.traits)
    explainer, given = Explainer(network, 8, preprocess), noise_faces(x.shape[2], 1)
    out = load_methods()[name](explainer, x, torch.tensor([2]), [7], given, FEW.get(name, {}))
    assert out.dim() == 4 and len(out) == 1
    maps = channel_sums(out.detach(), x.shape[2])
    assert np.isfinite(maps).all()
    empty = False
    if name == "GuidedGradCam":
        # Grad-CAM's ReLU may rightly take all of one class's map; then guided Grad-CAM is empty as well, and only then
        empty = not load_methods()["GradCam"].run(Explainer(network, 8), x, torch.tensor([2]), [7], relu=True).any()
    assert (np.abs(maps).max() > 0) != empty


@pytest.mark.parametrize("name", ["DeepLIFT", "LayerDeepLIFT"])
def test_deeplift_sums_to_the_change_of_the_logit(case, name):
    _, network, _, x = case
    network = network.double()
    x, target = x.double(), torch.tensor([1])
    score = Explainer(network, 8).score
    due = score(x, target) - score(torch.zeros_like(x), target)
    total = load_methods()[name].run(Explainer(network, 8), x, target, [0]).sum((1, 2, 3))
    network.float()
    assert (total - due).abs() <= 1e-6 * due.abs()


def test_deep_lift_shap_sums_to_the_change_from_a_reference_face(case):
    _, network, preprocess, _ = case
    given, network = noise_faces(preprocess.size, 1), network.double()
    explainer, target = Explainer(network, 8, preprocess), torch.tensor([1])
    x = explainer.input(given.faces.crops[given.rows]).double()
    others = explainer.input(given.faces.crops[reference_rows(given.faces, 0, 1, 1, 7)]).double()
    due = explainer.score(x, target) - explainer.score(others, target)
    total = load_methods()["DeepLiftShap"](explainer, x, target, [7], given, {"references": 1}).sum((1, 2, 3))
    network.float()
    assert (total - due).abs() <= 1e-6 * due.abs()


def test_every_changed_backward_pass_leaves_the_forward_pass_as_it_is(case):
    _, network, _, x = case
    scores, active = network(x), x.clone().requires_grad_(True)
    for mode in (*map(Relevance, COMPOSITES), *map(Rectifiers, ("gradient", "guided", "deconvnet"))):
        with mode:
            again = network(active)
        assert (again - scores).abs().max() <= 1e-5 * scores.abs().max()
        assert isinstance(mode, Rectifiers) or torch.equal(again, scores)
    with Noted() as noted:
        network(torch.zeros_like(x[:1]))
    with Rescale(noted.inputs):
        again = network(x)
    assert (again - scores).abs().max() <= 1e-5 * scores.abs().max()
    assert torch.equal(network(x), scores)


THREADED = ["Gradient", "LRP-EpsilonPlus", "LRP-EpsilonAlpha2Beta1Flat", "DeepLIFT", "ExcitationBackprop"]


@pytest.mark.parametrize("name", THREADED)
def test_results_do_not_depend_on_threads_or_batch(name):
    """In double precision, where rounding is far below any real dependence; repeated, the same bits.

    In single precision threads change the order of sums within a convolution, and quotients of almost equal numbers
    (residual sums, DeepLIFT's changes) make of it up to 7e-5 of a map's maximum (measured on SFace).
    """
    torch.manual_seed(0)
    network, _ = builder("timm_resnet")(4, 0.4, "", {"architecture": "resnet18"})
    lively(network).double().eval().requires_grad_(False)
    x = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1)).double()
    target, threads, run = torch.tensor([2, 0]), torch.get_num_threads(), load_methods()[name].run
    try:
        torch.set_num_threads(1)
        whole = run(Explainer(network, 8), x, target, [0, 0])
        assert torch.equal(run(Explainer(network, 8), x, target, [0, 0]), whole)
        single = torch.cat([run(Explainer(network, 8), x[i : i + 1], target[i : i + 1], [0]) for i in (1, 0)])
        torch.set_num_threads(2)
        threaded = run(Explainer(network, 8), x, target, [0, 0])
    finally:
        torch.set_num_threads(threads)
    scale = whole.abs().amax((1, 2, 3), keepdim=True)
    assert ((threaded - whole) / scale).abs().max() <= 1e-9
    assert ((single.flip(0) - whole) / scale).abs().max() <= 1e-9
